package transfer

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
)

// The types of the rows that a file may have.
const (
	accountType            = string(membership.ResourceAccount)
	memberType             = string(membership.ResourceMember)
	membershipType         = string(membership.ResourceMembership)
	tagType                = string(membership.ResourceTag)
	flowType               = string(membership.ResourceFlow)
	fieldType              = string(membership.ResourceField)
	membershipSettingsType = httpadapter.MembershipSettingsType
	authSettingsType       = httpadapter.AuthenticationSettingsType
)

// Types are the types of the rows that a file may have, in the order in which an export writes them.
func Types() []string {
	return []string{tagType, flowType, fieldType, accountType, memberType, membershipType, membershipSettingsType, authSettingsType}
}

const (
	typeColumn          = "type"
	tagsColumn          = httpadapter.TagsMember
	relationshipsColumn = "relationships"
	createdColumn       = "created_at"
	updatedColumn       = "updated_at"
)

// tableColumn is a column of an export as a table.
type tableColumn struct {
	name  string
	types []string // which rows have it; empty means all
}

// columns are those of all rows, in their order. Custom fields are behind them.
var columns = []tableColumn{
	{typeColumn, nil},
	{"id", []string{accountType, memberType, membershipType, tagType, flowType, fieldType}},
	{"name", []string{accountType, memberType, tagType, flowType, fieldType}},
	{"legal_name", []string{accountType}},
	{"registration_id", []string{accountType}},
	{"external_ref", []string{accountType}},
	{"parent_id", []string{accountType}},
	{tagsColumn, []string{accountType}},
	{relationshipsColumn, []string{accountType}}, // instead of the tags
	{"email", []string{memberType}},
	{"given_name", []string{memberType}},
	{"middle_name", []string{memberType}},
	{"family_name", []string{memberType}},
	{"account_id", []string{membershipType}},
	{"account_member_id", []string{membershipType}},
	{httpadapter.ResourceMember, []string{fieldType}},
	{"slug", []string{flowType, fieldType}},
	{"field_type", []string{fieldType}},
	{"description", []string{tagType, flowType, fieldType}},
	{"enabled", []string{flowType, fieldType}},
	{"required", []string{fieldType}},
	{"default", []string{fieldType}},
	{"order", []string{fieldType}},
	{"omit_null", []string{fieldType}},
	{"index", []string{fieldType}},
	{rulesColumn, []string{fieldType}},
	{"membership_limit", []string{membershipSettingsType}},
	{"enable_self_signup", []string{authSettingsType}},
	{"auto_create_account_for_account_members", []string{authSettingsType}},
	{"account_member_self_management", []string{authSettingsType}},
	{"account_management_authentication_token_timeout_secs", []string{authSettingsType}},
	{createdColumn, []string{accountType, memberType, membershipType, tagType, flowType, fieldType}},
	{updatedColumn, []string{accountType, memberType, membershipType, tagType, flowType, fieldType}},
}

const rulesColumn = "validation_rules"

// nestedColumns have JSON in their cells.
var nestedColumns = map[string]bool{rulesColumn: true, relationshipsColumn: true}

// The columns that name the account and the member of a membership, and the account above an account, not only by their
// ids.
var (
	accountColumns = []string{"account_id", "account_external_ref", "account_registration_id"}
	memberColumns  = []string{"account_member_id", "member_id", "account_member_email", "email"}
	otherColumns   = []string{"parent_external_ref"}
)

// table is the header of a table that is read.
type table struct {
	header  []string          // an empty one is a column without a name
	rowType string            // of rows that do not say theirs
	typeAt  int               // where the column of the type is; below 0 where there is none
	namings map[string]naming // of the types that there were
}

// naming is what the columns are called as rows of a type have them.
type naming struct {
	names   []string
	spelled map[string]string // how the header spells those of the names that it spells otherwise
}

// newTable reads a header.
func newTable(header []string, rowType string) (*table, error) {
	t := &table{rowType: rowType, typeAt: -1, namings: map[string]naming{}}
	seen := make(map[string]bool, len(header)) // and, behind a blank, as the API spells it: what may be spelled in several ways
	for i, name := range header {
		name = strings.TrimSpace(name)
		t.header = append(t.header, name)
		if name == "" { // Why not a fault: spreadsheets write columns behind the last one in which there is nothing
			continue
		}
		again := seen[name]
		// Why not all that are spelled otherwise: there may be custom fields of one resource and of another.
		if own := spelling(name); name != own && isOwn("", own) {
			again = again || seen[" "+own]
			seen[" "+own] = true
		}
		if again {
			return nil, fmt.Errorf("the header has the column %s twice; rename or remove one", name)
		}
		seen[name] = true
		if strings.EqualFold(name, typeColumn) {
			t.typeAt = i
		}
	}
	if t.rowType == "" && t.typeAt < 0 {
		if t.rowType = suggestedBy(t.columns("").names); t.rowType == "" {
			return nil, errNoType
		}
	}
	return t, nil
}

// columns are what the columns are called as rows of a type have them, any type if it is empty. What a type has itself may be
// spelled as people do; see spelling.
func (t *table) columns(rowType string) naming {
	if known, ok := t.namings[rowType]; ok {
		return known
	}
	if rowType != "" && !slices.Contains(Types(), rowType) { // Why: there may be as many of these as rows
		return t.columns("")
	}
	n := naming{slices.Clone(t.header), map[string]string{}}
	for i, name := range t.header {
		if own := spelling(name); own != name && isOwn(rowType, own) && !slices.Contains(t.header, own) {
			n.names[i], n.spelled[own] = own, name
		}
	}
	t.namings[rowType] = n
	return n
}

// spelling is how the API spells a name that people write with capital letters, with blanks or with hyphens: external_ref for
// External Ref, and email for E-Mail.
func spelling(name string) string {
	name = strings.Map(func(c rune) rune {
		if c == ' ' || c == '-' {
			return '_'
		}
		return c
	}, strings.ToLower(name))
	return strings.ReplaceAll(name, "e_mail", "email")
}

// isOwn reports whether rows of a type, any type if it is empty, have a column of the name that is no custom field's.
func isOwn(rowType, name string) bool {
	for _, c := range columns {
		if c.name == name && (rowType == "" || len(c.types) == 0 || slices.Contains(c.types, rowType)) {
			return true
		}
	}
	switch rowType {
	case "":
		return isOwn(membershipType, name) || isOwn(accountType, name)
	case membershipType:
		return slices.Contains(accountColumns, name) || slices.Contains(memberColumns, name)
	case accountType:
		return slices.Contains(otherColumns, name)
	}
	return false
}

var errNoType = errors.New("the header does not tell what the rows are; say it in a column type, or with --type. It tells " +
	"account members by a column email, account memberships by one of " + strings.Join(accountColumns, ", ") + " and one of " +
	strings.Join(memberColumns, ", ") + ", and accounts by name and a column that only accounts have, as external_ref, " +
	"or where all columns are those of accounts")

// suggestedBy is the type of rows that have the columns; empty where there is none.
func suggestedBy(names []string) string {
	has := func(columns ...string) bool {
		return slices.ContainsFunc(columns, func(name string) bool { return slices.Contains(names, name) })
	}
	switch {
	case has(accountColumns...) && has(memberColumns...):
		return membershipType
	case has("email"):
		return memberType
	case has("name") && suggestAccounts(names):
		return accountType
	}
	return ""
}

// suggestAccounts reports whether columns beside the name are those of accounts. Why the name is not enough: a table of people
// would become one of accounts.
func suggestAccounts(names []string) bool {
	other := func(name string) bool { return name != "" && !isOwn(accountType, name) }
	return slices.ContainsFunc(names, isOnlyOfAccounts) || !slices.ContainsFunc(names, other)
}

// isOnlyOfAccounts reports whether accounts, and no rows of another type, have a column of the name.
func isOnlyOfAccounts(name string) bool {
	if slices.Contains(otherColumns, name) {
		return true
	}
	return slices.ContainsFunc(columns, func(c tableColumn) bool {
		return c.name == name && slices.Equal(c.types, []string{accountType})
	})
}
