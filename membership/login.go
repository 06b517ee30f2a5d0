package membership

import (
	"time"
	"unicode/utf8"
)

// MinPasswordLength is how many characters a password has at least.
const MinPasswordLength = 8

// Login is a member's username and password in a password profile. The password itself is kept nowhere.
type Login struct {
	ID           LoginID
	MemberID     MemberID
	ProfileID    PasswordProfileID
	Username     string // required, not blank; unique within the profile
	PasswordHash string // as the program's hash function spells it
	CreatedAt    time.Time
	UpdatedAt    time.Time // never before CreatedAt; moves only when something changed
}

// Validate checks the username, by the rules of the login's profile too. The hash is the program's own business.
func (l Login) Validate(profile PasswordProfile) error {
	if err := required("username", l.Username); err != nil {
		return err
	}
	return profile.CheckUsername(l.Username)
}

// CheckPassword checks a password before it is hashed.
func CheckPassword(password string) error {
	if n := utf8.RuneCountInString(password); n < MinPasswordLength {
		return invalid("password", "must have at least %d characters", MinPasswordLength)
	}
	return bounded("password", password, MaxTextLength)
}

// Value is the login's value of an attribute, for filters and orders.
func (l Login) Value(attr Attribute) Value {
	switch attr {
	case AttrID:
		return IDValue(l.ID.UUID)
	case AttrUsername:
		return TextValue(l.Username)
	case AttrCreatedAt:
		return TimeValue(l.CreatedAt)
	case AttrUpdatedAt:
		return TimeValue(l.UpdatedAt)
	}
	return Value{}
}

// LoginUpdate is a partial change: nil leaves a field alone. A login stays its member's and in its profile; naming the
// present profile is no change, naming another is [ErrPasswordProfileImmutable].
type LoginUpdate struct {
	ProfileID *PasswordProfileID
	Username  *string
	Password  *string
}

// Apply returns the login with the update's fields in place, the password as its hash. It checks nothing but the
// profile and moves no time.
func (u LoginUpdate) Apply(l Login, passwordHash string) (Login, error) {
	if u.ProfileID != nil && *u.ProfileID != l.ProfileID {
		return l, &Error{Cause: ErrPasswordProfileImmutable, Field: "password_profile_id",
			Detail: "leave it out, or send the present one"}
	}
	set(&l.Username, u.Username)
	if u.Password != nil {
		l.PasswordHash = passwordHash
	}
	return l, nil
}
