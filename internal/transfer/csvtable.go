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
	header  []string
	rowType string              // of rows that do not say theirs
	typeAt  int                 // where the column of the type is; below 0 where there is none
	names   map[string][]string // the columns as rows of a type have them, of the types that there were
}

// newTable reads a header.
func newTable(header []string, rowType string) (*table, error) {
	t := &table{rowType: rowType, typeAt: -1, names: map[string][]string{}}
	seen := make(map[string]bool, len(header)) // and, behind a blank, in small letters: what may be written in any case
	for i, name := range header {
		name = strings.TrimSpace(name)
		if name == "" {
			return nil, fmt.Errorf("column %d of the header has no name; name it, or remove it", i+1)
		}
		again := seen[name]
		// Why not all that differ in case only: there may be custom fields of one resource and of another.
		if folded := strings.ToLower(name); name != folded && isOwn("", folded) {
			again = again || seen[" "+folded]
			seen[" "+folded] = true
		}
		if again {
			return nil, fmt.Errorf("the header has the column %s twice; rename or remove one", name)
		}
		seen[name] = true
		t.header = append(t.header, name)
		if strings.EqualFold(name, typeColumn) {
			t.typeAt = i
		}
	}
	if t.rowType == "" && t.typeAt < 0 {
		if t.rowType = suggestedBy(t.columns("")); t.rowType == "" {
			return nil, errNoType
		}
	}
	return t, nil
}

// columns are the names of the columns as rows of a type have them, any type if it is empty. What is no custom field may be
// written in any case.
func (t *table) columns(rowType string) []string {
	if names, ok := t.names[rowType]; ok {
		return names
	}
	if rowType != "" && !slices.Contains(Types(), rowType) { // Why: there may be as many of these as rows
		return t.columns("")
	}
	names := slices.Clone(t.header)
	for i, name := range names {
		if folded := strings.ToLower(name); isOwn(rowType, folded) && !slices.Contains(t.header, folded) {
			names[i] = folded
		}
	}
	t.names[rowType] = names
	return names
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

var errNoType = errors.New("the header does not tell what the rows are: there must be a column type, or name for accounts, " +
	"name and email for account members, or for account memberships one of " + strings.Join(accountColumns, ", ") +
	" and one of " + strings.Join(memberColumns, ", "))

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
	case has("name"):
		return accountType
	}
	return ""
}
