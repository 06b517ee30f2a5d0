package membership_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/roster-go/roster/membership"
)

// fromJSON is a JSON scalar as a value, as whoever reads a body makes it; ok is false for what is none.
func fromJSON(text string) (v membership.Value, ok bool) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var decoded any
	if !json.Valid([]byte(text)) || decoder.Decode(&decoded) != nil {
		return v, false
	}
	switch decoded := decoded.(type) {
	case nil:
		return membership.Value{}, true
	case bool:
		return membership.BooleanValue(decoded), true
	case string:
		return membership.StringValue(decoded), true
	case json.Number:
		return membership.NumberValue(decoded.String()), true
	}
	return v, false
}

// FuzzFieldValue sends what JSON can say through fields of every type: what is taken comes back as it was, numbers byte
// for byte, and is taken again.
func FuzzFieldValue(f *testing.F) {
	for _, seed := range []string{
		`null`, `true`, `false`, `0`, `-0`, `1`, `1.0`, `-1.50e+3`, `9223372036854775807`, `9223372036854775808`, `1e308`, `1e309`, `5e-324`, `1e-999`,
		`0.1000000000000000055511151231257827`, `""`, `"a"`, `"\u0000"`, `"\ud800"`, `"é"`, `"2021-02-23"`, `"2021-02-23 10:40:33"`,
		`"2021-02-23T10:40:33.882+01:00"`, `"2021-02-23T9:40:33Z"`, `"2021-02-29"`, `"ron@example.com"`, `[]`, `{}`, ``,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		given, ok := fromJSON(text)
		if !ok {
			return
		}
		for _, field := range fieldOfEach {
			taken, err := field.Check(given)
			if err != nil {
				if faults := membership.Faults(err); len(faults) != 1 || faults[0].Field != field.Slug || faults[0].Detail == "" {
					t.Fatalf("%s refuses %q: %v", field.Type, text, err)
				}
				continue
			}
			if taken.String() != given.String() || (taken.Kind() == membership.KindNull) != (given.Kind() == membership.KindNull) {
				t.Fatalf("%s takes %q for %q", field.Type, text, taken)
			}
			numeric := given.Kind() == membership.KindInteger || given.Kind() == membership.KindFloat
			if spelt := strings.Trim(text, " \t\r\n"); numeric && taken.String() != spelt {
				t.Fatalf("%s takes %q for %q", field.Type, spelt, taken)
			}
			back := fieldsOf(row{field.Slug: taken}).Value(field.Slug)
			if back != taken || back.Compare(taken) != 0 {
				t.Fatalf("%s took %q, which comes back as %q", field.Type, taken, back)
			}
			if again, err := field.Check(back); err != nil || again != taken {
				t.Fatalf("%s took %q, and then %q, %v", field.Type, taken, again, err)
			}
			if taken.Kind() == membership.KindNull {
				continue
			}
			// A filter for the value finds it, unless its text would be too long.
			filter := membership.All(membership.Eq(membership.Attribute(field.Slug), taken))
			checkRoundTrip(t, membership.ResourceMember, filter, fieldOfEach...)
			if !filter.Match(membership.Member{Fields: fieldsOf(row{field.Slug: taken})}) {
				t.Fatalf("%s does not find it", filter)
			}
		}
	})
}
