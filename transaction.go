package roster

import (
	"context"
	"errors"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// View runs fn with a service whose reads all see one consistent snapshot. Writing through it fails. The service is
// good until fn returns, and for one goroutine.
func (s *Service) View(ctx context.Context, fn func(*Service) error) error {
	return s.store.View(ctx, func(r store.Reader) error { return fn(s.In(snapshot{r})) })
}

// Update runs fn with a service whose calls all belong to one transaction: when fn returns an error or panics, nothing
// of it happened. A call within fn that is refused by the rules has written nothing; fn may go on after it. A call that
// fails otherwise, and an Update within fn that fails, make the whole fail, whatever fn makes of it.
//
// The service is good until fn returns, and for one goroutine. fn must not use any other service or store, and may be
// run more than once (see package store), so it should change nothing but what its service keeps.
func (s *Service) Update(ctx context.Context, fn func(*Service) error) error {
	if t, within := s.store.(*transaction); within {
		if err := ctx.Err(); err != nil {
			return err
		}
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

// Tx is the store's transaction within [Service.Update] and [Service.Consume], for what a store offers beyond its
// contract: see sqlitestore.SQL. ok is false elsewhere. What is written through it is not recorded in the change log.
func (s *Service) Tx() (tx store.Tx, ok bool) {
	t, ok := s.store.(*transaction)
	if !ok {
		return nil, false
	}
	return t.Tx, true
}

var (
	errReadOnly = errors.New("roster: a View cannot write; use Update")
	errBorrowed = errors.New("roster: a transaction's store is closed by ending the transaction")
	errAwait    = errors.New("roster: changes cannot be awaited within a View or an Update, which would wait for itself")
	errConsume  = errors.New("roster: changes cannot be consumed within a View or an Update: each has a transaction of its own")
	errPanicked = errors.New("roster: an Update within this one panicked")
)

// snapshot is a store within a View.
type snapshot struct{ store.Reader }

func (s snapshot) View(_ context.Context, fn func(store.Reader) error) error { return fn(s.Reader) }
func (s snapshot) Update(context.Context, func(store.Tx) error) error        { return errReadOnly }
func (s snapshot) AwaitChanges(context.Context, int64, time.Duration) error  { return errAwait }
func (s snapshot) Close() error                                              { return errBorrowed }

// transaction is a store within an Update. Its own Update needs no savepoint: a use case that is refused has written
// nothing, because it checks first and writes last. One that fails in another way may have written, so the whole fails.
type transaction struct {
	store.Tx
	failed error // the first failure of a part that may have written; never taken back
}

func (t *transaction) View(_ context.Context, fn func(store.Reader) error) error { return fn(t.Tx) }
func (t *transaction) AwaitChanges(context.Context, int64, time.Duration) error  { return errAwait }
func (t *transaction) Close() error                                              { return errBorrowed }

func (t *transaction) Update(_ context.Context, fn func(store.Tx) error) error {
	return t.part(func() error { return fn(t.Tx) }, membership.IsRefusal)
}

// failure is what makes the transaction fail that the service is in; nil when nothing does yet.
func (s *Service) failure() error {
	if t, within := s.store.(*transaction); within {
		return t.failed
	}
	return nil
}

// fail makes the transaction fail that the service is in, if any, with an error that it returns.
func (s *Service) fail(err error) error {
	if t, within := s.store.(*transaction); within {
		return t.within(func() error { return err })
	}
	return err
}

// within runs a part of the transaction whose failure is the whole's, whatever it was.
func (t *transaction) within(fn func() error) error {
	return t.part(fn, func(error) bool { return false })
}

// part runs fn and remembers its failure, unless that is harmless.
func (t *transaction) part(fn func() error, harmless func(error) bool) error {
	failure := errPanicked // Why first: a panic may be recovered in between
	defer func() {
		if t.failed == nil {
			t.failed = failure
		}
	}()
	err := fn()
	if failure = err; err != nil && harmless(err) {
		failure = nil
	}
	return err
}
