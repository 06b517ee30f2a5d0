package membership

import (
	"errors"
	"time"
)

// MaxMembershipLimit is the highest membership limit that can be set, and the default.
const MaxMembershipLimit = 10_000

// Settings are the store-wide settings that can be changed while the program runs.
type Settings struct {
	// MembershipLimit is how many accounts one member may belong to: 1 to 10,000. It is asked only when a member
	// joins an account; lowering it leaves every existing membership alone.
	MembershipLimit int

	// AutoCreateAccounts gives every new member an account of the member's name, and a membership in it.
	AutoCreateAccounts bool

	// The remaining settings are kept for the programs that sign members in; nothing in roster asks them.

	// SelfSignup lets people sign up by themselves.
	SelfSignup bool
	// SelfManagement says what members may change of themselves.
	SelfManagement SelfManagement
	// TokenTimeout is how long a member stays signed in, in whole seconds: 1 s to 100 years.
	TokenTimeout time.Duration
}

// SelfManagement says what members may change of themselves.
type SelfManagement string

// The kinds of self-management.
const (
	SelfManagementDisabled   SelfManagement = "disabled"
	SelfManagementUpdateOnly SelfManagement = "update_only"
)

// DefaultTokenTimeout is the token timeout of a new store.
const DefaultTokenTimeout = 24 * time.Hour

const maxTokenTimeout = 100 * 365 * 24 * time.Hour

// DefaultSettings are the settings of a new store.
func DefaultSettings() Settings {
	return Settings{
		MembershipLimit: MaxMembershipLimit,
		SelfManagement:  SelfManagementDisabled,
		TokenTimeout:    DefaultTokenTimeout,
	}
}

// Validate checks every setting and reports all faults at once.
func (s Settings) Validate() error {
	var faults []error
	if s.MembershipLimit < 1 || s.MembershipLimit > MaxMembershipLimit {
		faults = append(faults, invalid("membership_limit", "must be a whole number from 1 to %d", MaxMembershipLimit))
	}
	if s.SelfManagement != SelfManagementDisabled && s.SelfManagement != SelfManagementUpdateOnly {
		faults = append(faults, invalid("account_member_self_management", "must be %q or %q", SelfManagementDisabled, SelfManagementUpdateOnly))
	}
	if s.TokenTimeout < time.Second || s.TokenTimeout > maxTokenTimeout || s.TokenTimeout%time.Second != 0 {
		faults = append(faults, invalid("account_management_authentication_token_timeout_secs",
			"must be a whole number of seconds from 1 to %d", maxTokenTimeout/time.Second))
	}
	return errors.Join(faults...)
}

// SettingsUpdate is a partial change: nil leaves a setting alone.
type SettingsUpdate struct {
	MembershipLimit    *int
	AutoCreateAccounts *bool
	SelfSignup         *bool
	SelfManagement     *SelfManagement
	TokenTimeout       *time.Duration
}

// Apply returns the settings with the update's in place. It checks nothing.
func (u SettingsUpdate) Apply(s Settings) Settings {
	set(&s.MembershipLimit, u.MembershipLimit)
	set(&s.AutoCreateAccounts, u.AutoCreateAccounts)
	set(&s.SelfSignup, u.SelfSignup)
	set(&s.SelfManagement, u.SelfManagement)
	set(&s.TokenTimeout, u.TokenTimeout)
	return s
}
