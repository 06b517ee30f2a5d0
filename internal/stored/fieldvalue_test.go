package stored

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/roster-go/roster/membership"
)

// tenFields is a field of every type twice, and a value of each.
func tenFields() (*Schema, membership.Fields) {
	var fields []membership.Field
	values := map[membership.FieldType]membership.Value{
		membership.TypeString: membership.StringValue("Ron Swanson"), membership.TypeInteger: membership.IntegerValue(4711),
		membership.TypeBoolean: membership.BooleanValue(true), membership.TypeFloat: membership.NumberValue("1.50"),
	}
	values[membership.TypeDate], _ = membership.ParseDate("2024-02-29")
	var row membership.Fields
	for _, suffix := range []string{"_1", "_2"} {
		for typ, v := range values {
			slug := string(typ) + suffix
			fields = append(fields, membership.Field{Slug: slug, Type: typ})
			row = row.With(slug, v)
		}
	}
	return newSchema(membership.Flow{}, fields), row
}

// allTypes are the slots of a field of every type, called by the types.
func allTypes() []typedSlug {
	return []typedSlug{
		{"boolean", membership.TypeBoolean}, {"date", membership.TypeDate}, {"float", membership.TypeFloat},
		{"integer", membership.TypeInteger}, {"string", membership.TypeString},
	}
}

// ofType is a value as a field of a type takes it; ok is false when it takes none such.
func ofType(t membership.FieldType, v membership.Value) (_ membership.Value, ok bool) {
	v, err := membership.Field{Slug: "f", Type: t}.Check(v)
	return v, err == nil
}

func FuzzFieldValuesComeBackAsTheyWere(f *testing.F) {
	f.Add("", int64(0), "0", "2024-02-29", true)
	f.Add("\"}\\,{:", int64(-1<<63), "-0.0", "2024-02-29 12:00:00", false)
	f.Add("a\tb\u2028<é>\x7f", int64(1<<63-1), "1.50", "2024-02-29T12:00:00.1234+05:30", true)
	f.Add("\\u0041\\", int64(9007199254740993), "1E+3", "0001-01-01", false)
	f.Add("null", int64(1), "123456789012345678901234567890", "9999-12-31", false)
	f.Add("x", int64(1), "9007199254740993", "1969-12-31", false)
	f.Fuzz(func(t *testing.T, text string, n int64, number, date string, yes bool) {
		var values []membership.FieldValue
		for typ, v := range map[membership.FieldType]membership.Value{
			membership.TypeString: membership.StringValue(text), membership.TypeInteger: membership.IntegerValue(n),
			membership.TypeFloat: membership.NumberValue(number), membership.TypeDate: membership.StringValue(date),
			membership.TypeBoolean: membership.BooleanValue(yes),
		} {
			if v, ok := ofType(typ, v); ok {
				values = append(values, membership.FieldValue{Slug: string(typ), Value: v})
			}
		}
		for _, of := range values {
			token := EncodeValue(of.Value)
			if got, err := DecodeValue(token, membership.FieldType(of.Slug)); err != nil || got != of.Value {
				t.Errorf("%s: got %v, %v; want %v", token, got, err, of.Value)
			}
		}
		want := membership.NewFields(values...)
		spelled := EncodeFields(want)
		var standard map[string]any
		if want.Len() > 0 && json.Unmarshal([]byte(spelled), &standard) != nil {
			t.Fatalf("%s is no JSON object", spelled)
		}
		if got, err := decodeFields(spelled, allTypes()); want.Len() > 0 && (err != nil || got != want) {
			t.Errorf("%s: got %v, %v; want %v", spelled, got, err, want)
		}
		// The same with space between the parts, as somebody else might write it.
		var indented bytes.Buffer
		if want.Len() > 0 && json.Indent(&indented, []byte(spelled), "", "\t") == nil {
			if got, err := decodeFields(indented.String(), allTypes()); err != nil || got != want {
				t.Errorf("%s: got %v, %v; want %v", indented.String(), got, err, want)
			}
		}
	})
}

// Whatever the column has: an answer or an error, which JSON's own reader would come to as well.
func FuzzFieldValuesOfAnyText(f *testing.F) {
	for _, text := range []string{
		`{}`, `{"string":"x"}`, ` { "integer" : 1 } `, `{"x":[{"]":"}"}],"boolean":true}`, `{"$keys":{"float":1}}`,
		`{"string":"\"}`, `{"string"`, `[]`, `{"string":"x"}}`, `{"float":1e999}`, `{"date":"2024-02-30"}`,
		`{"string":"\u00e9"}`, "{\"string\":\"\x9f\xe4\"}",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := decodeFields(text, allTypes())
		if err != nil || got.IsZero() {
			return
		}
		var standard map[string]json.RawMessage
		if json.Unmarshal([]byte(text), &standard) != nil {
			return // values that are looked for are, others are passed over
		}
		for slug, v := range got.All() {
			var want string
			if json.Unmarshal(standard[slug], &want) != nil {
				want = string(bytes.TrimSpace(standard[slug]))
			}
			spelled := v.String()
			if v.Kind() == membership.KindNull {
				spelled = "null"
				if string(standard[slug]) == spelled {
					want = spelled
				}
			}
			if spelled != want {
				t.Errorf("%s: %s is %q, want %q", text, slug, spelled, want)
			}
		}
	})
}

// What floats and dates are compared by stands beside them, whatever they are spelled like.
func TestFieldValuesHaveTheirKeys(t *testing.T) {
	t.Parallel()
	date, _ := membership.ParseDate("2024-02-29")
	none := membership.Fields{}
	for want, f := range map[string]membership.Fields{
		``:              none,
		`{"note":"x"}`:  none.With("note", membership.StringValue("x")),
		`{"note":null}`: none.With("note", membership.Value{}),
		`{"rate":1.50,"seats":12,"since":"2024-02-29","$keys":{"rate":4609434218613702656,"since":1709164800000}}`: none.
			With("since", date).With("seats", membership.IntegerValue(12)).With("rate", membership.NumberValue("1.50")),
	} {
		if got := EncodeFields(f); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	for _, typ := range allTypes() {
		if want := typ.typ == membership.TypeFloat || typ.typ == membership.TypeDate; Keyed(typ.typ) != want {
			t.Errorf("%s: %v", typ.typ, !want)
		}
	}
}

func TestNullIsAValueOfEveryType(t *testing.T) {
	t.Parallel()
	if token := EncodeValue(membership.Value{}); token != `null` {
		t.Errorf("null is spelled %s", token)
	}
	for _, of := range allTypes() {
		if got, err := DecodeValue(`null`, of.typ); err != nil || got != (membership.Value{}) {
			t.Errorf("%s: %v, %v", of.typ, got, err)
		}
	}
}

func TestFieldValuesThatWereEditedByHand(t *testing.T) {
	t.Parallel()
	date, _ := membership.ParseDate("2024-02-29")
	whole, _ := ofType(membership.TypeFloat, membership.IntegerValue(7))
	none := membership.Fields{}
	for text, want := range map[string]membership.Fields{
		`{}`:                              none,
		" {\n} ":                          none,
		`{"unknown":[1,{"a":"}"},"]"]}`:   none,
		`{"string":"a\u0062\/"}`:          none.With("string", membership.StringValue("ab/")),
		`{"string":"a", "integer": -7}`:   none.With("string", membership.StringValue("a")).With("integer", membership.IntegerValue(-7)),
		`{"float":7,"date":"2024-02-29"}`: none.With("float", whole).With("date", date),
		`{"s\u0074ring":null}`:            none.With("string", membership.Value{}),
		"{\"boolean\"\t:\ttrue\t}":        none.With("boolean", membership.BooleanValue(true)),
	} {
		if got, err := decodeFields(text, allTypes()); err != nil || got != want {
			t.Errorf("%s: got %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestDamagedFieldValuesAreAnError(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		``:                                "is damaged",
		`x`:                               "is damaged",
		`{"string":"x"`:                   "is damaged",
		`{"string":"x"}}`:                 "is damaged",
		`{"string":"x",}`:                 "is damaged",
		`[]`:                              "is damaged: it is no JSON object",
		`{"string":1}`:                    "is damaged: the value of string is no string",
		`{"string":{"a":1}}`:              "is damaged: the value of string is no string",
		`{"integer":1.0}`:                 "is damaged: the value of integer is no whole number",
		`{"integer":9223372036854775808}`: "is damaged: the value of integer is no whole number",
		`{"integer":"1"}`:                 "is damaged: the value of integer is no whole number",
		`{"boolean":1}`:                   "is damaged: the value of boolean is neither",
		`{"float":"1"}`:                   "is damaged: the value of float is no finite number",
		`{"float":1e999}`:                 "is damaged: the value of float is no finite number",
		`{"date":"yesterday"}`:            "is damaged: the value of date is no date",
		`{"date":0}`:                      "is damaged: the value of date is no string",
	} {
		if got, err := decodeFields(text, allTypes()); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v, %v; want an error that says %q", text, got, err, says)
		}
	}
}

func BenchmarkFieldValues(b *testing.B) {
	s, row := tenFields()
	text := EncodeFields(row)
	b.Run("Encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			EncodeFields(row)
		}
	})
	b.Run("Answer", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if got, err := s.Answer(text); err != nil || got != row {
				b.Fatal(got, err)
			}
		}
	})
}
