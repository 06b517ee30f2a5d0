package roster_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
)

func TestAddManyTellsOfEachMember(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{AccountLimit: 4})
		_, err := w.UpdateSettings(t.Context(), membership.SettingsUpdate{MembershipLimit: new(1)})
		must(t, err)
		w.define(membership.ResourceMembership, "role", membership.TypeString, func(f *membership.Field) { f.Default = text("guest") })
		acme, initech := w.account("Acme"), w.account("Initech")
		before, ron, busy, ann, april := w.member("Before"), w.member("Ron"), w.member("Busy"), w.member("Ann"), w.member("April")
		existing := w.join(acme, before)
		w.join(initech, busy)
		w.clock.Advance(time.Hour)
		last := w.last()
		members := []membership.MemberID{ron.ID, noMember, before.ID, ron.ID, busy.ID, {}, ann.ID, april.ID, w.member("Jerry").ID}
		last++ // Jerry
		results, err := w.As("leslie").ForRequest("request-1").AddMany(t.Context(), acme.ID, members)
		must(t, err)
		equal(t, "results", len(results), len(members))
		want := []error{
			nil, membership.ErrMemberNotFound, membership.ErrAlreadyMember, membership.ErrAlreadyMember, membership.ErrMemberAtLimit,
			membership.ErrMemberNotFound, nil, nil, membership.ErrAccountFull,
		}
		var added []membership.Membership
		for i, result := range results {
			if wantError(t, "result", result.Err, want[i]); want[i] != nil {
				equal(t, "what comes with a refusal", result.Membership, membership.Membership{})
				continue
			}
			equal(t, "the membership", result.Membership, membership.Membership{
				ID: result.Membership.ID, AccountID: acme.ID, MemberID: members[i], Fields: fields("role", text("guest")),
				CreatedAt: cutMorning.Add(time.Hour), UpdatedAt: cutMorning.Add(time.Hour),
			})
			stored, err := w.Membership(t.Context(), acme.ID, result.Membership.ID)
			must(t, err)
			equal(t, "stored", stored, result.Membership)
			added = append(added, stored)
		}
		for i, has := range map[int]membership.Membership{2: existing, 3: added[0]} {
			facts, ok := errors.AsType[*membership.Error](results[i].Err)
			if !ok || facts.Existing != has {
				t.Errorf("the membership that exists: %+v", facts)
			}
		}
		changes := w.changes(last)
		equal(t, "changes", len(changes), len(added))
		for i, c := range changes {
			equal(t, "after", c.After, membership.Image(added[i]))
			equal(t, "cause, actor and request", string(c.Cause)+" "+c.Actor+" "+c.RequestID, "request leslie request-1")
		}

		results, err = w.AddMany(t.Context(), noAccount, members)
		must(t, err)
		for _, result := range results {
			wantError(t, "in an unknown account", result.Err, membership.ErrAccountNotFound)
		}
		equal(t, "changes then", len(w.changes(last)), len(added))
	})
}

func TestAddManyIsOneTransaction(t *testing.T) {
	t.Parallel()
	st := &commits{Store: memstore.New()}
	w := newWorldOver(t, st, roster.Options{})
	acme := w.account("Acme")
	var members []membership.MemberID
	for range 50 {
		members = append(members, w.member("Ron").ID)
	}
	st.n.Store(0)
	for _, none := range [][]membership.MemberID{nil, {}} {
		results, err := w.AddMany(t.Context(), acme.ID, none)
		must(t, err)
		equal(t, "results of nobody", len(results), 0)
	}
	equal(t, "transactions for nobody", st.n.Load(), 0)
	_, err := w.AddMany(t.Context(), acme.ID, members)
	must(t, err)
	equal(t, "transactions", st.n.Load(), 1)
	equal(t, "what is there", w.census(), [3]int{1, 50, 50})
}

// joinsUntil is a store that has room for only so many memberships.
type joinsUntil struct {
	store.Store
	left int
	err  error
}

func (s *joinsUntil) Update(ctx context.Context, fn func(store.Tx) error) error {
	return s.Store.Update(ctx, func(tx store.Tx) error { return fn(joinsUntilTx{tx, s}) })
}

type joinsUntilTx struct {
	store.Tx
	st *joinsUntil
}

func (t joinsUntilTx) InsertMemberships(ctx context.Context, all []membership.Membership) (int, error) {
	n, err := t.Tx.InsertMemberships(ctx, all[:min(t.st.left, len(all))])
	if t.st.left -= n; err == nil && n < len(all) {
		err = t.st.err
	}
	return n, err
}

func TestAddManyIsAllOrNothingWhenTheStoreFails(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, inner store.Store) {
		st := &joinsUntil{Store: inner, left: 2, err: errors.New("out of disk")}
		w := newWorldOver(t, st, roster.Options{})
		acme := w.account("Acme")
		members := []membership.MemberID{w.member("Ron").ID, w.member("Ann").ID, w.member("April").ID}
		results, err := w.AddMany(t.Context(), acme.ID, members)
		wantError(t, "AddMany", err, st.err)
		equal(t, "results that come with an error", len(results), 0)
		equal(t, "what is there", w.census(), [3]int{1, 3, 0})

		st.left = 2
		wantError(t, "an Update that ignores it", w.Update(t.Context(), func(in *roster.Service) error {
			_, err := in.AddMany(t.Context(), acme.ID, members)
			wantError(t, "AddMany in it", err, st.err)
			return nil
		}), st.err)
		equal(t, "what is there then", w.census(), [3]int{1, 3, 0})

		st.left = 3
		must(t, w.Update(t.Context(), func(in *roster.Service) error {
			results, err := in.AddMany(t.Context(), acme.ID, append(members[:2:2], noMember))
			must(t, err)
			wantError(t, "a refusal in an Update", results[2].Err, membership.ErrMemberNotFound)
			return nil
		}))
		equal(t, "what is there in the end", w.census(), [3]int{1, 3, 2})
	})
}
