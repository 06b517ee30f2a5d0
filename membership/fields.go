package membership

import (
	"cmp"
	"encoding/binary"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fields are values of custom fields by the fields' slugs, in the order of the slugs. They never change: [Fields.With]
// makes new ones. They can be compared with ==, which compares spellings.
//
// A row that was read has a value for each field that is enabled: null where it is unset, unless the field leaves nulls
// out. To a new row and to an update they are what is to be set: null clears.
type Fields struct {
	// A value is its slug, its kind and its text, the texts with their lengths in front, so that any text may be in
	// them.
	packed string
}

// FieldValue is the value of one custom field.
type FieldValue struct {
	Slug  string
	Value Value
}

// NewFields puts values together. Of several for one slug the last one counts.
func NewFields(values ...FieldValue) Fields {
	if len(values) == 0 {
		return Fields{}
	}
	bySlug := func(a, b FieldValue) int { return cmp.Compare(a.Slug, b.Slug) }
	if !slices.IsSortedFunc(values, bySlug) {
		values = slices.Clone(values)
		slices.SortStableFunc(values, bySlug)
	}
	buf := make([]byte, 0, 32*len(values))
	for i, fv := range values {
		if i+1 < len(values) && values[i+1].Slug == fv.Slug {
			continue
		}
		buf = appendField(buf, fv.Slug, fv.Value)
	}
	return Fields{string(buf)}
}

func appendField(buf []byte, slug string, v Value) []byte {
	text := v.text
	if v.kind != KindText { // of which the text is all there is
		text = v.String()
	}
	buf = binary.AppendUvarint(buf, uint64(len(slug)))
	buf = append(buf, slug...)
	buf = append(buf, byte(v.kind))
	buf = binary.AppendUvarint(buf, uint64(len(text)))
	return append(buf, text...)
}

// packedField is one value as Fields keep it.
type packedField struct {
	slug string
	kind Kind
	text string
	all  string // the whole of it
}

// cut takes the first value off.
func cut(packed string) (first packedField, rest string) {
	slug, after := cutText(packed)
	text, rest := cutText(after[1:])
	return packedField{slug, Kind(after[0]), text, packed[:len(packed)-len(rest)]}, rest
}

// cutText takes a text off that has its length in front.
func cutText(s string) (text, rest string) {
	n, shift, i := 0, 0, 0
	for ; s[i] >= 0x80; i++ {
		n |= int(s[i]&0x7f) << shift
		shift += 7
	}
	n |= int(s[i]) << shift
	s = s[i+1:]
	return s[:n], s[n:]
}

func (f packedField) value() Value {
	switch f.kind {
	case KindText:
		return StringValue(f.text)
	case KindFloat:
		return NumberValue(f.text).float()
	case KindNull:
		return Value{}
	case KindID, KindTime, KindInteger, KindBoolean, KindDate:
	}
	v, expected := parseValue(f.kind, f.text)
	if expected != "" { // Why no null: a time that nobody can spell is to be refused, and must not clear
		return Value{kind: f.kind, text: f.text, number: maxMillis + 1}
	}
	return v
}

func (f Fields) each() iter.Seq[packedField] {
	return func(yield func(packedField) bool) {
		for rest := f.packed; rest != ""; {
			var first packedField
			if first, rest = cut(rest); !yield(first) {
				return
			}
		}
	}
}

// All are the values in the order of their slugs.
func (f Fields) All() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for field := range f.each() {
			if !yield(field.slug, field.value()) {
				return
			}
		}
	}
}

// find looks a value up.
func (f Fields) find(slug string) (found packedField, ok bool) {
	for field := range f.each() {
		if field.slug == slug {
			return field, true
		}
	}
	return packedField{}, false
}

// Has reports whether there is a value for the slug, null or not.
func (f Fields) Has(slug string) bool {
	_, ok := f.find(slug)
	return ok
}

// Value is the value for the slug; null when there is none.
func (f Fields) Value(slug string) Value {
	if field, ok := f.find(slug); ok {
		return field.value()
	}
	return Value{}
}

// Text is the text of a string field; empty when it is unset or there is no such field.
func (f Fields) Text(slug string) string { return f.Value(slug).Text() }

// Integer is the number of an integer field; 0 when it is unset or there is no such field.
func (f Fields) Integer(slug string) int64 {
	if v := f.Value(slug); v.kind == KindInteger {
		return v.number
	}
	return 0
}

// Float is the number of a float field; 0 when it is unset or there is no such field.
func (f Fields) Float(slug string) float64 { return f.Value(slug).Float() }

// Boolean is the truth of a boolean field; false when it is unset or there is no such field.
func (f Fields) Boolean(slug string) bool { return f.Value(slug).Boolean() }

// Date is the time of a date field, in UTC; zero when it is unset or there is no such field. The spelling that the
// field was given is that of its [Value].
func (f Fields) Date(slug string) time.Time { return f.Value(slug).Time() }

// With returns the values with another one in place.
func (f Fields) With(slug string, v Value) Fields {
	values := make([]FieldValue, 0, 8)
	for s, old := range f.All() {
		values = append(values, FieldValue{s, old})
	}
	return NewFields(append(values, FieldValue{slug, v})...)
}

// Without returns the values but the one for the slug.
func (f Fields) Without(slug string) Fields {
	var b strings.Builder
	for field := range f.each() {
		if field.slug != slug {
			b.WriteString(field.all)
		}
	}
	return Fields{b.String()}
}

// Len is how many values there are, nulls included.
func (f Fields) Len() int {
	n := 0
	for range f.each() {
		n++
	}
	return n
}

// IsZero reports whether there are no values.
func (f Fields) IsZero() bool { return f.packed == "" }

// String prints the values for people.
func (f Fields) String() string {
	var parts []string
	for slug, v := range f.All() {
		text := v.String()
		switch v.kind {
		case KindNull:
			text = "null"
		case KindText:
			text = strconv.Quote(text)
		case KindID, KindTime, KindInteger, KindFloat, KindBoolean, KindDate:
		}
		parts = append(parts, slug+": "+text)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
