package membership

import (
	"errors"
	"time"
)

// Member is an account member: a person who may belong to accounts.
type Member struct {
	ID         MemberID
	Name       string // required, not blank
	Email      string // optional; kept as given; need not be unique
	GivenName  string // optional; neither taken from Name nor put into it
	MiddleName string // optional
	FamilyName string // optional
	Fields     Fields // values of custom fields
	CreatedAt  time.Time
	UpdatedAt  time.Time // never before CreatedAt; moves only when something changed
}

// Validate checks every field and reports all faults at once.
func (m Member) Validate() error {
	return errors.Join(
		required("name", m.Name),
		address("email", m.Email),
		bounded("given_name", m.GivenName, MaxTextLength),
		bounded("middle_name", m.MiddleName, MaxTextLength),
		bounded("family_name", m.FamilyName, MaxTextLength),
	)
}

// Value is the member's value of an attribute, for filters and orders.
func (m Member) Value(attr Attribute) Value {
	switch attr {
	case AttrID:
		return IDValue(m.ID.UUID)
	case AttrName:
		return TextValue(m.Name)
	case AttrEmail:
		return TextValue(m.Email)
	case AttrGivenName:
		return TextValue(m.GivenName)
	case AttrMiddleName:
		return TextValue(m.MiddleName)
	case AttrFamilyName:
		return TextValue(m.FamilyName)
	case AttrCreatedAt:
		return TimeValue(m.CreatedAt)
	case AttrUpdatedAt:
		return TimeValue(m.UpdatedAt)
	}
	return m.Fields.Value(string(attr))
}

// MemberUpdate is a partial change: nil leaves a field alone, a pointer to the empty string clears it.
type MemberUpdate struct {
	Fields     Fields // the custom fields that are named change; null clears
	Name       *string
	Email      *string
	GivenName  *string
	MiddleName *string
	FamilyName *string
}

// Apply returns the member with the update's fields in place. It checks nothing and moves no time.
func (u MemberUpdate) Apply(m Member) Member {
	set(&m.Name, u.Name)
	set(&m.Email, u.Email)
	set(&m.GivenName, u.GivenName)
	set(&m.MiddleName, u.MiddleName)
	set(&m.FamilyName, u.FamilyName)
	return m
}
