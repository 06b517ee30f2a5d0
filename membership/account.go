package membership

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Account is an organisation that members belong to.
type Account struct {
	ID             AccountID
	ParentID       AccountID // optional; fixed when the account is created, and cleared when the parent is deleted
	Name           string    // required, not blank
	LegalName      string    // optional
	RegistrationID string    // optional; unique among accounts when set; at most 63 characters
	ExternalRef    string    // optional; the account's id in another system
	Fields         Fields    // values of custom fields
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
	case AttrParentID:
		if a.ParentID.IsZero() {
			return Value{}
		}
		return IDValue(a.ParentID.UUID)
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
	return a.Fields.Value(string(attr))
}

// WithoutParent is the account after its parent was deleted at a time: a root, which was not updated earlier than before.
func (a Account) WithoutParent(at time.Time) Account {
	a.ParentID = AccountID{}
	if at.After(a.UpdatedAt) {
		a.UpdatedAt = at
	}
	return a
}

// AccountUpdate is a partial change: nil leaves a field alone, a pointer to the empty string clears it.
//
// An account's parent cannot be changed; naming the present one is no change, naming another is [ErrParentImmutable].
type AccountUpdate struct {
	Fields         Fields // the custom fields that are named change; null clears
	ParentID       *AccountID
	Name           *string
	LegalName      *string
	RegistrationID *string
	ExternalRef    *string
}

// Apply returns the account with the update's fields in place. It checks nothing but the parent and moves no time.
func (u AccountUpdate) Apply(a Account) (Account, error) {
	if u.ParentID != nil && *u.ParentID != a.ParentID {
		return a, &Error{Cause: ErrParentImmutable, Field: "parent_id",
			Detail: "leave it out, or send the present one"}
	}
	set(&a.Name, u.Name)
	set(&a.LegalName, u.LegalName)
	set(&a.RegistrationID, u.RegistrationID)
	set(&a.ExternalRef, u.ExternalRef)
	return a, nil
}

// MaxAncestors is how many accounts may stand above an account.
const MaxAncestors = 100

// CheckAncestors decides whether an account may have so many ancestors. Its error is [ErrHierarchyTooDeep].
func CheckAncestors(n int) error {
	if n > MaxAncestors {
		return &Error{Cause: ErrHierarchyTooDeep, Field: "parent_id", Limit: MaxAncestors, Used: n - 1,
			Detail: fmt.Sprintf("an account has at most %d ancestors", MaxAncestors)}
	}
	return nil
}

// Relations are what an account is related to besides its memberships.
type Relations struct {
	Ancestors []AccountID // from the root to the parent
	Tags      []Tag       // by name
}

// AccountRow is an account beside its tags: what the filters of a list of accounts look at.
type AccountRow struct {
	Account
	Tags []TagID
}

// Has reports whether the account has a tag, for filters.
func (r AccountRow) Has(attr Attribute, v Value) bool {
	return attr == AttrAccountTags && v.Kind() == KindID && slices.Contains(r.Tags, TagID{v.ID()})
}
