package pgstore

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/roster-go/roster/internal/gate"
	"github.com/roster-go/roster/internal/stored"
	"github.com/roster-go/roster/store"
)

// TxStore is a store within a transaction of the program around it. See [InTx].
type TxStore struct {
	reader // reads on their own, through run

	tx    pgx.Tx
	cache stored.Cache
	gate  gate.Gate
	turn  gate.Slots // one at a time
}

var _ store.Store = (*TxStore)(nil)

// InTx is a store within a transaction that the caller has begun, on a database that [Migrate] has seen. What is written
// through it becomes durable when the caller commits, together with the caller's own rows, and is undone when the caller
// rolls back; it does neither itself. It is good until then, afterwards it answers store.ErrClosed.
//
// Each Update is a savepoint: when it fails, it undoes its own writes and no others, and the transaction can go on. Reads see
// what the transaction has written.
//
// Whether the limits and the rules of joining hold does not depend on the transaction's isolation level: the facts are read
// under locks. Whatever else is read and then written is as safe as the level that the caller has chosen; with REPEATABLE READ
// and SERIALIZABLE an Update may answer store.ErrBusy, because another transaction was faster, and so may the caller's own
// commit with PostgreSQL's code 40001: then only a new transaction helps.
//
// The change log is read as the transaction sees it, which may be before a change with a smaller number is committed: do not
// follow it from there. Others are told of the transaction's changes when it is committed, by NOTIFY, with which PostgreSQL
// prepares no transaction for two-phase commit.
func InTx(tx pgx.Tx) *TxStore {
	s := &TxStore{tx: tx, turn: make(gate.Slots, 1)}
	s.reader = reader{s}
	return s
}

func (s *TxStore) definitions() *stored.Cache { return &s.cache }

// enter waits until the store is free.
func (s *TxStore) enter(ctx context.Context) error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	if err := s.turn.Acquire(ctx); err != nil {
		s.gate.Leave()
		return err
	}
	return nil
}

func (s *TxStore) leave() {
	s.turn.Release()
	s.gate.Leave()
}

// run implements source.
func (s *TxStore) run(ctx context.Context, fn func(querier) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	return translate(ctx, mark(ctx, s.tx.Conn(), fn(s.tx)))
}

// log implements logReader: all that the transaction sees.
func (s *TxStore) log() logPart { return wholeLog }

// View runs fn over the transaction as it is. See [store.Store].
func (s *TxStore) View(ctx context.Context, fn func(store.Reader) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	sc := &scope{tx: s.tx, cache: &s.cache, outer: ctx, complete: wholeLog.through}
	defer sc.end()
	return fn(reader{sc})
}

// Update runs fn in a savepoint. See [store.Store].
func (s *TxStore) Update(ctx context.Context, fn func(store.Tx) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	tx, err := s.tx.Begin(ctx)
	if err != nil {
		return translate(ctx, mark(ctx, s.tx.Conn(), err))
	}
	sc := &scope{tx: tx, cache: &s.cache, outer: ctx, complete: wholeLog.through}
	done := false
	defer func() {
		if !done {
			sc.end() // also after a panic
			rollback(ctx, tx)
		}
	}()
	if err := sc.call(fn); err != nil {
		return finish(ctx, err)
	}
	if len(sc.appended.numbers) > 0 {
		if _, err := tx.Exec(ctx, announceTo); err != nil {
			return translate(ctx, mark(ctx, tx.Conn(), err))
		}
	}
	if err := tx.Commit(ctx); err != nil {
		return translate(ctx, mark(ctx, tx.Conn(), err))
	}
	done = true
	return nil
}

// AwaitChanges fails: a transaction cannot wait for what comes after it.
func (s *TxStore) AwaitChanges(context.Context, int64, time.Duration) error { return errAwaitInTx }

var errAwaitInTx = errors.New("pgstore: changes cannot be awaited within a transaction, which would wait for itself")

// Close waits for what is running and ends the store's use. It leaves the transaction to the caller.
func (s *TxStore) Close() error {
	s.gate.Close()
	return nil
}
