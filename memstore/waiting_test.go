package memstore_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
)

func TestAskingWhoIsAMemberAllocatesNothing(t *testing.T) {
	st := memstore.New()
	fill(t, st, 1, 2, joining(0, 0, 0))
	ctx := t.Context()
	allocations := testing.AllocsPerRun(100, func() {
		for n := range 2 {
			if is, err := st.IsMember(ctx, accountID(0), memberID(n)); err != nil || is != (n == 0) {
				t.Errorf("IsMember of member %d: %t, %v", n, is, err)
			}
		}
	})
	if allocations > 0 {
		t.Errorf("%v allocations", allocations)
	}
}

// TestReadersDoNotOvertakeAWriter has a writer wait for a View, and a reader come after it.
func TestReadersDoNotOvertakeAWriter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := memstore.New()
		fill(t, st, 1, 1)
		ctx := t.Context()
		answered := make(chan bool, 1)
		must(t, st.View(ctx, func(store.Reader) error {
			go func() {
				must(t, st.Update(ctx, func(tx store.Tx) error { return tx.InsertMembership(ctx, joining(0, 0, 0)) }))
			}()
			synctest.Wait()
			go func() {
				is, err := st.IsMember(ctx, accountID(0), memberID(0))
				must(t, err)
				answered <- is
			}()
			synctest.Wait()
			if len(answered) > 0 {
				t.Error("a reader has overtaken the writer who waits")
			}
			return nil
		}))
		if !<-answered {
			t.Error("the reader has not seen what was written before it")
		}
	})
}

// TestReadersSeeWholeTransactions moves a member from one account to the other, again and again, while others look, all
// with contexts that end at any time. The race detector looks, too.
func TestReadersSeeWholeTransactions(t *testing.T) {
	t.Parallel()
	const members, movers, lookers, times = 50, 2, 6, 500
	st := memstore.New()
	var rows []membership.Membership
	for n := range members {
		rows = append(rows, joining(n, n%2, n))
	}
	fill(t, st, 2, members, rows...)
	var wg sync.WaitGroup
	repeat := func(seed int, try func(context.Context, *rand.Rand) error) {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(seed), 5))
			for range times {
				ctx, cancel := context.WithCancel(t.Context())
				if rng.IntN(2) == 0 {
					go cancel()
				}
				if err := try(ctx, rng); err != nil && !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
				cancel()
			}
		})
	}
	for n := range movers {
		repeat(n, func(ctx context.Context, rng *rand.Rand) error { return move(ctx, st, rng.IntN(members)) })
	}
	for n := range lookers {
		repeat(movers+n, func(ctx context.Context, rng *rand.Rand) error {
			if rng.IntN(2) == 0 {
				_, err := st.IsMember(ctx, accountID(0), memberID(rng.IntN(members)))
				return err
			}
			return st.View(ctx, func(r store.Reader) error { return countOnce(ctx, r, members) })
		})
	}
	wg.Wait()
	must(t, st.View(t.Context(), func(r store.Reader) error { return countOnce(t.Context(), r, members) }))
}

// move takes a member from the one of two accounts that it is in to the other.
func move(ctx context.Context, st store.Store, m int) error {
	return st.Update(ctx, func(tx store.Tx) error {
		for from := range 2 {
			row, err := tx.MembershipByPair(ctx, accountID(from), memberID(m))
			if errors.Is(err, membership.ErrMembershipNotFound) {
				continue
			}
			if err := errors.Join(err, tx.DeleteMembership(ctx, row.AccountID, row.ID)); err != nil {
				return err
			}
			row.AccountID = accountID(1 - from)
			return tx.InsertMembership(ctx, row)
		}
		return fmt.Errorf("member %d is nowhere", m)
	})
}

// countOnce checks that two accounts have so many members together, each once and in the order of its age.
func countOnce(ctx context.Context, r store.Reader, members int) error {
	seen := map[membership.MemberID]bool{}
	for n := range 2 {
		page, err := r.ListMemberships(ctx, membership.Scope{Account: accountID(n)}, membership.Query{Limit: members})
		if err != nil {
			return err
		}
		for _, m := range page.Items {
			seen[m.MemberID] = true
		}
		newestFirst := slices.IsSortedFunc(page.Items, func(a, b membership.Membership) int { return b.CreatedAt.Compare(a.CreatedAt) })
		if page.Total != len(page.Items) || !newestFirst {
			return fmt.Errorf("%d rows of %d, in order: %t", len(page.Items), page.Total, newestFirst)
		}
	}
	if len(seen) != members {
		return fmt.Errorf("%d members are there, want %d", len(seen), members)
	}
	return nil
}
