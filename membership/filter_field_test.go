package membership_test

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster/membership"
)

func TestWhatACustomFieldCanBeFilteredBy(t *testing.T) {
	t.Parallel()
	for _, resource := range membership.FlowResources() {
		own := resource.Attributes()
		if got := resource.Attributes(fieldOfEach...); !slices.Equal(got, append(own, "t", "i", "b", "f", "d")) {
			t.Errorf("attributes of %s: %v", resource, got)
		}
		if got := resource.Sortable(fieldOfEach...); !slices.Equal(got, append(resource.Sortable(), "t", "i", "b", "f", "d")) {
			t.Errorf("%s can be sorted by %v", resource, got)
		}
		for slug, want := range map[membership.Attribute]string{
			"t": "[eq in like ilike gt ge lt le is_null]",
			"i": "[eq in gt ge lt le is_null]",
			"b": "[eq in is_null]",
			"f": "[eq in gt ge lt le is_null]",
			"d": "[eq in gt ge lt le is_null]",
		} {
			if got := fmt.Sprint(resource.Operators(slug, fieldOfEach...)); got != want {
				t.Errorf("%s of %s: %s, want %s", slug, resource, got, want)
			}
			if got := resource.Operators(slug); len(got) != 0 {
				t.Errorf("%s of %s without its fields: %v", slug, resource, got)
			}
		}
	}
}

func TestAFilterOfCustomFieldsIsReadFromText(t *testing.T) {
	t.Parallel()
	const integers = "a whole number from -9223372036854775808 to 9223372036854775807, without fraction or exponent"
	const dates = "a date: YYYY-MM-DD, YYYY-MM-DD HH:MM:SS or RFC 3339"
	all := strings.NewReplacer("[", "", "]", "", " ", ", ").Replace(fmt.Sprint(membership.ResourceMember.Attributes(fieldOfEach...)))
	tests := []struct {
		text  string
		match bool   // of full
		fault string // the detail of its error
	}{
		{"eq(t,nurse)", true, ""},
		{"eq(t,Nurse)", false, ""},
		{`eq(t,"")`, false, ""},
		{"in(t,doctor,nurse)", true, ""},
		{"like(t,n*)", true, ""},
		{"like(t,N*)", false, ""},
		{"ilike(t,N*)", true, ""},
		{"gt(t,nurs)", true, ""},
		{"ge(t,nurse)", true, ""},
		{"lt(t,nurse)", false, ""},
		{"le(t,nurse)", true, ""},
		{"is_null(t)", false, ""},
		{"eq(i,42)", true, ""},
		{"eq( i , 42 )", true, ""},
		{"in(i,1,42)", true, ""},
		{"gt(i,41):lt(i,43)", true, ""},
		{"le(i,-9223372036854775808)", false, ""},
		{"ge(i,9223372036854775807)", false, ""},
		{"is_null(i)", false, ""},
		{"eq(b,true)", true, ""},
		{"in(b,false)", false, ""},
		{"is_null(b)", false, ""},
		{"eq(f,1.5)", true, ""},
		{"eq(f,15e-1)", true, ""},
		{"in(f,0,1.500)", true, ""},
		{"gt(f,1)", true, ""},
		{"lt(f,1.4999999999999998)", false, ""},
		{"eq(d,2021-02-23 10:40:33)", true, ""},
		{"eq(d,2021-02-23T11:40:33+01:00)", true, ""},
		{"ge(d,2021-02-23):lt(d,2021-02-24)", true, ""},
		{"in(d,2021-02-23)", false, ""},
		{"(eq(i,1)|eq(b,true)):eq(name,Ann Perkins)", true, ""},

		{"eq(x,1)", false, `at character 4: unknown attribute "x", allowed are: ` + all},
		{"eq(T,1)", false, `at character 4: unknown attribute "T", allowed are: ` + all},
		{"like(i,4*)", false, "at character 6: operator like cannot be used on i, allowed are: eq, in, gt, ge, lt, le, is_null"},
		{"gt(b,false)", false, "at character 4: operator gt cannot be used on b, allowed are: eq, in, is_null"},
		{"like(d,2021*)", false, "at character 6: operator like cannot be used on d, allowed are: eq, in, gt, ge, lt, le, is_null"},
		{"contains(t,a)", false, "at character 10: operator contains cannot be used on t, allowed are: eq, in, like, ilike, gt, ge, lt, le, is_null"},
		{"eq(i,4.0)", false, `at character 6: "4.0" is not ` + integers},
		{"eq(i,9223372036854775808)", false, `at character 6: "9223372036854775808" is not ` + integers},
		{"eq(i,+4)", false, `at character 6: "+4" is not ` + integers},
		{"eq(i,four)", false, `at character 6: "four" is not ` + integers},
		{`eq(i,"")`, false, `at character 6: "" is not ` + integers},
		{"eq(b,1)", false, `at character 6: "1" is not true or false`},
		{"eq(b,TRUE)", false, `at character 6: "TRUE" is not true or false`},
		{"eq(f,1e309)", false, `at character 6: "1e309" is not a number`},
		{"eq(f,NaN)", false, `at character 6: "NaN" is not a number`},
		{"eq(f,.5)", false, `at character 6: ".5" is not a number`},
		{"eq(d,2021-02-29)", false, `at character 6: "2021-02-29" is not ` + dates},
		{"eq(d,1614073233882)", false, `at character 6: "1614073233882" is not ` + dates},
		{"is_null(t,a)", false, "at character 1: is_null(t) takes no value"},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			filter, err := membership.ParseFilter(membership.ResourceMember, test.text, fieldOfEach...)
			if test.fault != "" {
				if !errors.Is(err, membership.ErrInvalidFilter) || factsOf(t, err).Detail != test.fault {
					t.Errorf("got %v\nwant %s", err, test.fault)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			checkRoundTrip(t, membership.ResourceMember, filter, fieldOfEach...)
			if got := filter.Match(full); got != test.match {
				t.Errorf("it holds: %t", got)
			}
			if err := filter.Validate(membership.ResourceMember); !errors.Is(err, membership.ErrInvalidFilter) {
				t.Errorf("without the fields: %v", err)
			}
		})
	}
}

func TestAFilterOfCustomFieldsMadeInGoIsValidated(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		term membership.Term
		want string // the detail of its error
	}{
		{"the empty text", membership.Eq("t", membership.StringValue("")), ""},
		{"the empty pattern", membership.Like("t", ""), ""},
		{"a float", membership.Gt("f", membership.FloatValue(1)), ""},
		{"a date", membership.Gt("d", membership.DateValue(ron.CreatedAt)), ""},
		{"null", membership.Eq("t", membership.Value{}), `eq of t takes another kind of value than "": a text`},
		{"a text that was empty", membership.Eq("t", membership.TextValue("")), `eq of t takes another kind of value than "": a text`},
		{"an integer for a float", membership.Eq("f", membership.IntegerValue(1)), `eq of f takes another kind of value than "1": a float`},
		{"a time for a date", membership.Eq("d", membership.TimeValue(ron.CreatedAt)), `eq of d takes another kind of value than "2021-02-23T09:40:33.882Z": a date`},
		{"a text for a date", membership.Eq("d", membership.StringValue("2021-02-23")), `eq of d takes another kind of value than "2021-02-23": a date`},
		{"no number", membership.Eq("f", membership.NumberValue("abc")), "a value for f must be a finite number of 64 bits"},
		{"a long number", membership.Eq("f", membership.NumberValue("0."+strings.Repeat("1", 63))), "a value for f must have at most 64 characters"},
		{"a date in year 10000", membership.Eq("d", membership.DateValue(time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC))),
			"a value for d must be a time from year 1 to 9999"},
		{"a text with NUL", membership.Eq("t", membership.StringValue("\x00")), "a value for t must not contain a NUL character"},
		{"a pattern that is no text", membership.Like("t", "\xff"), "a value for t must be valid UTF-8"},
		{"another operator", membership.Like("i", "1"), `operator "like" cannot be used on i, allowed are: eq, in, gt, ge, lt, le, is_null`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := membership.All(test.term).Validate(membership.ResourceMember, fieldOfEach...)
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, membership.ErrInvalidFilter) || factsOf(t, err).Detail != test.want {
				t.Errorf("got %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestTheEmptyTextOfAFieldIsNotNull(t *testing.T) {
	t.Parallel()
	blank := membership.Member{ID: memberID(1), Fields: fieldsOf(row{"t": membership.StringValue("")})}
	unset := membership.Member{ID: memberID(2), Fields: fieldsOf(row{"t": null})}
	gone := membership.Member{ID: memberID(3)}
	for text, want := range map[string][3]bool{ // of blank, unset, gone
		`eq(t,"")`:         {true, false, false},
		`in(t,"",a)`:       {true, false, false},
		`like(t,"")`:       {true, false, false},
		`like(t,*)`:        {true, false, false},
		`ilike(t,"")`:      {true, false, false},
		`ge(t,"")`:         {true, false, false},
		`gt(t,"")`:         {false, false, false},
		`lt(t,a)`:          {true, false, false},
		`is_null(t)`:       {false, true, true},
		`is_null(f)`:       {true, true, true},
		`eq(b,false)`:      {false, false, false},
		`le(i,99)`:         {false, false, false},
		`lt(d,9999-12-31)`: {false, false, false},
	} {
		filter, err := membership.ParseFilter(membership.ResourceMember, text, fieldOfEach...)
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range []membership.Member{blank, unset, gone} {
			if got := filter.Match(m); got != want[i] {
				t.Errorf("%s of row %d: %t", text, i, got)
			}
		}
	}
}

func TestAnOrderByACustomFieldIsReadFromText(t *testing.T) {
	t.Parallel()
	dashed := append(slices.Clone(fieldOfEach), membership.Field{Slug: "shoe-size", Type: membership.TypeInteger})
	for text, want := range map[string]membership.Order{
		"t": {By: "t"}, "-t": {By: "t", Desc: true}, "-d": {By: "d", Desc: true}, "shoe-size": {By: "shoe-size"}, "-shoe-size": {By: "shoe-size", Desc: true},
	} {
		if got, err := membership.ParseOrder(membership.ResourceMember, text, dashed...); err != nil || got != want {
			t.Errorf("%q: got %+v, %v, want %+v", text, got, err, want)
		}
		if _, err := membership.ParseOrder(membership.ResourceMember, text); !errors.Is(err, membership.ErrInvalidOrder) {
			t.Errorf("%q without the fields: %v", text, err)
		}
	}
	_, err := membership.ParseOrder(membership.ResourceMember, "--t", fieldOfEach...)
	want := `invalid order: "--t" is not allowed, allowed are: id, name, email, created_at, updated_at, t, i, b, f, d, each with a leading - for descending`
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestAPositionMayBeThatOfARowWithoutAValue(t *testing.T) {
	t.Parallel()
	for _, f := range fieldOfEach {
		order := membership.Order{By: membership.Attribute(f.Slug)}
		for name, m := range map[string]membership.Member{"full": full, "empty": {ID: memberID(1)}} {
			q := membership.Query{Order: order, After: order.Position(m)}
			if err := q.Validate(membership.ResourceMember, fieldOfEach...); err != nil {
				t.Errorf("by %s after the %s row: %v", f.Slug, name, err)
			}
		}
		other := membership.Query{Order: order, After: membership.Position{Key: membership.IDValue(numbered(1)), ID: numbered(1)}}
		if err := other.Validate(membership.ResourceMember, fieldOfEach...); !errors.Is(err, membership.ErrInvalidOrder) {
			t.Errorf("by %s after an id: %v", f.Slug, err)
		}
	}
}

// holds is what a term about a custom field means, said with Go's own types.
func holds(term membership.Term, m membership.Member) bool {
	slug := string(term.Attr)
	v := m.Fields.Value(slug)
	if v == null || term.Op == membership.OpIsNull {
		return v == null && term.Op == membership.OpIsNull
	}
	against := func(w membership.Value) int {
		switch slug {
		case "t":
			return strings.Compare(m.Fields.Text(slug), w.Text())
		case "i":
			return cmp.Compare(m.Fields.Integer(slug), w.Number())
		case "f":
			return cmp.Compare(m.Fields.Float(slug), w.Float())
		case "d":
			return m.Fields.Date(slug).Compare(w.Time())
		}
		if m.Fields.Boolean(slug) == w.Boolean() {
			return 0
		}
		return 1
	}
	c := against(term.Operands[0])
	switch term.Op {
	case membership.OpGt:
		return c > 0
	case membership.OpGe:
		return c >= 0
	case membership.OpLt:
		return c < 0
	case membership.OpLe:
		return c <= 0
	}
	return slices.ContainsFunc(term.Operands, func(w membership.Value) bool { return against(w) == 0 })
}

// before says whether a comes before b by a field, said with Go's own types.
func before(slug string, a, b membership.Member) int {
	v, w := a.Fields, b.Fields
	if (v.Value(slug) == null) != (w.Value(slug) == null) {
		if v.Value(slug) == null {
			return -1
		}
		return 1
	}
	boolean := func(b bool) string { return fmt.Sprint(b) } // which happen to be in order
	return cmp.Or(
		strings.Compare(map[bool]string{true: v.Text(slug)}[slug == "t"], map[bool]string{true: w.Text(slug)}[slug == "t"]),
		cmp.Compare(v.Integer(slug), w.Integer(slug)),
		cmp.Compare(boolean(v.Boolean(slug)), boolean(w.Boolean(slug))),
		cmp.Compare(v.Float(slug), w.Float(slug)),
		v.Date(slug).Compare(w.Date(slug)),
		cmp.Compare(a.ID.String(), b.ID.String()),
	)
}

// TestSelectIsWhatAQueryMeans compares it with a plain one, on random rows of which many share values or have none.
func TestSelectIsWhatAQueryMeans(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(11, 12))
	for range 300 {
		rows := make([]membership.Member, random.IntN(40))
		for i := range rows {
			rows[i] = membership.Member{ID: memberID(byte(i + 1)), Fields: fieldsOf(randomRow(random, fieldOfEach))}
		}
		random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		for _, f := range fieldOfEach {
			term := randomTerm(random, "", fieldOfEach)
			for term.Op == membership.OpLike || term.Op == membership.OpILike {
				term = randomTerm(random, "", fieldOfEach)
			}
			q := membership.Query{
				Filter: membership.All(term), Order: membership.Order{By: membership.Attribute(f.Slug), Desc: random.IntN(2) == 0},
				Limit: random.IntN(12) - 1, Offset: random.IntN(3) - 1,
			}
			var found []membership.Member
			for _, m := range rows {
				if holds(term, m) {
					found = append(found, m)
				}
			}
			total := len(found)
			slices.SortFunc(found, func(a, b membership.Member) int { return before(f.Slug, a, b) })
			if q.Order.Desc {
				slices.Reverse(found)
			}
			if total > 0 && random.IntN(2) == 0 {
				last := random.IntN(total)
				q.After = q.Order.Position(found[last])
				found = found[last+1:]
			}
			found = found[min(q.Skip(), len(found)):]
			found = found[:min(q.Size(), len(found))]
			if err := q.Validate(membership.ResourceMember, fieldOfEach...); err != nil {
				t.Fatal(err)
			}
			got := membership.Select(slices.Values(rows), func(m membership.Member) bool { return q.Filter.Match(m) }, q)
			if got.Total != total || !slices.Equal(got.Items, found) || got.Items == nil {
				t.Fatalf("%s by %+v: got %d of %d\n%v\nwant %d of %d\n%v", term, q.Order, len(got.Items), got.Total, got.Items, len(found), total, found)
			}
		}
	}
}

// TestPagesByAFieldHaveEveryRowOnce walks from position to position, as the walks of the service do.
func TestPagesByAFieldHaveEveryRowOnce(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(13, 14))
	rows := make([]membership.Member, 100)
	for i := range rows {
		rows[i] = membership.Member{ID: memberID(byte(i + 1)), Fields: fieldsOf(randomRow(random, fieldOfEach))}
	}
	all := func(membership.Member) bool { return true }
	for _, f := range fieldOfEach {
		for _, desc := range []bool{false, true} {
			q := membership.Query{Order: membership.Order{By: membership.Attribute(f.Slug), Desc: desc}, Limit: 7}
			seen := map[membership.MemberID]bool{}
			for {
				page := membership.Select(slices.Values(rows), all, q)
				for _, m := range page.Items {
					if seen[m.ID] {
						t.Fatalf("by %+v: %s again", q.Order, m.ID)
					}
					seen[m.ID] = true
				}
				if len(page.Items) < q.Limit {
					break
				}
				q.After = q.Order.Position(page.Items[len(page.Items)-1])
			}
			if len(seen) != len(rows) {
				t.Errorf("by %+v: %d of %d rows", q.Order, len(seen), len(rows))
			}
		}
	}
}
