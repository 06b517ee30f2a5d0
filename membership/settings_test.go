package membership_test

import (
	"math"
	"testing"

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
		err := membership.Settings{MembershipLimit: limit}.Validate()
		if ok {
			checkFaults(t, err)
		} else {
			checkFaults(t, err, fault{"membership_limit", "must be a whole number from 1 to 10000"})
		}
	}
}

func TestTheDefaultSettingsAreValid(t *testing.T) {
	t.Parallel()
	settings := membership.DefaultSettings()
	if err := settings.Validate(); err != nil || settings.MembershipLimit != 10_000 {
		t.Errorf("%+v: %v", settings, err)
	}
}

func TestASettingsUpdateChangesWhatItNames(t *testing.T) {
	t.Parallel()
	old := membership.Settings{MembershipLimit: 7}
	if got := (membership.SettingsUpdate{}).Apply(old); got != old {
		t.Errorf("an empty update made it %+v", got)
	}
	if got := (membership.SettingsUpdate{MembershipLimit: new(0)}).Apply(old); got != (membership.Settings{}) {
		t.Errorf("got %+v; checking is not the update's business", got)
	}
}
