package sqlitestore

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/roster-go/roster/store"
)

// scope is the part of a transaction's life in which one fn may use it.
type scope struct {
	transaction
	kept          *definitions
	outer         context.Context //nolint:containedctx // of the View or Update, which every call in it obeys
	interruptible bool
	schemas       *schemas // as they are in the transaction, once they were looked for
	appended      bool     // to the change log
	ended         atomic.Bool
	broken        error // of the engine: SQLite may have undone the whole transaction, and would commit what follows at once
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
		s.broken = fmt.Errorf("sqlitestore: %w", err)
	}
}

func (s *scope) end() { s.ended.Store(true) }

// check reports whether a statement may run.
func (s *scope) check(ctx context.Context) error {
	if s.ended.Load() {
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

func (s *scope) definitions() *definitions { return s.kept }

func (s *scope) lease(ctx context.Context, query string, slow bool) (lease, error) {
	if err := s.check(ctx); err != nil {
		return lease{}, err
	}
	st, err := s.statement(ctx, query)
	if err != nil {
		return lease{}, translate(ctx, err)
	}
	return lease{st, slow && s.interruptible, s}, nil
}

func (s *scope) done(_ statement, err error) { s.note(err) }
