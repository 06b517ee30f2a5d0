package roster

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// ConsumeOptions configure [Service.Consume].
type ConsumeOptions struct {
	ChangeOptions // which changes; Stop makes Consume return at the end of the log

	// Failed is told of each failure of a change: how many there have been in a row, and how long it waits before it
	// tries again. nil means nobody is told.
	Failed func(c membership.Change, err error, failures int, wait time.Duration)
	// MaxWait is the longest wait between two tries; 0 means [DefaultMaxWait].
	MaxWait time.Duration
}

// The waits between two tries: the first, doubled each time, up to the longest.
const (
	firstWait      = 50 * time.Millisecond
	DefaultMaxWait = 30 * time.Second
)

// maxBatch is how many changes a consumer deals with in one transaction while it goes well.
const maxBatch = 64

// Consume hands every change to fn, once, in order, inside a transaction in which the consumer's position moves too:
// what fn writes through in, or with statements of its own in the same transaction, is committed with the position or
// not at all. So an effect in the same database happens exactly once, whatever is killed when. An effect elsewhere
// happens at least once.
//
// A name is the consumer's position: any number of programs may consume under one name, and share the changes. A new
// consumer begins at the beginning of the log; see [Service.SetConsumer].
//
// When fn fails, all that it did is undone, and it is called again with the same change after a while: other consumers
// and writers go on meanwhile. Consume returns when ctx has ended, with its error; when the changes behind its position
// have been pruned ([membership.ErrPruned]); and when the store fails, but for [store.ErrBusy], after which it goes on.
// A panic of fn reaches the caller.
//
// fn runs in a writing transaction, for which everybody else who writes waits, so it should be brief; it may run more
// than once before its transaction is committed. Consume cannot be used within a View or an Update.
func (s *Service) Consume(ctx context.Context, name string, fn func(ctx context.Context, in *Service, c membership.Change) error, opts ConsumeOptions) error {
	if err := membership.CheckConsumerName(name); err != nil {
		return err
	}
	switch s.store.(type) {
	case snapshot, *transaction:
		return errConsume
	}
	c := &consumption{Service: s, name: name, fn: fn, opts: opts, batch: maxBatch}
	for {
		progress, err := c.step(ctx)
		var failure *consumeError
		switch {
		case errors.As(err, &failure) && ctx.Err() == nil:
			err = c.failed(ctx, failure)
		case errors.Is(err, store.ErrBusy) && ctx.Err() == nil: // Why not the end: trying again later is right
			err = c.pause(ctx, nil)
		case err == nil && progress:
			c.failures = 0
		case err == nil && opts.Stop:
			return nil
		case err == nil:
			err = s.AwaitChanges(ctx, c.seen, opts.PollInterval)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}

// consumption is a running Consume.
type consumption struct {
	*Service
	name     string
	fn       func(context.Context, *Service, membership.Change) error
	opts     ConsumeOptions
	batch    int   // how many changes at once: one at a time after a failure, until it is over
	failures int   // in a row
	position int64 // the consumer's position when it was last looked at
	seen     int64 // up to where no change behind position matters
}

// begin is behind which change a consumer at a position goes on: behind those that do not matter too, unless it was
// moved back, to see them again.
func (c *consumption) begin(position int64) int64 {
	if position < c.position {
		c.seen = 0
	}
	c.position = position
	return max(position, c.seen)
}

// consumeError is fn's failure with a change.
type consumeError struct {
	change membership.Change
	first  bool // of those that were dealt with in the transaction
	err    error
}

func (e *consumeError) Error() string { return e.err.Error() }
func (e *consumeError) Unwrap() error { return e.err }

// maxSkipped is how many changes that do not matter to a consumer its position may lag behind, so that not each of them
// costs a commit.
const maxSkipped = 1000

// step deals with the next changes in one transaction. progress is false when there is none that matters. Why a look
// before: a transaction that would find nothing to do would keep writers waiting.
func (c *consumption) step(ctx context.Context) (progress bool, err error) {
	position, err := c.store.ConsumerPosition(ctx, c.name)
	if err != nil {
		return false, err
	}
	q := c.opts.query(c.begin(position))
	q.Limit = 1
	page, err := c.ListChanges(ctx, q)
	if err != nil {
		return false, err
	}
	if len(page.Changes) == 0 {
		c.seen = page.Last
		pruned := page.First > position+1 // Why that counts: who begins anew must not think that he missed something
		if c.seen-position < maxSkipped && !pruned {
			return false, nil
		}
	}
	err = c.Update(ctx, func(in *Service) error {
		in.cause = membership.CauseConsumer
		return c.deal(ctx, in)
	})
	if err == nil {
		c.batch = min(2*c.batch, maxBatch)
	}
	return true, err
}

// deal hands the next changes to fn and moves the position, all within a transaction.
func (c *consumption) deal(ctx context.Context, in *Service) error {
	position, err := in.store.ConsumerPosition(ctx, c.name)
	if err != nil {
		return err
	}
	q := c.opts.query(c.begin(position))
	q.Limit = c.batch
	page, err := in.ListChanges(ctx, q)
	if err != nil {
		return err
	}
	for i, change := range page.Changes {
		err := c.fn(ctx, in, change)
		if err == nil {
			err = in.failure()
		}
		if err != nil {
			return &consumeError{change, i == 0, err}
		}
	}
	if next := page.Next(q); next > position {
		return in.store.Update(ctx, func(tx store.Tx) error { return tx.SetConsumerPosition(ctx, c.name, next) })
	}
	return nil
}

// failed waits before the next try.
func (c *consumption) failed(ctx context.Context, failure *consumeError) error {
	c.batch = 1
	if !failure.first { // Why not at once: the changes before it were undone too, and come first, one by one
		return nil
	}
	return c.pause(ctx, failure)
}

// pause waits, longer after each failure in a row.
func (c *consumption) pause(ctx context.Context, failure *consumeError) error {
	longest := c.opts.MaxWait
	if longest <= 0 {
		longest = DefaultMaxWait
	}
	wait := min(firstWait<<min(c.failures, 20), longest)
	wait = wait/2 + rand.N(wait/2+1) // Why: those who fail together need not try together
	c.failures++
	if failure != nil && c.opts.Failed != nil {
		c.opts.Failed(failure.change, failure.err, c.failures, wait)
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Consumers are all consumers of the change log, by name.
func (s *Service) Consumers(ctx context.Context) ([]membership.Consumer, error) {
	return s.store.Consumers(ctx)
}

// SetConsumer says behind which change a consumer goes on: to begin at the present end of the log, to repeat, or to
// leave out what has been pruned. It answers [membership.ErrInvalidField] for a name that is blank and for a position
// that the log has not reached. A Consume that waits notices with the next change.
func (s *Service) SetConsumer(ctx context.Context, c membership.Consumer) error {
	if err := membership.CheckConsumerName(c.Name); err != nil {
		return err
	}
	return s.store.Update(ctx, func(tx store.Tx) error {
		q := membership.ChangeQuery{After: c.Position, Limit: -1}
		page, err := tx.Changes(ctx, q)
		if err != nil {
			return err
		}
		if err := page.Check(q); err != nil && !errors.Is(err, membership.ErrPruned) {
			return eachFault(err, func(fault *membership.Error) { fault.Field = "position" })
		}
		return tx.SetConsumerPosition(ctx, c.Name, c.Position)
	})
}

// DeleteConsumer forgets a consumer; one that is unknown does not matter.
func (s *Service) DeleteConsumer(ctx context.Context, name string) error {
	return s.store.Update(ctx, func(tx store.Tx) error { return tx.DeleteConsumer(ctx, name) })
}
