package roster_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

var limitOfOne = roster.Options{AccountLimit: 1}

func TestAddMakesAMemberBelongToAnAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme, ron, ann := w.account("Acme"), w.member("Ron"), w.member("Ann")
	w.clock.Advance(time.Hour)
	m, err := w.Add(t.Context(), acme.ID, ron.ID)
	must(t, err)
	equal(t, "added", m, membership.Membership{
		ID: m.ID, AccountID: acme.ID, MemberID: ron.ID, CreatedAt: cutMorning.Add(time.Hour), UpdatedAt: cutMorning.Add(time.Hour),
	})
	equal(t, "version of the new id", m.ID.Version(), 7)

	byID, err := w.Membership(t.Context(), acme.ID, m.ID)
	must(t, err)
	equal(t, "by id", byID, m)
	byPair, err := w.MembershipByPair(t.Context(), acme.ID, ron.ID)
	must(t, err)
	equal(t, "by pair", byPair, m)
	for member, want := range map[membership.MemberID]bool{ron.ID: true, ann.ID: false, noMember: false} {
		is, err := w.IsMember(t.Context(), acme.ID, member)
		must(t, err)
		equal(t, "is a member", is, want)
	}
	is, err := w.IsMember(t.Context(), noAccount, ron.ID)
	must(t, err)
	equal(t, "is a member of an unknown account", is, false)

	unchanged, err := w.Account(t.Context(), acme.ID)
	must(t, err)
	equal(t, "the account", unchanged, acme)
}

func TestAddRefusesForTheFirstReason(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, limitOfOne)
	acme, initech, ron, ann := w.account("Acme"), w.account("Initech"), w.member("Ron"), w.member("Ann")
	existing := w.join(acme, ron)
	_, err := w.UpdateSettings(t.Context(), membership.SettingsUpdate{MembershipLimit: new(1)})
	must(t, err)
	before := w.census()
	tests := []struct {
		name    string
		account membership.AccountID
		member  membership.MemberID
		want    membership.Error
	}{
		{"neither exists", noAccount, noMember, membership.Error{Cause: membership.ErrAccountNotFound}},
		{"no account", noAccount, ron.ID, membership.Error{Cause: membership.ErrAccountNotFound}},
		{"the zero account", membership.AccountID{}, ron.ID, membership.Error{Cause: membership.ErrAccountNotFound}},
		{"no member, and full", acme.ID, noMember, membership.Error{Cause: membership.ErrMemberNotFound}},
		{"the zero member", acme.ID, membership.MemberID{}, membership.Error{Cause: membership.ErrMemberNotFound}},
		{
			"already a member, and full, and at the limit", acme.ID, ron.ID,
			membership.Error{Cause: membership.ErrAlreadyMember, Existing: existing},
		},
		{"full", acme.ID, ann.ID, membership.Error{Cause: membership.ErrAccountFull, Limit: 1, Used: 1}},
		{"member at the limit", initech.ID, ron.ID, membership.Error{Cause: membership.ErrMemberAtLimit, Limit: 1, Used: 1}},
	}
	for _, test := range tests {
		m, err := w.Add(t.Context(), test.account, test.member)
		wantError(t, test.name, err, test.want.Cause)
		equal(t, test.name+": what comes with an error", m, membership.Membership{})
		if facts, ok := errors.AsType[*membership.Error](err); ok {
			equal(t, test.name+": limit", facts.Limit, test.want.Limit)
			equal(t, test.name+": used", facts.Used, test.want.Used)
			equal(t, test.name+": existing", facts.Existing, test.want.Existing)
		}
	}
	equal(t, "what is there", w.census(), before)
}

func TestEnsureDoesNotMindAMemberWhoBelongsAlready(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, limitOfOne)
	acme, ron, ann := w.account("Acme"), w.member("Ron"), w.member("Ann")
	first, created, err := w.Ensure(t.Context(), acme.ID, ron.ID)
	must(t, err)
	equal(t, "created the first time", created, true)
	w.clock.Advance(time.Hour)
	second, created, err := w.Ensure(t.Context(), acme.ID, ron.ID)
	must(t, err)
	equal(t, "created the second time", created, false)
	equal(t, "the membership", second, first)

	for name, test := range map[string]struct {
		account membership.AccountID
		member  membership.MemberID
		want    error
	}{
		"no account": {noAccount, ron.ID, membership.ErrAccountNotFound},
		"no member":  {acme.ID, noMember, membership.ErrMemberNotFound},
		"full":       {acme.ID, ann.ID, membership.ErrAccountFull},
	} {
		m, created, err := w.Ensure(t.Context(), test.account, test.member)
		wantError(t, name, err, test.want)
		equal(t, name+": created", created, false)
		equal(t, name+": what comes with an error", m, membership.Membership{})
	}
}

func TestTheAccountLimitIsAnOption(t *testing.T) {
	t.Parallel()
	tests := []struct {
		option int
		room   int // how many may join; 1001 stands for any number
	}{
		{option: 0, room: 1000},
		{option: 1, room: 1},
		{option: 3, room: 3},
		{option: 1000, room: 1000},
		{option: -1, room: 1001},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.option), func(t *testing.T) {
			t.Parallel()
			w := newWorldWith(t, roster.Options{AccountLimit: test.option})
			acme := w.account("Acme")
			for n := range 1001 {
				if n > test.room {
					break
				}
				_, err := w.Add(t.Context(), acme.ID, w.member("Ron").ID)
				if n < test.room && err != nil || n == test.room && !errors.Is(err, membership.ErrAccountFull) {
					t.Fatalf("number %d: %v", n+1, err)
				}
			}
		})
	}
}

func TestALowerLimitLeavesMembershipsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme, initech, hooli, ron, ann := w.account("Acme"), w.account("Initech"), w.account("Hooli"), w.member("Ron"), w.member("Ann")
	inAcme := w.join(acme, ron)
	w.join(initech, ron)
	w.join(acme, ann)
	_, err := w.UpdateSettings(t.Context(), membership.SettingsUpdate{MembershipLimit: new(1)})
	must(t, err)
	lower := roster.New(w.store, roster.Options{AccountLimit: 1, Clock: w.clock.Now})
	equal(t, "what is there", w.census(), [3]int{3, 2, 3})

	_, err = lower.UpdateMembership(t.Context(), acme.ID, inAcme.ID, membership.MembershipUpdate{MemberID: &ron.ID})
	wantError(t, "updating one beyond the limits", err, nil)
	_, created, err := lower.Ensure(t.Context(), acme.ID, ron.ID)
	wantError(t, "ensuring one beyond the limits", err, nil)
	equal(t, "created", created, false)

	_, err = lower.Add(t.Context(), acme.ID, w.member("April").ID)
	facts, ok := errors.AsType[*membership.Error](err)
	if !ok || !errors.Is(err, membership.ErrAccountFull) || facts.Limit != 1 || facts.Used != 2 {
		t.Errorf("joining an account beyond its limit: %v", err)
	}
	_, err = lower.Add(t.Context(), hooli.ID, ron.ID)
	facts, ok = errors.AsType[*membership.Error](err)
	if !ok || !errors.Is(err, membership.ErrMemberAtLimit) || facts.Limit != 1 || facts.Used != 2 {
		t.Errorf("joining with a member beyond its limit: %v", err)
	}
}

func TestRemovingMakesRoom(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, limitOfOne)
	acme, ron, ann := w.account("Acme"), w.member("Ron"), w.member("Ann")
	first := w.join(acme, ron)
	must(t, w.Remove(t.Context(), acme.ID, first.ID))
	_, err := w.Membership(t.Context(), acme.ID, first.ID)
	wantError(t, "the membership", err, membership.ErrMembershipNotFound)
	second := w.join(acme, ann)
	must(t, w.Remove(t.Context(), acme.ID, second.ID))
	if again := w.join(acme, ron); again.ID == first.ID {
		t.Error("a new membership has the id of an old one")
	}
}

// TestTheLastPlaceIsTakenOnce lets many callers race for few places.
func TestTheLastPlaceIsTakenOnce(t *testing.T) {
	t.Parallel()
	const callers, places = 32, 5
	w := newWorldWith(t, roster.Options{AccountLimit: places})
	acme := w.account("Acme")
	members := make([]membership.Member, callers)
	for i := range members {
		members[i] = w.member("Ron")
	}
	errs := make([]error, callers)
	var group sync.WaitGroup
	for i, m := range members {
		group.Go(func() { _, errs[i] = w.Add(t.Context(), acme.ID, m.ID) })
	}
	group.Wait()
	joined := 0
	for _, err := range errs {
		if err == nil {
			joined++
		} else {
			wantError(t, "those who came late", err, membership.ErrAccountFull)
		}
	}
	equal(t, "joined", joined, places)
	equal(t, "what is there", w.census(), [3]int{1, callers, places})
}

func TestAPairIsMadeOnceHoweverManyEnsureIt(t *testing.T) {
	t.Parallel()
	const callers = 16
	w := newWorld(t)
	acme, ron := w.account("Acme"), w.member("Ron")
	memberships := make([]membership.Membership, callers)
	created := make([]bool, callers)
	var group sync.WaitGroup
	for i := range callers {
		group.Go(func() {
			var err error
			memberships[i], created[i], err = w.Ensure(t.Context(), acme.ID, ron.ID)
			wantError(t, "ensure", err, nil)
		})
	}
	group.Wait()
	equal(t, "different memberships", len(slices.Compact(memberships)), 1)
	creations := 0
	for _, c := range created {
		if c {
			creations++
		}
	}
	equal(t, "creations", creations, 1)
}

func TestAMembershipIsLookedUpWithinItsAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme, initech, ron := w.account("Acme"), w.account("Initech"), w.member("Ron")
	m := w.join(acme, ron)
	tests := []struct {
		name    string
		account membership.AccountID
		id      membership.MembershipID
		want    error
	}{
		{"an unknown account", noAccount, m.ID, membership.ErrAccountNotFound},
		{"an unknown membership", acme.ID, noMembership, membership.ErrMembershipNotFound},
		{"another account's membership", initech.ID, m.ID, membership.ErrMembershipNotFound},
	}
	for _, test := range tests {
		got, err := w.Membership(t.Context(), test.account, test.id)
		wantError(t, test.name, err, test.want)
		equal(t, test.name, got, membership.Membership{})
		got, err = w.UpdateMembership(t.Context(), test.account, test.id, membership.MembershipUpdate{})
		wantError(t, test.name+", updating", err, test.want)
		equal(t, test.name+", updating", got, membership.Membership{})
		wantError(t, test.name+", removing", w.Remove(t.Context(), test.account, test.id), test.want)
	}
	for _, account := range []membership.AccountID{initech.ID, noAccount} {
		_, err := w.MembershipByPair(t.Context(), account, ron.ID)
		wantError(t, "another pair", err, membership.ErrMembershipNotFound)
	}
	equal(t, "what is there", w.census(), [3]int{2, 1, 1})
}

func TestAMembershipCannotBeHandedOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme, ron, ann := w.account("Acme"), w.member("Ron"), w.member("Ann")
	m := w.join(acme, ron)
	w.clock.Advance(time.Hour)
	for name, update := range map[string]membership.MembershipUpdate{"nothing": {}, "the present member": {MemberID: &ron.ID}} {
		got, err := w.UpdateMembership(t.Context(), acme.ID, m.ID, update)
		must(t, err)
		equal(t, name, got, m)
	}
	for name, other := range map[string]membership.MemberID{"another": ann.ID, "an unknown": noMember} {
		got, err := w.UpdateMembership(t.Context(), acme.ID, m.ID, membership.MembershipUpdate{MemberID: &other})
		wantError(t, name, err, membership.ErrMemberImmutable)
		equal(t, name+": what comes with an error", got, membership.Membership{})
	}
	stored, err := w.Membership(t.Context(), acme.ID, m.ID)
	must(t, err)
	equal(t, "stored", stored, m)
}

func TestMembershipsAreListedWithinAScope(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme, initech, ron, ann := w.account("Acme"), w.account("Initech"), w.member("Ron"), w.member("Ann")
	ronInAcme := w.join(acme, ron)
	w.clock.Advance(time.Second)
	annInAcme := w.join(acme, ann)
	w.clock.Advance(time.Second)
	ronInInitech := w.join(initech, ron)
	nameIs := func(attr membership.Attribute, name string) membership.Query {
		return membership.Query{Filter: membership.All(membership.Eq(attr, membership.TextValue(name)))}
	}
	tests := []struct {
		name  string
		scope membership.Scope
		query membership.Query
		want  []membership.Membership
	}{
		{"all, the newest first", membership.Scope{All: true}, membership.Query{}, []membership.Membership{ronInInitech, annInAcme, ronInAcme}},
		{"an account's", membership.Scope{Account: acme.ID}, membership.Query{}, []membership.Membership{annInAcme, ronInAcme}},
		{"a member's", membership.Scope{Member: ron.ID}, membership.Query{}, []membership.Membership{ronInInitech, ronInAcme}},
		{"a pair's", membership.Scope{Account: acme.ID, Member: ron.ID}, membership.Query{}, []membership.Membership{ronInAcme}},
		{"none", membership.Scope{Account: initech.ID, Member: ann.ID}, membership.Query{}, nil},
		{"by the member's name", membership.Scope{Account: acme.ID}, nameIs(membership.AttrMemberName, "Ann"), []membership.Membership{annInAcme}},
		{"by the account's name", membership.Scope{Member: ron.ID}, nameIs(membership.AttrAccountName, "Acme"), []membership.Membership{ronInAcme}},
	}
	for _, test := range tests {
		page, err := w.Memberships(t.Context(), test.scope, test.query)
		must(t, err)
		if !slices.Equal(page.Items, test.want) || page.Total != len(test.want) {
			t.Errorf("%s: %+v", test.name, page)
		}
		var walked []membership.Membership
		for m, err := range w.AllMemberships(t.Context(), test.scope, test.query) {
			must(t, err)
			walked = append(walked, m)
		}
		if !slices.Equal(walked, test.want) {
			t.Errorf("%s, walking: %+v", test.name, walked)
		}
	}
	_, err := w.Memberships(t.Context(), membership.Scope{Account: noAccount, Member: noMember}, membership.Query{})
	wantError(t, "an unknown account's", err, membership.ErrAccountNotFound)
	_, err = w.Memberships(t.Context(), membership.Scope{Member: noMember}, membership.Query{})
	wantError(t, "an unknown member's", err, membership.ErrMemberNotFound)
}

func TestMembershipsRefusesAQueryThatDoesNotFit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for query, want := range wrongQueries(membership.AttrName) {
		_, err := w.Memberships(t.Context(), membership.Scope{All: true}, query)
		wantError(t, "Memberships", err, want)
		wantError(t, "AllMemberships", lastError(w.AllMemberships(t.Context(), membership.Scope{All: true}, query)), want)
	}
}
