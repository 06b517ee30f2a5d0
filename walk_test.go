package roster_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// crowdSize makes a walk read more than two full pages, of 500 each.
const crowdSize = 1207

// crowd fills a world with an account that has crowdSize members, and as many accounts that one member is in, and as
// many members in no account. Many of them share names, addresses and times.
func crowd(t *testing.T) (w *world, account membership.Account, member membership.Member) {
	t.Helper()
	w = newWorldWith(t, roster.Options{AccountLimit: -1})
	account, member = w.account("the account"), w.member("the member")
	must(t, w.Update(t.Context(), func(svc *roster.Service) error {
		for n := range crowdSize {
			if n%5 == 0 {
				w.clock.Advance(time.Millisecond)
			}
			name := fmt.Sprintf("name %d", n%100)
			a, err := svc.CreateAccount(t.Context(), membership.Account{Name: name})
			must(t, err)
			m, err := svc.CreateMember(t.Context(), membership.Member{Name: name, Email: []string{"", "a@example.com", "b@example.com"}[n%3]})
			must(t, err)
			_, err = svc.Add(t.Context(), a.ID, member.ID)
			must(t, err)
			_, err = svc.Add(t.Context(), account.ID, m.ID)
			must(t, err)
			_, err = svc.CreateMember(t.Context(), membership.Member{Name: name})
			must(t, err)
		}
		return nil
	}))
	return w, account, member
}

func TestAWalkIsAllPagesInARow(t *testing.T) {
	t.Parallel()
	w, account, member := crowd(t)
	ctx := t.Context()
	t.Run("accounts", func(t *testing.T) {
		t.Parallel()
		checkWalk(t, membership.ResourceAccount, crowdSize+1,
			func(q membership.Query) (membership.Page[membership.Account], error) { return w.Accounts(ctx, q) },
			func(q membership.Query) iter.Seq2[membership.Account, error] { return w.AllAccounts(ctx, q) })
	})
	t.Run("members", func(t *testing.T) {
		t.Parallel()
		checkWalk(t, membership.ResourceMember, 2*crowdSize+1,
			func(q membership.Query) (membership.Page[membership.Member], error) { return w.Members(ctx, q) },
			func(q membership.Query) iter.Seq2[membership.Member, error] { return w.AllMembers(ctx, q) })
	})
	t.Run("unassigned members", func(t *testing.T) {
		t.Parallel()
		checkWalk(t, membership.ResourceMember, crowdSize+1,
			func(q membership.Query) (membership.Page[membership.Member], error) {
				return w.UnassignedMembers(ctx, account.ID, q)
			},
			func(q membership.Query) iter.Seq2[membership.Member, error] {
				return w.AllUnassignedMembers(ctx, account.ID, q)
			})
	})
	for name, scope := range map[string]membership.Scope{
		"an account's memberships": {Account: account.ID},
		"a member's memberships":   {Member: member.ID},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkWalk(t, membership.ResourceMembership, crowdSize,
				func(q membership.Query) (membership.Page[membership.Membership], error) {
					return w.Memberships(ctx, scope, q)
				},
				func(q membership.Query) iter.Seq2[membership.Membership, error] {
					return w.AllMemberships(ctx, scope, q)
				})
		})
	}
}

// row is what all lists hold.
type row interface {
	comparable
	membership.Row
}

// checkWalk compares a walk with the pages of the list, by offset, in every order.
func checkWalk[T row](
	t *testing.T, resource membership.Resource, total int,
	page func(membership.Query) (membership.Page[T], error), walk func(membership.Query) iter.Seq2[T, error],
) {
	t.Helper()
	orders := []membership.Order{{}}
	for _, attr := range resource.Sortable() {
		orders = append(orders, membership.Order{By: attr}, membership.Order{By: attr, Desc: true})
	}
	for _, order := range orders {
		q := membership.Query{Order: order, Limit: 400}
		var want []T
		for q.Offset = 0; q.Offset < total; q.Offset += q.Limit {
			p, err := page(q)
			must(t, err)
			equal(t, "total", p.Total, total)
			want = append(want, p.Items...)
		}
		equal(t, "rows of all pages", len(want), total)
		for _, window := range []membership.Query{{}, {Limit: 3, Offset: 7}, {Limit: -1}} {
			window.Order = order
			if got := collect(t, walk(window)); !slices.Equal(got, want) {
				t.Fatalf("by %+v: a walk of %d rows differs from the pages", window, len(got))
			}
		}
		from := order.Position(want[10])
		if got := collect(t, walk(membership.Query{Order: order, After: from})); !slices.Equal(got, want[11:]) {
			t.Errorf("by %+v: a walk from a position has %d rows", order, len(got))
		}
	}
}

func collect[T any](t *testing.T, rows iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for row, err := range rows {
		must(t, err)
		all = append(all, row)
	}
	return all
}

func TestAWalkSelects(t *testing.T) {
	t.Parallel()
	w, account, _ := crowd(t)
	q := membership.Query{Filter: membership.All(membership.Like(membership.AttrMemberName, "name 1*"))}
	page, err := w.Memberships(t.Context(), membership.Scope{Account: account.ID}, membership.Query{Filter: q.Filter, Limit: crowdSize})
	must(t, err)
	got := collect(t, w.AllMemberships(t.Context(), membership.Scope{Account: account.ID}, q))
	if len(got) == 0 || len(got) == crowdSize || !slices.Equal(got, page.Items) {
		t.Errorf("%d rows, want %d", len(got), page.Total)
	}
}

func TestAWalkCanBeWalkedAgain(t *testing.T) {
	t.Parallel()
	w, _, _ := crowd(t)
	walk := w.AllAccounts(t.Context(), membership.Query{})
	first := collect(t, walk)
	if second := collect(t, walk); !slices.Equal(first, second) {
		t.Errorf("%d rows the first time, %d the second", len(first), len(second))
	}
}

// countingStore counts how often accounts are listed.
type countingStore struct {
	store.Store
	lists int
}

func (s *countingStore) ListAccounts(ctx context.Context, q membership.Query) (membership.Page[membership.Account], error) {
	s.lists++
	return s.Store.ListAccounts(ctx, q)
}

func TestAWalkReadsNoFurtherThanItIsWalked(t *testing.T) {
	t.Parallel()
	tests := []struct {
		stored, walked int // how many accounts there are, and after how many the walk is left
		lists          int
	}{
		{stored: 0, walked: 1, lists: 1},
		{stored: 499, walked: 500, lists: 1},
		{stored: 501, walked: 1, lists: 1},
		{stored: 501, walked: 500, lists: 1},
		{stored: 501, walked: 501, lists: 2},
		{stored: 501, walked: 502, lists: 2}, // to the end, which a page that is not full tells
		{stored: 1000, walked: 1000, lists: 2},
		{stored: 1000, walked: 1001, lists: 3}, // to the end, which only an empty page tells
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%d of %d", test.walked, test.stored), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			must(t, w.Update(t.Context(), func(svc *roster.Service) error {
				for range test.stored {
					_, err := svc.CreateAccount(t.Context(), membership.Account{Name: "Acme"})
					must(t, err)
				}
				return nil
			}))
			st := &countingStore{Store: w.store}
			walked := 0
			for _, err := range w.In(st).AllAccounts(t.Context(), membership.Query{}) {
				must(t, err)
				if walked++; walked == test.walked {
					break
				}
			}
			equal(t, "lists", st.lists, test.lists)
			equal(t, "rows", walked, min(test.walked, test.stored))
		})
	}
}

func TestAnErrorEndsAWalk(t *testing.T) {
	t.Parallel()
	w, _, _ := crowd(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	rows, failures := 0, 0
	for a, err := range w.AllAccounts(ctx, membership.Query{}) {
		if err != nil {
			wantError(t, "the error", err, context.Canceled)
			equal(t, "what comes with an error", a, membership.Account{})
			failures++
			continue // the walk must end by itself
		}
		if rows++; rows == 700 {
			cancel()
		}
	}
	equal(t, "rows: the page at hand is finished", rows, 1000)
	equal(t, "errors", failures, 1)
}

// TestAWalkToleratesChanges deletes and inserts rows before and behind the place where the walk is. The others must
// come, each once.
func TestAWalkToleratesChanges(t *testing.T) {
	t.Parallel()
	for _, order := range []membership.Order{{}, {By: membership.AttrID}, {By: membership.AttrName, Desc: true}} {
		t.Run(fmt.Sprintf("%+v", order), func(t *testing.T) {
			t.Parallel()
			w, _, _ := crowd(t)
			q := membership.Query{Order: order}
			before := collect(t, w.AllAccounts(t.Context(), q))
			gone := map[membership.AccountID]bool{}
			seen := map[membership.AccountID]int{}
			n := 0
			for a, err := range w.AllAccounts(t.Context(), q) {
				must(t, err)
				seen[a.ID]++
				if n++; n%250 != 0 {
					continue
				}
				here := n % len(before)
				for _, i := range []int{here - 1, here - 20, here + 20, here + 260} { // the first is the row itself
					if i < len(before) && !gone[before[i].ID] {
						must(t, w.DeleteAccount(t.Context(), before[i].ID))
						gone[before[i].ID] = true
					}
				}
				w.account("name 0")
				w.account("name 99")
			}
			if len(gone) == 0 {
				t.Fatal("nothing was deleted")
			}
			for _, a := range before {
				if seen[a.ID] != 1 && !gone[a.ID] {
					t.Errorf("%s came %d times", a.ID, seen[a.ID])
				}
			}
			for id, times := range seen {
				if times > 1 {
					t.Errorf("%s came %d times", id, times)
				}
			}
		})
	}
}

func TestAWalkWithinAViewIsOneSnapshot(t *testing.T) {
	t.Parallel()
	w, _, _ := crowd(t)
	must(t, w.View(t.Context(), func(svc *roster.Service) error {
		equal(t, "accounts", len(collect(t, svc.AllAccounts(t.Context(), membership.Query{}))), crowdSize+1)
		return nil
	}))
}

// lastError walks to the end and returns the error that ended it.
func lastError[T any](rows iter.Seq2[T, error]) error {
	var last error
	for _, err := range rows {
		last = errors.Join(last, err)
	}
	return last
}

// wrongQueries are queries that do not fit a list, which has no attribute of the given name.
func wrongQueries(unknown membership.Attribute) iter.Seq2[membership.Query, error] {
	wrongFilter := membership.All(membership.Eq(unknown, membership.TextValue("x")))
	return func(yield func(membership.Query, error) bool) {
		_ = yield(membership.Query{Filter: wrongFilter}, membership.ErrInvalidFilter) &&
			yield(membership.Query{Filter: membership.Filter{{}}}, membership.ErrInvalidFilter) &&
			yield(membership.Query{Order: membership.Order{By: unknown}}, membership.ErrInvalidOrder) &&
			yield(membership.Query{After: membership.Position{Key: membership.TextValue("x")}}, membership.ErrInvalidOrder)
	}
}
