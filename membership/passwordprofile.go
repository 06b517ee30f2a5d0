package membership

import (
	"errors"
	"time"
)

// UsernameFormat says what the usernames of a password profile look like.
type UsernameFormat string

// The username formats.
const (
	UsernameAny   UsernameFormat = "any"   // any text; the default
	UsernameEmail UsernameFormat = "email" // an e-mail address
)

// PasswordProfile is a way for account members to sign in with a username and a password. Usernames are unique within
// it.
//
// roster keeps profiles and logins for the programs that sign members in; it signs nobody in itself.
type PasswordProfile struct {
	ID                         PasswordProfileID
	Name                       string // required, not blank
	UsernameFormat             UsernameFormat
	EnableOneTimePasswordToken bool
	CreatedAt                  time.Time
	UpdatedAt                  time.Time // never before CreatedAt; moves only when something changed
}

// Validate checks every field and reports all faults at once.
func (p PasswordProfile) Validate() error {
	var format error
	if p.UsernameFormat != UsernameAny && p.UsernameFormat != UsernameEmail {
		format = invalid("username_format", "must be %q or %q", UsernameAny, UsernameEmail)
	}
	return errors.Join(required("name", p.Name), format)
}

// CheckUsername checks that a username has the profile's format.
func (p PasswordProfile) CheckUsername(username string) error {
	if p.UsernameFormat == UsernameEmail {
		return address("username", username)
	}
	return nil
}

// Value is the profile's value of an attribute, for filters and orders.
func (p PasswordProfile) Value(attr Attribute) Value {
	switch attr {
	case AttrID:
		return IDValue(p.ID.UUID)
	case AttrName:
		return TextValue(p.Name)
	case AttrCreatedAt:
		return TimeValue(p.CreatedAt)
	case AttrUpdatedAt:
		return TimeValue(p.UpdatedAt)
	}
	return Value{}
}

// PasswordProfileUpdate is a partial change: nil leaves a field alone.
type PasswordProfileUpdate struct {
	Name                       *string
	UsernameFormat             *UsernameFormat
	EnableOneTimePasswordToken *bool
}

// Apply returns the profile with the update's fields in place. It checks nothing and moves no time.
func (u PasswordProfileUpdate) Apply(p PasswordProfile) PasswordProfile {
	set(&p.Name, u.Name)
	set(&p.UsernameFormat, u.UsernameFormat)
	set(&p.EnableOneTimePasswordToken, u.EnableOneTimePasswordToken)
	return p
}
