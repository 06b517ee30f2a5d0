package roster_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
)

// stop ends a walk at the end of the log.
var stop = roster.ChangeOptions{Stop: true}

// walked collects what a walk yields, up to its error.
func walked(
	ctx context.Context, s *roster.Service, after int64, opts roster.ChangeOptions,
) (all []membership.Change, err error) {
	for c, err := range s.Changes(ctx, after, opts) {
		if err != nil {
			return all, err
		}
		all = append(all, c)
	}
	return all, nil
}

// sequences are the sequence numbers of changes.
func sequences(changes []membership.Change) []int64 {
	all := []int64{}
	for _, c := range changes {
		all = append(all, c.Sequence)
	}
	return all
}

// tags creates so many tags, a change each.
func (w *world) tags(n int) {
	w.t.Helper()
	must(w.t, w.Update(w.t.Context(), func(in *roster.Service) error {
		for range n {
			if _, err := in.CreateTag(w.t.Context(), membership.Tag{Name: fmt.Sprint("tag ", nextName())}); err != nil {
				return err
			}
		}
		return nil
	}))
}

var nextName = func() func() int {
	var mu sync.Mutex
	n := 0
	return func() int {
		mu.Lock()
		defer mu.Unlock()
		n++
		return n
	}
}()

func TestChangesReplaysTheLog(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{})
		none, err := walked(t.Context(), w.Service, 0, stop)
		must(t, err)
		equal(t, "changes of an empty log", len(none), 0)
		w.tags(250) // more than a page
		want := w.changes(0)
		for _, after := range []int64{0, 1, 99, 100, 101, 150, 249, 250} {
			got, err := walked(t.Context(), w.Service, after, stop)
			must(t, err)
			sameChanges(t, fmt.Sprint("after ", after), got, want[after:])
		}
		for _, after := range []int64{-1, 251} {
			got, err := walked(t.Context(), w.Service, after, stop)
			wantError(t, fmt.Sprint("after ", after), err, membership.ErrInvalidField)
			equal(t, "changes with it", len(got), 0)
		}
		seen := 0
		for _, err := range w.Changes(t.Context(), 0, roster.ChangeOptions{}) { // who stops does not wait
			must(t, err)
			if seen++; seen == 120 {
				break
			}
		}
		equal(t, "seen", seen, 120)
	})
}

func TestChangesYieldsWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		c := newCompany(t, st)
		must(t, c.DeleteAccount(t.Context(), c.acme.ID))
		all := c.changes(0)
		types := []membership.ChangeType{membership.MembershipDeleted, membership.LoginCreated}
		for name, opts := range map[string]roster.ChangeOptions{
			"an account":         {Account: c.acme.ID},
			"a member":           {Member: c.ron.ID},
			"a membership":       {Membership: c.annInAcme.ID},
			"a type":             {Types: types[:1]},
			"types":              {Types: types},
			"a member and types": {Member: c.ron.ID, Types: types},
			"nothing that is":    {Account: noAccount},
		} {
			opts.Stop = true
			q := membership.ChangeQuery{
				Account: opts.Account, Member: opts.Member, Membership: opts.Membership, Types: opts.Types,
			}
			want := slices.DeleteFunc(slices.Clone(all), func(change membership.Change) bool { return !q.Match(change) })
			got, err := walked(t.Context(), c.Service, 0, opts)
			must(t, err)
			sameChanges(t, name, got, want)
			if (len(want) == 0) != (name == "nothing that is") {
				t.Errorf("%s: %d changes", name, len(want))
			}
		}
	})
}

func TestChangesFollowsTheWritersOfItsStore(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		const writers, each = 16, 25
		w := newWorldOver(t, st, roster.Options{})
		never := time.Hour // what this store commits is seen whatever the poll interval
		var wg sync.WaitGroup
		follow := func(name string, want int, opts roster.ChangeOptions) {
			opts.PollInterval = never
			wg.Go(func() {
				var seen []membership.Change
				for c, err := range w.Changes(t.Context(), 0, opts) {
					if err != nil {
						t.Errorf("%s: %v", name, err)
						return
					}
					if seen = append(seen, c); len(seen) == want {
						break
					}
				}
				for i, c := range seen {
					if i > 0 && c.Sequence <= seen[i-1].Sequence {
						t.Errorf("%s: %d comes behind %d", name, c.Sequence, seen[i-1].Sequence)
					}
				}
				if last := seen[len(seen)-1].Sequence; len(opts.Types) == 0 && last != int64(want) {
					t.Errorf("%s: the last of %d is %d", name, want, last)
				}
			})
		}
		for n := range 3 {
			follow(fmt.Sprint("all ", n), writers*each*2, roster.ChangeOptions{})
		}
		follow("accounts", writers*each, roster.ChangeOptions{Types: []membership.ChangeType{membership.AccountCreated}})
		for range writers {
			wg.Go(func() {
				for range each {
					if _, err := w.CreateAccount(t.Context(), membership.Account{Name: "Acme"}); err != nil {
						t.Error(err)
					}
					if _, err := w.CreateMember(t.Context(), membership.Member{Name: "Ron"}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
	})
}

func TestAWalkEndsWithItsContext(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{})
		w.tags(50)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var seen int
		var last error
		for _, err := range w.Changes(ctx, 0, stop) {
			if last = err; err != nil {
				break
			}
			seen++
			cancel() // in the middle of a page
		}
		wantError(t, "in the middle", last, context.Canceled)
		equal(t, "seen", seen, 1)

		for _, begin := range []int64{0, 50} { // before it begins, and at the end of the log
			got, err := walked(ctx, w.Service, begin, roster.ChangeOptions{})
			wantError(t, "one that has ended", err, context.Canceled)
			equal(t, "seen", len(got), 0)
		}

		waiting, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		reached := make(chan struct{})
		go func() {
			var last error
			for c, err := range w.Changes(waiting, 40, roster.ChangeOptions{PollInterval: time.Hour}) {
				if last = err; c.Sequence == 50 {
					close(reached)
				}
			}
			ended <- last
		}()
		<-reached
		cancel()
		wantError(t, "while it waits", <-ended, context.Canceled)
	})
}

func TestAWalkThatWaitsEndsWithTheStore(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{})
		w.tags(3)
		reached, ended := make(chan struct{}), make(chan error)
		go func() {
			var last error
			for c, err := range w.Changes(t.Context(), 0, roster.ChangeOptions{PollInterval: time.Hour}) {
				if last = err; c.Sequence == 3 {
					close(reached)
				}
			}
			ended <- last
		}()
		<-reached
		must(t, st.Close())
		wantError(t, "the walk", <-ended, store.ErrClosed)
		_, err := walked(t.Context(), w.Service, 0, stop)
		wantError(t, "another one", err, store.ErrClosed)
		wantError(t, "AwaitChanges", w.AwaitChanges(t.Context(), 3, 0), store.ErrClosed)
		_, err = w.History(t.Context(), noMembership)
		wantError(t, "History", err, store.ErrClosed)
	})
}

func TestASlowFollowerLearnsThatItMissedSomething(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{})
		w.tags(500)
		var seen []membership.Change
		var last error
		for c, err := range w.Changes(t.Context(), 300, roster.ChangeOptions{}) {
			if last = err; err != nil {
				break
			}
			if seen = append(seen, c); len(seen) == 50 { // while it is busy
				_, err := w.PruneChanges(t.Context(), membership.Retention{MaxCount: 60})
				must(t, err)
			}
		}
		wantError(t, "the walk", last, membership.ErrPruned)
		if facts, ok := errors.AsType[*membership.Error](last); !ok || facts.First != 441 {
			t.Errorf("%v does not say that 441 is left", last)
		}
		for i, c := range seen {
			if c.Sequence != 301+int64(i) {
				t.Fatalf("a gap in %v", sequences(seen))
			}
		}
	})
}

func TestThereIsNeverASilentGap(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		// Which prunes as often as can be.
		w := newWorldOver(t, st, roster.Options{Retention: membership.Retention{MaxCount: 1}})
		const writes = 1500
		var wg sync.WaitGroup
		pruned := make([]int, 4)
		for n := range pruned {
			wg.Go(func() {
				after := int64(0)
				for after < writes {
					for c, err := range w.Changes(t.Context(), after, roster.ChangeOptions{PollInterval: time.Hour}) {
						fault, ok := errors.AsType[*membership.Error](err)
						if ok && errors.Is(err, membership.ErrPruned) && fault.First > after+1 {
							after, pruned[n] = fault.First-1, pruned[n]+1
							break
						}
						if err != nil || c.Sequence != after+1 {
							t.Errorf("behind %d comes %d, %v", after, c.Sequence, err)
							return
						}
						if after = c.Sequence; after >= writes {
							break
						}
					}
				}
			})
		}
		for n := range writes / 5 {
			must(t, w.Update(t.Context(), func(in *roster.Service) error {
				for m := range 5 {
					if _, err := in.CreateTag(t.Context(), membership.Tag{Name: fmt.Sprint(n, " ", m)}); err != nil {
						return err
					}
				}
				return nil
			}))
		}
		wg.Wait()
	})
}

func TestAViewAndAnUpdateReadTheLogButDoNotWait(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{})
		w.tags(3)
		read := func(in *roster.Service) error {
			got, err := walked(t.Context(), in, 0, stop)
			must(t, err)
			if len(got) < 3 {
				t.Errorf("read %d changes", len(got))
			}
			got, err = walked(t.Context(), in, 0, roster.ChangeOptions{})
			if err == nil || len(got) < 3 {
				t.Errorf("following: %d changes, %v", len(got), err)
			}
			if err := in.AwaitChanges(t.Context(), 0, 0); err == nil {
				t.Error("it waits")
			}
			if err := in.Consume(t.Context(), "mailer", pass, toTheEnd()); err == nil {
				t.Error("it consumes")
			}
			return nil
		}
		must(t, w.View(t.Context(), read))
		must(t, w.Update(t.Context(), read))
		must(t, w.Update(t.Context(), func(in *roster.Service) error {
			_, err := in.CreateTag(t.Context(), membership.Tag{Name: "in the same transaction"})
			must(t, err)
			got, err := walked(t.Context(), in, 3, stop)
			must(t, err)
			equal(t, "changes of the transaction's own", len(got), 1)
			return read(in)
		}))
		equal(t, "the last", w.last(), 4)
	})
}

// awaited is a store that tells how often somebody asked it to look.
type awaited struct {
	store.Store
	poll time.Duration
}

func (s *awaited) AwaitChanges(ctx context.Context, after int64, poll time.Duration) error {
	s.poll = poll
	return s.Store.AwaitChanges(ctx, after, poll)
}

func TestThePollIntervalHasADefault(t *testing.T) {
	t.Parallel()
	st := &awaited{Store: memstore.New()}
	w := newWorldOver(t, st, roster.Options{})
	w.tags(1)
	for given, want := range map[time.Duration]time.Duration{
		0: roster.DefaultPollInterval, -1: roster.DefaultPollInterval, 1: 1, time.Hour: time.Hour,
	} {
		must(t, w.AwaitChanges(t.Context(), 0, given))
		equal(t, "poll interval", st.poll, want)
	}
}

func TestAFollowerWaitsWithoutLooking(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var mu sync.Mutex
		var seen []int64
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			var last error
			for c, err := range w.Changes(ctx, 0, roster.ChangeOptions{}) {
				if last = err; err == nil {
					mu.Lock()
					seen = append(seen, c.Sequence)
					mu.Unlock()
				}
			}
			done <- last
		}()
		for n := range 5 {
			w.tag(fmt.Sprint(n))
			synctest.Wait()
			mu.Lock()
			equal(t, "seen at once", len(seen), n+1)
			mu.Unlock()
		}
		cancel()
		wantError(t, "the walk", <-done, context.Canceled)
	})
}

func TestHistory(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		c := newCompany(t, st)
		promoted, err := c.UpdateMembership(t.Context(), c.acme.ID, c.annInAcme.ID,
			membership.MembershipUpdate{Fields: fields("role", text("owner"))})
		must(t, err)
		must(t, c.DeleteMember(t.Context(), c.ann.ID))
		got, err := c.History(t.Context(), c.annInAcme.ID)
		must(t, err)
		var what []string
		for _, change := range got {
			what = append(what, fmt.Sprint(change.Type, " ", change.Cause))
		}
		equal(t, "history", strings.Join(what, ", "),
			"account-membership.created request, account-membership.updated request, account-membership.deleted cascade")
		equal(t, "what it was last", got[2].Before, membership.Image(promoted))

		none, err := c.History(t.Context(), noMembership)
		must(t, err)
		equal(t, "history of none", len(none), 0)
		_, err = c.PruneChanges(t.Context(), membership.Retention{MaxCount: 3})
		must(t, err)
		left, err := c.History(t.Context(), c.annInAcme.ID)
		must(t, err)
		equal(t, "what is kept", len(left), 1)
	})
}
