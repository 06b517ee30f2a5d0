package roster

import (
	"context"
	"errors"

	"github.com/roster-go/roster/store"
)

// View runs fn with a service whose reads all see one consistent snapshot. Writing through it fails. The service is
// good until fn returns, and for one goroutine.
func (s *Service) View(ctx context.Context, fn func(*Service) error) error {
	return s.store.View(ctx, func(r store.Reader) error { return fn(s.In(snapshot{r})) })
}

// Update runs fn with a service whose calls all belong to one transaction: when fn returns an error or panics,
// nothing of it happened. A call within fn that is refused has written nothing; fn may go on after it. An Update within
// fn belongs to the same transaction: when it fails, so does the whole, whatever fn makes of it.
//
// The service is good until fn returns, and for one goroutine. fn must not use any other service or store, and may be
// run more than once (see package store), so it should change nothing but what its service keeps.
func (s *Service) Update(ctx context.Context, fn func(*Service) error) error {
	if t, within := s.store.(*transaction); within {
		return t.within(func() error { return fn(s) })
	}
	return s.store.Update(ctx, func(tx store.Tx) error {
		t := &transaction{Tx: tx}
		if err := fn(s.In(t)); err != nil {
			return err
		}
		return t.failed
	})
}

var (
	errReadOnly = errors.New("roster: a View cannot write; use Update")
	errBorrowed = errors.New("roster: a transaction's store is closed by ending the transaction")
	errPanicked = errors.New("roster: an Update within this one panicked")
)

// snapshot is a store within a View.
type snapshot struct{ store.Reader }

func (s snapshot) View(_ context.Context, fn func(store.Reader) error) error { return fn(s.Reader) }
func (s snapshot) Update(context.Context, func(store.Tx) error) error        { return errReadOnly }
func (s snapshot) Close() error                                              { return errBorrowed }

// transaction is a store within an Update. Its own Update needs no savepoint, because every use case checks first
// and writes last, and a write that a store refuses has changed nothing.
type transaction struct {
	store.Tx
	failed error // of a Service.Update within this one, which may have written before it failed
}

func (t *transaction) View(_ context.Context, fn func(store.Reader) error) error { return fn(t.Tx) }
func (t *transaction) Update(_ context.Context, fn func(store.Tx) error) error   { return fn(t.Tx) }
func (t *transaction) Close() error                                              { return errBorrowed }

// within runs a part of the transaction whose failure is the whole's.
func (t *transaction) within(fn func() error) error {
	before := t.failed
	t.failed = errPanicked // Why first: a panic may be recovered in between
	err := fn()
	t.failed = before
	if err != nil {
		t.failed = err
	}
	return err
}
