package roster_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster/membership"
)

func TestCreateAccountSetsIDAndTimes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	given := membership.Account{
		Name: "Acme", LegalName: "Acme Ltd.", RegistrationID: "HRB 1", ExternalRef: "crm-1",
		CreatedAt: time.Now().Add(time.Hour), UpdatedAt: time.Now().Add(-time.Hour),
	}
	a, err := w.CreateAccount(t.Context(), given)
	must(t, err)
	want := given
	want.ID, want.CreatedAt, want.UpdatedAt = a.ID, cutMorning, cutMorning
	equal(t, "created", a, want)
	equal(t, "version of the new id", a.ID.Version(), 7)
	stored, err := w.Account(t.Context(), a.ID)
	must(t, err)
	equal(t, "stored", stored, want)
}

func TestNewIDsSortByTheTimeTheyWereMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var ids []string
	for range 50 {
		ids = append(ids, w.account("Acme").ID.String(), w.member("Ron").ID.String())
	}
	if !slices.IsSorted(ids) {
		t.Errorf("%v", ids)
	}
}

func TestCreateAccountKeepsAGivenID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, err := w.CreateAccount(t.Context(), membership.Account{ID: noAccount, Name: "Acme"})
	must(t, err)
	equal(t, "id", first.ID, noAccount)

	again, err := w.CreateAccount(t.Context(), membership.Account{ID: noAccount, Name: "Initech"})
	wantError(t, "again", err, membership.ErrDuplicateID)
	equal(t, "what comes with an error", again, membership.Account{})
	stored, err := w.Account(t.Context(), noAccount)
	must(t, err)
	equal(t, "stored", stored, first)
}

func TestCreateAccountRefusesWhatIsInvalid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, err := w.CreateAccount(t.Context(), membership.Account{RegistrationID: strings.Repeat("1", 64)})
	wantError(t, "invalid", err, membership.ErrInvalidField)
	equal(t, "what comes with an error", a, membership.Account{})
	var fields []string
	for _, fault := range membership.Faults(err) {
		fields = append(fields, fault.Field)
	}
	equal(t, "the fields at fault", strings.Join(fields, " "), "name registration_id")
	equal(t, "what is there", w.census(), [3]int{})
}

func TestARegistrationIDIsTakenOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme, err := w.CreateAccount(t.Context(), membership.Account{Name: "Acme", RegistrationID: "HRB 1"})
	must(t, err)
	_, err = w.CreateAccount(t.Context(), membership.Account{Name: "Initech", RegistrationID: "HRB 1"})
	wantError(t, "create", err, membership.ErrRegistrationIDTaken)

	initech := w.account("Initech")
	w.account("unset is not taken")
	u, err := w.UpdateAccount(t.Context(), initech.ID, membership.AccountUpdate{RegistrationID: new("HRB 1"), Name: new("X")})
	wantError(t, "update", err, membership.ErrRegistrationIDTaken)
	equal(t, "what comes with an error", u, membership.Account{})
	stored, err := w.Account(t.Context(), initech.ID)
	must(t, err)
	equal(t, "stored", stored, initech)

	_, err = w.UpdateAccount(t.Context(), acme.ID, membership.AccountUpdate{RegistrationID: new("HRB 1"), Name: new("Acme 2")})
	wantError(t, "keeping one's own", err, nil)
	_, err = w.UpdateAccount(t.Context(), acme.ID, membership.AccountUpdate{RegistrationID: new("")})
	wantError(t, "giving it up", err, nil)
	_, err = w.UpdateAccount(t.Context(), initech.ID, membership.AccountUpdate{RegistrationID: new("HRB 1")})
	wantError(t, "taking what was given up", err, nil)
}

func TestAccountsByIDLeavesOutWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme, initech := w.account("Acme"), w.account("Initech")
	w.account("Hooli")
	got, err := w.AccountsByID(t.Context(), []membership.AccountID{initech.ID, noAccount, acme.ID, initech.ID})
	must(t, err)
	slices.SortFunc(got, func(a, b membership.Account) int { return strings.Compare(a.Name, b.Name) })
	if !slices.Equal(got, []membership.Account{acme, initech}) {
		t.Errorf("got %+v", got)
	}
	got, err = w.AccountsByID(t.Context(), nil)
	must(t, err)
	equal(t, "of no ids", len(got), 0)
}

func TestAccountsAnswersAQuery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range []string{"Acme", "Initech", "Acorn"} {
		w.account(name)
		w.clock.Advance(time.Second)
	}
	tests := []struct {
		query membership.Query
		want  string
		total int
	}{
		{membership.Query{}, "Acorn Initech Acme", 3},
		{membership.Query{Order: membership.Order{By: membership.AttrName}}, "Acme Acorn Initech", 3},
		{membership.Query{Filter: membership.All(membership.Like(membership.AttrName, "Ac*"))}, "Acorn Acme", 2},
		{membership.Query{Limit: 1, Offset: 1}, "Initech", 3},
		{membership.Query{Limit: -1}, "", 3},
	}
	for _, test := range tests {
		page, err := w.Accounts(t.Context(), test.query)
		must(t, err)
		var names []string
		for _, a := range page.Items {
			names = append(names, a.Name)
		}
		equal(t, "names", strings.Join(names, " "), test.want)
		equal(t, "total", page.Total, test.total)
	}
}

func TestAccountsRefusesAQueryThatDoesNotFit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for query, want := range wrongQueries(membership.AttrEmail) {
		page, err := w.Accounts(t.Context(), query)
		wantError(t, "Accounts", err, want)
		equal(t, "rows that come with an error", len(page.Items), 0)
		wantError(t, "AllAccounts", lastError(w.AllAccounts(t.Context(), query)), want)
	}
}

func TestUpdateAccountChangesWhatIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme, err := w.CreateAccount(t.Context(), membership.Account{Name: "Acme", LegalName: "Acme Ltd.", ExternalRef: "crm-1"})
	must(t, err)
	w.clock.Advance(time.Minute)
	updated, err := w.UpdateAccount(t.Context(), acme.ID, membership.AccountUpdate{Name: new("Acme 2"), LegalName: new("")})
	must(t, err)
	want := acme
	want.Name, want.LegalName, want.UpdatedAt = "Acme 2", "", cutMorning.Add(time.Minute)
	equal(t, "updated", updated, want)
	stored, err := w.Account(t.Context(), acme.ID)
	must(t, err)
	equal(t, "stored", stored, want)
}

func TestTheTimeOfUpdateOfAnAccountMovesOnlyForward(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme := w.account("Acme")
	checkUpdateTimes(t, w, acme.UpdatedAt, func(name string) (time.Time, error) {
		a, err := w.UpdateAccount(t.Context(), acme.ID, membership.AccountUpdate{Name: &name})
		return a.UpdatedAt, err
	})
	stored, err := w.Account(t.Context(), acme.ID)
	must(t, err)
	equal(t, "time of creation", stored.CreatedAt, acme.CreatedAt)
	equal(t, "name", stored.Name, "third")
}

// checkUpdateTimes moves the clock both ways while a name is changed and not changed.
func checkUpdateTimes(t *testing.T, w *world, created time.Time, rename func(string) (time.Time, error)) {
	t.Helper()
	steps := []struct {
		name    string
		advance time.Duration
		to      string
		want    time.Duration // after the creation
	}{
		{"a change", time.Minute, "first", time.Minute},
		{"no change", time.Minute, "first", time.Minute},
		{"a change after the clock went back", -time.Hour, "second", time.Minute},
		{"no change after the clock went back", 0, "second", time.Minute},
		{"a change when the clock has caught up", 2 * time.Hour, "third", time.Hour + 2*time.Minute},
	}
	for _, step := range steps {
		w.clock.Advance(step.advance)
		got, err := rename(step.to)
		must(t, err)
		equal(t, step.name, got, created.Add(step.want))
	}
}

func TestUpdateAccountRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme := w.account("Acme")
	_, err := w.UpdateAccount(t.Context(), noAccount, membership.AccountUpdate{Name: new("")})
	wantError(t, "an unknown account, whatever else is wrong", err, membership.ErrAccountNotFound)
	updated, err := w.UpdateAccount(t.Context(), acme.ID, membership.AccountUpdate{Name: new(" ")})
	wantError(t, "a blank name", err, membership.ErrInvalidField)
	equal(t, "what comes with an error", updated, membership.Account{})
	stored, err := w.Account(t.Context(), acme.ID)
	must(t, err)
	equal(t, "stored", stored, acme)
}

func TestDeleteAccountTakesItsMembershipsAlong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme, initech, ron := w.account("Acme"), w.account("Initech"), w.member("Ron")
	w.join(acme, ron)
	kept := w.join(initech, ron)
	must(t, w.DeleteAccount(t.Context(), acme.ID))

	_, err := w.Account(t.Context(), acme.ID)
	wantError(t, "the account", err, membership.ErrAccountNotFound)
	page, err := w.Memberships(t.Context(), membership.Scope{Member: ron.ID}, membership.Query{})
	must(t, err)
	if !slices.Equal(page.Items, []membership.Membership{kept}) {
		t.Errorf("Ron's memberships: %+v", page.Items)
	}
	equal(t, "what is there", w.census(), [3]int{1, 1, 1})
	wantError(t, "again", w.DeleteAccount(t.Context(), acme.ID), membership.ErrAccountNotFound)
}
