package membership

import (
	"reflect"
	"slices"
	"strings"
	"time"
)

// The bounds of custom fields.
const (
	MaxFields      = 100 // fields of a resource
	MaxSlugLength  = 64  // bytes
	MaxEnumOptions = 1000
)

// FieldType is the type of a custom field's values.
type FieldType string

// The types.
const (
	TypeString  FieldType = "string"
	TypeInteger FieldType = "integer" // 64 bits, exact
	TypeBoolean FieldType = "boolean"
	TypeFloat   FieldType = "float" // the nearest 64-bit float counts; the spelling is kept
	TypeDate    FieldType = "date"  // a day or a moment, see [ParseDate]; milliseconds count, the spelling is kept
)

var fieldTypes = []FieldType{TypeString, TypeInteger, TypeBoolean, TypeFloat, TypeDate}

// FieldFormat is a rule about how the texts of a string field look.
type FieldFormat string

// The formats; the empty one allows any text.
const (
	FormatEmail FieldFormat = "email" // an e-mail address
	FormatSlug  FieldFormat = "slug"  // letters, digits, - and _
)

// Field is the definition of a custom field: what one of the values is that every row of a resource can have besides
// its own attributes. Changing a definition changes no row; it is asked when a value is written. A row's values are
// [Fields].
type Field struct {
	ID          FieldID
	Resource    Resource  // account, member or membership; fixed when the field is defined
	Slug        string    // required; what the value is called; unique in the resource, in any case; see [CheckSlug]
	Name        string    // required, not blank
	Type        FieldType // required; fixed when the field is defined
	Description string    // optional

	Required bool  // a new row needs a value or gets the default, an update must not clear it; other rows stay as they are
	Default  Value // optional; what a new row gets that is given no value
	Disabled bool  // the field is not there, but for its values, which are kept
	Order    int   // where it stands in its [Schema]; of the same order, by slug
	OmitNull bool  // a row without a value answers without the field instead of with null
	Indexed  bool  // the store keeps an index for filters by it; defining one reads every row once

	// The rules. An unset one allows everything.

	Enum     []Value     // the values that are allowed; not for booleans
	Format   FieldFormat // for strings
	Min, Max Value       // bounds, both included; for integers, floats and dates

	// Initial is what rows answer that were there before the field, or were made while it was disabled, and have been
	// given no value since: the Default when the field was defined. It never changes.
	Initial Value

	CreatedAt time.Time
	UpdatedAt time.Time // never before CreatedAt; moves only when something changed
}

// Equal reports whether two definitions are the same in everything.
func (f Field) Equal(other Field) bool { return reflect.DeepEqual(f, other) }

// CheckSlug checks what a custom field of a resource may be called: 1 to 64 letters, digits, - and _, of which the
// first is no -, and nothing that the resource itself uses, in any case. Its error is [ErrInvalidField], or
// [ErrInvalidValue] for a name that is in use.
func CheckSlug(r Resource, slug string) error {
	if !isSlug(slug) || slug[0] == '-' || len(slug) > MaxSlugLength {
		return invalid("slug", "must be 1 to %d letters, digits, - and _, and not begin with -", MaxSlugLength)
	}
	folded := strings.ToLower(slug) // Why: there are clients that read names in any case
	if _, own := r.ruleFor(Attribute(folded), nil); own || slices.Contains(reservedSlugs, folded) {
		return broken("slug", "is reserved: %q is something of the %s's own", slug, r)
	}
	return nil
}

// reservedSlugs stand in what the API shows of one resource or the other, beside what it can be filtered by.
var reservedSlugs = []string{
	"type", "meta", "links", "relationships", "account", "account_member", "account_members", "accounts", "parent", "ancestors",
}

func isSlug(s string) bool {
	return s != "" && strings.IndexFunc(s, func(c rune) bool {
		return c != '-' && c != '_' && (c < '0' || '9' < c) && (c < 'a' || 'z' < c) && (c < 'A' || 'Z' < c)
	}) < 0
}

// rule is what lists can be filtered and sorted by the field.
func (f Field) rule() attributeRule {
	ops := opsFieldOrdered
	switch f.Type {
	case TypeString:
		ops = opsFieldText
	case TypeBoolean:
		ops = opsFieldBoolean
	case TypeInteger, TypeFloat, TypeDate:
	}
	return attributeRule{Attribute(f.Slug), f.Type.Kind(), ops, true}
}

// Kind is the kind of the type's values.
func (t FieldType) Kind() Kind {
	switch t {
	case TypeString:
		return KindText
	case TypeInteger:
		return KindInteger
	case TypeBoolean:
		return KindBoolean
	case TypeFloat:
		return KindFloat
	case TypeDate:
		return KindDate
	}
	return KindNull
}

// Value is the definition's value of an attribute, for filters and orders.
func (f Field) Value(attr Attribute) Value {
	switch attr {
	case AttrID:
		return IDValue(f.ID.UUID)
	case AttrSlug:
		return TextValue(f.Slug)
	case AttrName:
		return TextValue(f.Name)
	case AttrFieldType:
		return TextValue(string(f.Type))
	case AttrOrder:
		return IntegerValue(int64(f.Order))
	case AttrCreatedAt:
		return TimeValue(f.CreatedAt)
	case AttrUpdatedAt:
		return TimeValue(f.UpdatedAt)
	}
	return Value{}
}

// FieldUpdate is a partial change of a definition: nil leaves something alone, a pointer to a zero value clears it.
type FieldUpdate struct {
	Resource    *Resource  // which cannot be changed: naming another is [ErrFlowImmutable]
	Type        *FieldType // which cannot be changed: naming another is [ErrFieldTypeImmutable]
	Slug        *string    // the values go along
	Name        *string
	Description *string
	Required    *bool
	Default     *Value
	Disabled    *bool
	Order       *int
	OmitNull    *bool
	Indexed     *bool
	Enum        *[]Value
	Format      *FieldFormat
	Min, Max    *Value
}

// Apply returns the definition with the update in place. It checks nothing but resource and type, and
// moves no time.
func (u FieldUpdate) Apply(f Field) (Field, error) {
	if u.Resource != nil && *u.Resource != f.Resource {
		return f, &Error{Cause: ErrFlowImmutable, Field: "flow", Detail: "leave it out, or send the present one"}
	}
	if u.Type != nil && *u.Type != f.Type {
		return f, &Error{Cause: ErrFieldTypeImmutable, Field: "field_type",
			Detail: "leave it out, or send the present one; for another type, define another field"}
	}
	set(&f.Slug, u.Slug)
	set(&f.Name, u.Name)
	set(&f.Description, u.Description)
	set(&f.Required, u.Required)
	set(&f.Default, u.Default)
	set(&f.Disabled, u.Disabled)
	set(&f.Order, u.Order)
	set(&f.OmitNull, u.OmitNull)
	set(&f.Indexed, u.Indexed)
	set(&f.Enum, u.Enum)
	set(&f.Format, u.Format)
	set(&f.Min, u.Min)
	set(&f.Max, u.Max)
	return f, nil
}
