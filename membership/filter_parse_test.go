package membership_test

import (
	"strings"
	"testing"

	"github.com/roster-go/roster/membership"
)

// people are the rows that the filters of members below look at. Each is known by the first word of the name.
var people = []membership.Member{
	{
		ID: memberID(0xa1), Name: "Ron Swanson", Email: "ron@pawnee.gov", GivenName: "Ron", MiddleName: "Ulysses", FamilyName: "Swanson",
		CreatedAt: at("2021-02-23T09:40:33.882Z"), UpdatedAt: at("2021-03-01T00:00:00Z"),
	},
	{
		ID: memberID(0xa2), Name: "Ann Perkins", Email: "ann@pawnee.gov", GivenName: "Ann", FamilyName: "Perkins",
		CreatedAt: at("2021-02-24T00:00:00Z"), UpdatedAt: at("2021-02-24T00:00:00Z"),
	},
	{
		ID: memberID(0xa3), Name: `Zoë (50%_[x]) "Z" O'Neil\`, Email: "ZOË@eagleton.gov", GivenName: "Zoë",
		CreatedAt: at("1969-12-31T23:59:59.999Z"), UpdatedAt: at("2021-02-25T00:00:00Z"),
	},
	{
		ID: memberID(0xa4), Name: "Straße: a:b|c, {d} *e* +f- $g@h/i_j.k", GivenName: "(eq", MiddleName: "*",
		CreatedAt: at("2022-01-01T00:00:00Z"), UpdatedAt: at("2022-01-01T00:00:00Z"),
	},
}

const (
	ronsID = "00000000-0000-7000-8000-0000000000a1"
	annsID = "00000000-0000-7000-8000-0000000000a2"
)

// matching lists the first words of the people whom the filter accepts.
func matching(f membership.Filter) string {
	var names []string
	for _, person := range people {
		if f.Match(person) {
			first, _, _ := strings.Cut(person.Name, " ")
			names = append(names, strings.TrimSuffix(first, ":"))
		}
	}
	return strings.Join(names, " ")
}

func TestAFilterSelects(t *testing.T) {
	t.Parallel()
	const everybody = "Ron Ann Zoë Straße"
	tests := []struct {
		filter string
		want   string
		spelt  string // by String; empty when as it was
	}{
		{``, everybody, ``},

		// Each operator.
		{`eq(name,Ron Swanson)`, "Ron", ``},
		{`eq(name,ron swanson)`, "", ``},
		{`eq(name,Ron*)`, "", ``},
		{`like(name,Ron*)`, "Ron", ``},
		{`like(name,ron*)`, "", ``},
		{`like(name,*son)`, "Ron", ``},
		{`like(name,*n*)`, "Ron Ann", ``},
		{`like(name,*)`, everybody, ``},
		{`like(name,Ron)`, "", ``},
		{`like(name,R*n)`, "", ``},
		{`ilike(name,RON*)`, "Ron", ``},
		{`ilike(name,*PERKINS)`, "Ann", ``},
		{`ilike(name,*N*)`, "Ron Ann Zoë", ``},
		{`ilike(name,STRAẞE*)`, "Straße", ``},
		{`ilike(name,STRASSE*)`, "", ``},
		{`ilike(email,zoë@*)`, "Zoë", ``},
		{`in(id,` + ronsID + `)`, "Ron", ``},
		{`in(id,` + ronsID + `,` + annsID + `)`, "Ron Ann", ``},
		{`in(id,` + ronsID + `,` + ronsID + `)`, "Ron", ``},
		{`eq(id,00000000-0000-7000-8000-0000000000FF)`, "", `eq(id,00000000-0000-7000-8000-0000000000ff)`},
		{`gt(id,` + annsID + `)`, "Zoë Straße", ``},
		{`ge(id,` + annsID + `)`, "Ann Zoë Straße", ``},
		{`lt(id,` + annsID + `)`, "Ron", ``},
		{`le(id,` + annsID + `)`, "Ron Ann", ``},
		{`eq(id,'00000000-0000-7000-8000-0000000000A1')`, "Ron", `eq(id,` + ronsID + `)`},
		{`is_null(middle_name)`, "Ann Zoë", ``},
		{`is_null(given_name)`, "", ``},
		{`like(middle_name,*)`, "Ron Straße", ``},

		// Times.
		{`eq(created_at,2021-02-23T09:40:33.882Z)`, "Ron", ``},
		{`eq(created_at,2021-02-23T09:40:33.8829Z)`, "Ron", `eq(created_at,2021-02-23T09:40:33.882Z)`},
		{`eq(created_at,2021-02-23T10:40:33.882+01:00)`, "Ron", `eq(created_at,2021-02-23T09:40:33.882Z)`},
		{`eq(created_at,1614073233882)`, "Ron", `eq(created_at,2021-02-23T09:40:33.882Z)`},
		{`gt(created_at,2021-02-23T09:40:33Z)`, "Ron Ann Straße", `gt(created_at,2021-02-23T09:40:33.000Z)`},
		{`gt(created_at,2021-02-24)`, "Straße", `gt(created_at,2021-02-24T00:00:00.000Z)`},
		{`ge(created_at,2021-02-24)`, "Ann Straße", `ge(created_at,2021-02-24T00:00:00.000Z)`},
		{`lt(created_at,0)`, "Zoë", `lt(created_at,1970-01-01T00:00:00.000Z)`},
		{`lt(created_at,-1)`, "", `lt(created_at,1969-12-31T23:59:59.999Z)`},
		{`le(created_at,-1)`, "Zoë", `le(created_at,1969-12-31T23:59:59.999Z)`},
		{`ge(created_at,0001-01-01)`, everybody, `ge(created_at,0001-01-01T00:00:00.000Z)`},
		{`le(created_at,9999-12-31T23:59:59.999Z)`, everybody, ``},
		{`le(created_at,253402300799999)`, everybody, `le(created_at,9999-12-31T23:59:59.999Z)`},
		{`ge(created_at,-62135596800000)`, everybody, `ge(created_at,0001-01-01T00:00:00.000Z)`},
		{`ge(created_at,2021-02-23T00:00:00Z):lt(created_at,2021-02-24T00:00:00Z)`, "Ron", `ge(created_at,2021-02-23T00:00:00.000Z):lt(created_at,2021-02-24T00:00:00.000Z)`},
		{`eq(updated_at,'2021-03-01')`, "Ron", `eq(updated_at,2021-03-01T00:00:00.000Z)`},

		// And, or.
		{`like(name,*n*):like(name,Ann*)`, "Ann", ``},
		{`like(name,Ron*):like(name,Ann*)`, "", ``},
		{`(like(name,Ron*)|like(name,Ann*))`, "Ron Ann", ``},
		{`(like(name,Ron*)|like(name,Ann*)|like(name,Zo*)):like(email,*@pawnee.gov)`, "Ron Ann", ``},
		{`like(email,*@pawnee.gov):(like(name,Zo*)|like(name,Ann*))`, "Ann", ``},
		{`(is_null(family_name)|like(name,Ann*)):(like(name,Str*)|is_null(middle_name))`, "Ann Zoë Straße", ``},
		{`(like(name,Ron*))`, "Ron", `like(name,Ron*)`},

		// Bare operands have these characters, and a colon or a bar in one joins nothing.
		{`like(name,*a:b|c*)`, "Straße", ``},
		{`like(name,*{d} *e* +f- $g@h/i_j.k)`, "Straße", ``},
		{`like(name,*:eq*)`, "", ``},
		{`like(name,Zoë*)`, "Zoë", ``},
		{"like(name,Zoe\u0308*)", "", ``}, // combining marks are letters enough
		{`eq(name,漢字)`, "", ``},
		{`eq(name,٤٢)`, "", ``},

		// Quoted ones have any.
		{`eq(name,"Ron Swanson")`, "Ron", `eq(name,Ron Swanson)`},
		{`eq(name,'Ron Swanson')`, "Ron", `eq(name,Ron Swanson)`},
		{`like(name,"*(50%_[x])*")`, "Zoë", ``},
		{`like(name,'*%*')`, "Zoë", `like(name,"*%*")`},
		{`like(name,'*_[*')`, "Zoë", `like(name,"*_[*")`},
		{`like(name,'*"Z"*')`, "Zoë", `like(name,"*\"Z\"*")`},
		{`like(name,"*\"Z\"*")`, "Zoë", ``},
		{`like(name,"*O'Neil*")`, "Zoë", ``},
		{`like(name,'*O\'Neil*')`, "Zoë", `like(name,"*O'Neil*")`},
		{`like(name,"*O\'Neil*")`, "Zoë", `like(name,"*O'Neil*")`},
		{`like(name,"*\\")`, "Zoë", ``},
		{`like(name,'*, {d}*')`, "Straße", `like(name,"*, {d}*")`},
		{`eq(given_name,'(eq')`, "Straße", `eq(given_name,"(eq")`},
		{`eq(middle_name,*)`, "Straße", ``},
		{`eq(middle_name,'*')`, "Straße", `eq(middle_name,*)`},
		{`eq(name,"")`, "", ``},
		{`eq(name,'')`, "", `eq(name,"")`},
		{`like(name,"")`, "", ``},
		{`ilike(name,"")`, "", ``},
		{"eq(name,\"a\nb\")", "", ``},
		{`eq(name,'):eq(name,')`, "", `eq(name,"):eq(name,")`},
		{`like(name,'**')`, everybody, `like(name,**)`},

		// Blanks.
		{`  eq( name , "Ron Swanson" ) : eq(email,ron@pawnee.gov)  `, "Ron", `eq(name,Ron Swanson):eq(email,ron@pawnee.gov)`},
		{` ( like(name,Ron*) | like(name,Ann*) ) `, "Ron Ann", `(like(name,Ron*)|like(name,Ann*))`},
		{`eq(name,  Ron Swanson)`, "Ron", `eq(name,Ron Swanson)`},
		{`eq(name,Ron Swanson )`, "", ``}, // a blank behind a bare operand belongs to it
		{`eq(name,"Ron Swanson" )`, "Ron", `eq(name,Ron Swanson)`},
		{`eq(name," Ron Swanson")`, "", ``},
		{`eq(name,a  b)`, "", ``},
		{`in(id, ` + ronsID + `, ` + annsID + `)`, "Ron Ann", `in(id,` + ronsID + `,` + annsID + `)`},
		{`is_null( middle_name )`, "Ann Zoë", `is_null(middle_name)`},
	}
	for _, test := range tests {
		t.Run(test.filter, func(t *testing.T) {
			t.Parallel()
			filter, err := membership.ParseFilter(membership.ResourceMember, test.filter)
			if err != nil {
				t.Fatal(err)
			}
			if got := matching(filter); got != test.want {
				t.Errorf("it selects %q, want %q", got, test.want)
			}
			want := test.spelt
			if want == "" {
				want = test.filter
			}
			if got := filter.String(); got != want {
				t.Errorf("it is spelt\n%s, want\n%s", got, want)
			}
			checkRoundTrip(t, membership.ResourceMember, filter)
		})
	}
}

func TestAFilterOfMembershipsLooksAtWhatTheyJoin(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		`eq(account.name,Acme)`:                                        true,
		`ilike(account.name,ac*)`:                                      true,
		`eq(account_member.name,Ron Swanson)`:                          true,
		`like(account_member.email,*@pawnee.gov)`:                      true,
		`like(account_member.email,*@eagleton.gov)`:                    false,
		`eq(account_id,` + acme.ID.String() + `)`:                      true,
		`eq(account_id,` + ron.ID.String() + `)`:                       false,
		`eq(account_member_id,` + ronsID + `)`:                         false,
		`in(account_member_id,` + ronsID + `,` + ron.ID.String() + `)`: true,
		`like(account_member_id,00000000-0000-7000*)`:                  true,
		`like(account_member_id,*2)`:                                   true,
		`like(account_member_id,*3)`:                                   false,
	}
	for text, want := range tests {
		filter, err := membership.ParseFilter(membership.ResourceMembership, text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := filter.Match(ronInAcmeRow); got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
}

func TestAFilterThatCannotBeReadSaysWhere(t *testing.T) {
	t.Parallel()
	const (
		operators  = "expected an operator, one of: eq, in, like, ilike, gt, ge, lt, le, is_null, contains"
		attributes = "allowed are: id, name, email, given_name, middle_name, family_name, created_at, updated_at"
		value      = "expected a value; put one with other characters than letters, digits, spaces and @$_*.{}|+:/- into quotes"
		timeWanted = "is not a time: RFC 3339, YYYY-MM-DD, or milliseconds since 1970"
	)
	eleven := strings.Repeat("eq(name,a):", 11)
	tests := []struct{ filter, want string }{
		{` `, "at character 2: " + operators},
		{`:`, "at character 1: " + operators},
		{`eq`, "at character 3: expected ( after the operator"},
		{`eq(`, `at character 4: unknown attribute "", ` + attributes},
		{`eq(name`, "at character 8: expected ) or , after an attribute or a value"},
		{`eq(name,`, "at character 9: " + value},
		{`eq(name,a`, "at character 10: expected ) or , after an attribute or a value"},
		{`eq(name,a))`, "at character 11: expected : to join the next filter, or the end"},
		{`eq(name,a)x`, "at character 11: expected : to join the next filter, or the end"},
		{`eq(name,a) x`, "at character 12: expected : to join the next filter, or the end"},
		{`eq(name,a)|eq(name,b)`, "at character 11: expected : to join the next filter, or the end"},
		{`eq(name,a),eq(name,b)`, "at character 11: expected : to join the next filter, or the end"},
		{`eq(name,a)eq(name,b)`, "at character 11: expected : to join the next filter, or the end"},
		{`eq(name,a):`, "at character 12: " + operators},
		{`:eq(name,a)`, "at character 1: " + operators},
		{`eq(name,a)::eq(name,b)`, "at character 12: " + operators},

		// Operators and attributes.
		{`ne(name,a)`, "at character 1: " + operators},
		{`EQ(name,a)`, "at character 1: " + operators},
		{`  ne(name,a)`, "at character 3: " + operators},
		{`(name,a)`, "at character 2: " + operators},
		{`éq(name,a)`, "at character 1: " + operators},
		{`eq (name,a)`, "at character 3: expected ( after the operator"},
		{`eq[name,a]`, "at character 3: expected ( after the operator"},
		{`eq(shoe_size,43)`, `at character 4: unknown attribute "shoe_size", ` + attributes},
		{`eq(Name,a)`, `at character 4: unknown attribute "Name", ` + attributes},
		{`eq( legal_name,a)`, `at character 5: unknown attribute "legal_name", ` + attributes},
		{`eq('name',a)`, `at character 4: unknown attribute "", ` + attributes},
		{`eq(,a)`, `at character 4: unknown attribute "", ` + attributes},
		{`gt(name,a)`, "at character 4: operator gt cannot be used on name, allowed are: eq, like, ilike"},
		{`in(name,a,b)`, "at character 4: operator in cannot be used on name, allowed are: eq, like, ilike"},
		{`like(id,a*)`, "at character 6: operator like cannot be used on id, allowed are: eq, in, gt, ge, lt, le"},
		{`like(created_at,2021*)`, "at character 6: operator like cannot be used on created_at, allowed are: eq, gt, ge, lt, le"},
		{`is_null(name)`, "at character 9: operator is_null cannot be used on name, allowed are: eq, like, ilike"},
		{`is_null(email)`, "at character 9: operator is_null cannot be used on email, allowed are: eq, like, ilike"},

		// Counts.
		{`eq(name)`, "at character 1: eq(name) takes one value"},
		{`eq(name,a,b)`, "at character 1: eq(name) takes one value"},
		{`eq(name,a): like(name)`, "at character 13: like(name) takes one value"},
		{`gt(id,` + ronsID + `,` + annsID + `)`, "at character 1: gt(id) takes one value"},
		{`in(id)`, "at character 1: in(id) takes at least one value"},
		{`is_null(given_name,a)`, "at character 1: is_null(given_name) takes no value"},

		// Values.
		{`eq(name,)`, "at character 9: " + value},
		{`eq(name,   )`, "at character 12: " + value},
		{`eq(name,,a)`, "at character 9: " + value},
		{`eq(name,a,)`, "at character 11: " + value},
		{`eq(name,%)`, "at character 9: " + value},
		{`eq(name,a%)`, "at character 10: expected ) or , after an attribute or a value"},
		{`eq(name,é%)`, "at character 10: expected ) or , after an attribute or a value"},
		{`eq(name,😀)`, "at character 9: " + value},
		{"eq(name,\t)", "at character 9: " + value},
		{"eq(name,\u00a0a)", "at character 9: " + value},
		{`eq(name,O'Neil)`, "at character 10: expected ) or , after an attribute or a value"},
		{`eq(name,a(b))`, "at character 10: expected ) or , after an attribute or a value"},
		{`eq(name,a\b)`, "at character 10: expected ) or , after an attribute or a value"},
		{`eq(id,1)`, `at character 7: "1" is not a UUID`},
		{`eq(id,*)`, `at character 7: "*" is not a UUID`},
		{`eq(id,"")`, `at character 7: "" is not a UUID`},
		{`eq(id, {` + ronsID + `})`, `at character 8: "{` + ronsID + `}" is not a UUID`},
		{`in(id,` + ronsID + `,x)`, `at character 44: "x" is not a UUID`},
		{`eq(created_at,yesterday)`, `at character 15: "yesterday" ` + timeWanted},
		{`eq(created_at,"")`, `at character 15: "" ` + timeWanted},
		{`eq(created_at,2021-02-30)`, `at character 15: "2021-02-30" ` + timeWanted},
		{`eq(created_at,2021-02-23T09:40:33)`, `at character 15: "2021-02-23T09:40:33" ` + timeWanted},
		{`eq(created_at,2021-02-23 09:40:33Z)`, `at character 15: "2021-02-23 09:40:33Z" ` + timeWanted},
		{`eq(created_at,2021-02-23T25:00:00Z)`, `at character 15: "2021-02-23T25:00:00Z" ` + timeWanted},
		{`eq(created_at,1.5)`, `at character 15: "1.5" ` + timeWanted},
		{`eq(created_at,+5)`, `at character 15: "+5" ` + timeWanted},
		{`eq(created_at,1_000)`, `at character 15: "1_000" ` + timeWanted},
		{`eq(created_at,0000-12-31)`, `at character 15: "0000-12-31" ` + timeWanted},
		{`eq(created_at,10000-01-01)`, `at character 15: "10000-01-01" ` + timeWanted},
		{`eq(created_at,253402300800000)`, `at character 15: "253402300800000" ` + timeWanted},
		{`eq(created_at,-62135596800001)`, `at character 15: "-62135596800001" ` + timeWanted},
		{`eq(created_at,0001-01-01T00:00:00+00:01)`, `at character 15: "0001-01-01T00:00:00+00:01" ` + timeWanted},
		{`eq(created_at,99999999999999999999)`, `at character 15: "99999999999999999999" ` + timeWanted},

		// Quotes.
		{`eq(name,"a)`, "at character 9: the quote is not closed"},
		{`eq(name,'a")`, "at character 9: the quote is not closed"},
		{`eq(name,"`, "at character 9: the quote is not closed"},
		{`eq(name,"a\")`, "at character 9: the quote is not closed"},
		{`eq(name,"\`, `at character 11: expected a quote or a backslash after \`},
		{`eq(name,"a\n")`, `at character 12: expected a quote or a backslash after \`},
		{`eq(name,"\é")`, `at character 11: expected a quote or a backslash after \`},
		{`eq(name,"a"b)`, "at character 12: expected ) or , after an attribute or a value"},
		{`eq(name,"a""b")`, "at character 12: expected ) or , after an attribute or a value"},
		{`eq(name,a"b")`, "at character 10: expected ) or , after an attribute or a value"},

		// Groups.
		{`()`, "at character 2: " + operators},
		{`(`, "at character 2: " + operators},
		{`(eq(name,a)`, "at character 12: expected | or ) after an alternative"},
		{`(eq(name,a):eq(name,b))`, "at character 12: expected | or ) after an alternative"},
		{`(eq(name,a)|)`, "at character 13: " + operators},
		{`(|eq(name,a))`, "at character 2: " + operators},
		{`((eq(name,a)))`, "at character 2: " + operators},
		{`(eq(name,a)|(eq(name,b)))`, "at character 13: " + operators},
		{`(eq(name,a))(eq(name,b))`, "at character 13: expected : to join the next filter, or the end"},

		// Characters are counted, not bytes.
		{`eq(name,äöü):ne(name,ß)`, "at character 14: " + operators},
		{`eq(name,"😀"):ne(name,ß)`, "at character 14: " + operators},

		// Bounds.
		{eleven, "at character 111: at most 10 terms are allowed"},
		{"(" + strings.ReplaceAll(eleven, ":", "|") + ")", "at character 112: at most 10 terms are allowed"},
		{strings.Repeat("(", 8193), "it has 8193 bytes, at most 8192 are allowed"},
		{"eq(name,a\x00)", "it must not contain a NUL character"},
		{"eq(name,'a\x00')", "it must not contain a NUL character"},
		{"eq(name,\xff)", "it must be valid UTF-8"},
		{"\xc3", "it must be valid UTF-8"},
	}
	for _, test := range tests {
		name := test.filter
		if len(name) > 60 {
			name = name[:60]
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			filter, err := membership.ParseFilter(membership.ResourceMember, test.filter)
			checkFilterFault(t, err, test.want)
			if filter != nil {
				t.Errorf("it was read none the less, as %s", filter)
			}
		})
	}
}

func TestAFilterMayReachItsBounds(t *testing.T) {
	t.Parallel()
	ten := strings.TrimSuffix(strings.Repeat("eq(name,a):", 10), ":")
	longest := "eq(name," + strings.Repeat("a", membership.MaxFilterLength-len("eq(name,)")) + ")"
	for name, text := range map[string]string{
		"ten terms":        ten,
		"ten alternatives": "(" + strings.ReplaceAll(ten, ":", "|") + ")",
		"8192 bytes":       longest,
	} {
		filter, err := membership.ParseFilter(membership.ResourceMember, text)
		if err != nil || filter.String() != text {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnUnknownResourceHasNoFilters(t *testing.T) {
	t.Parallel()
	if filter, err := membership.ParseFilter("invoice", ""); filter != nil || err != nil {
		t.Errorf("the empty filter: %v, %v", filter, err)
	}
	_, err := membership.ParseFilter("invoice", "eq(id,1)")
	checkFilterFault(t, err, `at character 4: unknown attribute "id", allowed are: `)
}
