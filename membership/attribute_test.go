package membership_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/roster-go/roster/membership"
)

// TestWhatAListCanBeFilteredAndSortedBy is the whole table, as a client may rely on it; a star marks what can be
// sorted by.
func TestWhatAListCanBeFilteredAndSortedBy(t *testing.T) {
	t.Parallel()
	tests := map[membership.Resource]string{
		membership.ResourceAccount: `
			id* eq in gt ge lt le
			name* eq like ilike
			legal_name eq like ilike
			registration_id eq like ilike
			external_ref eq like ilike
			parent_id eq is_null
			account_tags contains
			created_at* eq gt ge lt le
			updated_at* eq gt ge lt le`,
		membership.ResourceMember: `
			id* eq in gt ge lt le
			name* eq like ilike
			email* eq like ilike
			given_name eq like ilike is_null
			middle_name eq like ilike is_null
			family_name eq like ilike is_null
			created_at* eq gt ge lt le
			updated_at* eq gt ge lt le`,
		membership.ResourceMembership: `
			id* eq in gt ge lt le
			account_id eq in
			account_member_id eq like in
			created_at* eq gt ge lt le
			updated_at* eq gt ge lt le
			account.name eq like ilike
			account_member.name eq like ilike
			account_member.email eq like ilike`,
		membership.ResourceFlow: `
			id* eq in gt ge lt le
			name* eq like ilike
			created_at* eq gt ge lt le
			updated_at* eq gt ge lt le
			slug* eq like ilike`,
		membership.ResourceField: `
			id* eq in gt ge lt le
			name* eq like ilike
			created_at* eq gt ge lt le
			updated_at* eq gt ge lt le
			slug* eq like ilike
			field_type eq like ilike
			order* eq in gt ge lt le`,
		membership.ResourceTag: `
			id* eq in gt ge lt le
			name* eq like ilike
			created_at* eq gt ge lt le
			updated_at* eq gt ge lt le`,
		membership.ResourcePasswordProfile: `
			id* eq in gt ge lt le
			name* eq like ilike
			created_at* eq gt ge lt le
			updated_at* eq gt ge lt le`,
		membership.ResourceLogin: `
			id* eq in gt ge lt le
			username* eq like ilike
			created_at* eq gt ge lt le
			updated_at* eq gt ge lt le`,
		"invoice": ``,
	}
	for resource, want := range tests {
		t.Run(string(resource), func(t *testing.T) {
			t.Parallel()
			var got strings.Builder
			for _, attr := range resource.Attributes() {
				star := ""
				if slices.Contains(resource.Sortable(), attr) {
					star = "*"
				}
				fmt.Fprintf(&got, "\n%s%s", attr, star)
				for _, op := range resource.Operators(attr) {
					got.WriteString(" " + op.String())
				}
			}
			if want := strings.ReplaceAll(want, "\t", ""); got.String() != want {
				t.Errorf("got %s\nwant %s", got.String(), want)
			}
		})
	}
}

func TestAnUnknownAttributeTakesNoOperator(t *testing.T) {
	t.Parallel()
	if ops := membership.ResourceAccount.Operators("shoe_size"); len(ops) != 0 {
		t.Errorf("got %v", ops)
	}
}

func TestTheTableOfAttributesCannotBeChangedThroughItsCopies(t *testing.T) {
	t.Parallel()
	ops := membership.ResourceAccount.Operators(membership.AttrID)
	ops[0] = membership.OpIsNull
	attrs := membership.ResourceAccount.Attributes()
	attrs[0] = "shoe_size"
	if membership.ResourceAccount.Operators(membership.AttrID)[0] != membership.OpEq ||
		membership.ResourceAccount.Attributes()[0] != membership.AttrID {
		t.Error("a caller has changed it")
	}
}

// TestARowHasAValueForEachAttributeOfItsResource catches an attribute that is in the table and not in Value.
func TestARowHasAValueForEachAttributeOfItsResource(t *testing.T) {
	t.Parallel()
	for resource, row := range oneOfEach {
		for _, attr := range allAttributes() {
			ops := resource.Operators(attr)
			several := slices.Contains(ops, membership.OpContains)
			if got, want := row.Value(attr).Kind() != membership.KindNull, len(ops) > 0 && !several; got != want {
				t.Errorf("%s of %s: one value in the table %t, in the row %t", attr, resource, want, got)
			}
			if _, many := row.(membership.Many); several && !many {
				t.Errorf("%s of %s: the row has no attributes with several values", attr, resource)
			}
		}
	}
}

func TestARowsValuesAreItsFields(t *testing.T) {
	t.Parallel()
	tests := []struct {
		row  membership.Row
		want map[membership.Attribute]membership.Value
	}{
		{acme, map[membership.Attribute]membership.Value{
			membership.AttrID:             membership.IDValue(acme.ID.UUID),
			membership.AttrParentID:       membership.IDValue(acme.ParentID.UUID),
			membership.AttrName:           membership.TextValue("Acme"),
			membership.AttrLegalName:      membership.TextValue("Acme Ltd."),
			membership.AttrRegistrationID: membership.TextValue("HRB 1234"),
			membership.AttrExternalRef:    membership.TextValue("crm-1"),
			membership.AttrCreatedAt:      membership.TimeValue(acme.CreatedAt),
			membership.AttrUpdatedAt:      membership.TimeValue(acme.UpdatedAt),
		}},
		{ron, map[membership.Attribute]membership.Value{
			membership.AttrID:         membership.IDValue(ron.ID.UUID),
			membership.AttrName:       membership.TextValue("Ron Swanson"),
			membership.AttrEmail:      membership.TextValue("ron@pawnee.gov"),
			membership.AttrGivenName:  membership.TextValue("Ron"),
			membership.AttrMiddleName: membership.TextValue("Ulysses"),
			membership.AttrFamilyName: membership.TextValue("Swanson"),
			membership.AttrCreatedAt:  membership.TimeValue(ron.CreatedAt),
			membership.AttrUpdatedAt:  membership.TimeValue(ron.UpdatedAt),
		}},
		{ronInAcmeRow, map[membership.Attribute]membership.Value{
			membership.AttrID:          membership.IDValue(ronInAcme.ID.UUID),
			membership.AttrAccountID:   membership.IDValue(acme.ID.UUID),
			membership.AttrMemberID:    membership.IDValue(ron.ID.UUID),
			membership.AttrCreatedAt:   membership.TimeValue(ronInAcme.CreatedAt),
			membership.AttrUpdatedAt:   membership.TimeValue(ronInAcme.UpdatedAt),
			membership.AttrAccountName: membership.TextValue("Acme"),
			membership.AttrMemberName:  membership.TextValue("Ron Swanson"),
			membership.AttrMemberEmail: membership.TextValue("ron@pawnee.gov"),
		}},
		{press, map[membership.Attribute]membership.Value{
			membership.AttrID:        membership.IDValue(press.ID.UUID),
			membership.AttrName:      membership.TextValue("press"),
			membership.AttrCreatedAt: membership.TimeValue(press.CreatedAt),
			membership.AttrUpdatedAt: membership.TimeValue(press.UpdatedAt),
		}},
		{shop, map[membership.Attribute]membership.Value{
			membership.AttrID:        membership.IDValue(shop.ID.UUID),
			membership.AttrName:      membership.TextValue("Shop"),
			membership.AttrCreatedAt: membership.TimeValue(shop.CreatedAt),
			membership.AttrUpdatedAt: membership.TimeValue(shop.UpdatedAt),
		}},
		{ronsLogin, map[membership.Attribute]membership.Value{
			membership.AttrID:        membership.IDValue(ronsLogin.ID.UUID),
			membership.AttrUsername:  membership.TextValue("ron"),
			membership.AttrName:      {},
			membership.AttrCreatedAt: membership.TimeValue(ronsLogin.CreatedAt),
			membership.AttrUpdatedAt: membership.TimeValue(ronsLogin.UpdatedAt),
		}},
		{memberFlow, map[membership.Attribute]membership.Value{
			membership.AttrID:        membership.IDValue(memberFlow.ID.UUID),
			membership.AttrName:      membership.TextValue("People"),
			membership.AttrSlug:      membership.TextValue("account-members"),
			membership.AttrOrder:     {},
			membership.AttrCreatedAt: membership.TimeValue(memberFlow.CreatedAt),
			membership.AttrUpdatedAt: membership.TimeValue(memberFlow.UpdatedAt),
		}},
		{shoeSize, map[membership.Attribute]membership.Value{
			membership.AttrID:        membership.IDValue(shoeSize.ID.UUID),
			membership.AttrName:      membership.TextValue("Shoe size"),
			membership.AttrSlug:      membership.TextValue("shoe_size"),
			membership.AttrFieldType: membership.TextValue("float"),
			membership.AttrOrder:     membership.IntegerValue(3),
			membership.AttrUsername:  {},
			membership.AttrCreatedAt: membership.TimeValue(shoeSize.CreatedAt),
			membership.AttrUpdatedAt: membership.TimeValue(shoeSize.UpdatedAt),
		}},
		{membership.Account{}, map[membership.Attribute]membership.Value{
			membership.AttrLegalName: {}, membership.AttrParentID: {}, membership.AttrEmail: {},
		}},
		{membership.Tag{}, map[membership.Attribute]membership.Value{membership.AttrName: {}, membership.AttrUsername: {}}},
		{membership.Member{}, map[membership.Attribute]membership.Value{membership.AttrEmail: {}, "": {}}},
		{ronInAcme, map[membership.Attribute]membership.Value{membership.AttrAccountName: {}, membership.AttrName: {}}},
	}
	for _, test := range tests {
		for attr, want := range test.want {
			if got := test.row.Value(attr); got != want {
				t.Errorf("%s of %T is %q, want %q", attr, test.row, got, want)
			}
		}
	}
}

// allAttributes are the attributes of all resources, each once.
func allAttributes() []membership.Attribute {
	var all []membership.Attribute
	for resource := range oneOfEach {
		all = append(all, resource.Attributes()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
