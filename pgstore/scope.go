package pgstore

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"

	"github.com/roster-go/roster/internal/stored"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// scope is a transaction as long as one fn may use it.
type scope struct {
	tx       pgx.Tx
	cache    *stored.Cache
	outer    context.Context                //nolint:containedctx // of the View or Update, which every call in it obeys
	complete int64                          // up to which number the change log was known to be complete before the transaction's snapshot
	schemas  atomic.Pointer[stored.Schemas] // as they are in the transaction, once they were looked for
	wrote    atomic.Bool
	mayLag   bool // it is an Update that did not look up to where the log is complete
	appended appended

	mu     sync.Mutex // held while a statement runs, so that a goroutine too many does no harm
	ended  bool       // guarded by mu
	broken error      // what ended the transaction: of the server, or of the connection
}

// appended is what a transaction has added to the change log.
type appended struct {
	xid     string            // of the transaction
	numbers []int64           // of its changes
	last    membership.Change // to know it again
}

// call calls a function that writes, and says whether what it did may be committed.
func (s *scope) call(fn func(store.Tx) error) error {
	err := fn(writer{reader{s}})
	s.end()
	switch {
	case s.outer.Err() != nil && err == nil:
		return asAnswer(s.outer.Err())
	case isConflict(s.broken), isLost(s.broken), errors.Is(s.broken, errBehind): // Why first: whatever fn made of it, there is another try
		return s.broken
	case err != nil:
		return asAnswer(err)
	}
	return s.broken
}

func (s *scope) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
}

// use reports whether a statement may run, and lets no other run until release, if it may.
func (s *scope) use(ctx context.Context) error {
	s.mu.Lock()
	if err := s.check(ctx); err != nil {
		s.mu.Unlock()
		return err
	}
	return nil
}

// check reports whether a statement may run. The caller holds mu.
func (s *scope) check(ctx context.Context) error {
	if s.ended {
		return store.ErrClosed
	}
	if err := s.outer.Err(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.broken != nil {
		return fmt.Errorf("pgstore: the transaction has failed before: %w", s.broken)
	}
	return nil
}

// release ends the use of a statement, which failed with err, if it did. PostgreSQL lets nothing follow that.
func (s *scope) release(err error) {
	if err != nil && s.broken == nil {
		s.broken = err
	}
	s.mu.Unlock()
}

func (s *scope) definitions() *stored.Cache { return s.cache }

// run implements source.
func (s *scope) run(ctx context.Context, fn func(querier) error) (err error) {
	if err := s.use(ctx); err != nil {
		return err
	}
	defer func() { s.release(err) }() // also when what is scanned panics
	err = mark(ctx, s.tx.Conn(), fn(s.tx))
	if err != nil {
		return &failure{err, translate(ctx, err)}
	}
	return nil
}

// mark marks an error of a connection as such.
func mark(ctx context.Context, conn *pgx.Conn, err error) error {
	if err != nil && conn.IsClosed() && code(err) == "" && ctx.Err() == nil {
		return &lostError{err}
	}
	return err
}

// failure is a translated error that is still known by what it was.
type failure struct{ cause, meaning error }

func (e *failure) Error() string   { return e.meaning.Error() }
func (e *failure) Unwrap() []error { return []error{e.meaning, e.cause} }

var errNotWriter = errors.New("pgstore: writing needs a transaction")

// log implements logReader.
func (s *scope) log() logPart {
	return logPart{through: s.complete, own: s.appended.numbers, mayLag: s.mayLag}
}

// errBehind ends an Update that reads the log and does not see all of it: it is run again, and looks first.
var errBehind = errors.New("there are changes that the transaction cannot show")
