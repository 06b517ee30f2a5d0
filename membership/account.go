package membership

import (
	"errors"
	"time"
)

// Account is an organisation that members belong to.
type Account struct {
	ID             AccountID
	Name           string // required, not blank
	LegalName      string // optional
	RegistrationID string // optional; unique among accounts when set; at most 63 characters
	ExternalRef    string // optional; the account's id in another system
	CreatedAt      time.Time
	UpdatedAt      time.Time // never before CreatedAt; moves only when something changed
}

// Validate checks every field and reports all faults at once.
func (a Account) Validate() error {
	return errors.Join(
		required("name", a.Name),
		bounded("legal_name", a.LegalName, MaxTextLength),
		bounded("registration_id", a.RegistrationID, MaxRegistrationIDLength),
		bounded("external_ref", a.ExternalRef, MaxTextLength),
	)
}

// Value is the account's value of an attribute, for filters and orders.
func (a Account) Value(attr Attribute) Value {
	switch attr {
	case AttrID:
		return IDValue(a.ID.UUID)
	case AttrName:
		return TextValue(a.Name)
	case AttrLegalName:
		return TextValue(a.LegalName)
	case AttrRegistrationID:
		return TextValue(a.RegistrationID)
	case AttrExternalRef:
		return TextValue(a.ExternalRef)
	case AttrCreatedAt:
		return TimeValue(a.CreatedAt)
	case AttrUpdatedAt:
		return TimeValue(a.UpdatedAt)
	}
	return Value{}
}

// AccountUpdate is a partial change: nil leaves a field alone, a pointer to the empty string clears it.
type AccountUpdate struct {
	Name           *string
	LegalName      *string
	RegistrationID *string
	ExternalRef    *string
}

// Apply returns the account with the update's fields in place. It checks nothing and moves no time.
func (u AccountUpdate) Apply(a Account) Account {
	set(&a.Name, u.Name)
	set(&a.LegalName, u.LegalName)
	set(&a.RegistrationID, u.RegistrationID)
	set(&a.ExternalRef, u.ExternalRef)
	return a
}
