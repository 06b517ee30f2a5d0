package stored

import (
	"encoding/json"

	"github.com/roster-go/roster/membership"
)

// fieldValues are the values of custom fields by their slugs.
type fieldValues map[string]valueImage

func fieldValuesOf(f membership.Fields) *fieldValues {
	if f.IsZero() {
		return nil
	}
	values := fieldValues{}
	for slug, v := range f.All() {
		values[slug] = valueImage{v}
	}
	return &values
}

func (f *fieldValues) fields() membership.Fields {
	if f == nil {
		return membership.Fields{}
	}
	var values []membership.FieldValue
	for slug, v := range *f {
		values = append(values, membership.FieldValue{Slug: slug, Value: v.Value})
	}
	return membership.NewFields(values...)
}

// valueImage is a value with its kind: null, a text, an integer and a truth value as JSON has them, a float and a date
// as an object with their spelling.
type valueImage struct{ membership.Value }

// spelledImage is a value that JSON has no type for.
type spelledImage struct {
	Float string `json:"float,omitempty"`
	Date  string `json:"date,omitempty"`
}

func (v valueImage) MarshalJSON() ([]byte, error) {
	switch v.Kind() {
	case membership.KindText:
		return json.Marshal(v.Text())
	case membership.KindInteger:
		return json.Marshal(v.Number())
	case membership.KindBoolean:
		return json.Marshal(v.Boolean())
	case membership.KindFloat:
		return json.Marshal(spelledImage{Float: v.Text()})
	case membership.KindDate:
		return json.Marshal(spelledImage{Date: v.Text()})
	case membership.KindNull, membership.KindID, membership.KindTime:
	}
	return []byte("null"), nil
}

func (v *valueImage) UnmarshalJSON(text []byte) error {
	v.Value = membership.Value{}
	switch text[0] {
	case 'n':
		return nil
	case '"':
		var s string
		err := json.Unmarshal(text, &s)
		v.Value = membership.StringValue(s)
		return err
	case 't', 'f':
		v.Value = membership.BooleanValue(text[0] == 't')
		return nil
	case '{':
		var s spelledImage
		if err := json.Unmarshal(text, &s); err != nil {
			return err
		}
		token, typ := s.Float, membership.TypeFloat
		if s.Date != "" {
			token, typ = `"`+s.Date+`"`, membership.TypeDate // a date has no character that JSON escapes
		}
		var err error
		v.Value, err = DecodeValue(token, typ)
		return err
	}
	var err error
	v.Value, err = DecodeValue(string(text), membership.TypeInteger)
	return err
}
