package roster_test

import (
	"slices"
	"testing"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

// profile creates a password profile.
func (w *world) profile(name string, format membership.UsernameFormat) membership.PasswordProfile {
	w.t.Helper()
	p, err := w.CreatePasswordProfile(w.t.Context(), membership.PasswordProfile{Name: name, UsernameFormat: format})
	must(w.t, err)
	return p
}

func TestCreatePasswordProfileSetsIDTimesAndFormat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, format := range []membership.UsernameFormat{"", membership.UsernameAny, membership.UsernameEmail} {
		given := membership.PasswordProfile{
			Name: "Shop", UsernameFormat: format, EnableOneTimePasswordToken: true, CreatedAt: time.Now(), UpdatedAt: time.Now(),
		}
		p, err := w.CreatePasswordProfile(t.Context(), given)
		must(t, err)
		want := given
		want.ID, want.CreatedAt, want.UpdatedAt = p.ID, cutMorning, cutMorning
		if format == "" {
			want.UsernameFormat = membership.UsernameAny
		}
		equal(t, "created", p, want)
		equal(t, "version of the new id", p.ID.Version(), 7)
		stored, err := w.PasswordProfile(t.Context(), p.ID)
		must(t, err)
		equal(t, "stored", stored, want)
	}
	page, err := w.PasswordProfiles(t.Context(), membership.Query{})
	must(t, err)
	equal(t, "profiles of one name", page.Total, 3) // names need not be unique
	_, err = w.PasswordProfile(t.Context(), noProfile)
	wantError(t, "an unknown one", err, membership.ErrPasswordProfileNotFound)
}

func TestCreatePasswordProfileRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, err := w.CreatePasswordProfile(t.Context(), membership.PasswordProfile{ID: someProfile, Name: "Shop"})
	must(t, err)
	equal(t, "a given id is kept", first.ID, someProfile)
	for name, test := range map[string]struct {
		profile membership.PasswordProfile
		want    error
	}{
		"no name":             {membership.PasswordProfile{}, membership.ErrInvalidField},
		"an unknown format":   {membership.PasswordProfile{Name: "Shop", UsernameFormat: "phone"}, membership.ErrInvalidField},
		"an id that is taken": {membership.PasswordProfile{ID: someProfile, Name: "Store"}, membership.ErrDuplicateID},
	} {
		got, err := w.CreatePasswordProfile(t.Context(), test.profile)
		wantError(t, name, err, test.want)
		equal(t, name, got, membership.PasswordProfile{})
	}
	page, err := w.PasswordProfiles(t.Context(), membership.Query{})
	must(t, err)
	if !slices.Equal(page.Items, []membership.PasswordProfile{first}) {
		t.Errorf("what is there: %+v", page)
	}
}

func TestUpdatePasswordProfileChangesWhatIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shop := w.profile("Shop", membership.UsernameAny)
	checkUpdateTimes(t, w, shop.UpdatedAt, func(name string) (time.Time, error) {
		p, err := w.UpdatePasswordProfile(t.Context(), shop.ID, membership.PasswordProfileUpdate{Name: &name})
		return p.UpdatedAt, err
	})
	update := membership.PasswordProfileUpdate{UsernameFormat: new(membership.UsernameEmail), EnableOneTimePasswordToken: new(true)}
	updated, err := w.UpdatePasswordProfile(t.Context(), shop.ID, update)
	must(t, err)
	want := membership.PasswordProfile{
		ID: shop.ID, Name: "third", UsernameFormat: membership.UsernameEmail, EnableOneTimePasswordToken: true,
		CreatedAt: shop.CreatedAt, UpdatedAt: updated.UpdatedAt,
	}
	equal(t, "updated", updated, want)
	stored, err := w.PasswordProfile(t.Context(), shop.ID)
	must(t, err)
	equal(t, "stored", stored, want)
}

func TestUpdatePasswordProfileRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shop := w.profile("Shop", membership.UsernameAny)
	_, err := w.UpdatePasswordProfile(t.Context(), noProfile, membership.PasswordProfileUpdate{Name: new("")})
	wantError(t, "an unknown profile, whatever else is wrong", err, membership.ErrPasswordProfileNotFound)
	for _, update := range []membership.PasswordProfileUpdate{
		{Name: new(" ")}, {UsernameFormat: new(membership.UsernameFormat(""))}, {UsernameFormat: new(membership.UsernameFormat("phone"))},
	} {
		updated, err := w.UpdatePasswordProfile(t.Context(), shop.ID, update)
		wantError(t, "invalid", err, membership.ErrInvalidField)
		equal(t, "what comes with an error", updated, membership.PasswordProfile{})
	}
	stored, err := w.PasswordProfile(t.Context(), shop.ID)
	must(t, err)
	equal(t, "stored", stored, shop)
}

func TestDeletePasswordProfileTakesItsLoginsAlong(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, roster.Options{HashPassword: hash})
	ron, shop, store := w.member("Ron"), w.profile("Shop", ""), w.profile("Store", "")
	w.login(ron, shop, "ron")
	kept := w.login(ron, store, "ron")
	must(t, w.DeletePasswordProfile(t.Context(), shop.ID))
	page, err := w.Logins(t.Context(), ron.ID, membership.Query{})
	must(t, err)
	if !slices.Equal(page.Items, []membership.Login{kept}) {
		t.Errorf("logins that are left: %+v", page)
	}
	wantError(t, "again", w.DeletePasswordProfile(t.Context(), shop.ID), membership.ErrPasswordProfileNotFound)
}

func TestPasswordProfilesRefusesAQueryThatDoesNotFit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for query, want := range wrongQueries(membership.AttrUsername) {
		page, err := w.PasswordProfiles(t.Context(), query)
		wantError(t, "PasswordProfiles", err, want)
		equal(t, "rows that come with an error", len(page.Items), 0)
	}
}
