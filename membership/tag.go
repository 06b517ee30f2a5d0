package membership

import (
	"errors"
	"time"
)

// Tag is a label that accounts can have: "wholesale", "press".
type Tag struct {
	ID          TagID
	Name        string // required, not blank; unique among tags
	Description string // optional
	CreatedAt   time.Time
	UpdatedAt   time.Time // never before CreatedAt; moves only when something changed
}

// Validate checks every field and reports all faults at once.
func (t Tag) Validate() error {
	return errors.Join(
		required("name", t.Name),
		bounded("description", t.Description, MaxTextLength),
	)
}

// Value is the tag's value of an attribute, for filters and orders.
func (t Tag) Value(attr Attribute) Value {
	switch attr {
	case AttrID:
		return IDValue(t.ID.UUID)
	case AttrName:
		return TextValue(t.Name)
	case AttrCreatedAt:
		return TimeValue(t.CreatedAt)
	case AttrUpdatedAt:
		return TimeValue(t.UpdatedAt)
	}
	return Value{}
}

// TagUpdate is a partial change: nil leaves a field alone, a pointer to the empty string clears it.
type TagUpdate struct {
	Name        *string
	Description *string
}

// Apply returns the tag with the update's fields in place. It checks nothing and moves no time.
func (u TagUpdate) Apply(t Tag) Tag {
	set(&t.Name, u.Name)
	set(&t.Description, u.Description)
	return t
}
