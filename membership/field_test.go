package membership_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/roster-go/roster/membership"
)

// lines are what an error says, fault by fault.
func lines(err error) []string {
	if err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}

func TestASlugIsNothingThatTheResourceItselfUses(t *testing.T) {
	t.Parallel()
	const account, member, ms = membership.ResourceAccount, membership.ResourceMember, membership.ResourceMembership
	// What each resource shows of itself or can be filtered by.
	own := map[membership.Resource]string{
		account: "id type name legal_name registration_id external_ref parent_id meta links relationships parent ancestors " +
			"account_tags created_at updated_at",
		member: "id type name email given_name middle_name family_name meta links relationships created_at updated_at",
		ms: "id type account_id account_member_id meta links relationships account account_member account_members " +
			"created_at updated_at",
	}
	for resource, slugs := range own {
		for _, attr := range resource.Attributes() {
			if !strings.Contains(string(attr), ".") {
				slugs += " " + string(attr)
			}
		}
		for slug := range strings.FieldsSeq(slugs) {
			err := membership.CheckSlug(resource, slug)
			want := fmt.Sprintf(`invalid value "slug": is reserved: %q is something of the %s's own`, slug, resource)
			if !errors.Is(err, membership.ErrInvalidValue) || err.Error() != want {
				t.Errorf("%s of %s: %v", slug, resource, err)
			}
		}
	}
	for _, free := range []struct {
		resource membership.Resource
		slug     string
	}{
		{account, "email"}, {member, "legal_name"}, {ms, "name"}, {ms, "Name"}, {account, "account-member"}, {member, "slug"},
	} {
		if err := membership.CheckSlug(free.resource, free.slug); err != nil {
			t.Errorf("%s of %s: %v", free.slug, free.resource, err)
		}
	}
}

func TestASlugHasLettersDigitsAndTwoSigns(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		"a": true, "A": true, "0": true, "_": true, "_a": true, "a-": true, "a-b": true, "a_b": true, "shoeSize2": true, "42": true,
		strings.Repeat("a", 64): true,

		"": false, "-": false, "-a": false, strings.Repeat("a", 65): false, " ": false, "a b": false, "a ": false, " a": false,
		"a.b": false, "a/b": false, "a:b": false, "a,b": false, "a(b": false, "a'b": false, `a"b`: false, "a\nb": false, "a\x00": false,
		"é": false, "漢": false, "\xff": false, "١": false, "a+b": false, "a%b": false,
	}
	for slug, want := range tests {
		err := membership.CheckSlug(membership.ResourceMember, slug)
		if (err == nil) != want {
			t.Errorf("%q: %v", slug, err)
		}
		if err != nil && (!errors.Is(err, membership.ErrInvalidField) || factsOf(t, err).Field != "slug") {
			t.Errorf("%q: %v", slug, err)
		}
	}
}

// plain is a field that is right, of a type.
func plain(fieldType membership.FieldType) membership.Field {
	return membership.Field{Resource: membership.ResourceMember, Slug: "slug-1", Name: "A field", Type: fieldType}
}

func TestADefinitionReportsAllItsFaultsAtOnce(t *testing.T) {
	t.Parallel()
	type field = membership.Field
	text := membership.StringValue
	integer := membership.IntegerValue
	const noSlug = `invalid field "slug": must be 1 to 64 letters, digits, - and _, and not begin with -`
	tests := []struct {
		name   string
		of     membership.FieldType
		change func(*field)
		want   []string
	}{
		{"nothing but what is required", membership.TypeString, func(*field) {}, nil},
		{"no resource", membership.TypeString, func(f *field) { f.Resource = "" }, []string{
			`invalid field "flow": must be that of a resource that can have custom fields: account, account_member, account_membership`}},
		{"a resource that can have none", membership.TypeString, func(f *field) { f.Resource = membership.ResourceTag }, []string{
			`invalid field "flow": must be that of a resource that can have custom fields: account, account_member, account_membership`}},
		{"no slug", membership.TypeString, func(f *field) { f.Slug = "" }, []string{noSlug}},
		{"a slug in use", membership.TypeString, func(f *field) { f.Slug = "email" }, []string{
			`invalid value "slug": is reserved: "email" is something of the account_member's own`}},
		{"no name", membership.TypeString, func(f *field) { f.Name = " \t" }, []string{`invalid field "name": is required and must not be blank`}},
		{"a long name", membership.TypeString, func(f *field) { f.Name = strings.Repeat("é", 2049) }, []string{
			`invalid field "name": must have at most 2048 characters, has 2049`}},
		{"a long description", membership.TypeString, func(f *field) { f.Description = strings.Repeat("é", 2049) }, []string{
			`invalid field "description": must have at most 2048 characters, has 2049`}},
		{"a description that is no text", membership.TypeString, func(f *field) { f.Description = "\xff" }, []string{
			`invalid field "description": must be valid UTF-8`}},
		{"the largest orders", membership.TypeString, func(f *field) { f.Order = math.MinInt32 }, nil},
		{"too large an order", membership.TypeString, func(f *field) { f.Order = math.MaxInt32 + 1 }, []string{
			`invalid field "order": must be a whole number from -2147483648 to 2147483647`}},
		{"no type", "", func(*field) {}, []string{`invalid field "field_type": must be one of: string, integer, boolean, float, date`}},
		{"another type", "text", func(f *field) { f.Enum = []membership.Value{integer(1)} }, []string{
			`invalid field "field_type": must be one of: string, integer, boolean, float, date`}},

		{"an enum of booleans", membership.TypeBoolean, func(f *field) { f.Enum = []membership.Value{membership.BooleanValue(true)} }, []string{
			`invalid field "validation_rules": must not have an enum for a boolean`}},
		{"a thousand options", membership.TypeInteger, func(f *field) { f.Enum = slices.Repeat([]membership.Value{integer(1)}, 1000) }, nil},
		{"one more", membership.TypeInteger, func(f *field) { f.Enum = slices.Repeat([]membership.Value{integer(1)}, 1001) }, []string{
			`invalid field "validation_rules": must have at most 1000 options in an enum, has 1001`}},
		{"null for an option", membership.TypeInteger, func(f *field) { f.Enum = []membership.Value{integer(1), {}} }, []string{
			`invalid field "validation_rules": must not have null among the options of an enum`}},
		{"an option of another type", membership.TypeInteger, func(f *field) { f.Enum = []membership.Value{integer(1), text("2")} }, []string{
			`invalid field "validation_rules": has a value that must be a whole number from -9223372036854775808 to 9223372036854775807, ` +
				`without fraction or exponent`}},
		{"an option that is too long", membership.TypeString, func(f *field) { f.Enum = []membership.Value{text(strings.Repeat("x", 2049))} }, []string{
			`invalid field "validation_rules": has a value that must have at most 2048 characters, has 2049`}},
		{"an option that is no text", membership.TypeString, func(f *field) { f.Enum = []membership.Value{text("a\x00")} }, []string{
			`invalid field "validation_rules": has a value that must not contain a NUL character`}},
		{"options of no date", membership.TypeDate, func(f *field) { f.Enum = []membership.Value{text("a"), text("b")} }, []string{
			`invalid field "validation_rules": has a value that must be a date: YYYY-MM-DD, YYYY-MM-DD HH:MM:SS or RFC 3339`}},
		{"an address that is an integer", membership.TypeInteger, func(f *field) { f.Format = membership.FormatEmail }, []string{
			`invalid field "validation_rules": must not have email for anything but a string`}},
		{"a slug that is a date", membership.TypeDate, func(f *field) { f.Format = membership.FormatSlug }, []string{
			`invalid field "validation_rules": must not have slug for anything but a string`}},
		{"another format", membership.TypeString, func(f *field) { f.Format = "url" }, []string{
			`invalid field "validation_rules": must be enum, email, slug or between`}},
		{"a text between others", membership.TypeString, func(f *field) { f.Min = text("a") }, []string{
			`invalid field "validation_rules": must not have between for a string or a boolean`}},
		{"a boolean between others", membership.TypeBoolean, func(f *field) { f.Max = membership.BooleanValue(true) }, []string{
			`invalid field "validation_rules": must not have between for a string or a boolean`}},
		{"a bound of another type", membership.TypeFloat, func(f *field) { f.Max = text("1") }, []string{
			`invalid field "validation_rules": has a value that must be a number`}},
		{"a bound that is no number", membership.TypeFloat, func(f *field) { f.Max = membership.FloatValue(math.Inf(1)) }, []string{
			`invalid field "validation_rules": has a value that must be a finite number of 64 bits`}},
		{"a bound with a fraction", membership.TypeInteger, func(f *field) { f.Min = number("1.5") }, []string{
			`invalid field "validation_rules": has a value that must be a whole number from -9223372036854775808 to 9223372036854775807, ` +
				`without fraction or exponent`}},
		{"bounds out of order", membership.TypeInteger, func(f *field) { f.Min, f.Max = integer(2), integer(1) }, []string{
			`invalid field "validation_rules": must not have a from that is greater than to`}},
		{"dates out of order", membership.TypeDate, func(f *field) { f.Min, f.Max = text("2021-02-24"), text("2021-02-23") }, []string{
			`invalid field "validation_rules": must not have a from that is greater than to`}},
		{"bounds that are the same", membership.TypeFloat, func(f *field) { f.Min, f.Max = number("1.0"), integer(1) }, nil},

		{"a default of another type", membership.TypeInteger, func(f *field) { f.Default = text("1") }, []string{
			`invalid field "default": must be a whole number from -9223372036854775808 to 9223372036854775807, without fraction or exponent`}},
		{"a default that is no option", membership.TypeString, func(f *field) { f.Enum, f.Default = []membership.Value{text("a"), text("b")}, text("c") },
			[]string{`invalid value "default": must be one of: a, b`}},
		{"a default that is no address", membership.TypeString, func(f *field) { f.Format, f.Default = membership.FormatEmail, text("ron") }, []string{
			`invalid value "default": must be an e-mail address such as ron@example.com`}},
		{"a default out of bounds", membership.TypeInteger, func(f *field) { f.Min, f.Max, f.Default = integer(1), integer(9), integer(10) }, []string{
			`invalid value "default": must be from 1 to 9`}},
		{"no default of a required field", membership.TypeInteger, func(f *field) { f.Required, f.Min = true, integer(1) }, nil},

		{"everything", membership.TypeBoolean, func(f *field) {
			f.Slug, f.Name, f.Description = "-", "", "\x00"
			f.Enum, f.Format, f.Min, f.Default = []membership.Value{membership.BooleanValue(true), {}}, membership.FormatEmail, integer(1), text("true")
		}, []string{
			`invalid field "name": is required and must not be blank`,
			`invalid field "description": must not contain a NUL character`,
			noSlug,
			`invalid field "validation_rules": must not have an enum for a boolean`,
			`invalid field "validation_rules": must not have null among the options of an enum`,
			`invalid field "validation_rules": must not have between for a string or a boolean`,
			`invalid field "validation_rules": must not have email for anything but a string`,
		}},
		{"everything without a type", "", func(f *field) { f.Resource, f.Slug, f.Name = "invoice", "", "" }, []string{
			`invalid field "flow": must be that of a resource that can have custom fields: account, account_member, account_membership`,
			`invalid field "name": is required and must not be blank`,
			`invalid field "field_type": must be one of: string, integer, boolean, float, date`,
		}},
		{"the name and the default", membership.TypeInteger, func(f *field) { f.Name, f.Min, f.Default = "", integer(1), integer(0) }, []string{
			`invalid field "name": is required and must not be blank`,
			`invalid value "default": must be at least 1`,
		}},
		{"the slug and the bounds", membership.TypeInteger, func(f *field) { f.Slug, f.Min, f.Max = "", integer(1), integer(0) }, []string{
			noSlug,
			`invalid field "validation_rules": must not have a from that is greater than to`,
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := plain(test.of)
			test.change(&f)
			given := slices.Clone(f.Enum)
			_, err := f.Normalize()
			if got := lines(err); !slices.Equal(got, test.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
			if !slices.Equal(f.Enum, given) {
				t.Error("the caller's options were changed")
			}
		})
	}
}

func TestRulesBecomeValuesOfTheType(t *testing.T) {
	t.Parallel()
	text, integer := membership.StringValue, membership.IntegerValue
	day, noon := dated("2021-02-23"), at("2021-02-23T12:00:00Z")
	given := func(fieldType membership.FieldType, low, high, ordinary membership.Value, enum ...membership.Value) membership.Field {
		f := plain(fieldType)
		f.Min, f.Max, f.Default, f.Enum = low, high, ordinary, enum
		return f
	}
	null := membership.Value{}
	tests := []struct {
		name        string
		given, want membership.Field
	}{
		{"dates that are texts",
			given(membership.TypeDate, text("2021-02-23"), text("2021-02-24 00:00:00"), text("2021-02-23"), text("2021-02-23"), text("2021-02-23T12:00:00Z")),
			given(membership.TypeDate, day, dated("2021-02-24 00:00:00"), day, day, dated("2021-02-23T12:00:00Z"))},
		{"dates that are times",
			given(membership.TypeDate, membership.TimeValue(noon), null, membership.DateValue(noon), membership.TimeValue(noon)),
			given(membership.TypeDate, membership.DateValue(noon), null, membership.DateValue(noon), membership.DateValue(noon))},
		{"floats that are whole",
			given(membership.TypeFloat, integer(1), number("2.50"), integer(1), integer(1), number("2")),
			given(membership.TypeFloat, number("1"), number("2.50"), number("1"), number("1"), number("2"))},
		{"no options", given(membership.TypeString, null, null, text(""), []membership.Value{}...), given(membership.TypeString, null, null, text(""))},
		{"what is of the type already",
			given(membership.TypeInteger, integer(1), integer(2), integer(2), integer(1), integer(2)),
			given(membership.TypeInteger, integer(1), integer(2), integer(2), integer(1), integer(2))},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := test.given.Normalize()
			if err != nil {
				t.Fatal(err)
			}
			if !got.Equal(test.want) {
				t.Errorf("got %+v\nwant %+v", got, test.want)
			}
			again, err := got.Normalize()
			if err != nil || !again.Equal(got) {
				t.Errorf("again %+v, %v", again, err)
			}
			if got.Enum != nil && len(got.Enum) == 0 {
				t.Error("no options are another thing than none")
			}
		})
	}
}

func TestADefinitionIsEqualWhenEverythingIs(t *testing.T) {
	t.Parallel()
	other := shoeSize
	other.Enum = slices.Clone(shoeSize.Enum)
	if !shoeSize.Equal(other) {
		t.Error("a copy is not equal")
	}
	other.Enum[1] = number("42.50")
	if shoeSize.Equal(other) {
		t.Error("one with another spelling of an option is equal")
	}
	other = shoeSize
	other.UpdatedAt = other.UpdatedAt.Add(1)
	if shoeSize.Equal(other) {
		t.Error("one of another time is equal")
	}
}

// TestEachTypeTakesItsOwnValues is every type against every kind of value. What is taken is spelt as it comes back; F
// is ErrInvalidField, V is ErrInvalidValue.
func TestEachTypeTakesItsOwnValues(t *testing.T) {
	t.Parallel()
	types := []membership.FieldType{
		membership.TypeString, membership.TypeInteger, membership.TypeBoolean, membership.TypeFloat, membership.TypeDate,
	}
	details := map[membership.FieldType]string{
		membership.TypeString:  "must be a string",
		membership.TypeInteger: "must be a whole number from -9223372036854775808 to 9223372036854775807, without fraction or exponent",
		membership.TypeBoolean: "must be true or false",
		membership.TypeFloat:   "must be a number",
		membership.TypeDate:    "must be a date: YYYY-MM-DD, YYYY-MM-DD HH:MM:SS or RFC 3339",
	}
	tests := []struct {
		name  string
		value membership.Value
		want  [5]string // by the types
	}{
		{"null", membership.Value{}, [5]string{"", "", "", "", ""}},
		{"a text", membership.StringValue("a"), [5]string{"a", "F", "F", "F", "V"}},
		{"the empty text", membership.StringValue(""), [5]string{"", "F", "F", "F", "V"}},
		{"a text that looks like a number", membership.StringValue("1"), [5]string{"1", "F", "F", "F", "V"}},
		{"a text that looks like a truth", membership.StringValue("true"), [5]string{"true", "F", "F", "F", "V"}},
		{"a text that is a date", membership.StringValue("2021-02-23"), [5]string{"2021-02-23", "F", "F", "F", "2021-02-23"}},
		{"an integer", membership.IntegerValue(1), [5]string{"F", "1", "F", "1", "F"}},
		{"the greatest integer", membership.IntegerValue(math.MaxInt64),
			[5]string{"F", "9223372036854775807", "F", "9223372036854775807", "F"}},
		{"an integer that is too big", membership.NumberValue("9223372036854775808"), [5]string{"F", "V", "F", "9223372036854775808", "F"}},
		{"a number with a fraction", membership.NumberValue("1.0"), [5]string{"F", "V", "F", "1.0", "F"}},
		{"a number with an exponent", membership.NumberValue("1e2"), [5]string{"F", "V", "F", "1e2", "F"}},
		{"minus zero", membership.NumberValue("-0"), [5]string{"F", "V", "F", "-0", "F"}},
		{"a float", membership.FloatValue(1.5), [5]string{"F", "V", "F", "1.5", "F"}},
		{"a float that is whole", membership.FloatValue(1), [5]string{"F", "V", "F", "1", "F"}},
		{"true", membership.BooleanValue(true), [5]string{"F", "F", "true", "F", "F"}},
		{"false", membership.BooleanValue(false), [5]string{"F", "F", "false", "F", "F"}},
		{"a date", dated("2021-02-23 10:40:33"), [5]string{"F", "F", "F", "F", "2021-02-23 10:40:33"}},
		{"a time", membership.TimeValue(ron.CreatedAt), [5]string{"F", "F", "F", "F", "2021-02-23T09:40:33.882Z"}},
		{"an id", membership.IDValue(numbered(1)), [5]string{"F", "F", "F", "F", "F"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for i, fieldType := range types {
				got, err := plain(fieldType).Check(test.value)
				var want error
				switch test.want[i] {
				case "F":
					want = membership.ErrInvalidField
				case "V":
					want = membership.ErrInvalidValue
				default:
					wantKind := fieldType.Kind()
					if test.value.Kind() == membership.KindNull {
						wantKind = membership.KindNull
					}
					if err != nil || got.String() != test.want[i] || got.Kind() != wantKind {
						t.Errorf("%s: got %q of kind %d, %v", fieldType, got, got.Kind(), err)
					}
					if again, err := plain(fieldType).Check(got); err != nil || again != got {
						t.Errorf("%s: again %q, %v", fieldType, again, err)
					}
					continue
				}
				if !errors.Is(err, want) || got != (membership.Value{}) {
					t.Errorf("%s: got %q, %v, want %v", fieldType, got, err, want)
					continue
				}
				if facts := factsOf(t, err); facts.Field != "slug-1" || facts.Detail != details[fieldType] {
					t.Errorf("%s: %v", fieldType, err)
				}
			}
		})
	}
}

// TestEachRuleSaysWhatItAllows has values of the right type; the detail of a refusal names what is allowed.
func TestEachRuleSaysWhatItAllows(t *testing.T) {
	t.Parallel()
	type (
		field  = membership.Field
		values = []membership.Value
	)
	text, integer := membership.StringValue, membership.IntegerValue
	texts := func(all ...string) (vs values) {
		for _, s := range all {
			vs = append(vs, text(s))
		}
		return vs
	}
	many := make(values, 30)
	for i := range many {
		many[i] = integer(int64(i))
	}
	const firstTwenty = "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19"
	const noAddress = "must be an e-mail address such as ron@example.com"
	tests := []struct {
		name    string
		of      membership.FieldType
		rule    func(*field)
		taken   values
		refused values
		detail  string
	}{
		{"nothing", membership.TypeString, func(*field) {}, append(texts("", " ", "é\n", strings.Repeat("é", 2048)), membership.Value{}), nil, ""},
		{"a text's length", membership.TypeString, func(*field) {}, nil, texts(strings.Repeat("é", 2049)), "must have at most 2048 characters, has 2049"},
		{"a text with NUL", membership.TypeString, func(*field) {}, nil, texts("a\x00b"), "must not contain a NUL character"},
		{"a text that is none", membership.TypeString, func(*field) {}, nil, texts("\xff"), "must be valid UTF-8"},
		{"a number's length", membership.TypeFloat, func(*field) {}, values{membership.NumberValue("1." + strings.Repeat("0", 62))},
			values{membership.NumberValue("1." + strings.Repeat("0", 63))}, "must have at most 64 characters"},
		{"a number that is too great", membership.TypeFloat, func(*field) {}, values{membership.NumberValue("1e308"), membership.NumberValue("1e-999")},
			values{membership.NumberValue("1e309"), membership.NumberValue("-1e309"), membership.NumberValue("abc")}, "must be a finite number of 64 bits"},

		{"required", membership.TypeString, func(f *field) { f.Required = true }, texts("", "a"), values{{}}, "is required and must not be null"},
		{"required, with a default", membership.TypeInteger, func(f *field) { f.Required, f.Default = true, integer(1) },
			values{integer(0)}, values{{}}, "is required and must not be null"},

		{"texts to choose from", membership.TypeString, func(f *field) { f.Enum = texts("member", "admin") },
			append(texts("member", "admin"), membership.Value{}), texts("", "Member", "owner", "member "), "must be one of: member, admin"},
		{"the empty text to choose", membership.TypeString, func(f *field) { f.Enum = texts("", "a") }, texts("", "a"), texts("b"), "must be one of: , a"},
		{"long texts to choose from", membership.TypeString, func(f *field) { f.Enum = texts(strings.Repeat("x", 70)) },
			texts(strings.Repeat("x", 70)), texts(strings.Repeat("x", 69)), "must be one of: " + strings.Repeat("x", 60) + "..."},
		{"integers to choose from", membership.TypeInteger, func(f *field) { f.Enum = many[:20] }, many[:20], many[20:], "must be one of: " + firstTwenty},
		{"more of them than an error lists", membership.TypeInteger, func(f *field) { f.Enum = many }, many, values{integer(30)},
			"must be one of: " + firstTwenty + " and 10 more"},
		{"floats to choose from", membership.TypeFloat, func(f *field) { f.Enum = values{number("1.50"), number("0")} },
			values{number("1.5"), number("15e-1"), number("-0"), integer(0)}, values{number("1.51"), integer(1)}, "must be one of: 1.50, 0"},
		{"dates to choose from", membership.TypeDate, func(f *field) { f.Enum = values{dated("2021-02-23")} },
			append(texts("2021-02-23 00:00:00", "2021-02-23T01:00:00+01:00"), membership.TimeValue(at("2021-02-23T00:00:00Z"))),
			texts("2021-02-23 00:00:01", "2021-02-22"), "must be one of: 2021-02-23"},

		{"an address", membership.TypeString, func(f *field) { f.Format = membership.FormatEmail },
			append(texts("ron@example.com", "RON@example.com", "a@b"), membership.Value{}),
			texts("", " ", "ron", "ron@", "@example.com", "Ron <ron@example.com>", "ron@example.com, ann@example.com", " ron@example.com"), noAddress},
		{"a slug", membership.TypeString, func(f *field) { f.Format = membership.FormatSlug },
			texts("a", "-", "-a", "A_b-3", strings.Repeat("a", 2048)), texts("", "a b", "é", "a.b", "a\n"), "must be letters, digits, - and _"},
		{"an address to choose", membership.TypeString, func(f *field) { f.Format, f.Enum = membership.FormatEmail, texts("a@b", "ron") },
			texts("a@b"), texts("ron"), noAddress},

		{"at least", membership.TypeInteger, func(f *field) { f.Min = integer(-1) }, values{integer(-1), integer(math.MaxInt64), {}},
			values{integer(-2), integer(math.MinInt64)}, "must be at least -1"},
		{"at most", membership.TypeInteger, func(f *field) { f.Max = integer(9007199254740993) }, values{integer(9007199254740993), integer(-1)},
			values{integer(9007199254740994)}, "must be at most 9007199254740993"},
		{"between integers", membership.TypeInteger, func(f *field) { f.Min, f.Max = integer(1), integer(9) },
			values{integer(1), integer(5), integer(9)}, values{integer(0), integer(10)}, "must be from 1 to 9"},
		{"between floats", membership.TypeFloat, func(f *field) { f.Min, f.Max = number("0"), number("1.50") },
			values{number("-0"), number("5e-324"), number("1.5"), integer(1)}, values{number("-5e-324"), number("1.5000000000000002"), integer(2)},
			"must be from 0 to 1.50"},
		{"between dates", membership.TypeDate, func(f *field) { f.Min, f.Max = dated("2021-02-23"), dated("2021-02-24T00:00:00Z") },
			texts("2021-02-23", "2021-02-23 23:59:59", "2021-02-24", "2021-02-24T00:00:00.0009Z"),
			texts("2021-02-22T23:59:59.999Z", "2021-02-24T00:00:00.001Z", "2021-02-24T00:00:00-00:01"), "must be from 2021-02-23 to 2021-02-24T00:00:00Z"},
		{"options and bounds", membership.TypeInteger, func(f *field) { f.Enum, f.Max = values{integer(1), integer(2)}, integer(1) },
			values{integer(1)}, values{integer(2)}, "must be at most 1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := plain(test.of)
			test.rule(&f)
			for _, v := range test.taken {
				if _, err := f.Check(v); err != nil {
					t.Errorf("%q: %v", v, err)
				}
			}
			for _, v := range test.refused {
				got, err := f.Check(v)
				if !errors.Is(err, membership.ErrInvalidValue) || got != (membership.Value{}) {
					t.Errorf("%q: %q, %v", v, got, err)
					continue
				}
				if facts := factsOf(t, err); facts.Field != "slug-1" || facts.Detail != test.detail {
					t.Errorf("%q: %v\nwant %s", v, err, test.detail)
				}
			}
		})
	}
}

func TestATypeHasAKind(t *testing.T) {
	t.Parallel()
	for fieldType, want := range map[membership.FieldType]membership.Kind{
		membership.TypeString: membership.KindText, membership.TypeInteger: membership.KindInteger,
		membership.TypeBoolean: membership.KindBoolean, membership.TypeFloat: membership.KindFloat,
		membership.TypeDate: membership.KindDate, "": membership.KindNull, "text": membership.KindNull,
	} {
		if got := fieldType.Kind(); got != want {
			t.Errorf("%q: got %d, want %d", fieldType, got, want)
		}
	}
}

func TestAnUpdateOfADefinitionChangesWhatItNames(t *testing.T) {
	t.Parallel()
	type (
		field  = membership.Field
		update = membership.FieldUpdate
	)
	tests := []struct {
		name   string
		update update
		want   func(*field)
	}{
		{"nothing", update{}, func(*field) {}},
		{"the type that it has", update{Type: new(membership.TypeFloat)}, func(*field) {}},
		{"slug", update{Slug: new("size")}, func(f *field) { f.Slug = "size" }},
		{"name", update{Name: new("Size")}, func(f *field) { f.Name = "Size" }},
		{"description", update{Description: new("")}, func(f *field) { f.Description = "" }},
		{"required", update{Required: new(false)}, func(f *field) { f.Required = false }},
		{"default", update{Default: new(membership.Value{})}, func(f *field) { f.Default = membership.Value{} }},
		{"disabled", update{Disabled: new(false)}, func(f *field) { f.Disabled = false }},
		{"order", update{Order: new(-1)}, func(f *field) { f.Order = -1 }},
		{"omit null", update{OmitNull: new(false)}, func(f *field) { f.OmitNull = false }},
		{"indexed", update{Indexed: new(false)}, func(f *field) { f.Indexed = false }},
		{"enum", update{Enum: new([]membership.Value{number("1")})}, func(f *field) { f.Enum = []membership.Value{number("1")} }},
		{"no enum", update{Enum: new([]membership.Value(nil))}, func(f *field) { f.Enum = nil }},
		{"format", update{Format: new(membership.FormatSlug)}, func(f *field) { f.Format = membership.FormatSlug }},
		{"from", update{Min: new(membership.Value{})}, func(f *field) { f.Min = membership.Value{} }},
		{"to", update{Max: new(number("60"))}, func(f *field) { f.Max = number("60") }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			want := shoeSize
			test.want(&want)
			got, err := test.update.Apply(shoeSize)
			if err != nil || !got.Equal(want) {
				t.Errorf("got %+v, %v\nwant %+v", got, err, want)
			}
		})
	}
}

func TestATypeCannotBeChanged(t *testing.T) {
	t.Parallel()
	got, err := membership.FieldUpdate{Type: new(membership.TypeInteger), Name: new("Size")}.Apply(shoeSize)
	if !errors.Is(err, membership.ErrFieldTypeImmutable) || factsOf(t, err).Field != "field_type" || !got.Equal(shoeSize) {
		t.Errorf("got %+v, %v", got, err)
	}
}
