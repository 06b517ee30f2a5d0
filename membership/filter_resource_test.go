package membership_test

import (
	"cmp"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

func TestContainsHoldsOfARowThatHasTheValue(t *testing.T) {
	t.Parallel()
	tagged := func(n byte) membership.Term {
		return membership.Contains(membership.AttrAccountTags, membership.IDValue(numbered(n)))
	}
	tests := []struct {
		name string
		term membership.Term
		row  membership.Row
		want bool
	}{
		{"the first", tagged(4), acmeRow, true},
		{"the second", tagged(5), acmeRow, true},
		{"another", tagged(6), acmeRow, false},
		{"an account that has none", tagged(4), membership.AccountRow{Account: acme}, false},
		{"an account without its tags beside it", tagged(4), acme, false},
		{"a row that has no such attributes", tagged(4), ron, false},
		{"an attribute of one value", membership.Contains(membership.AttrID, membership.IDValue(acme.ID.UUID)), acmeRow, false},
		{"an attribute of one value, of such a row", membership.Contains(membership.AttrName, membership.TextValue("Ron Swanson")), ron, false},
		{"null", membership.Contains(membership.AttrAccountTags, membership.Value{}), acmeRow, false},
		{"equality, which asks for one value", membership.Eq(membership.AttrAccountTags, membership.IDValue(numbered(4))), acmeRow, false},
		{"the parent", membership.Eq(membership.AttrParentID, membership.IDValue(acme.ParentID.UUID)), acmeRow, true},
		{"another's parent", membership.Eq(membership.AttrParentID, membership.IDValue(acme.ID.UUID)), acmeRow, false},
		{"no parent, of a child", membership.IsNull(membership.AttrParentID), acmeRow, false},
		{"no parent, of a root", membership.IsNull(membership.AttrParentID), membership.AccountRow{}, true},
		{"the zero parent, of a root", membership.Eq(membership.AttrParentID, membership.IDValue(uuid.Nil)), membership.AccountRow{}, false},
	}
	for _, test := range tests {
		if got := test.term.Match(test.row); got != test.want {
			t.Errorf("%s: %s: %t", test.name, test.term, got)
		}
	}
}

// companies are the rows that the filters of accounts below look at.
var companies = []membership.AccountRow{
	{Account: membership.Account{ID: accountID(0xb1), Name: "Acme", RegistrationID: "HRB 1"}, Tags: []membership.TagID{tagID(0xc1), tagID(0xc2)}},
	{Account: membership.Account{ID: accountID(0xb2), ParentID: accountID(0xb1), Name: "Initech"}, Tags: []membership.TagID{tagID(0xc2)}},
	{Account: membership.Account{ID: accountID(0xb3), ParentID: accountID(0xb2), Name: "Hooli", LegalName: "Acme"}},
}

func TestAFilterOfAccountsLooksAtParentsAndTags(t *testing.T) {
	t.Parallel()
	const (
		acmesID, initechsID, hoolisID = "00000000-0000-7000-8000-0000000000b1", "00000000-0000-7000-8000-0000000000b2", "00000000-0000-7000-8000-0000000000b3"
		press, wholesale, unused      = "00000000-0000-7000-8000-0000000000c1", "00000000-0000-7000-8000-0000000000c2", "00000000-0000-7000-8000-0000000000c3"
	)
	tests := []struct {
		filter string
		want   string
		spelt  string // by String; empty when as it was
	}{
		// Parents.
		{`eq(parent_id,` + acmesID + `)`, "Initech", ``},
		{`eq(parent_id,` + initechsID + `)`, "Hooli", ``},
		{`eq(parent_id,` + hoolisID + `)`, "", ``},
		{`eq(parent_id,00000000-0000-7000-8000-0000000000B1)`, "Initech", `eq(parent_id,` + acmesID + `)`},
		{`eq(parent_id,"` + acmesID + `")`, "Initech", `eq(parent_id,` + acmesID + `)`},
		{`eq(parent_id,00000000-0000-0000-0000-000000000000)`, "", ``}, // no account's id is no parent's
		{`is_null(parent_id)`, "Acme", ``},
		{` is_null( parent_id ) `, "Acme", `is_null(parent_id)`},
		{`(is_null(parent_id)|eq(parent_id,` + initechsID + `))`, "Acme Hooli", ``},
		{`is_null(parent_id):eq(parent_id,` + acmesID + `)`, "", ``},

		// Tags.
		{`contains(account_tags,` + press + `)`, "Acme", ``},
		{`contains(account_tags,` + wholesale + `)`, "Acme Initech", ``},
		{`contains(account_tags,` + unused + `)`, "", ``},
		{`contains(account_tags,00000000-0000-7000-8000-0000000000C1)`, "Acme", `contains(account_tags,` + press + `)`},
		{`contains( account_tags , '` + press + `' )`, "Acme", `contains(account_tags,` + press + `)`},
		{`contains(account_tags,` + acmesID + `)`, "", ``}, // an account's id is no tag's
		{`contains(account_tags,` + press + `):contains(account_tags,` + wholesale + `)`, "Acme", ``},
		{`(contains(account_tags,` + press + `)|contains(account_tags,` + wholesale + `))`, "Acme Initech", ``},
		{`(contains(account_tags,` + press + `)|is_null(parent_id)|like(name,H*))`, "Acme Hooli", ``},
		{`contains(account_tags,` + wholesale + `):eq(parent_id,` + acmesID + `)`, "Initech", ``},
		{`(eq(name,Acme)|eq(legal_name,Acme)):is_null(parent_id)`, "Acme", ``},
		{`eq(registration_id,HRB 1):contains(account_tags,` + press + `)`, "Acme", ``},
	}
	for _, test := range tests {
		t.Run(test.filter, func(t *testing.T) {
			t.Parallel()
			filter, err := membership.ParseFilter(membership.ResourceAccount, test.filter)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, row := range companies {
				if filter.Match(row) {
					names = append(names, row.Name)
				}
			}
			if got := strings.Join(names, " "); got != test.want {
				t.Errorf("it selects %q, want %q", got, test.want)
			}
			want := cmp.Or(test.spelt, test.filter)
			if got := filter.String(); got != want {
				t.Errorf("it is spelt\n%s, want\n%s", got, want)
			}
			checkRoundTrip(t, membership.ResourceAccount, filter)
		})
	}
}

func TestAFilterOfAccountsThatCannotBeReadSaysWhere(t *testing.T) {
	t.Parallel()
	tests := []struct{ filter, want string }{
		{`contains(account_tags)`, "at character 1: contains(account_tags) takes one value"},
		{`contains(account_tags,` + ronsID + `,` + annsID + `)`, "at character 1: contains(account_tags) takes one value"},
		{`contains(account_tags,press)`, `at character 23: "press" is not a UUID`},
		{`contains(account_tags,*)`, `at character 23: "*" is not a UUID`},
		{`contains(account_tags,"")`, `at character 23: "" is not a UUID`},
		{`eq(account_tags,` + ronsID + `)`, "at character 4: operator eq cannot be used on account_tags, allowed are: contains"},
		{`in(account_tags,` + ronsID + `)`, "at character 4: operator in cannot be used on account_tags, allowed are: contains"},
		{`is_null(account_tags)`, "at character 9: operator is_null cannot be used on account_tags, allowed are: contains"},
		{`contains(name,a)`, "at character 10: operator contains cannot be used on name, allowed are: eq, like, ilike"},
		{`contains(id,` + ronsID + `)`, "at character 10: operator contains cannot be used on id, allowed are: eq, in, gt, ge, lt, le"},
		{`contains(parent_id,` + ronsID + `)`, "at character 10: operator contains cannot be used on parent_id, allowed are: eq, is_null"},
		{`in(parent_id,` + ronsID + `)`, "at character 4: operator in cannot be used on parent_id, allowed are: eq, is_null"},
		{`eq(parent_id,root)`, `at character 14: "root" is not a UUID`},
		{`eq(parent_id,"")`, `at character 14: "" is not a UUID`},
		{`is_null(parent_id,` + ronsID + `)`, "at character 1: is_null(parent_id) takes no value"},
		{
			`eq(username,ron)`,
			`at character 4: unknown attribute "username", allowed are: id, name, legal_name, registration_id, external_ref, parent_id, account_tags, created_at, updated_at`,
		},
	}
	for _, test := range tests {
		t.Run(test.filter, func(t *testing.T) {
			t.Parallel()
			filter, err := membership.ParseFilter(membership.ResourceAccount, test.filter)
			checkFilterFault(t, err, test.want)
			if filter != nil {
				t.Errorf("it was read none the less, as %s", filter)
			}
		})
	}
}

func TestTagsProfilesAndLoginsAreFilteredByName(t *testing.T) {
	t.Parallel()
	tests := []struct {
		resource membership.Resource
		filter   string
		want     bool
	}{
		{membership.ResourceTag, `eq(name,press)`, true},
		{membership.ResourceTag, `ilike(name,PRE*)`, true},
		{membership.ResourceTag, `like(name,PRE*)`, false},
		{membership.ResourceTag, `in(id,` + press.ID.String() + `)`, true},
		{membership.ResourceTag, `gt(created_at,2021-02-27)`, false},
		{membership.ResourcePasswordProfile, `eq(name,Shop)`, true},
		{membership.ResourcePasswordProfile, `le(updated_at,2021-03-02)`, true},
		{membership.ResourcePasswordProfile, `eq(id,` + press.ID.String() + `)`, false},
		{membership.ResourceLogin, `eq(username,ron)`, true},
		{membership.ResourceLogin, `like(username,*on):ge(created_at,2021-03-03)`, true},
		{membership.ResourceLogin, `eq(username,Ron)`, false},
	}
	for _, test := range tests {
		filter, err := membership.ParseFilter(test.resource, test.filter)
		if err != nil {
			t.Errorf("%s: %v", test.filter, err)
		} else if got := filter.Match(oneOfEach[test.resource]); got != test.want {
			t.Errorf("%s: %t", test.filter, got)
		}
	}
	for resource, text := range map[membership.Resource]string{
		membership.ResourceTag:             `eq(description,x)`,
		membership.ResourcePasswordProfile: `eq(username_format,any)`,
		membership.ResourceLogin:           `eq(password_hash,x)`,
	} {
		_, err := membership.ParseFilter(resource, text)
		if !errors.Is(err, membership.ErrInvalidFilter) {
			t.Errorf("%s of %s: got %v", text, resource, err)
		}
	}
}
