package membership

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Schema is everything about the custom fields of one resource.
type Schema struct {
	Flow   Flow    // zero when the resource has none
	Fields []Field // all of them, by Order and then by Slug

	enabled []int // which of Fields are enabled, by slug
}

// NewSchema puts a resource's flow and its fields, in any order, together.
func NewSchema(flow Flow, fields []Field) Schema {
	s := Schema{Flow: flow, Fields: slices.Clone(fields)}
	slices.SortFunc(s.Fields, func(a, b Field) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Slug, b.Slug))
	})
	for i, f := range s.Fields {
		if !f.Disabled && !flow.Disabled {
			s.enabled = append(s.enabled, i)
		}
	}
	slices.SortFunc(s.enabled, func(a, b int) int { return cmp.Compare(s.Fields[a].Slug, s.Fields[b].Slug) })
	return s
}

// Clone is a schema that shares nothing with this one.
func (s Schema) Clone() Schema {
	s.Fields, s.enabled = slices.Clone(s.Fields), slices.Clone(s.enabled)
	for i := range s.Fields {
		s.Fields[i].Enum = slices.Clone(s.Fields[i].Enum)
	}
	return s
}

// Enabled are the fields that rows answer with, and that lists can be filtered and sorted by, by their slugs.
func (s Schema) Enabled() []Field {
	var fields []Field
	for f := range s.each() {
		fields = append(fields, *f)
	}
	return fields
}

// each yields the enabled fields by their slugs.
func (s Schema) each() iter.Seq[*Field] {
	return func(yield func(*Field) bool) {
		for _, i := range s.enabled {
			if !yield(&s.Fields[i]) {
				return
			}
		}
	}
}

// Find looks a field up that is enabled.
func (s Schema) Find(slug string) (Field, bool) {
	f := s.find(slug)
	if f == nil {
		return Field{}, false
	}
	return *f, true
}

// find is Find without a copy; nil when there is none.
func (s Schema) find(slug string) *Field {
	i, ok := slices.BinarySearchFunc(s.enabled, slug, func(i int, slug string) int { return cmp.Compare(s.Fields[i].Slug, slug) })
	if !ok {
		return nil
	}
	return &s.Fields[s.enabled[i]]
}

// CheckSlug decides whether a field may have its slug beside the others, of which none may have the same in any case.
// Its error is [ErrSlugTaken].
func (s Schema) CheckSlug(f Field) error {
	taken := func(other Field) bool { return other.ID != f.ID && strings.EqualFold(other.Slug, f.Slug) }
	if slices.ContainsFunc(s.Fields, taken) {
		return &Error{Cause: ErrSlugTaken, Field: "slug", Detail: "also where the two differ in case only"}
	}
	return nil
}

// CheckCount decides whether one more field may be defined. Its error is [ErrTooManyFields].
func (s Schema) CheckCount() error {
	if n := len(s.Fields); n >= MaxFields {
		return &Error{Cause: ErrTooManyFields, Limit: MaxFields, Used: n,
			Detail: fmt.Sprintf("a flow has at most %d", MaxFields)}
	}
	return nil
}

// Complete checks the values that a new row is given and completes them: a field without a value gets its default, and
// so does one that is required and given null. What it returns is what the row answers with. Errors, all faults at
// once: [ErrUnknownField], [ErrInvalidField], [ErrInvalidValue]; their Field is the slug.
func (s Schema) Complete(given Fields) (Fields, error) {
	faults := s.unknown(given)
	row := make([]FieldValue, 0, len(s.enabled))
	for f := range s.each() {
		packed, ok := given.find(f.Slug)
		v := packed.value()
		if !ok || v.kind == KindNull && f.Required {
			v = f.Default
		}
		v, err := f.Check(v)
		faults = append(faults, err)
		row = f.answer(row, v)
	}
	if err := errors.Join(faults...); err != nil {
		return Fields{}, err
	}
	return NewFields(row...), nil
}

// Change checks the values that a row is given by an update and returns what the row then answers with. A value that
// the row has already is no change, whatever rules there are by now. Its errors are those of [Schema.Complete].
func (s Schema) Change(old, given Fields) (Fields, error) {
	faults := s.unknown(given)
	row := make([]FieldValue, 0, len(s.enabled))
	for f := range s.each() {
		v := old.Value(f.Slug)
		if packed, ok := given.find(f.Slug); ok && packed.value() != v {
			var err error
			v, err = f.change(v, packed.value())
			faults = append(faults, err)
		}
		row = f.answer(row, v)
	}
	if err := errors.Join(faults...); err != nil {
		return Fields{}, err
	}
	return NewFields(row...), nil
}

// change checks a value that replaces another one.
func (f Field) change(old, v Value) (Value, error) {
	converted, err := f.convert(v)
	if err == nil && converted == old {
		return old, nil
	}
	return f.Check(v)
}

// unknown refuses values for slugs that no enabled field has.
func (s Schema) unknown(given Fields) []error {
	var faults []error
	for field := range given.each() {
		if s.find(field.slug) == nil {
			faults = append(faults, &Error{Cause: ErrUnknownField, Field: clip(field.slug),
				Detail: "define it first; nothing that is enabled has this slug"})
		}
	}
	return faults
}

// answer adds what a row answers with for the field.
func (f Field) answer(row []FieldValue, v Value) []FieldValue {
	if v.kind == KindNull && f.OmitNull {
		return row
	}
	return append(row, FieldValue{f.Slug, v})
}

// Resolve defines what a row answers with, of which a store has kept these values: for each field that is enabled its
// value, its initial value where it was never given one, null where it has none.
func (s Schema) Resolve(stored Fields) Fields {
	if len(s.enabled) == 0 {
		return Fields{}
	}
	if s.resolved(stored) {
		return stored
	}
	buf := make([]byte, 0, len(stored.packed)+32)
	rest := stored.packed
	for f := range s.each() {
		var next packedField
		for rest != "" { // both are in the order of the slugs
			if next, _ = cut(rest); next.slug >= f.Slug {
				break
			}
			rest = rest[len(next.all):]
		}
		has := rest != "" && next.slug == f.Slug
		switch {
		case has && (next.kind != KindNull || !f.OmitNull):
			buf = append(buf, next.all...)
		case !has && (f.Initial.kind != KindNull || !f.OmitNull):
			buf = appendField(buf, f.Slug, f.Initial)
		}
	}
	return Fields{string(buf)}
}

// resolved reports whether the values are those of the enabled fields, one each, which is what most rows have.
func (s Schema) resolved(stored Fields) bool {
	rest := stored.packed
	for f := range s.each() {
		if rest == "" {
			return false
		}
		var next packedField
		if next, rest = cut(rest); next.slug != f.Slug || next.kind == KindNull && f.OmitNull {
			return false
		}
	}
	return rest == ""
}

// Hidden are those of the values that a row has kept which it does not answer with, because their fields are disabled.
func (s Schema) Hidden(stored Fields) Fields {
	var hidden []FieldValue
	for slug, v := range stored.All() {
		if s.find(slug) == nil {
			hidden = append(hidden, FieldValue{slug, v})
		}
	}
	return NewFields(hidden...)
}

// Keep defines what a store keeps of the values of a row that is written, of which it had kept others before: those of
// fields that are disabled stay as they are. Null is kept only where nothing at all would mean the initial value.
func (s Schema) Keep(stored, row Fields) Fields {
	var kept []FieldValue
	for slug, v := range stored.All() {
		if s.find(slug) == nil {
			kept = append(kept, FieldValue{slug, v})
		}
	}
	for f := range s.each() {
		if v := row.Value(f.Slug); v.kind != KindNull || f.Initial.kind != KindNull {
			kept = append(kept, FieldValue{f.Slug, v})
		}
	}
	return NewFields(kept...)
}
