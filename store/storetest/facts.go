package storetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

func readFacts(t testing.TB, st store.Store, a, m int) membership.JoinFacts {
	t.Helper()
	var facts membership.JoinFacts
	write(t, st, func(ctx context.Context, tx store.Tx) (err error) {
		facts, err = tx.JoinFacts(ctx, accountID(a), memberID(m))
		return err
	})
	return facts
}

// checkFacts compares the facts about an account and a member, under the settings of a new store.
func checkFacts(t testing.TB, st store.Store, a, m int, want membership.JoinFacts) {
	t.Helper()
	want.MemberLimit = membership.MaxMembershipLimit
	equal(t, "JoinFacts", readFacts(t, st, a, m), want)
}

// joinMany reads the facts about many at once and adds many at once, up to one that cannot be added.
func joinMany(t *testing.T, st store.Store) {
	const members = 100
	populate(t, st, 3, members)
	join(t, st, 1000, 0, 7)
	all := func(account int, change func([]membership.Membership)) []membership.Membership {
		rows := make([]membership.Membership, members)
		for n := range rows {
			rows[n] = joining(account*members+n, accountID(account), memberID(n))
		}
		change(rows)
		return rows
	}
	for name, c := range map[string]struct {
		account int
		change  func([]membership.Membership)
		added   int
	}{
		"all of them":          {1, func([]membership.Membership) {}, members},
		"one that has joined":  {0, func([]membership.Membership) {}, 7},
		"one that comes twice": {2, func(rows []membership.Membership) { rows[90].MemberID = memberID(3) }, 90},
		"an id that is taken":  {2, func(rows []membership.Membership) { rows[41].ID = membershipID(1000) }, 41},
		"an id twice":          {2, func(rows []membership.Membership) { rows[99].ID = rows[98].ID }, 99},
		"an unknown account":   {2, func(rows []membership.Membership) { rows[32].AccountID = accountID(9) }, 32},
		"an unknown member":    {2, func(rows []membership.Membership) { rows[0].MemberID = memberID(members) }, 0},
		"none":                 {2, func(rows []membership.Membership) {}, 0},
	} {
		rows := all(c.account, c.change)
		if name == "none" {
			rows = nil
		}
		undone := errors.New("undone")
		err := st.Update(t.Context(), func(tx store.Tx) error {
			facts, err := tx.JoinFactsOf(t.Context(), rows)
			must(t, name+": JoinFactsOf", err)
			for n, m := range rows {
				one, err := tx.JoinFacts(t.Context(), m.AccountID, m.MemberID)
				must(t, name+": JoinFacts", err)
				equal(t, name+": facts", facts[n], one)
			}
			added, refusal := tx.InsertMemberships(t.Context(), rows)
			equal(t, name+": added", added, c.added)
			if added == len(rows) {
				must(t, name, refusal)
			} else { // what one at a time answers
				same(t, name, causeOf(refusal), causeOf(tx.InsertMembership(t.Context(), rows[added])))
			}
			for n, m := range rows {
				found, err := tx.MembershipByPair(t.Context(), m.AccountID, m.MemberID)
				if n < added {
					must(t, name, err)
					equal(t, name, found, m)
				} else if found.ID == m.ID && n > added {
					t.Errorf("%s: number %d was added behind %d", name, n, added)
				}
			}
			after, err := tx.JoinFacts(t.Context(), accountID(c.account), memberID(50))
			must(t, name, err)
			equal(t, name+": counted", after.AccountUsed, added+map[int]int{0: 1}[c.account])
			return undone
		})
		wantErr(t, name, err, undone)
	}
}

func joinFacts(t *testing.T, st store.Store) {
	populate(t, st, 2, 3)
	join(t, st, 0, 0, 0, 1)
	join(t, st, 2, 1, 0)
	both := membership.JoinFacts{AccountExists: true, MemberExists: true}

	checkFacts(t, st, 9, 9, membership.JoinFacts{})
	checkFacts(t, st, 0, 9, membership.JoinFacts{AccountExists: true, AccountUsed: 2})
	checkFacts(t, st, 9, 0, membership.JoinFacts{MemberExists: true, MemberUsed: 2})
	want := both
	want.AccountUsed = 2
	checkFacts(t, st, 0, 2, want)
	want.Existing, want.MemberUsed = joining(0, accountID(0), memberID(0)), 2
	checkFacts(t, st, 0, 0, want)

	write(t, st, func(ctx context.Context, tx store.Tx) error {
		s := membership.DefaultSettings()
		s.MembershipLimit = 7
		return tx.UpdateSettings(ctx, s)
	})
	equal(t, "the member's limit", readFacts(t, st, 9, 9).MemberLimit, 7)
}

// model is what a history of writes should leave.
type model struct {
	accounts, members map[int]bool
	joined            map[[2]int]membership.Membership
}

// countsAfterRandomHistory plays inserts, deletes and cascades and compares every count with a model.
func countsAfterRandomHistory(t *testing.T, st store.Store) {
	const nouns, steps = 6, 400
	populate(t, st, nouns, nouns)
	rng := rand.New(rand.NewPCG(3, 4))
	w := model{accounts: map[int]bool{}, members: map[int]bool{}, joined: map[[2]int]membership.Membership{}}
	for n := range nouns {
		w.accounts[n], w.members[n] = true, true
	}
	for step := range steps {
		write(t, st, w.step(rng.IntN(20), step, rng.IntN(nouns), rng.IntN(nouns)))
		if step%20 == 19 {
			w.check(t, st, nouns)
		}
	}
}

// step makes one change to the model and returns the same change of a store.
func (w *model) step(kind, step, a, m int) func(context.Context, store.Tx) error {
	pair := [2]int{a, m}
	j, joined := w.joined[pair]
	switch {
	case kind == 0 && w.accounts[a]:
		delete(w.accounts, a)
		w.forget(func(p [2]int) bool { return p[0] == a })
		return func(ctx context.Context, tx store.Tx) error { return tx.DeleteAccount(ctx, accountID(a), at(0)) }
	case kind == 1 && w.members[m]:
		delete(w.members, m)
		w.forget(func(p [2]int) bool { return p[1] == m })
		return func(ctx context.Context, tx store.Tx) error { return tx.DeleteMember(ctx, memberID(m)) }
	case !w.accounts[a]:
		w.accounts[a] = true
		return func(ctx context.Context, tx store.Tx) error { return tx.InsertAccount(ctx, account(a)) }
	case !w.members[m]:
		w.members[m] = true
		return func(ctx context.Context, tx store.Tx) error { return tx.InsertMember(ctx, member(m)) }
	case joined:
		delete(w.joined, pair)
		return func(ctx context.Context, tx store.Tx) error { return tx.DeleteMembership(ctx, j.AccountID, j.ID) }
	default:
		w.joined[pair] = joining(step, accountID(a), memberID(m))
		return func(ctx context.Context, tx store.Tx) error {
			return tx.InsertMembership(ctx, joining(step, accountID(a), memberID(m)))
		}
	}
}

func (w *model) forget(which func(pair [2]int) bool) {
	for pair := range w.joined {
		if which(pair) {
			delete(w.joined, pair)
		}
	}
}

func (w *model) check(t testing.TB, st store.Store, nouns int) {
	t.Helper()
	used := func(side, n int) int {
		count := 0
		for pair := range w.joined {
			if pair[side] == n {
				count++
			}
		}
		return count
	}
	equal(t, "all memberships", total(t, st, membership.Scope{All: true}), len(w.joined))
	for n := range nouns {
		checkFacts(t, st, n, nouns-1-n, membership.JoinFacts{
			AccountExists: w.accounts[n], MemberExists: w.members[nouns-1-n],
			Existing:    w.joined[[2]int{n, nouns - 1 - n}],
			AccountUsed: used(0, n), MemberUsed: used(1, nouns-1-n),
		})
		if w.accounts[n] {
			equal(t, "memberships of an account", total(t, st, membership.Scope{Account: accountID(n)}), used(0, n))
			page, err := st.ListUnassignedMembers(t.Context(), accountID(n), membership.Query{Limit: -1})
			must(t, "ListUnassignedMembers", err)
			equal(t, "members that are not in an account", page.Total, len(w.members)-used(0, n))
		}
		if w.members[n] {
			equal(t, "memberships of a member", total(t, st, membership.Scope{Member: memberID(n)}), used(1, n))
		}
	}
}
