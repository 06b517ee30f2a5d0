package roster_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster/membership"
)

func TestCreateMemberSetsIDAndTimes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	given := membership.Member{
		Name: "Ron Swanson", Email: "Ron@Pawnee.gov", GivenName: "Ron", MiddleName: "Ulysses", FamilyName: "Swanson",
		CreatedAt: time.Now().Add(time.Hour), UpdatedAt: time.Now().Add(-time.Hour),
	}
	m, err := w.CreateMember(t.Context(), given)
	must(t, err)
	want := given
	want.ID, want.CreatedAt, want.UpdatedAt = m.ID, cutMorning, cutMorning
	equal(t, "created", m, want)
	equal(t, "version of the new id", m.ID.Version(), 7)
	stored, err := w.Member(t.Context(), m.ID)
	must(t, err)
	equal(t, "stored", stored, want)
}

func TestCreateMemberKeepsAGivenID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, err := w.CreateMember(t.Context(), membership.Member{ID: noMember, Name: "Ron"})
	must(t, err)
	equal(t, "id", first.ID, noMember)
	again, err := w.CreateMember(t.Context(), membership.Member{ID: noMember, Name: "Ann"})
	wantError(t, "again", err, membership.ErrDuplicateID)
	equal(t, "what comes with an error", again, membership.Member{})
	stored, err := w.Member(t.Context(), noMember)
	must(t, err)
	equal(t, "stored", stored, first)
}

func TestAnIDMayStandForAnAccountAndForAMember(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme := w.account("Acme")
	_, err := w.CreateMember(t.Context(), membership.Member{ID: membership.MemberID(acme.ID), Name: "Ron"})
	wantError(t, "create", err, nil)
}

func TestCreateMemberRefusesWhatIsInvalid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m, err := w.CreateMember(t.Context(), membership.Member{Email: "ron"})
	wantError(t, "invalid", err, membership.ErrInvalidField)
	equal(t, "faults", len(membership.Faults(err)), 2)
	equal(t, "what comes with an error", m, membership.Member{})
	equal(t, "what is there", w.census(), [3]int{})
}

func TestAnEmailAddressMayBeShared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 2 {
		_, err := w.CreateMember(t.Context(), membership.Member{Name: "Ron", Email: "ron@pawnee.gov"})
		must(t, err)
	}
}

func TestMembersByIDLeavesOutWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, ron := w.member("Ann"), w.member("Ron")
	w.member("April")
	got, err := w.MembersByID(t.Context(), []membership.MemberID{ron.ID, noMember, ann.ID, ron.ID})
	must(t, err)
	slices.SortFunc(got, func(a, b membership.Member) int { return strings.Compare(a.Name, b.Name) })
	if !slices.Equal(got, []membership.Member{ann, ron}) {
		t.Errorf("got %+v", got)
	}
}

func TestMembersRefusesAQueryThatDoesNotFit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme := w.account("Acme")
	for query, want := range wrongQueries(membership.AttrLegalName) {
		_, err := w.Members(t.Context(), query)
		wantError(t, "Members", err, want)
		wantError(t, "AllMembers", lastError(w.AllMembers(t.Context(), query)), want)
		_, err = w.UnassignedMembers(t.Context(), acme.ID, query)
		wantError(t, "UnassignedMembers", err, want)
		wantError(t, "AllUnassignedMembers", lastError(w.AllUnassignedMembers(t.Context(), acme.ID, query)), want)
	}
}

func TestUpdateMemberChangesWhatIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ron, err := w.CreateMember(t.Context(), membership.Member{Name: "Ron", Email: "ron@pawnee.gov", GivenName: "Ron"})
	must(t, err)
	w.clock.Advance(time.Minute)
	updated, err := w.UpdateMember(t.Context(), ron.ID, membership.MemberUpdate{Email: new(""), FamilyName: new("Swanson")})
	must(t, err)
	want := ron
	want.Email, want.FamilyName, want.UpdatedAt = "", "Swanson", cutMorning.Add(time.Minute)
	equal(t, "updated", updated, want)
	stored, err := w.Member(t.Context(), ron.ID)
	must(t, err)
	equal(t, "stored", stored, want)
}

func TestTheTimeOfUpdateOfAMemberMovesOnlyForward(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ron := w.member("Ron")
	checkUpdateTimes(t, w, ron.UpdatedAt, func(name string) (time.Time, error) {
		m, err := w.UpdateMember(t.Context(), ron.ID, membership.MemberUpdate{Name: &name})
		return m.UpdatedAt, err
	})
	stored, err := w.Member(t.Context(), ron.ID)
	must(t, err)
	equal(t, "time of creation", stored.CreatedAt, ron.CreatedAt)
	equal(t, "name", stored.Name, "third")
}

func TestUpdateMemberRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ron := w.member("Ron")
	_, err := w.UpdateMember(t.Context(), noMember, membership.MemberUpdate{Name: new("")})
	wantError(t, "an unknown member, whatever else is wrong", err, membership.ErrMemberNotFound)
	updated, err := w.UpdateMember(t.Context(), ron.ID, membership.MemberUpdate{Email: new("ron")})
	wantError(t, "no address", err, membership.ErrInvalidField)
	equal(t, "what comes with an error", updated, membership.Member{})
	stored, err := w.Member(t.Context(), ron.ID)
	must(t, err)
	equal(t, "stored", stored, ron)
}

func TestDeleteMemberTakesItsMembershipsAlong(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, limitOfOne)
	acme, ron, ann := w.account("Acme"), w.member("Ron"), w.member("Ann")
	w.join(acme, ron)
	must(t, w.DeleteMember(t.Context(), ron.ID))
	_, err := w.Member(t.Context(), ron.ID)
	wantError(t, "the member", err, membership.ErrMemberNotFound)
	equal(t, "what is there", w.census(), [3]int{1, 1, 0})
	_, err = w.Add(t.Context(), acme.ID, ann.ID)
	wantError(t, "taking the place", err, nil)
	wantError(t, "again", w.DeleteMember(t.Context(), ron.ID), membership.ErrMemberNotFound)
}

func TestUnassignedMembersAreThoseWhoCouldStillBeAdded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme, initech := w.account("Acme"), w.account("Initech")
	ann, ron, april := w.member("Ann"), w.member("Ron"), w.member("April")
	w.join(acme, ann)
	w.join(initech, ron)
	byName := membership.Query{Order: membership.Order{By: membership.AttrName}}
	tests := []struct {
		account membership.Account
		query   membership.Query
		want    []membership.Member
	}{
		{acme, byName, []membership.Member{april, ron}},
		{initech, byName, []membership.Member{ann, april}},
		{acme, membership.Query{Filter: membership.All(membership.ILike(membership.AttrName, "a*"))}, []membership.Member{april}},
	}
	for _, test := range tests {
		page, err := w.UnassignedMembers(t.Context(), test.account.ID, test.query)
		must(t, err)
		if !slices.Equal(page.Items, test.want) || page.Total != len(test.want) {
			t.Errorf("of %s: %+v", test.account.Name, page)
		}
		var walked []membership.Member
		for m, err := range w.AllUnassignedMembers(t.Context(), test.account.ID, test.query) {
			must(t, err)
			walked = append(walked, m)
		}
		if !slices.Equal(walked, test.want) {
			t.Errorf("of %s, walking: %+v", test.account.Name, walked)
		}
	}
	for _, unknown := range []membership.AccountID{noAccount, {}} {
		_, err := w.UnassignedMembers(t.Context(), unknown, membership.Query{})
		wantError(t, "of an unknown account", err, membership.ErrAccountNotFound)
		wantError(t, "of an unknown account, walking", lastError(w.AllUnassignedMembers(t.Context(), unknown, membership.Query{})), membership.ErrAccountNotFound)
	}
}
