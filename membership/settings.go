package membership

// MaxMembershipLimit is the highest membership limit that can be set, and the default.
const MaxMembershipLimit = 10_000

// Settings are the store-wide settings that can be changed while the program runs.
type Settings struct {
	// MembershipLimit is how many accounts one member may belong to: 1 to 10,000. It is asked only when a member
	// joins an account; lowering it leaves every existing membership alone.
	MembershipLimit int
}

// DefaultSettings are the settings of a new store.
func DefaultSettings() Settings { return Settings{MembershipLimit: MaxMembershipLimit} }

// Validate checks every setting.
func (s Settings) Validate() error {
	if s.MembershipLimit < 1 || s.MembershipLimit > MaxMembershipLimit {
		return invalid("membership_limit", "must be a whole number from 1 to %d", MaxMembershipLimit)
	}
	return nil
}

// SettingsUpdate is a partial change: nil leaves a setting alone.
type SettingsUpdate struct {
	MembershipLimit *int
}

// Apply returns the settings with the update's in place. It checks nothing.
func (u SettingsUpdate) Apply(s Settings) Settings {
	if u.MembershipLimit != nil {
		s.MembershipLimit = *u.MembershipLimit
	}
	return s
}
