package pgstore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/roster-go/roster/store"
)

// answer marks an error as the answer, as it is: the caller's own.
type answer struct{ error }

func (a *answer) Unwrap() error { return a.error }

func asAnswer(err error) error {
	if err == nil {
		return nil
	}
	return &answer{err}
}

// finish is the answer to the caller.
func finish(ctx context.Context, err error) error {
	if a, ok := errors.AsType[*answer](err); ok {
		return a.error
	}
	return translate(ctx, err)
}

// Between two tries passes a time at random, at most the first of these, doubled each time up to the last.
const (
	firstPause = 2 * time.Millisecond
	lastPause  = 250 * time.Millisecond
)

// pause waits before try n.
func pause(ctx context.Context, n int) error {
	timer := time.NewTimer(rand.N(min(firstPause<<min(n, 20), lastPause)))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// patience is how long to go on trying while connections get lost.
type patience struct {
	most  time.Duration
	since time.Time // of the first loss; zero before
}

// over reports whether it is over, with a loss that has just been met.
func (p *patience) over() bool {
	if p.since.IsZero() {
		p.since = time.Now()
	}
	return time.Since(p.since) >= p.most
}

// persist tries again what may be tried again, as long as connections get lost and the store has patience.
func (s *Store) persist(ctx context.Context, attempt func() error) error {
	left := patience{most: s.opts.patience()}
	for n := 0; ; n++ {
		err := attempt()
		if !isLost(err) || isAnswer(err) || errors.As(err, new(*partial)) {
			return finish(ctx, err)
		}
		s.horizon.forget()
		if left.over() || pause(ctx, n) != nil {
			return finish(ctx, err)
		}
	}
}

func isAnswer(err error) bool { return errors.As(err, new(*answer)) }

// insist tries a transaction again that was certainly not committed: as long as it meets others, which ends with its
// context only, and as long as connections get lost and the store has patience.
//
// Who has met others twice begins anew one at a time: so many that fight for one account become a queue, and are not a crowd
// of which one comes through and the others have worked for nothing. Who comes while there is a queue lets those before him
// begin first, or they might wait for ever.
func (s *Store) insist(ctx context.Context, attempt func(sawLog bool) error) error {
	if s.waiting.Load() > 0 {
		if err := s.again.Acquire(ctx); err != nil {
			return err
		}
		s.again.Release()
	}
	left, queued, sawLog := patience{most: s.opts.patience()}, false, false
	defer func() {
		if queued {
			s.again.Release()
			s.waiting.Add(-1)
		}
	}()
	for n := 0; ; n++ {
		err := attempt(sawLog)
		switch {
		case isAnswer(err):
			return finish(ctx, err)
		case errors.Is(err, errBehind):
			sawLog = true
		case isConflict(err):
			err := ctx.Err()
			switch {
			case n == 0:
			case !queued:
				s.waiting.Add(1)
				if err = s.again.Acquire(ctx); err != nil {
					s.waiting.Add(-1)
				}
				queued = err == nil
			default: // those of other programs
				err = pause(ctx, min(n, 4))
			}
			if err != nil {
				return err
			}
		case isLost(err):
			s.horizon.forget()
			if left.over() || pause(ctx, n) != nil {
				return finish(ctx, err)
			}
		default:
			return finish(ctx, err)
		}
	}
}

// beginUpdate begins an Update. Why READ WRITE: the server's default may be another one, and a standby refuses it. Why without
// sequential scans: a serializable transaction that reads a whole table meets everybody who writes to it, and PostgreSQL
// takes that for the best way through a small one. Without them it would think costs so high that compiling is worth while.
const beginUpdate = `BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE; SET LOCAL enable_seqscan = off; SET LOCAL jit = off`

// attempt runs a transaction once. An error that is no answer says that it was not committed, but for
// store.ErrOutcomeUnknown.
func (s *Store) attempt(ctx context.Context, fn func(store.Tx) error, sawLog bool) error {
	var sc *scope
	err := s.withConn(ctx, func(conn *pgx.Conn) error {
		complete := s.horizon.known()
		if sawLog {
			var err error
			if complete, err = s.beforeSnapshot(ctx, conn); err != nil {
				return err
			}
		}
		tx, err := conn.BeginTx(ctx, pgx.TxOptions{BeginQuery: beginUpdate})
		if err != nil {
			return err
		}
		sc = &scope{tx: tx, cache: &s.cache, outer: ctx, complete: complete, mayLag: !sawLog}
		done := false
		defer func() {
			if !done {
				sc.end() // also after a panic
				rollback(ctx, tx)
			}
		}()
		if err := sc.call(fn); err != nil {
			return err
		}
		done = true
		if err := s.commit(ctx, sc); err != nil {
			return err
		}
		if len(sc.appended.numbers) > 0 {
			s.announce(ctx, conn)
		}
		return nil
	})
	// Why not within: it takes a connection, and all of them may be held by others that are at this point.
	if u, ok := errors.AsType[*undecided](err); ok {
		err = s.decide(ctx, sc, u.error)
	}
	return err
}

// undecided marks the error of a commit whose outcome was not learnt.
type undecided struct{ error }

// rollback undoes a transaction. Why no error: when it cannot be told to, the connection goes, and the transaction with it.
func rollback(ctx context.Context, tx pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
	defer cancel()
	_ = tx.Rollback(ctx)
}

const rollbackTimeout = 5 * time.Second

// longestCommit is how long a commit may take at most: without a standby that it has to wait for, it would take for ever.
const longestCommit = 5 * time.Minute

// commit commits a transaction. Its error is marked when it did not learn the outcome.
func (s *Store) commit(ctx context.Context, sc *scope) error {
	patient, cancel := overtime(ctx, longestCommit)
	defer cancel()
	err := sc.tx.Commit(patient)
	switch {
	case err == nil, errors.Is(err, pgx.ErrTxCommitRollback):
		return err
	case code(err) != "" && !isLost(err):
		return err // it was refused, and so undone
	case !sc.wrote.Load():
		return &lostError{err}
	}
	return &undecided{err}
}

// decide looks for the changes of a transaction whose commit nobody answered, and answers as if somebody had, or with
// store.ErrOutcomeUnknown.
func (s *Store) decide(ctx context.Context, sc *scope, err error) error {
	committed, cause := s.outcome(ctx, sc.appended)
	switch {
	case cause != nil:
		return asAnswer(fmt.Errorf("%w (%w; %w)", store.ErrOutcomeUnknown, err, cause))
	case committed:
		s.horizon.committed()
		s.bell.ring()
		return nil
	}
	return &lostError{err}
}
