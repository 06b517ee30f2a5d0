package membership_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

func TestEachOperatorComparesInItsWay(t *testing.T) {
	t.Parallel()
	const (
		id, name, given, created = membership.AttrID, membership.AttrName, membership.AttrGivenName, membership.AttrCreatedAt
	)
	text := membership.TextValue
	millisecond := func(n int) membership.Value {
		return membership.TimeValue(ron.CreatedAt.Add(time.Duration(n) * time.Millisecond))
	}
	idOf := func(n byte) membership.Value { return membership.IDValue(numbered(n)) }
	tests := []struct {
		term membership.Term
		want bool // for ron
	}{
		{membership.Eq(name, text("Ron Swanson")), true},
		{membership.Eq(name, text("ron swanson")), false},
		{membership.Eq(name, text("Ron*")), false},
		{membership.Eq(name, text("")), false},
		{membership.Eq(id, idOf(2)), true},
		{membership.Eq(id, idOf(3)), false},
		{membership.Eq(created, millisecond(0)), true},
		{membership.Eq(created, millisecond(1)), false},
		{membership.Eq(created, membership.TimeValue(ron.CreatedAt.Add(time.Microsecond))), true},

		{membership.In(id, idOf(2)), true},
		{membership.In(id, idOf(1), idOf(2), idOf(3)), true},
		{membership.In(id, idOf(2), idOf(2)), true},
		{membership.In(id, idOf(1), idOf(3)), false},
		{membership.In(id), false},

		{membership.Like(name, "Ron*"), true},
		{membership.Like(name, "*Swanson"), true},
		{membership.Like(name, "*n S*"), true},
		{membership.Like(name, "*"), true},
		{membership.Like(name, "Ron Swanson"), true},
		{membership.Like(name, "ron*"), false},
		{membership.Like(name, "Ron"), false},
		{membership.Like(name, ""), false},
		{membership.Like(id, ron.ID.String()[:8]+"*"), true},
		{membership.Like(id, "ffff*"), false},

		{membership.ILike(name, "rON*"), true},
		{membership.ILike(name, "*ſwanSON"), true},
		{membership.ILike(name, "RON SWANSON"), true},
		{membership.ILike(name, "RON"), false},
		{membership.ILike(name, ""), false},
		{membership.ILike(name, "*"), true},

		{membership.Gt(created, millisecond(-1)), true},
		{membership.Gt(created, millisecond(0)), false},
		{membership.Gt(created, millisecond(1)), false},
		{membership.Ge(created, millisecond(-1)), true},
		{membership.Ge(created, millisecond(0)), true},
		{membership.Ge(created, millisecond(1)), false},
		{membership.Lt(created, millisecond(-1)), false},
		{membership.Lt(created, millisecond(0)), false},
		{membership.Lt(created, millisecond(1)), true},
		{membership.Le(created, millisecond(-1)), false},
		{membership.Le(created, millisecond(0)), true},
		{membership.Le(created, millisecond(1)), true},

		{membership.Gt(id, idOf(1)), true},
		{membership.Gt(id, idOf(2)), false},
		{membership.Ge(id, idOf(2)), true},
		{membership.Ge(id, idOf(3)), false},
		{membership.Lt(id, idOf(3)), true},
		{membership.Lt(id, idOf(2)), false},
		{membership.Le(id, idOf(2)), true},
		{membership.Le(id, idOf(1)), false},

		{membership.IsNull(given), false},
		{membership.Term{Attr: name, Op: 99, Operands: []membership.Value{text("Ron Swanson")}}, false},
	}
	for _, test := range tests {
		if got := test.term.Match(ron); got != test.want {
			t.Errorf("%s: %t", test.term, got)
		}
	}
}

func TestNothingButIsNullHoldsOfNull(t *testing.T) {
	t.Parallel()
	nobody := membership.Member{ID: memberID(1), Name: "Nobody"}
	const given = membership.AttrGivenName
	for _, null := range []membership.Value{{}, membership.TextValue("")} {
		for _, term := range []membership.Term{
			membership.Eq(given, null), membership.In(given, null), membership.Gt(given, null), membership.Ge(given, null),
			membership.Lt(given, null), membership.Le(given, null),
		} {
			if term.Match(nobody) {
				t.Errorf("%s holds of null", term)
			}
		}
	}
	for _, pattern := range []string{"", "*", "**"} {
		if membership.Like(given, pattern).Match(nobody) || membership.ILike(given, pattern).Match(nobody) {
			t.Errorf("null is like %q", pattern)
		}
	}
	if !membership.IsNull(given).Match(nobody) {
		t.Error("null is not null")
	}
	if !membership.IsNull(membership.AttrEmail).Match(acme) {
		t.Error("an attribute that the row has not is not null")
	}
}

func TestAFilterHoldsWhenEveryGroupHasATermThatHolds(t *testing.T) {
	t.Parallel()
	yes := membership.Like(membership.AttrName, "*")
	no := membership.Eq(membership.AttrName, membership.TextValue("nobody"))
	type anyOf = membership.AnyOf
	tests := []struct {
		name   string
		filter membership.Filter
		want   bool
	}{
		{"nil", nil, true},
		{"empty", membership.Filter{}, true},
		{"all of none", membership.All(), true},
		{"yes", membership.All(yes), true},
		{"no", membership.All(no), false},
		{"yes and yes", membership.All(yes, yes), true},
		{"yes and no", membership.All(yes, no), false},
		{"no and yes", membership.All(no, yes), false},
		{"no or yes", membership.Filter{anyOf{no, yes}}, true},
		{"no or no", membership.Filter{anyOf{no, no}}, false},
		{"yes and one of no and yes", membership.Filter{anyOf{yes}, anyOf{no, yes}}, true},
		{"yes and one of none", membership.Filter{anyOf{yes}, anyOf{}}, false},
		{"one of two and one of two", membership.Filter{anyOf{yes, no}, anyOf{no, yes}}, true},
		{"one of two and neither", membership.Filter{anyOf{yes, no}, anyOf{no, no}}, false},
	}
	for _, test := range tests {
		if got := test.filter.Match(ron); got != test.want {
			t.Errorf("%s: %t", test.name, got)
		}
	}
}

func TestATermKeepsItsOwnOperands(t *testing.T) {
	t.Parallel()
	ids := []membership.Value{membership.IDValue(numbered(1)), membership.IDValue(numbered(2))}
	term := membership.In(membership.AttrID, ids...)
	ids[1] = membership.Value{}
	if !term.Match(ron) {
		t.Error("the caller's slice is the term's")
	}
}

// TestAFilterMadeInGoIsValidated has one case for each thing that a filter from elsewhere than ParseFilter may have
// wrong.
func TestAFilterMadeInGoIsValidated(t *testing.T) {
	t.Parallel()
	var (
		text = membership.TextValue("x")
		id   = membership.IDValue(numbered(1))
		day  = membership.TimeValue(at("2021-02-23T00:00:00Z"))
	)
	tests := []struct {
		name     string
		resource membership.Resource
		filter   membership.Filter
		want     string // the detail of its error
	}{
		{"nil", membership.ResourceAccount, nil, ""},
		{"a text", membership.ResourceAccount, membership.All(membership.Eq(membership.AttrName, text)), ""},
		{"the empty text", membership.ResourceAccount, membership.All(membership.Eq(membership.AttrName, membership.Value{})), ""},
		{"a pattern of an id", membership.ResourceMembership, membership.All(membership.Like(membership.AttrMemberID, "0*")), ""},
		{"null for a pattern", membership.ResourceMember, membership.All(membership.Term{
			Attr: membership.AttrName, Op: membership.OpLike, Operands: []membership.Value{{}},
		}), ""},
		{"a thousand ids", membership.ResourceMembership, membership.All(membership.In(membership.AttrID, slices.Repeat([]membership.Value{id}, 1000)...)), ""},
		{"ten terms", membership.ResourceAccount, membership.All(slices.Repeat([]membership.Term{membership.Eq(membership.AttrID, id)}, 10)...), ""},
		{
			"the first and the last time", membership.ResourceAccount,
			membership.All(
				membership.Ge(membership.AttrCreatedAt, membership.TimeValue(at("0001-01-01T00:00:00Z"))),
				membership.Le(membership.AttrCreatedAt, membership.TimeValue(at("9999-12-31T23:59:59.999Z"))),
			), "",
		},

		{
			"eleven terms", membership.ResourceAccount,
			membership.All(slices.Repeat([]membership.Term{membership.Eq(membership.AttrID, id)}, 11)...),
			"it has 11 terms, at most 10 are allowed",
		},
		{
			"eleven alternatives", membership.ResourceAccount,
			membership.Filter{slices.Repeat(membership.AnyOf{membership.Eq(membership.AttrID, id)}, 11)},
			"it has 11 terms, at most 10 are allowed",
		},
		{"an empty group", membership.ResourceAccount, membership.Filter{{}}, "a group has no term"},
		{
			"another resource's attribute", membership.ResourceAccount, membership.All(membership.Eq(membership.AttrEmail, text)),
			`unknown attribute "email", allowed are: id, name, legal_name, registration_id, external_ref, parent_id, account_tags, created_at, updated_at`,
		},
		{
			"an operator that the attribute does not take", membership.ResourceAccount, membership.All(membership.Gt(membership.AttrName, text)),
			`operator "gt" cannot be used on name, allowed are: eq, like, ilike`,
		},
		{
			"is_null of a required attribute", membership.ResourceMember, membership.All(membership.IsNull(membership.AttrName)),
			`operator "is_null" cannot be used on name, allowed are: eq, like, ilike`,
		},
		{
			"a text for an id", membership.ResourceAccount, membership.All(membership.Eq(membership.AttrID, text)),
			`eq of id takes another kind of value than "x": an id`,
		},
		{
			"nothing for an id", membership.ResourceAccount, membership.All(membership.Eq(membership.AttrID, membership.Value{})),
			`eq of id takes another kind of value than "": an id`,
		},
		{
			"a time for an id", membership.ResourceAccount, membership.All(membership.In(membership.AttrID, id, day)),
			`in of id takes another kind of value than "2021-02-23T00:00:00.000Z": an id`,
		},
		{
			"an id for a text", membership.ResourceAccount, membership.All(membership.Eq(membership.AttrName, id)),
			`eq of name takes another kind of value than "` + numbered(1).String() + `": a text`,
		},
		{
			"an id for a pattern", membership.ResourceMembership, membership.All(membership.Term{
				Attr: membership.AttrMemberID, Op: membership.OpLike, Operands: []membership.Value{id},
			}),
			`like of account_member_id takes another kind of value than "` + numbered(1).String() + `": a text`,
		},
		{
			"no operand", membership.ResourceAccount, membership.All(membership.Term{Attr: membership.AttrID, Op: membership.OpEq}),
			"eq(id) takes one value",
		},
		{
			"two operands", membership.ResourceAccount,
			membership.All(membership.Term{Attr: membership.AttrID, Op: membership.OpGt, Operands: []membership.Value{id, id}}),
			"gt(id) takes one value",
		},
		{
			"in of none", membership.ResourceAccount, membership.All(membership.In(membership.AttrID)),
			"in(id) takes at least one value",
		},
		{
			"is_null with a value", membership.ResourceMember,
			membership.All(membership.Term{Attr: membership.AttrGivenName, Op: membership.OpIsNull, Operands: []membership.Value{text}}),
			"is_null(given_name) takes no value",
		},
		{"a tag", membership.ResourceAccount, membership.All(membership.Contains(membership.AttrAccountTags, id)), ""},
		{"a parent", membership.ResourceAccount, membership.All(membership.Eq(membership.AttrParentID, id), membership.IsNull(membership.AttrParentID)), ""},
		{
			"the name of a tag", membership.ResourceAccount, membership.All(membership.Contains(membership.AttrAccountTags, text)),
			`contains of account_tags takes another kind of value than "x": an id`,
		},
		{
			"nothing for a tag", membership.ResourceAccount, membership.All(membership.Contains(membership.AttrAccountTags, membership.Value{})),
			`contains of account_tags takes another kind of value than "": an id`,
		},
		{
			"two tags", membership.ResourceAccount,
			membership.All(membership.Term{Attr: membership.AttrAccountTags, Op: membership.OpContains, Operands: []membership.Value{id, id}}),
			"contains(account_tags) takes one value",
		},
		{
			"no tag", membership.ResourceAccount,
			membership.All(membership.Term{Attr: membership.AttrAccountTags, Op: membership.OpContains}),
			"contains(account_tags) takes one value",
		},
		{
			"equality with tags", membership.ResourceAccount, membership.All(membership.Eq(membership.AttrAccountTags, id)),
			`operator "eq" cannot be used on account_tags, allowed are: contains`,
		},
		{
			"contains of one value", membership.ResourceMember, membership.All(membership.Contains(membership.AttrID, id)),
			`operator "contains" cannot be used on id, allowed are: eq, in, gt, ge, lt, le`,
		},
		{
			"an unknown operator", membership.ResourceAccount, membership.All(membership.Term{Attr: membership.AttrID, Op: 99}),
			`operator "operator(99)" cannot be used on id, allowed are: eq, in, gt, ge, lt, le`,
		},
		{
			"NUL", membership.ResourceAccount, membership.All(membership.Like(membership.AttrName, "\x00*")),
			"a value for name must not contain a NUL character",
		},
		{
			"invalid UTF-8", membership.ResourceAccount, membership.All(membership.Eq(membership.AttrName, membership.TextValue("\xff"))),
			"a value for name must be valid UTF-8",
		},
		{
			"a time before year 1", membership.ResourceAccount,
			membership.All(membership.Gt(membership.AttrCreatedAt, membership.TimeValue(at("0001-01-01T00:00:00Z").Add(-time.Millisecond)))),
			"gt of created_at takes a time from year 1 to 9999",
		},
		{
			"a time after year 9999", membership.ResourceAccount,
			membership.All(membership.Lt(membership.AttrCreatedAt, membership.TimeValue(at("9999-12-31T23:59:59.999Z").Add(time.Millisecond)))),
			"lt of created_at takes a time from year 1 to 9999",
		},
		{
			"a fault in a later group", membership.ResourceAccount,
			membership.Filter{{membership.Eq(membership.AttrID, id)}, {membership.Eq(membership.AttrID, id), membership.Like(membership.AttrID, "*")}},
			`operator "like" cannot be used on id, allowed are: eq, in, gt, ge, lt, le`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			checkFilterFault(t, test.filter.Validate(test.resource), test.want)
		})
	}
}

// checkFilterFault compares an error with the detail that it should have; none means no error.
func checkFilterFault(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	if !errors.Is(err, membership.ErrInvalidFilter) || !errors.Is(err, membership.ErrInvalid) {
		t.Fatalf("got %v, want an invalid filter: %s", err, want)
	}
	if got := factsOf(t, err).Detail; got != want {
		t.Errorf("it says\n%q, want\n%q", got, want)
	}
}

func TestAnOperatorHasAName(t *testing.T) {
	t.Parallel()
	var names []string
	for op := membership.OpEq; op <= membership.OpContains; op++ {
		names = append(names, op.String())
	}
	if got := strings.Join(names, " "); got != "eq in like ilike gt ge lt le is_null contains" {
		t.Error(got)
	}
}

func TestATermIsSpeltAsAFilter(t *testing.T) {
	t.Parallel()
	const name = membership.AttrName
	tests := []struct {
		term membership.Term
		want string
	}{
		{membership.Eq(name, membership.TextValue("Ron Swanson")), `eq(name,Ron Swanson)`},
		{membership.Eq(name, membership.TextValue("Ron ")), `eq(name,Ron )`},
		{membership.Eq(name, membership.TextValue(" Ron")), `eq(name," Ron")`},
		{membership.Eq(name, membership.TextValue("")), `eq(name,"")`},
		{membership.Like(name, ""), `like(name,"")`},
		{membership.Eq(name, membership.TextValue("@$_*.{}|+:/-")), `eq(name,@$_*.{}|+:/-)`},
		{membership.Eq(name, membership.TextValue("a,b")), `eq(name,"a,b")`},
		{membership.Eq(name, membership.TextValue("(a)")), `eq(name,"(a)")`},
		{membership.Eq(name, membership.TextValue("50%")), `eq(name,"50%")`},
		{membership.Eq(name, membership.TextValue(`O'Neil`)), `eq(name,"O'Neil")`},
		{membership.Eq(name, membership.TextValue(`say "hi" \o/`)), `eq(name,"say \"hi\" \\o/")`},
		{membership.Eq(name, membership.TextValue("a\nb\tc")), "eq(name,\"a\nb\tc\")"},
		{membership.Eq(name, membership.TextValue("Zoë 漢字 ١")), `eq(name,Zoë 漢字 ١)`},
		{membership.Eq(name, membership.TextValue("\u00a0")), "eq(name,\"\u00a0\")"},
		{membership.Eq(membership.AttrID, membership.IDValue(uuid.Nil)), `eq(id,00000000-0000-0000-0000-000000000000)`},
		{membership.Ge(membership.AttrCreatedAt, membership.TimeValue(ron.CreatedAt)), `ge(created_at,2021-02-23T09:40:33.882Z)`},
		{membership.In(membership.AttrID, membership.IDValue(numbered(1)), membership.IDValue(numbered(2))), `in(id,00000000-0000-7000-8000-000000000001,00000000-0000-7000-8000-000000000002)`},
		{membership.IsNull(membership.AttrGivenName), `is_null(given_name)`},
		{membership.IsNull(membership.AttrParentID), `is_null(parent_id)`},
		{membership.Contains(membership.AttrAccountTags, membership.IDValue(numbered(1))), `contains(account_tags,00000000-0000-7000-8000-000000000001)`},
	}
	for _, test := range tests {
		if got := test.term.String(); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}
