package roster_test

import (
	"testing"

	"github.com/roster-go/roster/membership"
)

func TestSettingsAreTheDefaultsUntilTheyAreChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got, err := w.Settings(t.Context())
	must(t, err)
	equal(t, "at first", got, membership.Settings{MembershipLimit: 10_000})
	updated, err := w.UpdateSettings(t.Context(), membership.SettingsUpdate{MembershipLimit: new(3)})
	must(t, err)
	equal(t, "updated", updated, membership.Settings{MembershipLimit: 3})
	updated, err = w.UpdateSettings(t.Context(), membership.SettingsUpdate{})
	must(t, err)
	equal(t, "updated with nothing", updated, membership.Settings{MembershipLimit: 3})
	got, err = w.Settings(t.Context())
	must(t, err)
	equal(t, "stored", got, membership.Settings{MembershipLimit: 3})
}

func TestUpdateSettingsRefusesWhatIsInvalid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, limit := range []int{-1, 0, 10_001} {
		got, err := w.UpdateSettings(t.Context(), membership.SettingsUpdate{MembershipLimit: &limit})
		wantError(t, "update", err, membership.ErrInvalidField)
		equal(t, "what comes with an error", got, membership.Settings{})
	}
	got, err := w.Settings(t.Context())
	must(t, err)
	equal(t, "stored", got, membership.DefaultSettings())
}

func TestTheMembershipLimitIsAskedOnJoining(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ron := w.member("Ron")
	_, err := w.UpdateSettings(t.Context(), membership.SettingsUpdate{MembershipLimit: new(2)})
	must(t, err)
	for _, want := range []error{nil, nil, membership.ErrMemberAtLimit} {
		_, err := w.Add(t.Context(), w.account("Acme").ID, ron.ID)
		wantError(t, "joining", err, want)
	}
	_, err = w.UpdateSettings(t.Context(), membership.SettingsUpdate{MembershipLimit: new(3)})
	must(t, err)
	_, err = w.Add(t.Context(), w.account("Acme").ID, ron.ID)
	wantError(t, "joining under a higher limit", err, nil)
}
