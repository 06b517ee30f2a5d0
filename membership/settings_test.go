package membership_test

import (
	"math"
	"testing"
	"time"

	"github.com/roster-go/roster/membership"
)

func TestTheMembershipLimitIsFrom1To10000(t *testing.T) {
	t.Parallel()
	tests := map[int]bool{
		math.MinInt: false, -1: false, 0: false,
		1: true, 2: true, 9_999: true, 10_000: true,
		10_001: false, math.MaxInt: false,
	}
	for limit, ok := range tests {
		checkSetting(t, membership.SettingsUpdate{MembershipLimit: &limit}, ok,
			fault{"membership_limit", "must be a whole number from 1 to 10000"})
	}
}

func TestTheTokenTimeoutIsFrom1SecondTo100Years(t *testing.T) {
	t.Parallel()
	const century = 100 * 365 * 24 * time.Hour
	tests := map[time.Duration]bool{
		math.MinInt64: false, -time.Second: false, 0: false, 999 * time.Millisecond: false,
		time.Second: true, 2 * time.Second: true, 24 * time.Hour: true, century - time.Second: true, century: true,
		time.Second + 1: false, 2*time.Second - 1: false, 1500 * time.Millisecond: false,
		century + 1: false, century + time.Second: false, math.MaxInt64: false,
	}
	for timeout, ok := range tests {
		checkSetting(t, membership.SettingsUpdate{TokenTimeout: &timeout}, ok,
			fault{"account_management_authentication_token_timeout_secs", "must be a whole number of seconds from 1 to 3153600000"})
	}
}

func TestSelfManagementIsOneOfTwoWords(t *testing.T) {
	t.Parallel()
	tests := map[membership.SelfManagement]bool{
		"disabled": true, "update_only": true,
		"": false, "Disabled": false, "update-only": false, "disabled ": false, "everything": false,
	}
	for word, ok := range tests {
		checkSetting(t, membership.SettingsUpdate{SelfManagement: &word}, ok,
			fault{"account_member_self_management", `must be "disabled" or "update_only"`})
	}
}

// checkSetting changes the default settings and checks them: they are valid, or have the one fault.
func checkSetting(t *testing.T, update membership.SettingsUpdate, ok bool, otherwise fault) {
	t.Helper()
	err := update.Apply(membership.DefaultSettings()).Validate()
	if ok {
		checkFaults(t, err)
	} else {
		checkFaults(t, err, otherwise)
	}
}

func TestEachFaultOfTheSettingsIsReported(t *testing.T) {
	t.Parallel()
	checkFaults(t, membership.Settings{}.Validate(),
		fault{"membership_limit", "must be a whole number from 1 to 10000"},
		fault{"account_member_self_management", `must be "disabled" or "update_only"`},
		fault{"account_management_authentication_token_timeout_secs", "must be a whole number of seconds from 1 to 3153600000"},
	)
}

func TestTheDefaultSettingsAreValid(t *testing.T) {
	t.Parallel()
	settings := membership.DefaultSettings()
	checkFaults(t, settings.Validate())
	want := membership.Settings{MembershipLimit: 10_000, SelfManagement: "disabled", TokenTimeout: 86_400 * time.Second}
	if settings != want {
		t.Errorf("%+v", settings)
	}
}

func TestASettingsUpdateChangesWhatItNames(t *testing.T) {
	t.Parallel()
	old := membership.Settings{
		MembershipLimit: 7, AutoCreateAccounts: true, SelfSignup: true, SelfManagement: "update_only", TokenTimeout: time.Hour,
	}
	tests := []struct {
		name   string
		update membership.SettingsUpdate
		change func(*membership.Settings)
	}{
		{"nothing", membership.SettingsUpdate{}, func(*membership.Settings) {}},
		{"the limit, whatever its value", membership.SettingsUpdate{MembershipLimit: new(0)}, func(s *membership.Settings) { s.MembershipLimit = 0 }},
		{"auto-creation", membership.SettingsUpdate{AutoCreateAccounts: new(false)}, func(s *membership.Settings) { s.AutoCreateAccounts = false }},
		{"self sign-up", membership.SettingsUpdate{SelfSignup: new(false)}, func(s *membership.Settings) { s.SelfSignup = false }},
		{"self-management", membership.SettingsUpdate{SelfManagement: new(membership.SelfManagement("x"))}, func(s *membership.Settings) { s.SelfManagement = "x" }},
		{"the timeout", membership.SettingsUpdate{TokenTimeout: new(time.Duration(-1))}, func(s *membership.Settings) { s.TokenTimeout = -1 }},
	}
	for _, test := range tests {
		want := old
		test.change(&want)
		if got := test.update.Apply(old); got != want {
			t.Errorf("%s: got %+v, want %+v", test.name, got, want)
		}
	}
}
