package membership_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/roster-go/roster/membership"
)

// schemaOf is a schema whose fields have what the functions give them, called a, b and so on.
func schemaOf(fields ...membership.Field) membership.Schema {
	for i := range fields {
		if fields[i].Slug == "" {
			fields[i].Slug = string(rune('a' + i))
		}
		if fields[i].Type == "" {
			fields[i].Type = membership.TypeInteger
		}
	}
	return membership.NewSchema(membership.Flow{ID: flowID(1), Resource: membership.ResourceMember, Name: "People"}, fields)
}

func TestASchemaIsInOrder(t *testing.T) {
	t.Parallel()
	fields := []membership.Field{
		{Slug: "d", Order: 1}, {Slug: "c", Order: -1}, {Slug: "b", Disabled: true}, {Slug: "a", Order: 1}, {Slug: "e"}, {Slug: "B"},
	}
	slugs := func(fields []membership.Field) string {
		all := ""
		for _, f := range fields {
			all += f.Slug
		}
		return all
	}
	s := membership.NewSchema(membership.Flow{}, slices.Clone(fields))
	if got := slugs(s.Fields); got != "cBbead" {
		t.Errorf("by order and slug: %s", got)
	}
	if got := slugs(s.Enabled()); got != "Bacde" {
		t.Errorf("those enabled, by slug: %s", got)
	}
	for _, f := range fields {
		got, ok := s.Find(f.Slug)
		if ok != !f.Disabled || ok && !got.Equal(f) {
			t.Errorf("%s: %+v, %t", f.Slug, got, ok)
		}
	}
	if got, ok := s.Find("f"); ok {
		t.Errorf("found %+v", got)
	}
	disabled := membership.NewSchema(membership.Flow{Disabled: true}, fields)
	if _, ok := disabled.Find("a"); ok || len(disabled.Enabled()) != 0 || len(disabled.Fields) != len(fields) {
		t.Errorf("a disabled flow: %+v", disabled)
	}
}

func TestAClonedSchemaSharesNothing(t *testing.T) {
	t.Parallel()
	s := schemaOf(membership.Field{Enum: []membership.Value{membership.IntegerValue(1)}}, membership.Field{Order: -1})
	other := s.Clone()
	for i := range s.Fields {
		if !s.Fields[i].Equal(other.Fields[i]) || !s.Enabled()[i].Equal(other.Enabled()[i]) {
			t.Errorf("%+v is another than %+v", other.Fields[i], s.Fields[i])
		}
	}
	other.Fields[0].Slug = "z"
	other.Fields[1].Enum[0] = membership.IntegerValue(2)
	if s.Fields[0].Slug != "b" || s.Fields[1].Enum[0] != membership.IntegerValue(1) || s.Enabled()[0].Enum[0] != membership.IntegerValue(1) {
		t.Errorf("the first one has changed: %+v", s.Fields)
	}
}

func TestAFlowHasRoomForAHundredFields(t *testing.T) {
	t.Parallel()
	fields := make([]membership.Field, 100)
	if err := membership.NewSchema(membership.Flow{}, fields[:99]).CheckCount(); err != nil {
		t.Errorf("99: %v", err)
	}
	err := membership.NewSchema(membership.Flow{}, fields).CheckCount()
	if !errors.Is(err, membership.ErrTooManyFields) {
		t.Fatalf("100: %v", err)
	}
	if facts := factsOf(t, err); facts.Limit != 100 || facts.Used != 100 || facts.Detail != "a flow has at most 100" {
		t.Errorf("%+v", facts)
	}
}

// one and two are values that tests tell apart.
var one, two, null = membership.IntegerValue(1), membership.IntegerValue(2), membership.Value{}

func TestANewRowGetsWhatItIsGivenAndDefaults(t *testing.T) {
	t.Parallel()
	type field = membership.Field
	text := membership.StringValue
	tests := []struct {
		name   string
		schema membership.Schema
		given  row
		want   row
		faults []string
	}{
		{"no schema", membership.Schema{}, row{}, row{}, nil},
		{"no schema, a value", membership.Schema{}, row{"a": one}, nil, []string{
			`unknown custom field "a": define it first; nothing that is enabled has this slug`}},
		{"a value", schemaOf(field{}), row{"a": one}, row{"a": one}, nil},
		{"no value", schemaOf(field{}), row{}, row{"a": null}, nil},
		{"null", schemaOf(field{}), row{"a": null}, row{"a": null}, nil},
		{"a default", schemaOf(field{Default: two}), row{}, row{"a": two}, nil},
		{"another value than the default", schemaOf(field{Default: two}), row{"a": one}, row{"a": one}, nil},
		{"null instead of the default", schemaOf(field{Default: two}), row{"a": null}, row{"a": null}, nil},
		{"an initial value is not for new rows", schemaOf(field{Initial: two}), row{}, row{"a": null}, nil},
		{"a value of another kind", schemaOf(field{Type: membership.TypeFloat}, field{Type: membership.TypeDate}),
			row{"a": one, "b": text("2021-02-23")}, row{"a": number("1"), "b": dated("2021-02-23")}, nil},

		{"required, a value", schemaOf(field{Required: true}), row{"a": one}, row{"a": one}, nil},
		{"required, no value", schemaOf(field{Required: true}), row{}, nil, []string{`invalid value "a": is required and must not be null`}},
		{"required, null", schemaOf(field{Required: true}), row{"a": null}, nil, []string{`invalid value "a": is required and must not be null`}},
		{"required, no value, a default", schemaOf(field{Required: true, Default: two}), row{}, row{"a": two}, nil},
		{"required, null, a default", schemaOf(field{Required: true, Default: two}), row{"a": null}, row{"a": two}, nil},
		{"required, the empty text", schemaOf(field{Required: true, Type: membership.TypeString}), row{"a": text("")}, row{"a": text("")}, nil},

		{"nulls left out, no value", schemaOf(field{OmitNull: true}), row{}, row{}, nil},
		{"nulls left out, null", schemaOf(field{OmitNull: true, Default: two}), row{"a": null}, row{}, nil},
		{"nulls left out, a value", schemaOf(field{OmitNull: true}), row{"a": one}, row{"a": one}, nil},
		{"nulls left out, a default", schemaOf(field{OmitNull: true, Default: two}), row{}, row{"a": two}, nil},
		{"nulls left out, the empty text", schemaOf(field{OmitNull: true, Type: membership.TypeString}), row{"a": text("")}, row{"a": text("")}, nil},

		{"disabled, no value", schemaOf(field{Disabled: true, Required: true, Default: two}), row{}, row{}, nil},
		{"disabled, a value", schemaOf(field{Disabled: true}), row{"a": one}, nil, []string{
			`unknown custom field "a": define it first; nothing that is enabled has this slug`}},
		{"of a disabled flow", membership.NewSchema(membership.Flow{Disabled: true}, []field{{Slug: "a", Required: true}}), row{}, row{}, nil},

		{"every fault at once", schemaOf(field{Required: true}, field{Max: one}, field{Type: membership.TypeBoolean}, field{}),
			row{"b": two, "c": one, "x": null, "y": one, "d": one}, nil, []string{
				`unknown custom field "x": define it first; nothing that is enabled has this slug`,
				`unknown custom field "y": define it first; nothing that is enabled has this slug`,
				`invalid value "a": is required and must not be null`,
				`invalid value "b": must be at most 1`,
				`invalid field "c": must be true or false`,
			}},
		{"a long name that nothing has", schemaOf(), row{fmt.Sprintf("%0100d", 0): one}, nil, []string{
			fmt.Sprintf(`unknown custom field "%060d...": define it first; nothing that is enabled has this slug`, 0)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := test.schema.Complete(fieldsOf(test.given))
			if faults := lines(err); !slices.Equal(faults, test.faults) {
				t.Errorf("got %q\nwant %q", faults, test.faults)
			}
			if want := fieldsOf(test.want); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestAnUpdateChecksWhatItChanges(t *testing.T) {
	t.Parallel()
	type field = membership.Field
	text := membership.StringValue
	tests := []struct {
		name       string
		schema     membership.Schema
		old, given row
		want       row
		faults     []string
	}{
		{"nothing", schemaOf(field{}), row{"a": one}, row{}, row{"a": one}, nil},
		{"a value", schemaOf(field{}, field{}), row{"a": one, "b": one}, row{"a": two}, row{"a": two, "b": one}, nil},
		{"null", schemaOf(field{}), row{"a": one}, row{"a": null}, row{"a": null}, nil},
		{"null, which has a default", schemaOf(field{Default: two}), row{"a": one}, row{"a": null}, row{"a": null}, nil},
		{"null, where nulls are left out", schemaOf(field{OmitNull: true}), row{"a": one}, row{"a": null}, row{}, nil},
		{"null, where there is none", schemaOf(field{OmitNull: true}), row{}, row{"a": null}, row{}, nil},
		{"a value, where there was none", schemaOf(field{OmitNull: true}), row{}, row{"a": one}, row{"a": one}, nil},
		{"null, required", schemaOf(field{Required: true}), row{"a": one}, row{"a": null}, nil, []string{
			`invalid value "a": is required and must not be null`}},
		{"null, required and with a default", schemaOf(field{Required: true, Default: two}), row{"a": one}, row{"a": null}, nil, []string{
			`invalid value "a": is required and must not be null`}},
		{"null as before, required by now", schemaOf(field{Required: true}, field{}), row{"a": null, "b": one}, row{"a": null, "b": two},
			row{"a": null, "b": two}, nil},
		{"a value as before, against a newer rule", schemaOf(field{Max: one}), row{"a": two}, row{"a": two}, row{"a": two}, nil},
		{"another one, against a newer rule", schemaOf(field{Max: one}), row{"a": two}, row{"a": membership.IntegerValue(3)}, nil, []string{
			`invalid value "a": must be at most 1`}},
		{"another one than that which breaks a newer rule", schemaOf(field{Max: one}, field{}), row{"a": two, "b": one}, row{"b": two},
			row{"a": two, "b": two}, nil},
		{"a value as before, of another kind", schemaOf(field{Type: membership.TypeDate, Min: dated("2022-01-01")}), row{"a": dated("2021-02-23")},
			row{"a": text("2021-02-23")}, row{"a": dated("2021-02-23")}, nil},
		{"another spelling", schemaOf(field{Type: membership.TypeFloat}), row{"a": number("1")}, row{"a": number("1.0")}, row{"a": number("1.0")}, nil},
		{"another spelling, against a newer rule", schemaOf(field{Type: membership.TypeFloat, Min: number("2")}), row{"a": number("1")},
			row{"a": number("1.0")}, nil, []string{`invalid value "a": must be at least 2`}},
		{"another JSON type", schemaOf(field{}), row{"a": one}, row{"a": text("1")}, nil, []string{
			`invalid field "a": must be a whole number from -9223372036854775808 to 9223372036854775807, without fraction or exponent`}},
		{"disabled", schemaOf(field{Disabled: true}, field{}), row{"b": one}, row{"a": one}, nil, []string{
			`unknown custom field "a": define it first; nothing that is enabled has this slug`}},
		{"every fault at once", schemaOf(field{Required: true}, field{Max: one}), row{"a": one, "b": one}, row{"a": null, "b": two, "c": null}, nil,
			[]string{
				`unknown custom field "c": define it first; nothing that is enabled has this slug`,
				`invalid value "a": is required and must not be null`,
				`invalid value "b": must be at most 1`,
			}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := test.schema.Change(fieldsOf(test.old), fieldsOf(test.given))
			if faults := lines(err); !slices.Equal(faults, test.faults) {
				t.Errorf("got %q\nwant %q", faults, test.faults)
			}
			if want := fieldsOf(test.want); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestARowAnswersWithWhatIsStoredOrWasThereAtFirst(t *testing.T) {
	t.Parallel()
	type field = membership.Field
	tests := []struct {
		name         string
		schema       membership.Schema
		stored, want row
	}{
		{"no schema", membership.Schema{}, row{}, row{}},
		{"no schema any more", membership.Schema{}, row{"a": one}, row{}},
		{"a value", schemaOf(field{}), row{"a": one}, row{"a": one}},
		{"none", schemaOf(field{Default: two}), row{}, row{"a": null}},
		{"none, where nulls are left out", schemaOf(field{OmitNull: true}), row{}, row{}},
		{"none, from before", schemaOf(field{Initial: two}), row{}, row{"a": two}},
		{"none, from before, where nulls are left out", schemaOf(field{Initial: two, OmitNull: true}), row{}, row{"a": two}},
		{"null, which was set", schemaOf(field{Initial: two}), row{"a": null}, row{"a": null}},
		{"null, which was set, where nulls are left out", schemaOf(field{Initial: two, OmitNull: true}), row{"a": null}, row{}},
		{"a value of a disabled field", schemaOf(field{Disabled: true, Initial: two}), row{"a": one}, row{}},
		{"between others", schemaOf(field{Disabled: true}, field{Initial: two}, field{}, field{OmitNull: true}, field{Disabled: true}),
			row{"a": one, "c": one, "e": one}, row{"b": two, "c": one}},
		{"behind the last", schemaOf(field{}, field{Initial: two}), row{"a": one}, row{"a": one, "b": two}},
		{"before the first", schemaOf(field{Initial: two}, field{}), row{"b": one}, row{"a": two, "b": one}},
		{"of a disabled flow", membership.NewSchema(membership.Flow{Disabled: true}, []field{{Slug: "a", Initial: two}}), row{"a": one}, row{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got, want := test.schema.Resolve(fieldsOf(test.stored)), fieldsOf(test.want); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestWhatIsHiddenIsWhatDisabledFieldsHaveKept(t *testing.T) {
	t.Parallel()
	number := membership.IntegerValue
	stored := membership.NewFields(membership.FieldValue{Slug: "a", Value: number(1)}, membership.FieldValue{Slug: "b"},
		membership.FieldValue{Slug: "c", Value: number(3)})
	fields := func(disabled ...bool) []membership.Field {
		var all []membership.Field
		for i, is := range disabled {
			all = append(all, membership.Field{Slug: string(rune('a' + i)), Type: membership.TypeInteger, Disabled: is})
		}
		return all
	}
	for want, s := range map[string]membership.Schema{
		"{}":                    schemaOf(fields(false, false, false, true)...),
		"{a: 1, b: null}":       schemaOf(fields(true, true, false, true)...),
		"{c: 3}":                schemaOf(fields(false, false, true)...),
		"{a: 1, b: null, c: 3}": membership.NewSchema(membership.Flow{Disabled: true}, fields(false, true, false)),
	} {
		if got := s.Hidden(stored); got.String() != want {
			t.Errorf("got %v, want %s", got, want)
		}
	}
}

func TestWhatIsStoredSaysNoMoreThanItMust(t *testing.T) {
	t.Parallel()
	type field = membership.Field
	tests := []struct {
		name              string
		schema            membership.Schema
		stored, row, want row
	}{
		{"no schema", membership.Schema{}, row{}, row{}, row{}},
		{"a value", schemaOf(field{}), row{}, row{"a": one}, row{"a": one}},
		{"another value", schemaOf(field{}), row{"a": two}, row{"a": one}, row{"a": one}},
		{"null", schemaOf(field{}), row{"a": one}, row{"a": null}, row{}},
		{"nothing", schemaOf(field{OmitNull: true}), row{"a": one}, row{}, row{}},
		{"null instead of an initial value", schemaOf(field{Initial: two}), row{}, row{"a": null}, row{"a": null}},
		{"nothing instead of an initial value", schemaOf(field{Initial: two, OmitNull: true}), row{}, row{}, row{"a": null}},
		{"an initial value", schemaOf(field{Initial: two}), row{}, row{"a": two}, row{"a": two}},
		{"the value of a disabled field", schemaOf(field{Disabled: true}, field{}), row{"a": one}, row{"b": two}, row{"a": one, "b": two}},
		{"null of a disabled field", schemaOf(field{Disabled: true, Initial: two}), row{"a": null}, row{}, row{"a": null}},
		{"the values of a disabled flow", membership.NewSchema(membership.Flow{Disabled: true}, []field{{Slug: "a"}, {Slug: "b"}}),
			row{"a": one, "b": null}, row{}, row{"a": one, "b": null}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got, want := test.schema.Keep(fieldsOf(test.stored), fieldsOf(test.row)), fieldsOf(test.want); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// randomSchema has some of the fields a to h, with anything that can be said about them.
func randomSchema(random *rand.Rand) membership.Schema {
	maybe := func() bool { return random.IntN(3) == 0 }
	var fields []membership.Field
	for slug := 'a'; slug <= 'h'; slug++ {
		if maybe() {
			continue
		}
		f := membership.Field{
			Resource: membership.ResourceMember, Slug: string(slug), Name: "A field", Type: oneAtRandom(random, fieldOfEach).Type,
			Required: maybe(), Disabled: maybe(), OmitNull: maybe(), Order: random.IntN(3),
		}
		if maybe() && f.Type != membership.TypeBoolean {
			f.Enum = []membership.Value{randomOf(random, f.Type), randomOf(random, f.Type)}
		}
		if maybe() {
			f.Default = randomOf(random, f.Type)
			if f.Enum != nil {
				f.Default = f.Enum[1]
			}
		}
		if maybe() {
			f.Initial = randomOf(random, f.Type)
		}
		fields = append(fields, f)
	}
	flow := membership.NewFlow(membership.ResourceMember)
	flow.Disabled = random.IntN(8) == 0
	return membership.NewSchema(flow, fields)
}

// randomRow has values for some of the schema's fields, which are right but for those of rules.
func randomRow(random *rand.Rand, fields []membership.Field) row {
	values := row{}
	for _, f := range fields {
		switch random.IntN(4) {
		case 0:
		case 1:
			values[f.Slug] = null
		default:
			values[f.Slug] = randomOf(random, f.Type)
			if f.Enum != nil && random.IntN(8) > 0 {
				values[f.Slug] = oneAtRandom(random, f.Enum)
			}
		}
	}
	return values
}

// answered is what a row answers with, said plainly.
func answered(s membership.Schema, stored row) membership.Fields {
	answer := row{}
	for _, f := range s.Fields {
		if f.Disabled || s.Flow.Disabled {
			continue
		}
		v, has := stored[f.Slug]
		if !has {
			v = f.Initial
		}
		if v != null || !f.OmitNull {
			answer[f.Slug] = v
		}
	}
	return fieldsOf(answer)
}

// TestWhatWasWrittenIsReadBack goes the way of a value, from what is given to what a row answers, with random schemas.
func TestWhatWasWrittenIsReadBack(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(9, 10))
	created, changed := 0, 0
	for range 4_000 {
		s := randomSchema(random)
		was := randomRow(random, s.Fields)
		stored := fieldsOf(was)
		before := s.Resolve(stored)
		if want := answered(s, was); before != want {
			t.Fatalf("%s answers %s, want %s, with %+v", stored, before, want, s)
		}
		check := func(how string, stored, row membership.Fields) {
			t.Helper()
			kept := s.Keep(stored, row)
			if got := s.Resolve(kept); got != row {
				t.Fatalf("%s: %s was kept as %s, beside %s, and answers %s, with %+v", how, row, kept, stored, got, s)
			}
			if again := s.Keep(kept, row); again != kept {
				t.Fatalf("%s: kept again it is %s, not %s", how, again, kept)
			}
			for _, f := range s.Fields {
				if _, enabled := s.Find(f.Slug); enabled {
					continue
				}
				if kept.Has(f.Slug) != stored.Has(f.Slug) || kept.Value(f.Slug) != stored.Value(f.Slug) {
					t.Fatalf("%s: %s is disabled and was %s, now %s", how, f.Slug, stored, kept)
				}
			}
		}
		check("unchanged", stored, before)
		given := randomRow(random, s.Enabled())
		if row, err := s.Complete(fieldsOf(given)); err == nil {
			created++
			check("new", membership.Fields{}, row)
			for slug, v := range given {
				if f, _ := s.Find(slug); row.Value(slug) != v && !(v == null && f.Required) {
					t.Fatalf("%s was given %s and got %s", slug, v, row)
				}
			}
		}
		if row, err := s.Change(before, fieldsOf(given)); err == nil {
			changed++
			check("changed", stored, row)
			for _, f := range s.Enabled() {
				want, named := given[f.Slug]
				if !named {
					want = before.Value(f.Slug)
				}
				if row.Value(f.Slug) != want {
					t.Fatalf("%s was to become %s and is %s", f.Slug, want, row)
				}
			}
		}
		if row, err := s.Change(before, before); err != nil || row != before {
			t.Fatalf("a row was given what it has: %s became %s, %v", before, row, err)
		}
	}
	if created < 200 || changed < 200 {
		t.Errorf("too few were right to learn from: %d, %d", created, changed)
	}
}
