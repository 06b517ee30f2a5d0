package sqlitestore

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/roster-go/roster/internal/stored"
	"github.com/roster-go/roster/store"
)

// scope is the part of a transaction's life in which one fn may use it.
type scope struct {
	transaction
	kept          *stored.Cache
	outer         context.Context //nolint:containedctx // of the View or Update, which every call in it obeys
	interruptible bool
	schemas       atomic.Pointer[stored.Schemas] // as they are in the transaction, once they were looked for
	appended      bool                           // to the change log

	mu     sync.Mutex // held while a statement runs, so that a goroutine too many does no harm
	ended  bool       // guarded by mu
	broken error      // of the engine: SQLite may have undone the whole transaction, and would commit what follows at once
}

// run runs fn over the scope, which writes.
func (s *scope) run(fn func(store.Tx) error) error {
	defer s.end()
	if err := fn(writer{reader{s}}); err != nil {
		return err
	}
	if err := s.outer.Err(); err != nil {
		return err
	}
	return s.broken
}

// note remembers a failure of the engine itself. A constraint that refuses is none.
func (s *scope) note(err error) {
	if s.broken == nil && resultCode(err) != 0 && !isConstraint(err) {
		s.broken = translate(context.Background(), err)
	}
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

// release ends the use of a statement, which failed with err, if it did.
func (s *scope) release(err error) {
	s.note(err)
	s.mu.Unlock()
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
	return s.broken
}

func (s *scope) definitions() *stored.Cache { return s.kept }

func (s *scope) lease(ctx context.Context, query string, slow bool) (lease, error) {
	if err := s.use(ctx); err != nil {
		return lease{}, err
	}
	st, err := s.statement(ctx, query)
	if err != nil {
		s.mu.Unlock()
		return lease{}, translate(ctx, err)
	}
	return lease{st, slow && s.interruptible, s}, nil
}

func (s *scope) done(_ statement, err error) { s.release(err) }
