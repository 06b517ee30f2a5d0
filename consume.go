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

	// Failed is told of each failure of a change after which Consume waits: how many there have been in a row, and how
	// long it waits before it tries again. A change that fails behind others of its transaction is tried by itself
	// first. nil means nobody is told.
	Failed func(c membership.Change, err error, failures int, wait time.Duration)
	// MaxWait is the longest wait between two tries; 0 means [DefaultMaxWait].
	MaxWait time.Duration
}

// The waits between two tries: up to the first, doubled each time, up to the longest.
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
// have been pruned ([membership.ErrPruned]); and when the store fails, but for [store.ErrBusy], [store.ErrUnavailable],
// [store.ErrStorageFull] and [store.ErrOutcomeUnknown], after which it goes on from the position that it finds.
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
	defer c.leave(ctx)
	for {
		ended, err := c.step(ctx)
		var failure *consumeError
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &failure):
			err = c.failed(ctx, failure)
		case passes(err):
			err = sleep(ctx, c.backoff(c.busy))
			c.busy++
		}
		if err != nil || ended {
			return err
		}
	}
}

// passes reports whether trying again later is right. After a commit whose outcome is unknown, the position tells.
func passes(err error) bool {
	return errors.Is(err, store.ErrBusy) || errors.Is(err, store.ErrUnavailable) ||
		errors.Is(err, store.ErrStorageFull) || errors.Is(err, store.ErrOutcomeUnknown)
}

// consumption is a running Consume.
type consumption struct {
	*Service
	name     string
	fn       func(context.Context, *Service, membership.Change) error
	opts     ConsumeOptions
	batch    int   // how many changes at once: one at a time after a failure, until it is over
	failures int   // of one change in a row
	busy     int   // how often in a row the store was busy
	position int64 // the consumer's position when it was last looked at
	cleared  int64 // up to where no change behind position matters
}

// begin is behind which change a consumer at a position goes on: behind those that do not matter too, unless it was
// moved back, to see them again.
func (c *consumption) begin(position int64) int64 {
	if position < c.position {
		c.cleared = 0
	}
	c.position = position
	return max(position, c.cleared)
}

// consumeError is fn's failure with a change.
type consumeError struct {
	change membership.Change
	first  bool // of those that were dealt with in the transaction
	err    error
}

func (e *consumeError) Error() string { return e.err.Error() }
func (e *consumeError) Unwrap() error { return e.err }

// A consumer's position may lag behind changes that do not matter to it, so that not each of them costs a commit: so
// many, and for so long.
const (
	maxSkipped = 1000
	settleTime = time.Second
)

// step deals with the next changes. Those are read before the transaction, because changes never change, and a search
// through a long log must not keep writers waiting. Without any that matters, it waits, unless the end of the log is the
// end of it all.
func (c *consumption) step(ctx context.Context) (ended bool, err error) {
	position, err := c.store.ConsumerPosition(ctx, c.name)
	if err != nil {
		return false, err
	}
	q := c.opts.query(c.begin(position))
	q.Limit = c.batch
	page, err := c.ListChanges(ctx, q)
	if err != nil {
		return false, err
	}
	c.busy = 0
	if len(page.Changes) > 0 {
		return false, c.deal(ctx, page, page.Next(q))
	}
	c.cleared = page.Last
	overtaken := page.First > position+1 // Why that counts: who begins anew must not think that changes were missed
	if c.cleared-position >= maxSkipped || overtaken {
		c.settle(ctx)
	}
	if c.opts.Stop {
		return true, nil
	}
	return false, c.wait(ctx)
}

// deal hands changes to fn and moves the position, in one transaction.
func (c *consumption) deal(ctx context.Context, page membership.ChangePage, next int64) error {
	err := c.Update(ctx, func(in *Service) error {
		if position, err := in.store.ConsumerPosition(ctx, c.name); err != nil || position != c.position {
			return err // another program was faster, and there is another position to go on from
		}
		in.cause = membership.CauseConsumer
		for i, change := range page.Changes {
			err := c.fn(ctx, in, change)
			if err == nil {
				err = in.failure()
			}
			if err != nil {
				return &consumeError{change, i == 0, err}
			}
		}
		return in.setConsumer(ctx, c.name, next)
	})
	if err == nil {
		c.failures, c.batch = 0, min(2*c.batch, maxBatch)
	}
	return err
}

// wait waits for the next change. When none comes for a while, the position catches up.
func (c *consumption) wait(ctx context.Context) error {
	if c.cleared > c.position {
		awhile, cancel := context.WithTimeout(ctx, settleTime)
		defer cancel()
		err := c.AwaitChanges(awhile, c.cleared, c.opts.PollInterval)
		if awhile.Err() == nil || ctx.Err() != nil {
			return err
		}
		c.settle(ctx)
	}
	return c.AwaitChanges(ctx, c.cleared, c.opts.PollInterval)
}

// settle moves the position behind the changes that do not matter. Why no error: it is moved again, and until then
// there is only more to look through.
func (c *consumption) settle(ctx context.Context) {
	if c.cleared <= c.position {
		return
	}
	var to int64
	err := c.Update(ctx, func(in *Service) error {
		position, err := in.store.ConsumerPosition(ctx, c.name)
		if to = position; err != nil || position != c.position {
			return err
		}
		to = c.cleared
		return in.setConsumer(ctx, c.name, to)
	})
	if err == nil {
		c.begin(to)
	}
}

// leave settles at the end of Consume, but does not wait long for somebody who is writing.
func (c *consumption) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	c.settle(ctx)
}

func (s *Service) setConsumer(ctx context.Context, name string, position int64) error {
	return s.store.Update(ctx, func(tx store.Tx) error { return tx.SetConsumerPosition(ctx, name, position) })
}

// failed waits before the next try.
func (c *consumption) failed(ctx context.Context, failure *consumeError) error {
	c.batch = 1
	if !failure.first { // Why not at once: the changes before it were undone too, and come first, one by one
		return nil
	}
	wait := c.backoff(c.failures)
	c.failures++
	if c.opts.Failed != nil {
		c.opts.Failed(failure.change, failure.err, c.failures, wait)
	}
	return sleep(ctx, wait)
}

// backoff is how long to wait, the longer the more failures there were before.
func (c *consumption) backoff(before int) time.Duration {
	longest := c.opts.MaxWait
	if longest <= 0 {
		longest = DefaultMaxWait
	}
	wait := min(firstWait<<min(before, 20), longest)
	return wait/2 + rand.N(wait/2+1) // Why: those who fail together need not try together
}

// sleep waits for a while, or until ctx ends.
func sleep(ctx context.Context, wait time.Duration) error {
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
	q := membership.ChangeQuery{After: c.Position, Limit: -1}
	page, err := s.store.Changes(ctx, q) // Why not in the transaction: what the log has reached it does not lose
	if err != nil {
		return err
	}
	if err := page.Check(q); err != nil && !errors.Is(err, membership.ErrPruned) {
		return eachFault(err, func(fault *membership.Error) { fault.Field = "position" })
	}
	return s.setConsumer(ctx, c.Name, c.Position)
}

// DeleteConsumer forgets a consumer; one that is unknown does not matter.
func (s *Service) DeleteConsumer(ctx context.Context, name string) error {
	return s.store.Update(ctx, func(tx store.Tx) error { return tx.DeleteConsumer(ctx, name) })
}
