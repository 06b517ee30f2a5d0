package membership_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster/membership"
)

func TestFieldsAreInTheOrderOfTheirSlugs(t *testing.T) {
	t.Parallel()
	value := func(slug, text string) membership.FieldValue {
		return membership.FieldValue{Slug: slug, Value: membership.StringValue(text)}
	}
	var many []membership.FieldValue
	for n := range 100 {
		many = append(many, value([]string{"c", "a", "b"}[n%3], strconv.Itoa(n)))
	}
	tests := []struct {
		name  string
		given []membership.FieldValue
		want  string
	}{
		{"none", nil, `{}`},
		{"the last of many counts", many, `{a: "97", b: "98", c: "99"}`},
		{"one", []membership.FieldValue{value("a", "1")}, `{a: "1"}`},
		{"in order", []membership.FieldValue{value("a", "1"), value("b", "2")}, `{a: "1", b: "2"}`},
		{"out of order", []membership.FieldValue{value("b", "2"), value("a", "1")}, `{a: "1", b: "2"}`},
		{"upper case first", []membership.FieldValue{value("a", "1"), value("B", "2")}, `{B: "2", a: "1"}`},
		{"the last of two counts", []membership.FieldValue{value("a", "1"), value("a", "2")}, `{a: "2"}`},
		{"the last of three counts, out of order",
			[]membership.FieldValue{value("b", "1"), value("a", "1"), value("b", "2"), value("b", "3")}, `{a: "1", b: "3"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			before := slices.Clone(test.given)
			got := membership.NewFields(test.given...)
			if got.String() != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if got.IsZero() != (got.Len() == 0) || got.IsZero() != (got == membership.Fields{}) {
				t.Errorf("%s: zero %t, %d values", got, got.IsZero(), got.Len())
			}
			if !slices.Equal(test.given, before) {
				t.Errorf("the caller's slice was changed: %v", test.given)
			}
		})
	}
}

func TestFieldsPrintForPeople(t *testing.T) {
	t.Parallel()
	got := fieldsOf(row{
		"boolean": membership.BooleanValue(true), "date": dated("2021-02-23"), "float": number("1.50"),
		"id": membership.IDValue(numbered(1)), "integer": membership.IntegerValue(-7), "null": {},
		"text": membership.StringValue("say \"hi\"\n"), "time": membership.TimeValue(ron.CreatedAt),
	}).String()
	want := `{boolean: true, date: 2021-02-23, float: 1.50, id: 00000000-0000-7000-8000-000000000001, integer: -7, null: null, ` +
		`text: "say \"hi\"\n", time: 2021-02-23T09:40:33.882Z}`
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestFieldsGiveTheirValuesAsGoHasThem(t *testing.T) {
	t.Parallel()
	f := full.Fields.With("null", membership.Value{})
	if got := f.Text("t"); got != "nurse" {
		t.Errorf("text: %q", got)
	}
	if got := f.Integer("i"); got != 42 {
		t.Errorf("integer: %d", got)
	}
	if got := f.Float("f"); got != 1.5 {
		t.Errorf("float: %v", got)
	}
	if got := f.Float("i"); got != 42 {
		t.Errorf("an integer as a float: %v", got)
	}
	if got := f.Boolean("b"); !got {
		t.Errorf("boolean: %t", got)
	}
	if got := f.Date("d"); got != at("2021-02-23T10:40:33Z") {
		t.Errorf("date: %v", got)
	}
	for _, slug := range []string{"null", "nothing"} {
		if f.Text(slug) != "" || f.Integer(slug) != 0 || f.Float(slug) != 0 || f.Boolean(slug) || !f.Date(slug).IsZero() {
			t.Errorf("%s has a value", slug)
		}
		if f.Value(slug) != (membership.Value{}) {
			t.Errorf("%s is %s", slug, f.Value(slug))
		}
	}
	if !f.Has("null") || f.Has("nothing") {
		t.Errorf("null: %t, nothing: %t", f.Has("null"), f.Has("nothing"))
	}
	if f.Integer("f") != 0 || f.Boolean("i") || f.Float("t") != 0 || !f.Date("t").IsZero() || f.Integer("b") != 0 {
		t.Errorf("a value of another type has become one: %s", f)
	}
}

func TestFieldsAreEqualWhenTheirSpellingsAre(t *testing.T) {
	t.Parallel()
	of := func(v membership.Value) membership.Fields { return fieldsOf(row{"a": v}) }
	tests := []struct {
		a, b membership.Fields
		want bool
	}{
		{membership.Fields{}, membership.NewFields(), true},
		{of(number("1")), of(membership.FloatValue(1)), true},
		{of(number("1")), of(number("1.0")), false},
		{of(number("0")), of(number("-0")), false},
		{of(number("1")), of(membership.IntegerValue(1)), false},
		{of(dated("2021-02-23")), of(dated("2021-02-23 00:00:00")), false},
		{of(membership.Value{}), membership.Fields{}, false},
		{of(membership.Value{}), of(membership.StringValue("")), false},
		{of(membership.StringValue("true")), of(membership.BooleanValue(true)), false},
		{fieldsOf(row{"ab": membership.StringValue("c")}), fieldsOf(row{"a": membership.StringValue("bc")}), false},
	}
	for _, test := range tests {
		if got := test.a == test.b; got != test.want {
			t.Errorf("%s == %s is %t", test.a, test.b, got)
		}
	}
}

// TestFieldsAreAMap does at random what can be done, beside a map. The slugs and the texts are the hardest to keep
// apart.
func TestFieldsAreAMap(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 8))
	slugs := []string{"a", "b", "A", "a-b", "_", "0", "", "\x00", "a\x00b", "\xff", "é", strings.Repeat("s", 200), strings.Repeat("s", 20_000)}
	texts := []string{"", "\x00", "\x00\x01a", "\xff\xfe", "a", "null", strings.Repeat("x", 127), strings.Repeat("x", 128), strings.Repeat("é", 9_000)}
	value := func() membership.Value {
		switch random.IntN(5) {
		case 0:
			return membership.Value{}
		case 1:
			return membership.StringValue(oneAtRandom(random, texts))
		case 2:
			return randomID(random)
		case 3:
			return membership.TimeValue(time.UnixMilli(random.Int64N(1 << 42)))
		}
		return randomOf(random, oneAtRandom(random, fieldOfEach).Type)
	}
	for range 500 {
		model := row{}
		var got membership.Fields
		for range random.IntN(20) {
			slug := oneAtRandom(random, slugs)
			before, kept := got, maps.Clone(model)
			if random.IntN(4) == 0 {
				got = got.Without(slug)
				delete(model, slug)
			} else {
				v := value()
				got = got.With(slug, v)
				model[slug] = v
			}
			if !maps.Equal(maps.Collect(before.All()), kept) {
				t.Fatalf("the values from before have changed")
			}
		}
		if !maps.Equal(maps.Collect(got.All()), model) {
			t.Fatalf("got %s, want %v", got, model)
		}
		if got.Len() != len(model) || got.IsZero() != (len(model) == 0) {
			t.Fatalf("%d values, zero %t, want %d", got.Len(), got.IsZero(), len(model))
		}
		var order []string
		for slug := range got.All() {
			order = append(order, slug)
		}
		if !slices.Equal(order, slices.Sorted(maps.Keys(model))) {
			t.Fatalf("in the order %q", order)
		}
		for _, slug := range slugs {
			v, has := model[slug]
			if got.Value(slug) != v || got.Has(slug) != has {
				t.Fatalf("%q is %q, there %t; want %q, %t", slug, got.Value(slug), got.Has(slug), v, has)
			}
		}
		if again := fieldsOf(model); again != got {
			t.Fatalf("made at once they are %s, one by one %s", again, got)
		}
	}
}

func TestAWalkOverFieldsCanEndEarly(t *testing.T) {
	t.Parallel()
	var first []string
	for slug := range full.Fields.All() {
		if first = append(first, slug); len(first) == 2 {
			break
		}
	}
	if want := []string{"b", "d"}; !slices.Equal(first, want) {
		t.Errorf("got %v, want %v", first, want)
	}
}

// TestATimeThatNobodyCanSpellIsNoNull has the times that fields refuse: kept among values, they must still be refused,
// and not clear.
func TestATimeThatNobodyCanSpellIsNoNull(t *testing.T) {
	t.Parallel()
	born := membership.NewSchema(membership.Flow{}, []membership.Field{{Slug: "born", Type: membership.TypeDate, Default: dated("2021-02-23")}})
	for _, year := range []int{-1, 0, 10_000, 290_000} {
		when := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
		for _, v := range []membership.Value{membership.DateValue(when), membership.TimeValue(when)} {
			given := fieldsOf(row{"born": v}).With("other", membership.Value{}).Without("other")
			if given.Value("born").Kind() != v.Kind() {
				t.Errorf("year %d became %q", year, given.Value("born"))
			}
			_, created := born.Complete(given)
			_, changed := born.Change(membership.Fields{}, given)
			for _, err := range []error{created, changed} {
				if err == nil || err.Error() != `invalid value "born": must be a time from year 1 to 9999` {
					t.Errorf("year %d: %v", year, err)
				}
			}
		}
	}
}
