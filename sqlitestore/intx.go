package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/roster-go/roster/internal/gate"
	"github.com/roster-go/roster/internal/stored"
	"github.com/roster-go/roster/store"
)

// TxStore is a store within a transaction of the program around it. See [InTx].
type TxStore struct {
	reader // reads on their own, through lease

	session *session
	kept    stored.Cache
	gate    gate.Gate
	turn    gate.Slots // one at a time
	checked bool       // guarded by turn
	file    string
}

var _ store.Store = (*TxStore)(nil)

// InTx is a store within a transaction that the caller has begun, on a database that New would accept. What is written
// through it becomes durable when the caller commits, together with the caller's own rows, and is undone when the
// caller rolls back; it does neither itself. It is good until then, afterwards it answers store.ErrClosed.
//
// Each Update is a savepoint: when it fails, for whatever reason, it undoes its own writes and no others, and the
// transaction can go on. Reads see what the transaction has written.
//
// Begin the transaction with the write lock (_txlock=immediate in the DSN of modernc.org/sqlite). Without it the first
// Update takes the lock, waiting as long as the connection's busy_timeout and whatever its context says, and when the
// transaction has read before another writer committed it answers store.ErrBusy at once: then only a new transaction
// helps.
//
// When the disk fails the caller's commit (SQLITE_IOERR_FSYNC, say), it may come back after a crash: only the next commit
// settles that it does not.
//
// Do not use it while rows of a query of your own are open in the transaction and write to roster's tables.
func InTx(tx *sql.Tx) *TxStore {
	s := &TxStore{session: newSession(tx, nil), turn: make(gate.Slots, 1)}
	s.reader = reader{s}
	return s
}

// enter waits until the store is free, and finds out whether the transaction goes on.
func (s *TxStore) enter(ctx context.Context) error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	if err := s.turn.Acquire(ctx); err != nil {
		s.gate.Leave()
		return err
	}
	// Why: after the transaction's end its prepared statements answer with an error that cannot be told from others.
	if _, err := s.session.ExecContext(context.WithoutCancel(ctx), ``); err != nil {
		s.leave()
		return translate(ctx, err)
	}
	return nil
}

func (s *TxStore) leave() {
	s.turn.Release()
	s.gate.Leave()
}

// lease readies a statement for a read on its own. No statement is interrupted, however slow: SQLite would interrupt
// whatever else runs on the transaction's connection.
func (s *TxStore) lease(ctx context.Context, query string, _ bool) (lease, error) {
	if err := s.enter(ctx); err != nil {
		return lease{}, err
	}
	st, err := s.session.statement(ctx, query)
	if err != nil {
		s.leave()
		return lease{}, translate(ctx, err)
	}
	return lease{st, false, s}, nil
}

func (s *TxStore) done(statement, error) { s.leave() }

func (s *TxStore) definitions() *stored.Cache { return &s.kept }

// scope is one function's use of the transaction.
func (s *TxStore) scope(ctx context.Context) *scope {
	return &scope{transaction: outerTransaction{s.session}, kept: &s.kept, outer: ctx}
}

// outerTransaction is the transaction of the program around, who ends it.
type outerTransaction struct{ *session }

func (outerTransaction) commit() error              { return nil }
func (outerTransaction) end()                       {}
func (outerTransaction) afterwards(context.Context) {}

// View runs fn over the transaction as it is. See [store.Store].
func (s *TxStore) View(ctx context.Context, fn func(store.Reader) error) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	sc := s.scope(ctx)
	defer sc.end()
	return fn(reader{sc})
}

// Update runs fn in a savepoint. See [store.Store].
func (s *TxStore) Update(ctx context.Context, fn func(store.Tx) error) (err error) {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	defer func() { err = askForRoom(err, tries(s.file)) }()
	if err := s.check(ctx); err != nil {
		return err
	}
	// The lock comes first: when it cannot be had, there is nothing to undo.
	for _, query := range []string{takeWriteLock, beginSavepoint} {
		if err := s.session.run(ctx, query); err != nil {
			return translate(ctx, err)
		}
	}
	sc := s.scope(ctx)
	done := false
	defer func() {
		if !done {
			// This fails when SQLite has undone the whole transaction, say because the disk is full. What the caller
			// writes then is no longer in a transaction, and the caller's commit fails.
			_ = undo(ctx, sc.transaction)
		}
	}()
	if err := sc.run(fn); err != nil {
		return err
	}
	if err := s.session.run(ctx, releaseSavepoint); err != nil {
		return translate(ctx, err)
	}
	done = true
	if sc.appended {
		ringFor(s.file, true)
	}
	return nil
}

const selectForeignKeys = `SELECT foreign_keys FROM pragma_foreign_keys`

// check makes sure, before the first write, that the caller's connection keeps roster's rows sound, in the tables that
// this program knows.
func (s *TxStore) check(ctx context.Context) error {
	if s.checked {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	var foreignKeys bool
	if err := s.session.QueryRowContext(ctx, selectForeignKeys).Scan(&foreignKeys); err != nil {
		return translate(ctx, err)
	}
	if !foreignKeys {
		return errors.New("sqlitestore: foreign_keys is off in this transaction's connection: " + mendForeignKeys)
	}
	if err := inspectSchema(ctx, s.session); err != nil {
		return fmt.Errorf("sqlitestore: the transaction's database will not do: %w", err)
	}
	file, err := fileOf(ctx, s.session)
	if err != nil {
		return translate(ctx, err)
	}
	s.file, s.checked = file, true
	return nil
}

// Close waits for what is running and ends the store's use. It leaves the transaction to the caller.
func (s *TxStore) Close() error {
	s.gate.Close()
	return nil
}
