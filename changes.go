package roster

import (
	"context"
	"iter"
	"math"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// DefaultPollInterval is how soon a follower sees what another process has committed.
const DefaultPollInterval = 200 * time.Millisecond

// ChangeOptions say what [Service.Changes] yields. The zero value asks for every change and follows.
type ChangeOptions struct {
	// Where one of these is set, only changes that concern it.
	Account    membership.AccountID
	Member     membership.MemberID
	Membership membership.MembershipID
	Types      []membership.ChangeType // of any of these types; empty means of every type

	// Stop ends the walk at the end of the log, instead of waiting for what comes.
	Stop bool
	// PollInterval is how often the store is asked whether another process has written; 0 means [DefaultPollInterval].
	// What is committed through the same store is seen at once.
	PollInterval time.Duration
}

// query asks for changes behind a sequence number.
func (o ChangeOptions) query(after int64) membership.ChangeQuery {
	return membership.ChangeQuery{After: after, Account: o.Account, Member: o.Member, Membership: o.Membership, Types: o.Types}
}

// ListChanges answers one page of the change log.
//
// Errors: [membership.ErrPruned] when changes behind the query's After have been removed, [membership.ErrInvalidField]
// when the log has not come that far.
func (s *Service) ListChanges(ctx context.Context, q membership.ChangeQuery) (membership.ChangePage, error) {
	page, err := s.store.Changes(ctx, q)
	if err == nil {
		err = page.Check(q)
	}
	return orZero(page, err)
}

// ChangeBounds are the sequence numbers of the first and the last change that there are; both 0 when there has been none.
// Behind the last one begins who wants what comes from now on.
func (s *Service) ChangeBounds(ctx context.Context) (first, last int64, err error) {
	page, err := s.store.Changes(ctx, membership.ChangeQuery{Limit: -1})
	return page.First, page.Last, err
}

// Changes replays the change log from behind a sequence number, 0 for its beginning, and then follows it: each change
// once, in order, until ctx ends, whose error ends the walk. What is committed through this store is yielded at once,
// what others commit to the same data within the poll interval. It reads in batches and keeps nothing open in between,
// so a slow caller is in nobody's way.
//
// A caller that stops remembers the sequence number of the last change that it has dealt with, and goes on behind it.
// Errors end the walk; they are those of [Service.ListChanges].
func (s *Service) Changes(ctx context.Context, after int64, opts ChangeOptions) iter.Seq2[membership.Change, error] {
	return func(yield func(membership.Change, error) bool) {
		for {
			q := opts.query(after)
			page, err := s.ListChanges(ctx, q)
			if err != nil {
				yield(membership.Change{}, err)
				return
			}
			for _, c := range page.Changes {
				if err := ctx.Err(); err != nil { // Why: a slow caller has a while to go to the end of the page
					yield(membership.Change{}, err)
					return
				}
				if !yield(c, nil) {
					return
				}
			}
			after = page.Next(q)
			if after < page.Last {
				continue
			}
			if opts.Stop {
				return
			}
			if err := s.AwaitChanges(ctx, after, opts.PollInterval); err != nil {
				yield(membership.Change{}, err)
				return
			}
		}
	}
}

// AwaitChanges returns when there may be a change behind a sequence number, at once when there is one, or with ctx's
// error: for callers who read pages of the log with [Service.ListChanges]. A poll interval of 0 means
// [DefaultPollInterval]. It cannot be used within a View or an Update.
func (s *Service) AwaitChanges(ctx context.Context, after int64, poll time.Duration) error {
	if poll <= 0 {
		poll = DefaultPollInterval
	}
	return s.store.AwaitChanges(ctx, after, poll)
}

// History is what has become of a membership, the oldest change first: also of one that has ended, as long as its
// changes are kept. A membership of which nothing is kept and which does not exist has none.
func (s *Service) History(ctx context.Context, id membership.MembershipID) ([]membership.Change, error) {
	page, err := s.store.Changes(ctx, membership.ChangeQuery{Membership: id, Limit: math.MaxInt})
	if err != nil {
		return nil, err
	}
	return page.Changes, nil
}

// PruneChanges removes what a retention keeps no longer, but never the last change. It goes in steps, so that others
// can write in between, and returns how many changes are gone even when it fails. How old a change is, the clock says: one
// that is ahead removes what is young.
func (s *Service) PruneChanges(ctx context.Context, r membership.Retention) (removed int, err error) {
	now := s.now()
	if err := membership.CheckClock(now); err != nil {
		return 0, err
	}
	for {
		n := 0
		err := s.store.Update(ctx, func(tx store.Tx) (err error) {
			n, err = prune(ctx, tx, r, now, pruneAtMost)
			return err
		})
		if err != nil {
			return removed, err
		}
		if removed += n; n < pruneAtMost {
			return removed, nil
		}
	}
}

func prune(ctx context.Context, tx store.Tx, r membership.Retention, now time.Time, most int) (int, error) {
	if r.IsZero() {
		return 0, nil
	}
	var before time.Time
	if r.MaxAge > 0 {
		before = now.Add(-r.MaxAge)
	}
	return tx.PruneChanges(ctx, before, max(r.MaxCount, 0), most)
}
