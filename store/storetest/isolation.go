package storetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// racers is how many goroutines race for one thing.
const racers = 64

// race runs fn in so many goroutines that start together, and returns their errors.
func race(n int, fn func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = fn(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}

// count tells how many errors are nil and how many are the refusal; any other error fails the test.
func count(t testing.TB, errs []error, refusal error) (won, refused int) {
	t.Helper()
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case errors.Is(err, refusal):
			refused++
		default:
			t.Errorf("a racer failed: %v", err)
		}
	}
	return won, refused
}

// add is the use case that the contract serves: facts, decision, insert, in one transaction.
func add(ctx context.Context, st store.Store, limits membership.Limits, m membership.Membership) error {
	return st.Update(ctx, func(tx store.Tx) error {
		facts, err := tx.JoinFacts(ctx, m.AccountID, m.MemberID)
		if err != nil {
			return err
		}
		if err := limits.CheckJoin(facts); err != nil {
			return err
		}
		return tx.InsertMembership(ctx, m)
	})
}

func lastSeat(t *testing.T, st store.Store) {
	populate(t, st, 1, racers+9)
	for n := range 9 {
		join(t, st, 1000+n, 0, racers+n)
	}
	limits := membership.Limits{PerAccount: 10}
	errs := race(racers, func(i int) error {
		return add(t.Context(), st, limits, joining(i, accountID(0), memberID(i)))
	})
	won, refused := count(t, errs, membership.ErrAccountFull)
	if won != 1 || refused != racers-1 {
		t.Errorf("the last seat: %d won and %d were refused, want 1 and %d", won, refused, racers-1)
	}
	equal(t, "memberships", total(t, st, membership.Scope{Account: accountID(0)}), 10)
}

func samePair(t *testing.T, st store.Store) {
	populate(t, st, 1, 1)
	errs := race(racers, func(i int) error {
		return add(t.Context(), st, membership.Limits{PerAccount: 1000}, joining(i, accountID(0), memberID(0)))
	})
	won, refused := count(t, errs, membership.ErrAlreadyMember)
	if won != 1 || refused != racers-1 {
		t.Errorf("the same pair: %d won and %d were refused, want 1 and %d", won, refused, racers-1)
	}
	equal(t, "memberships", total(t, st, membership.Scope{All: true}), 1)
}

func lostUpdates(t *testing.T, st store.Store) {
	const each = 8
	zero := account(0)
	zero.Name = "0"
	write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.InsertAccount(ctx, zero) })
	errs := race(racers/4, func(int) error {
		for range each {
			err := st.Update(t.Context(), func(tx store.Tx) error {
				a, err := tx.Account(t.Context(), accountID(0))
				if err != nil {
					return err
				}
				n, err := strconv.Atoi(a.Name)
				a.Name = strconv.Itoa(n + 1)
				return errors.Join(err, tx.UpdateAccount(t.Context(), a))
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	count(t, errs, nil)
	a, err := st.Account(t.Context(), accountID(0))
	must(t, "Account", err)
	equal(t, "a counter that every goroutine increments", a.Name, strconv.Itoa(racers/4*each))
}

// letPass is how long a View of the suite gives a writer to commit. A store may keep the writer waiting; one that lets it
// pass must not show what it wrote.
const letPass = 50 * time.Millisecond

// viewSeesNoLaterCommit lets a writer commit, or wait, between two reads of one View.
func viewSeesNoLaterCommit(t *testing.T, st store.Store) {
	populate(t, st, 1, 1)
	written := make(chan error, 1)
	var before, after int
	must(t, "View", st.View(t.Context(), func(r store.Reader) error {
		read := func(count *int) error {
			page, err := r.ListMemberships(t.Context(), membership.Scope{Account: accountID(0)}, membership.Query{})
			*count = page.Total
			return err
		}
		if err := read(&before); err != nil {
			return err
		}
		go func() {
			written <- st.Update(t.Context(), func(tx store.Tx) error {
				return tx.InsertMembership(t.Context(), joining(0, accountID(0), memberID(0)))
			})
		}()
		select {
		case err := <-written:
			must(t, "an Update beside a View", err)
			written <- nil
		case <-time.After(letPass):
		}
		return read(&after)
	}))
	must(t, "an Update beside a View", <-written)
	equal(t, "memberships at the beginning of a View", before, 0)
	equal(t, "memberships at its end, after another commit", after, 0)
	equal(t, "memberships afterwards", total(t, st, membership.Scope{All: true}), 1)
}

// viewIsOneSnapshot moves members between two accounts while others look: whoever looks sees every member in exactly
// one of the two.
func viewIsOneSnapshot(t *testing.T, st store.Store) {
	const members, moves = 4, 100
	populate(t, st, 2, members)
	join(t, st, 0, 0, 0, 1, 2, 3)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()

	var wg sync.WaitGroup
	wg.Go(func() {
		defer stop()
		for n := range moves {
			m, from, to := memberID(n%members), accountID((n/members)%2), accountID((n/members+1)%2)
			err := st.Update(t.Context(), func(tx store.Tx) error {
				old, err := tx.MembershipByPair(t.Context(), from, m)
				return errors.Join(err,
					tx.DeleteMembership(t.Context(), from, old.ID),
					tx.InsertMembership(t.Context(), joining(100+n, to, m)))
			})
			if err != nil {
				t.Errorf("move %d: %v", n, err)
				return
			}
		}
	})
	for range 3 {
		wg.Go(func() {
			for ctx.Err() == nil {
				if err := st.View(t.Context(), func(r store.Reader) error { return seesEveryMemberOnce(t.Context(), r, members) }); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func seesEveryMemberOnce(ctx context.Context, r store.Reader, members int) error {
	seen := 0
	for n := range 2 {
		page, err := r.ListMemberships(ctx, membership.Scope{Account: accountID(n)}, membership.Query{})
		if err != nil {
			return err
		}
		if len(page.Items) != page.Total {
			return fmt.Errorf("a list has %d rows and a total of %d", len(page.Items), page.Total)
		}
		seen += page.Total
	}
	for n := range members {
		page, err := r.ListMemberships(ctx, membership.Scope{Member: memberID(n)}, membership.Query{})
		if err != nil {
			return err
		}
		if page.Total != 1 {
			return fmt.Errorf("member %d is in %d accounts", n, page.Total)
		}
	}
	if seen != members {
		return fmt.Errorf("a View sees %d memberships, want %d", seen, members)
	}
	return nil
}

func readsOwnWrites(t *testing.T, st store.Store) {
	populate(t, st, 1, 1)
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		must(t, "InsertAccount", tx.InsertAccount(ctx, account(5)))
		must(t, "InsertMembership", tx.InsertMembership(ctx, joining(5, accountID(5), memberID(0))))
		got, err := tx.Account(ctx, accountID(5))
		must(t, "Account", err)
		equal(t, "an account of this transaction", got, account(5))
		page, err := tx.ListMemberships(ctx, membership.Scope{Account: accountID(5)}, membership.Query{})
		must(t, "ListMemberships", err)
		equal(t, "memberships of this transaction", page.Total, 1)
		facts, err := tx.JoinFacts(ctx, accountID(5), memberID(0))
		must(t, "JoinFacts", err)
		equal(t, "facts of this transaction", facts, membership.JoinFacts{AccountExists: true, MemberExists: true,
			Existing: joining(5, accountID(5), memberID(0)), AccountUsed: 1, MemberUsed: 1, MemberLimit: membership.MaxMembershipLimit})
		must(t, "DeleteMembership", tx.DeleteMembership(ctx, accountID(5), membershipID(5)))
		is, err := tx.IsMember(ctx, accountID(5), memberID(0))
		equal(t, "IsMember after the deletion", is, false)
		return err
	})
}

func committedIsVisible(t *testing.T, st store.Store) {
	populate(t, st, 1, racers)
	errs := race(racers, func(i int) error {
		if err := add(t.Context(), st, membership.Limits{PerAccount: -1}, joining(i, accountID(0), memberID(i))); err != nil {
			return err
		}
		if is, err := st.IsMember(t.Context(), accountID(0), memberID(i)); err != nil || !is {
			return fmt.Errorf("IsMember of what was just committed: %t, %w", is, err)
		}
		return st.View(t.Context(), func(r store.Reader) error {
			_, err := r.Membership(t.Context(), accountID(0), membershipID(i))
			return err
		})
	})
	count(t, errs, nil)
	equal(t, "memberships", total(t, st, membership.Scope{All: true}), racers)
}
