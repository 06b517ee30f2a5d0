package roster_test

import (
	"testing"
	"time"

	"github.com/roster-go/roster/membership"
)

func TestSettingsAreTheDefaultsUntilTheyAreChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got, err := w.Settings(t.Context())
	must(t, err)
	want := membership.Settings{MembershipLimit: 10_000, SelfManagement: "disabled", TokenTimeout: 24 * time.Hour}
	equal(t, "at first", got, want)
	for _, step := range []struct {
		update membership.SettingsUpdate
		change func()
	}{
		{membership.SettingsUpdate{MembershipLimit: new(3)}, func() { want.MembershipLimit = 3 }},
		{membership.SettingsUpdate{}, func() {}},
		{membership.SettingsUpdate{AutoCreateAccounts: new(true), SelfSignup: new(true)}, func() {
			want.AutoCreateAccounts, want.SelfSignup = true, true
		}},
		{membership.SettingsUpdate{SelfManagement: new(membership.SelfManagementUpdateOnly)}, func() { want.SelfManagement = "update_only" }},
		{membership.SettingsUpdate{TokenTimeout: new(time.Hour), AutoCreateAccounts: new(false)}, func() {
			want.TokenTimeout, want.AutoCreateAccounts = time.Hour, false
		}},
	} {
		step.change()
		updated, err := w.UpdateSettings(t.Context(), step.update)
		must(t, err)
		equal(t, "updated", updated, want)
		stored, err := w.Settings(t.Context())
		must(t, err)
		equal(t, "stored", stored, want)
	}
}

func TestUpdateSettingsRefusesWhatIsInvalid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, update := range []membership.SettingsUpdate{
		{MembershipLimit: new(-1)}, {MembershipLimit: new(0)}, {MembershipLimit: new(10_001)},
		{SelfManagement: new(membership.SelfManagement(""))}, {SelfManagement: new(membership.SelfManagement("all"))},
		{TokenTimeout: new(time.Duration(0))}, {TokenTimeout: new(1500 * time.Millisecond)},
		{AutoCreateAccounts: new(true), MembershipLimit: new(0)},
	} {
		got, err := w.UpdateSettings(t.Context(), update)
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
