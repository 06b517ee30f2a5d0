package membership_test

import (
	"cmp"
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster/membership"
)

func TestAFieldsValueKnowsWhatItIs(t *testing.T) {
	t.Parallel()
	day := at("2021-02-23T00:00:00Z")
	tests := []struct {
		name    string
		value   membership.Value
		kind    membership.Kind
		text    string
		spelt   string
		float   float64
		boolean bool
		time    time.Time
	}{
		{name: "null", value: membership.Value{}, kind: membership.KindNull},
		{name: "the empty text is none the less one", value: membership.StringValue(""), kind: membership.KindText},
		{name: "text", value: membership.StringValue("1"), kind: membership.KindText, text: "1", spelt: "1"},
		{name: "zero", value: membership.IntegerValue(0), kind: membership.KindInteger, spelt: "0"},
		{name: "integer", value: membership.IntegerValue(-42), kind: membership.KindInteger, spelt: "-42", float: -42},
		{name: "the smallest integer", value: membership.IntegerValue(math.MinInt64), kind: membership.KindInteger,
			spelt: "-9223372036854775808", float: math.MinInt64},
		{name: "true", value: membership.BooleanValue(true), kind: membership.KindBoolean, spelt: "true", boolean: true},
		{name: "false", value: membership.BooleanValue(false), kind: membership.KindBoolean, spelt: "false"},
		{name: "float", value: membership.FloatValue(0.1), kind: membership.KindFloat, text: "0.1", spelt: "0.1", float: 0.1},
		{name: "a whole float", value: membership.FloatValue(3), kind: membership.KindFloat, text: "3", spelt: "3", float: 3},
		{name: "minus zero", value: membership.FloatValue(math.Copysign(0, -1)), kind: membership.KindFloat, text: "-0", spelt: "-0"},
		{name: "a big float", value: membership.FloatValue(1e20), kind: membership.KindFloat,
			text: "100000000000000000000", spelt: "100000000000000000000", float: 1e20},
		{name: "a bigger float", value: membership.FloatValue(1e21), kind: membership.KindFloat, text: "1e+21", spelt: "1e+21", float: 1e21},
		{name: "a small float", value: membership.FloatValue(-1e-6), kind: membership.KindFloat,
			text: "-0.000001", spelt: "-0.000001", float: -1e-6},
		{name: "a smaller float", value: membership.FloatValue(1e-7), kind: membership.KindFloat, text: "1e-07", spelt: "1e-07", float: 1e-7},
		{name: "the smallest float", value: membership.FloatValue(5e-324), kind: membership.KindFloat,
			text: "5e-324", spelt: "5e-324", float: 5e-324},
		{name: "a number as it was spelt", value: membership.NumberValue("1.50E+1"), kind: membership.KindFloat,
			text: "1.50E+1", spelt: "1.50E+1", float: 15},
		{name: "a number that is whole", value: membership.NumberValue("15"), kind: membership.KindInteger, spelt: "15", float: 15},
		{name: "a number that is too big", value: membership.NumberValue("1e400"), kind: membership.KindFloat,
			text: "1e400", spelt: "1e400", float: math.Inf(1)},
		{name: "date", value: membership.DateValue(at("2021-02-23T10:40:33.882999+01:00")), kind: membership.KindDate,
			text: "2021-02-23T09:40:33.882Z", spelt: "2021-02-23T09:40:33.882Z", time: at("2021-02-23T09:40:33.882Z")},
		{name: "a date as it was spelt", value: dated("2021-02-23"), kind: membership.KindDate,
			text: "2021-02-23", spelt: "2021-02-23", time: day},
		{name: "time", value: membership.TimeValue(day), kind: membership.KindTime, spelt: "2021-02-23T00:00:00.000Z", time: day},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			v := test.value
			if v.Kind() != test.kind || v.Text() != test.text || v.String() != test.spelt {
				t.Errorf("kind %d, text %q, spelt %q", v.Kind(), v.Text(), v)
			}
			if v.Float() != test.float || v.Boolean() != test.boolean || v.Time() != test.time {
				t.Errorf("float %v, boolean %t, time %v", v.Float(), v.Boolean(), v.Time())
			}
		})
	}
}

// TestNumbersThatMeanTheSameAreEqual goes through every pair of groups that are in order. Within a group the numbers
// mean the same, though they are spelt differently.
func TestNumbersThatMeanTheSameAreEqual(t *testing.T) {
	t.Parallel()
	groups := [][]string{
		{"-1.7976931348623157e308", "-17976931348623157e292"},
		{"-1e308"},
		{"-9007199254740994"},
		{"-9007199254740993", "-9007199254740992"}, // no float is between them
		{"-1.0000000000000002"},
		{"-1", "-1.0", "-10e-1", "-1E0"},
		{"-2.2250738585072014e-308"}, // the smallest normal one
		{"-2.225073858507201e-308"},  // the largest subnormal one
		{"-5e-324", "-4.9e-324"},
		{"0", "-0", "0.0", "-0.0", "0e5", "1e-400", "-1e-400"},
		{"5e-324", "4.9e-324"},
		{"2.225073858507201e-308"},
		{"2.2250738585072014e-308"},
		{"0.1", "0.10", "1e-1", "0.1000000000000000055511151231257827"},
		{"1", "1.0", "10e-1", "1E0", "1e+0"},
		{"1.0000000000000002"},
		{"9007199254740992", "9007199254740993"},
		{"9007199254740994"},
		{"1e308"},
		{"1.7976931348623157e308", "17976931348623157e292"},
	}
	for i, group := range groups {
		for j, other := range groups {
			for _, a := range group {
				for _, b := range other {
					if got, want := number(a).Compare(number(b)), cmp.Compare(i, j); got != want {
						t.Errorf("%s against %s is %d, want %d", a, b, got, want)
					}
					if got, want := number(a) == number(b), a == b; got != want {
						t.Errorf("%s == %s is %t, want %t", a, b, got, want)
					}
				}
			}
		}
	}
}

// TestFloatsAreOrderedAsFloatsAre compares floats of random bits, and those next to each other.
func TestFloatsAreOrderedAsFloatsAre(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	special := []float64{
		0, math.Copysign(0, -1), 5e-324, -5e-324, math.MaxFloat64, -math.MaxFloat64, math.Inf(1), math.Inf(-1), 1, -1,
		0x1p-1022, -0x1p-1022,
	}
	for range 50_000 {
		a := randomFloat(random)
		b := oneAtRandom(random, append(special, randomFloat(random), -a, math.Nextafter(a, math.Inf(1))))
		v, w := membership.FloatValue(a), membership.FloatValue(b)
		if got, want := v.Compare(w), cmp.Compare(a, b); got != want {
			t.Fatalf("%v against %v is %d, want %d", a, b, got, want)
		}
		if got, want := cmp.Compare(v.Number(), w.Number()), cmp.Compare(a, b); got != want {
			t.Fatalf("the numbers of %v and %v compare as %d, want %d", a, b, got, want)
		}
		if math.Float64bits(v.Float()) != math.Float64bits(a) {
			t.Fatalf("%v came back as %v", a, v.Float())
		}
		if !json.Valid([]byte(v.Text())) || membership.NumberValue(v.Text()).Float() != a {
			t.Fatalf("%v is spelt %s", a, v.Text())
		}
	}
}

func TestNoFieldTakesWhatIsNoFiniteNumber(t *testing.T) {
	t.Parallel()
	negative := math.Float64frombits(math.Float64bits(math.NaN()) | 1<<63)
	for _, f := range []float64{math.NaN(), negative, math.Inf(1), math.Inf(-1)} {
		for _, v := range []membership.Value{
			membership.FloatValue(f), fieldsOf(row{"f": membership.FloatValue(f)}).Value("f"),
		} {
			if _, err := (membership.Field{Slug: "f", Type: membership.TypeFloat}).Check(v); err == nil {
				t.Errorf("%v is taken", v)
			}
		}
	}
}

// checkNumber compares what is a number here with what JSON says, and what becomes of it.
func checkNumber(t *testing.T, s string) {
	t.Helper()
	parsed, _ := strconv.ParseFloat(s, 64)
	isJSON := json.Valid([]byte(s)) && strings.Trim(s, "+-.0123456789eE") == "" // JSON allows blanks around it
	isFloat := isJSON && !math.IsInf(parsed, 0) && len(s) <= 64
	whole, err := strconv.ParseInt(s, 10, 64)
	isInteger := isJSON && err == nil && s != "-0"

	v := membership.NumberValue(s)
	if got := v.Kind() == membership.KindInteger; got != isInteger || got && v != membership.IntegerValue(whole) {
		t.Fatalf("%q is the integer %s: %t, want %t", s, v, got, isInteger)
	}
	asInteger, err := membership.Field{Type: membership.TypeInteger}.Check(v)
	if got := err == nil; got != isInteger || got && asInteger.String() != s {
		t.Fatalf("an integer field took %q: %t, as %s", s, got, asInteger)
	}
	asFloat, err := membership.Field{Type: membership.TypeFloat}.Check(v)
	if got := err == nil; got != isFloat || got && (asFloat.Text() != s || asFloat.Float() != parsed) {
		t.Fatalf("a float field took %q: %t, as %s, %v", s, got, asFloat, err)
	}
}

func TestANumberIsWhatJSONCallsOne(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"0", "-0", "1", "-1", "10", "1.5", "-1.5", "0.0", "1e5", "1E5", "1e+5", "1e-5", "1.5e05", "0e0", "-0e-0",
		"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "1e308", "1e309", "-1e309",
		"1e-324", "1e99999999999", strings.Repeat("1", 64), strings.Repeat("1", 65), "0." + strings.Repeat("3", 62), "0." + strings.Repeat("3", 63),

		"", " ", "-", "+", ".", "e", "1.", ".5", "-.5", "01", "00", "-01", "+1", "1e", "1e+", "1.e5", "1e5.0", "1.5.5", "--1", "1-", "1 ", " 1",
		"0x10", "0x1p4", "0b1", "0o7", "1_000", "1,5", "Inf", "+Inf", "-inf", "infinity", "NaN", "nan", "true", "null", `"1"`, "[1]", "١", "1\x00",
	} {
		checkNumber(t, s)
	}
	random := rand.New(rand.NewPCG(3, 4))
	const alphabet = "0123456789+-.eE_xpaInfN \n"
	for range 50_000 {
		s := make([]byte, random.IntN(8))
		for i := range s {
			s[i] = alphabet[random.IntN(len(alphabet))]
			if random.IntN(2) == 0 {
				s[i] = alphabet[random.IntN(15)] // of those that numbers are made of
			}
		}
		checkNumber(t, string(s))
	}
}

func TestADateHasThreeForms(t *testing.T) {
	t.Parallel()
	tests := []struct {
		spelt string
		want  string // as a time in UTC; empty where it is no date
	}{
		{"2021-02-23", "2021-02-23T00:00:00Z"},
		{"0001-01-01", "0001-01-01T00:00:00Z"},
		{"9999-12-31", "9999-12-31T00:00:00Z"},
		{"2020-02-29", "2020-02-29T00:00:00Z"},
		{"2000-02-29", "2000-02-29T00:00:00Z"},
		{"2021-02-23 10:40:33", "2021-02-23T10:40:33Z"},
		{"0001-01-01 00:00:00", "0001-01-01T00:00:00Z"},
		{"9999-12-31 23:59:59", "9999-12-31T23:59:59Z"},
		{"2021-02-23T10:40:33Z", "2021-02-23T10:40:33Z"},
		{"2021-02-23T10:40:33+00:00", "2021-02-23T10:40:33Z"},
		{"2021-02-23T10:40:33-00:00", "2021-02-23T10:40:33Z"},
		{"2021-02-23T10:40:33+01:00", "2021-02-23T09:40:33Z"},
		{"2021-02-23T10:40:33-05:30", "2021-02-23T16:10:33Z"},
		{"2021-02-23T10:40:33+23:59", "2021-02-22T10:41:33Z"},
		{"2021-02-23T10:40:33.8Z", "2021-02-23T10:40:33.8Z"},
		{"2021-02-23T10:40:33.882999999Z", "2021-02-23T10:40:33.882Z"},
		{"2021-02-23T10:40:33.8829999999999+01:00", "2021-02-23T09:40:33.882Z"},
		{"1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z"},
		{"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999Z"},
		{"2021-02-23T00:00:00." + strings.Repeat("0", 43) + "Z", "2021-02-23T00:00:00Z"},

		{"2021-02-23T00:00:00." + strings.Repeat("0", 44) + "Z", ""}, // too long
		{"2021-02-29", ""},          // no leap year
		{"1900-02-29", ""},          // no leap year either
		{"2021-02-30", ""},          // not even then
		{"2021-04-31", ""},          // April has 30
		{"2021-13-01", ""},          // no month
		{"2021-00-01", ""},          // no month
		{"2021-01-00", ""},          // no day
		{"2021-01-32", ""},          // no day
		{"2021-02-29 00:00:00", ""}, // the same with a time
		{"2021-02-29T00:00:00Z", ""},
		{"2021-02-23 24:00:00", ""},
		{"2021-02-23 23:60:00", ""},
		{"2021-02-23 23:59:60", ""}, // no leap seconds
		{"2021-02-23T24:00:00Z", ""},
		{"2021-02-23T23:59:60Z", ""},
		{"0000-01-01", ""}, // year 0
		{"0000-12-31T23:59:59Z", ""},
		{"0001-01-01T00:00:00+00:01", ""}, // year 0 in UTC
		{"9999-12-31T23:59:59-00:01", ""}, // year 10000 in UTC
		{"10000-01-01", ""},
		{"10000-01-01T00:00:00Z", ""},
		{"-001-01-01", ""},

		{"", ""},
		{"today", ""},
		{"2021", ""},
		{"2021-02", ""},
		{"2021-2-3", ""},
		{"21-02-2021", ""},
		{"02/23/2021", ""},
		{"2021/02/23", ""},
		{"20210223", ""},
		{"2021-W08-2", ""},
		{" 2021-02-23", ""},
		{"2021-02-23 ", ""},
		{"2021-02-23Z", ""},
		{"1614073233882", ""},
		{"2021-02-23 10:40", ""},
		{"2021-02-23 9:40:33", ""},
		{"2021-02-23 9:40:33.", ""},
		{"2021-02-23 10:40:33Z", ""},
		{"2021-02-23 10:40:33.5", ""},
		{"2021-02-23 10:40:33+01:00", ""},
		{"2021-02-23  10:40:33", ""},
		{"2021-02-23t10:40:33Z", ""},
		{"2021-02-23T10:40:33z", ""},
		{"2021-02-23T10:40:33", ""},
		{"2021-02-23T10:40Z", ""},
		{"2021-02-23T104033Z", ""},
		{"2021-02-23T10:40:33.Z", ""},
		{"2021-02-23T10:40:33+0100", ""},
		{"2021-02-23T10:40:33+01", ""},
		{"2021-02-23T10:40:33 +01:00", ""},
		{"2021-02-23T10:40:33Z ", ""},
		{"2021-02-23T10:40:33CET", ""},
		{"2021-02-23T9:40:33Z", ""}, // what follows is read by time.Parse and is no RFC 3339
		{"2021-02-23T9:40:33.5Z", ""},
		{"2021-02-23T9:40:33+01:00", ""},
		{"2021-02-23T10:40:33,882Z", ""},
		{"2021-02-23T10:40:33,882+01:00", ""},
		{"2021-02-23T10:40:33+24:00", ""},
		{"2021-02-23T10:40:33-24:00", ""},
		{"2021-02-23T10:40:33+01:60", ""},
		{"2021-02-23T10:40:33+99:99", ""},
	}
	for _, test := range tests {
		v, ok := membership.ParseDate(test.spelt)
		if ok != (test.want != "") {
			t.Errorf("%q is a date: %t", test.spelt, ok)
		}
		if !ok {
			if v != (membership.Value{}) {
				t.Errorf("%q is none, and became %s", test.spelt, v)
			}
			continue
		}
		if want := at(test.want); v.Time() != want || v.Number() != want.UnixMilli() || v.Text() != test.spelt {
			t.Errorf("%q became %v, spelt %q", test.spelt, v.Time(), v.Text())
		}
	}
}

// TestDatesAreComparedInWholeMilliseconds goes through every pair of groups that are in order.
func TestDatesAreComparedInWholeMilliseconds(t *testing.T) {
	t.Parallel()
	groups := [][]membership.Value{
		{dated("0001-01-01"), dated("0001-01-01T01:00:00+01:00")},
		{dated("1969-12-31T23:59:59.999Z")},
		{dated("1970-01-01"), membership.DateValue(time.UnixMilli(0))},
		{dated("2021-02-23"), dated("2021-02-23 00:00:00"), dated("2021-02-23T00:00:00Z"), dated("2021-02-23T00:00:00.0009Z"),
			dated("2021-02-22T23:00:00-01:00"), membership.DateValue(at("2021-02-23T00:00:00Z"))},
		{dated("2021-02-23T00:00:00.001Z")},
		{dated("9999-12-31T23:59:59.999Z")},
	}
	for i, group := range groups {
		for j, other := range groups {
			for _, a := range group {
				for _, b := range other {
					if got, want := a.Compare(b), cmp.Compare(i, j); got != want {
						t.Errorf("%s against %s is %d, want %d", a, b, got, want)
					}
					if got, want := a == b, a.Text() == b.Text(); got != want {
						t.Errorf("%s == %s is %t", a, b, got)
					}
				}
			}
		}
	}
}

func TestValuesOfOneFieldAreOrderedAndNullComesFirst(t *testing.T) {
	t.Parallel()
	for name, ordered := range map[string][]membership.Value{
		"texts": {{}, membership.StringValue(""), membership.StringValue("\x01"), membership.StringValue("A"), membership.StringValue("a")},
		"integers": {{}, membership.IntegerValue(math.MinInt64), membership.IntegerValue(-1), membership.IntegerValue(0),
			membership.IntegerValue(9), membership.IntegerValue(10), membership.IntegerValue(math.MaxInt64)},
		"booleans": {{}, membership.BooleanValue(false), membership.BooleanValue(true)},
		"floats":   {{}, number("-9"), number("-8.5"), number("0"), number("8.5"), number("10")},
		"dates":    {{}, dated("1969-01-01"), dated("1970-01-01"), dated("2021-01-01")},
	} {
		turned := slices.Clone(ordered)
		slices.Reverse(turned)
		slices.SortFunc(turned, membership.Value.Compare)
		if !slices.Equal(turned, ordered) {
			t.Errorf("%s: sorted %v, want %v", name, turned, ordered)
		}
	}
}
