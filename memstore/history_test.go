package memstore_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
)

// history is a store beside plain maps of the rows that should be in it.
type history struct {
	t       *testing.T
	rng     *rand.Rand
	maximum struct{ accounts, members int }
	store.Store
	rows
}

// rows are what is in a store.
type rows struct {
	accounts    map[membership.AccountID]bool
	members     map[membership.MemberID]bool
	memberships map[membership.MembershipID]membership.Membership
}

// times is in how many milliseconds memberships are created: fewer than there are memberships, so that many are tied.
const times = 30

var errChangedMind = errors.New("changed their mind")

// TestEveryListIsRightThroughoutAHistory inserts, updates and deletes, of which a third is undone, and looks at random
// lists meanwhile and afterwards.
func TestEveryListIsRightThroughoutAHistory(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			h := newHistory(t, seed)
			h.maximum.accounts, h.maximum.members = 3, 50
			if seed%2 == 1 {
				h.maximum.accounts, h.maximum.members = 50, 3
			}
			for range 150 {
				h.transact()
				h.look(h.Store)
			}
		})
	}
}

func newHistory(t *testing.T, seed uint64) *history {
	t.Helper()
	h := &history{t: t, rng: rand.New(rand.NewPCG(seed, 7)), Store: memstore.New(), rows: rows{
		map[membership.AccountID]bool{}, map[membership.MemberID]bool{}, map[membership.MembershipID]membership.Membership{}}}
	flow := membership.NewFlow(membership.ResourceMembership)
	must(t, h.Update(t.Context(), func(tx store.Tx) error {
		return errors.Join(tx.InsertFlow(t.Context(), flow), tx.InsertField(t.Context(), membership.Field{
			Resource: flow.Resource, Slug: "role", Type: membership.TypeString, Initial: membership.StringValue("b")}))
	}))
	return h
}

// transact changes the rows a few times in one transaction, which is undone by an error or by a panic, or committed.
func (h *history) transact() {
	before := rows{maps.Clone(h.accounts), maps.Clone(h.members), maps.Clone(h.memberships)}
	end := h.rng.IntN(6)
	defer func() {
		if end == 0 && recover() == nil {
			h.t.Error("a panic was lost")
		}
		if end <= 1 {
			h.rows = before
		}
	}()
	err := h.Update(h.t.Context(), func(tx store.Tx) error {
		for range 1 + h.rng.IntN(30) {
			h.change(h.t.Context(), tx)
		}
		h.look(tx)
		switch end {
		case 0:
			panic(errChangedMind)
		case 1:
			return errChangedMind
		}
		return nil
	})
	if end > 0 && errors.Is(err, errChangedMind) != (end == 1) {
		h.t.Error(err)
	}
}

// change does one thing, in the store and in the maps.
func (h *history) change(ctx context.Context, tx store.Tx) {
	a, m := h.rng.IntN(h.maximum.accounts), h.rng.IntN(h.maximum.members)
	switch dice := h.rng.IntN(200); {
	case dice < 1:
		err := tx.DeleteAccount(ctx, accountID(a), at(0))
		h.check("DeleteAccount", err, h.accounts[accountID(a)])
		delete(h.accounts, accountID(a))
		maps.DeleteFunc(h.memberships, func(_ membership.MembershipID, row membership.Membership) bool { return row.AccountID == accountID(a) })
	case dice < 2:
		err := tx.DeleteMember(ctx, memberID(m))
		h.check("DeleteMember", err, h.members[memberID(m)])
		delete(h.members, memberID(m))
		maps.DeleteFunc(h.memberships, func(_ membership.MembershipID, row membership.Membership) bool { return row.MemberID == memberID(m) })
	case dice < 20:
		h.check("InsertAccount", tx.InsertAccount(ctx, account(a)), !h.accounts[accountID(a)])
		h.accounts[accountID(a)] = true
	case dice < 40:
		h.check("InsertMember", tx.InsertMember(ctx, member(m)), !h.members[memberID(m)])
		h.members[memberID(m)] = true
	case dice < 70:
		if row, ok := h.any(); ok {
			h.check("DeleteMembership", tx.DeleteMembership(ctx, row.AccountID, row.ID), true)
			delete(h.memberships, row.ID)
		}
	case dice < 100:
		if row, ok := h.any(); ok {
			row.UpdatedAt, row.Fields = h.time(), h.role()
			h.check("UpdateMembership", tx.UpdateMembership(ctx, row), true)
			h.memberships[row.ID] = row
		}
	default:
		row := joining(h.rng.IntN(500), a, m)
		row.CreatedAt, row.UpdatedAt, row.Fields = h.time(), h.time(), h.role()
		may := h.accounts[row.AccountID] && h.members[row.MemberID] && h.memberships[row.ID].IsZero() && h.pair(row.AccountID, row.MemberID).IsZero()
		h.check("InsertMembership", tx.InsertMembership(ctx, row), may)
		if may {
			h.memberships[row.ID] = row
		}
	}
}

func (h *history) check(what string, err error, may bool) {
	h.t.Helper()
	if may != (err == nil) {
		h.t.Fatalf("%s: %v, want no error: %t", what, err, may)
	}
}

// time has parts of a millisecond, by which lists are not sorted.
func (h *history) time() time.Time { return at(h.rng.IntN(times)).Add(time.Duration(h.rng.IntN(3))) }

func (h *history) role() membership.Fields {
	return membership.NewFields(membership.FieldValue{Slug: "role", Value: membership.StringValue(string(rune('a' + h.rng.IntN(4))))})
}

// any is one of the memberships.
func (h *history) any() (membership.Membership, bool) {
	ids := slices.SortedFunc(maps.Keys(h.memberships), func(a, b membership.MembershipID) int { return slices.Compare(a.UUID[:], b.UUID[:]) })
	if len(ids) == 0 {
		return membership.Membership{}, false
	}
	return h.memberships[ids[h.rng.IntN(len(ids))]], true
}

func (h *history) pair(a membership.AccountID, m membership.MemberID) membership.Membership {
	for _, row := range h.memberships {
		if row.AccountID == a && row.MemberID == m {
			return row
		}
	}
	return membership.Membership{}
}

// look compares answers with what the maps say.
func (h *history) look(r store.Reader) {
	ctx := h.t.Context()
	for range 10 {
		h.lookAtList(ctx, r, h.scope(), h.query())
	}
	for a := range h.maximum.accounts {
		for m := range h.maximum.members {
			want := h.pair(accountID(a), memberID(m))
			if is, err := r.IsMember(ctx, accountID(a), memberID(m)); err != nil || is == want.IsZero() {
				h.t.Fatalf("IsMember: %t, %v, want %+v", is, err, want)
			}
			if got, err := r.MembershipByPair(ctx, accountID(a), memberID(m)); got != want || (err == nil) == want.IsZero() {
				h.t.Fatalf("MembershipByPair: %+v, %v, want %+v", got, err, want)
			}
		}
	}
}

func (h *history) lookAtList(ctx context.Context, r store.Reader, scope membership.Scope, q membership.Query) {
	match := func(m membership.Membership) bool {
		return scope.Match(m) && q.Filter.Match(membership.MembershipRow{Membership: m})
	}
	want := membership.Select(maps.Values(h.memberships), match, q)
	got, err := r.ListMemberships(ctx, scope, q)
	unknown := scope.NamesAccount() && !h.accounts[scope.Account] || scope.NamesMember() && !h.members[scope.Member]
	switch {
	case unknown != (err != nil):
		h.t.Fatalf("%+v: %v, want an error: %t", scope, err, unknown)
	case err == nil && (got.Total != want.Total || !slices.Equal(got.Items, want.Items)):
		h.t.Fatalf("%+v by %+v:\n got %d of %d %v\nwant %d of %d %v", scope, q, len(got.Items), got.Total, got.Items, len(want.Items), want.Total, want.Items)
	}
}

func (h *history) scope() membership.Scope {
	a, m := accountID(h.rng.IntN(h.maximum.accounts)), memberID(h.rng.IntN(h.maximum.members))
	return []membership.Scope{{All: true}, {Account: a}, {Account: a}, {Member: m}, {Member: m}, {Account: a, Member: m}}[h.rng.IntN(6)]
}

func (h *history) query() membership.Query {
	attrs := []membership.Attribute{"", membership.AttrCreatedAt, membership.AttrCreatedAt, membership.AttrUpdatedAt, membership.AttrID, "role"}
	q := membership.Query{
		Order:  membership.Order{By: attrs[h.rng.IntN(len(attrs))], Desc: h.rng.IntN(2) == 0},
		Limit:  h.rng.IntN(30) - 1,
		Offset: h.rng.IntN(20) - 1,
	}
	if h.rng.IntN(3) == 0 {
		q.Filter = membership.All(membership.Eq("role", membership.StringValue("b")))
	}
	if row, ok := h.any(); ok && h.rng.IntN(3) == 0 {
		if h.rng.IntN(2) == 0 {
			row.CreatedAt = at(h.rng.IntN(times)) // the position of no row, as a rule
		}
		q.After = q.Order.Position(row)
	}
	return q
}
