package storetest

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// lister asks a store for one list.
type lister[T any] func(ctx context.Context, q membership.Query) (membership.Page[T], error)

func emptyLists(t *testing.T, st store.Store) {
	checkEmpty := func(what string, items int, isNil bool, total int, err error) {
		t.Helper()
		must(t, what, err)
		if items != 0 || isNil || total != 0 {
			t.Errorf("%s: got %d items (nil: %t) of %d, want an empty list that is not nil", what, items, isNil, total)
		}
	}
	ctx, q := t.Context(), membership.Query{}
	accounts, err := st.ListAccounts(ctx, q)
	checkEmpty("ListAccounts", len(accounts.Items), accounts.Items == nil, accounts.Total, err)
	members, err := st.ListMembers(ctx, q)
	checkEmpty("ListMembers", len(members.Items), members.Items == nil, members.Total, err)
	memberships, err := st.ListMemberships(ctx, membership.Scope{All: true}, q)
	checkEmpty("ListMemberships", len(memberships.Items), memberships.Items == nil, memberships.Total, err)

	tags, err := st.ListTags(ctx, q)
	checkEmpty("ListTags", len(tags.Items), tags.Items == nil, tags.Total, err)
	profiles, err := st.ListPasswordProfiles(ctx, q)
	checkEmpty("ListPasswordProfiles", len(profiles.Items), profiles.Items == nil, profiles.Total, err)

	populate(t, st, 1, 0)
	memberships, err = st.ListMemberships(ctx, membership.Scope{Account: accountID(0)}, q)
	checkEmpty("ListMemberships of an account", len(memberships.Items), memberships.Items == nil, memberships.Total, err)
	unassigned, err := st.ListUnassignedMembers(ctx, accountID(0), q)
	checkEmpty("ListUnassignedMembers", len(unassigned.Items), unassigned.Items == nil, unassigned.Total, err)
}

func unknownScopes(t *testing.T, st store.Store) {
	populate(t, st, 1, 1)
	filtered := membership.Query{Filter: membership.All(membership.Eq(membership.AttrMemberID, membership.IDValue(memberID(0).UUID)))}
	for _, c := range []struct {
		scope membership.Scope
		want  error
	}{
		{membership.Scope{}, membership.ErrAccountNotFound},
		{membership.Scope{Account: accountID(9)}, membership.ErrAccountNotFound},
		{membership.Scope{Member: memberID(9)}, membership.ErrMemberNotFound},
		{membership.Scope{Account: accountID(9), Member: memberID(0)}, membership.ErrAccountNotFound},
		{membership.Scope{Account: accountID(0), Member: memberID(9)}, membership.ErrMemberNotFound},
		{membership.Scope{Account: accountID(9), Member: memberID(9)}, membership.ErrAccountNotFound},
	} {
		for _, q := range []membership.Query{{}, {Limit: -1}, filtered} {
			_, err := st.ListMemberships(t.Context(), c.scope, q)
			wantErr(t, fmt.Sprintf("ListMemberships of %v with %v", c.scope, q), err, c.want)
		}
	}
	for _, q := range []membership.Query{{}, {Limit: -1}, {Filter: membership.All(membership.Like(membership.AttrName, "*"))}} {
		_, err := st.ListUnassignedMembers(t.Context(), accountID(9), q)
		wantErr(t, "ListUnassignedMembers", err, membership.ErrAccountNotFound)
	}
}

// listRows is how many rows the lists have: more than a page, with three rows to each time and name.
const listRows = 31

// tied gives every three rows the same times and texts, so that only the id separates them.
func tied(n int) int { return n / 3 }

func tiedAccount(n int) membership.Account {
	a := account(n)
	a.Name = fmt.Sprintf("Name %c", 'A'+(tied(n)*7)%11)
	a.CreatedAt, a.UpdatedAt = at(tied(n)), at(tied(n)+(tied(n)*5)%13)
	return a
}

func tiedMember(n int) membership.Member {
	m := member(n)
	m.Name = fmt.Sprintf("Name %c", 'A'+(tied(n)*7)%11)
	m.Email = ""
	if tied(n)%2 == 0 {
		m.Email = fmt.Sprintf("%c@example.com", 'a'+(tied(n)*3)%7)
	}
	m.CreatedAt, m.UpdatedAt = at(tied(n)), at(tied(n)+(tied(n)*5)%13)
	return m
}

func tiedJoining(n, a, m int) membership.Membership {
	j := joining(n, accountID(a), memberID(m))
	j.CreatedAt, j.UpdatedAt = at(tied(n)), at(tied(n)+(tied(n)*5)%13)
	return j
}

// scatter is an order of insertion that is no order of any attribute.
func scatter(rows int) []int {
	order := make([]int, rows)
	for i := range order {
		order[i] = (i*17 + 5) % rows
	}
	return order
}

func populateTied(t *testing.T, st store.Store) (accounts []membership.Account, members []membership.Member) {
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		for _, n := range scatter(listRows) {
			accounts = append(accounts, tiedAccount(n))
			must(t, "InsertAccount", tx.InsertAccount(ctx, tiedAccount(n)))
			members = append(members, tiedMember(n))
			must(t, "InsertMember", tx.InsertMember(ctx, tiedMember(n)))
		}
		return nil
	})
	return accounts, members
}

func listAccounts(t *testing.T, st store.Store) {
	accounts, _ := populateTied(t, st)
	checkLists(t, membership.ResourceAccount, accounts, st.ListAccounts)
}

func listMembers(t *testing.T, st store.Store) {
	_, members := populateTied(t, st)
	checkLists(t, membership.ResourceMember, members, st.ListMembers)
}

func listUnassignedMembers(t *testing.T, st store.Store) {
	_, members := populateTied(t, st)
	join(t, st, 0, 0, 3, 4, 30)
	join(t, st, 10, 1, 5)
	assigned := []membership.MemberID{memberID(3), memberID(4), memberID(30)}
	unassigned := slices.DeleteFunc(members, func(m membership.Member) bool { return slices.Contains(assigned, m.ID) })
	checkLists(t, membership.ResourceMember, unassigned,
		func(ctx context.Context, q membership.Query) (membership.Page[membership.Member], error) {
			return st.ListUnassignedMembers(ctx, accountID(0), q)
		})
}

func listMembershipsOfAccount(t *testing.T, st store.Store) {
	populateTied(t, st)
	var rows []membership.Membership
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		for _, n := range scatter(listRows) {
			rows = append(rows, tiedJoining(n, 0, n))
			must(t, "InsertMembership", tx.InsertMembership(ctx, tiedJoining(n, 0, n)))
			must(t, "InsertMembership", tx.InsertMembership(ctx, tiedJoining(100+n, 1, n)))
		}
		return nil
	})
	checkLists(t, membership.ResourceMembership, rows, scoped(st, membership.Scope{Account: accountID(0)}))
	checkLists(t, membership.ResourceMembership, rows[4:5],
		scoped(st, membership.Scope{Account: accountID(0), Member: rows[4].MemberID}))
}

func listMembershipsOfMember(t *testing.T, st store.Store) {
	populateTied(t, st)
	var rows []membership.Membership
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		for _, n := range scatter(listRows) {
			rows = append(rows, tiedJoining(n, n, 0))
			must(t, "InsertMembership", tx.InsertMembership(ctx, tiedJoining(n, n, 0)))
			must(t, "InsertMembership", tx.InsertMembership(ctx, tiedJoining(100+n, n, 1)))
		}
		return nil
	})
	checkLists(t, membership.ResourceMembership, rows, scoped(st, membership.Scope{Member: memberID(0)}))
}

func listAllMemberships(t *testing.T, st store.Store) {
	populateTied(t, st)
	var rows []membership.Membership
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		for _, n := range scatter(listRows) {
			row := tiedJoining(n, n%4, n)
			rows = append(rows, row)
			must(t, "InsertMembership", tx.InsertMembership(ctx, row))
		}
		return nil
	})
	checkLists(t, membership.ResourceMembership, rows, scoped(st, membership.Scope{All: true}))
}

func scoped(st store.Store, scope membership.Scope) lister[membership.Membership] {
	return func(ctx context.Context, q membership.Query) (membership.Page[membership.Membership], error) {
		return st.ListMemberships(ctx, scope, q)
	}
}

// comparableRow is a row whose every field counts.
type comparableRow interface {
	membership.Row
	comparable
}

// checkLists asks for the rows in every order, by offset and by position, with pages of every size.
func checkLists[T comparableRow](t *testing.T, r membership.Resource, rows []T, list lister[T]) {
	t.Helper()
	orders := []membership.Order{{}}
	for _, attr := range r.Sortable() {
		orders = append(orders, membership.Order{By: attr}, membership.Order{By: attr, Desc: true})
	}
	for _, order := range orders {
		want := expected(rows, order, nil)
		for _, size := range []int{1, 7, membership.DefaultPageSize, 100} {
			checkPages(t, want, membership.Query{Order: order, Limit: size}, list)
		}
		checkBounds(t, want, order, list)
	}
	page, err := list(t.Context(), membership.Query{})
	must(t, "a list", err)
	samePage(t, membership.Query{}, page.Items, first(expected(rows, membership.Order{}, nil), membership.DefaultPageSize))
}

// expected is the list that package membership defines.
func expected[T membership.Row](rows []T, order membership.Order, filter membership.Filter) []T {
	var want []T
	for _, row := range rows {
		if filter.Match(row) {
			want = append(want, row)
		}
	}
	slices.SortFunc(want, func(a, b T) int {
		switch {
		case order.Less(a, b):
			return -1
		case order.Less(b, a):
			return 1
		}
		return 0
	})
	return want
}

// checkPages walks the list by offset and by position.
func checkPages[T comparableRow](t *testing.T, want []T, q membership.Query, list lister[T]) {
	t.Helper()
	byPosition := q
	for from := 0; from <= len(want); from += q.Limit {
		q.Offset = from
		wantItems := first(want[from:], q.Limit)
		for _, q := range []membership.Query{q, byPosition} {
			page, err := list(t.Context(), q)
			must(t, fmt.Sprintf("a list by %+v", q), err)
			samePage(t, q, page.Items, wantItems)
			if page.Total != len(want) {
				t.Errorf("query %+v: got a total of %d, want %d", q, page.Total, len(want))
			}
		}
		if len(wantItems) > 0 {
			byPosition.After = q.Order.Position(wantItems[len(wantItems)-1])
		}
	}
}

// checkBounds asks for pages beyond the list, without rows, and behind positions of rows that do not exist.
func checkBounds[T comparableRow](t *testing.T, all []T, order membership.Order, list lister[T]) {
	t.Helper()
	last := len(all) - 1
	gone := order.Position(all[last/2])
	gone.ID[15] ^= 0x80 // an id that no row has, beside one that a row has
	behind := slices.DeleteFunc(slices.Clone(all), func(row T) bool { return !order.After(row, gone) })
	for _, c := range []struct {
		q    membership.Query
		want []T
	}{
		{membership.Query{Order: order, Limit: -1}, nil},
		{membership.Query{Order: order, Limit: 5, Offset: -3}, first(all, 5)},
		{membership.Query{Order: order, Limit: 5, Offset: len(all)}, nil},
		{membership.Query{Order: order, Limit: 5, Offset: math.MaxInt32}, nil},
		{membership.Query{Order: order, Limit: math.MaxInt32, Offset: 1}, all[1:]},
		{membership.Query{Order: order, Limit: 5, After: order.Position(all[last])}, nil},
		{membership.Query{Order: order, Limit: math.MaxInt32, After: gone}, behind},
		{membership.Query{Order: order, Limit: 1, Offset: 1, After: order.Position(all[0])}, first(all[min(2, len(all)):], 1)},
	} {
		page, err := list(t.Context(), c.q)
		must(t, fmt.Sprintf("a list by %+v", c.q), err)
		samePage(t, c.q, page.Items, c.want)
		if page.Total != len(all) {
			t.Errorf("query %+v: got a total of %d, want %d", c.q, page.Total, len(all))
		}
	}
}

func first[T any](rows []T, n int) []T { return rows[:min(n, len(rows))] }

func samePage[T comparable](t *testing.T, q membership.Query, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("query %+v (filter %s): got %d rows, want %d:\n got %+v\nwant %+v", q, q.Filter, len(got), len(want), got, want)
	}
}
