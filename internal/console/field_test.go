package console_test

import (
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/roster-go/roster/membership"
)

func TestAFieldIsDefinedChangedAndDeleted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.world()
	b := s.signedIn(membership.ScopeAll)
	form := b.page("/console/fields/new?resource=account")
	form.submit("/console/fields", "name", "", "slug", "a b").want(http.StatusUnprocessableEntity).shows("Is required and must not be blank.", "Must be 1 to 64 letters")
	form.submit("/console/fields", "name", "Rank", "slug", "rank", "field_type", "integer", "rules.from", "5", "rules.to", "1").
		want(http.StatusUnprocessableEntity).shows("Must not have a from that is greater than to.")
	form.submit("/console/fields", "name", "Rank", "slug", "rank", "order", "x").want(http.StatusUnprocessableEntity).shows("Must be a whole number")
	form.submit("/console/fields", "name", "Rank", "slug", "rank", "field_type", "integer", "rules.from", "1", "rules.to", "5",
		"default", "3", "required", "on").follow().shows("The field is defined.", "rank", "required; at least 1; at most 5")
	b.page("/console/fields/new?resource=account").submit("/console/fields", "name", "Rank", "slug", "RANK").
		want(http.StatusConflict).shows("Slug is taken")
	fields, err := s.svc.Fields(t.Context(), membership.ResourceAccount)
	if err != nil || len(fields) != 1 {
		t.Fatalf("%+v, %v", fields, err)
	}
	want := membership.Field{ID: fields[0].ID, Resource: membership.ResourceAccount, Slug: "rank", Name: "Rank", Type: membership.TypeInteger,
		Required: true, Default: membership.IntegerValue(3), Initial: membership.IntegerValue(3), Min: membership.IntegerValue(1),
		Max: membership.IntegerValue(5), CreatedAt: fields[0].CreatedAt, UpdatedAt: fields[0].UpdatedAt}
	if !reflect.DeepEqual(fields[0], want) {
		t.Errorf("got %+v\nwant %+v", fields[0], want)
	}

	path := "/console/fields/" + w.role.ID.String()
	b.page(path+"/edit").submit(path, "validation_rules", "member\r\nbuyer\r\nadmin", "name", "Part", "disabled", "on").follow().
		shows("The field is saved.", "Part disabled", "one of member, buyer, admin")
	b.page(path + "/delete").shows("The field is disabled; the values that were kept of it go with it.")
	edit := b.page(path + "/edit")
	values := edit.fields(path)
	values.Del("disabled")
	b.post(path, values).want(http.StatusSeeOther)
	b.page(path + "/delete").shows("1 membership has a value").submit(path + "/delete").follow().shows("The field is deleted. 1 row had a value.")
	if got, err := s.svc.Fields(t.Context(), membership.ResourceMembership); err != nil || len(got) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestValuesOfEveryTypeGoThroughForms: what is shown is what is stored, and comes back as it is.
func TestValuesOfEveryTypeGoThroughForms(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(membership.ScopeAll)
	for slug, kind := range map[string]membership.FieldType{"text": membership.TypeString, "whole": membership.TypeInteger,
		"part": membership.TypeFloat, "truth": membership.TypeBoolean, "day": membership.TypeDate} {
		if _, err := s.svc.DefineField(t.Context(), membership.Field{Resource: membership.ResourceAccount, Slug: slug, Name: slug, Type: kind}); err != nil {
			t.Fatal(err)
		}
	}
	b.page("/console/accounts/new").submit("/console/accounts", "name", "Bad", "whole", "1.5", "part", "x", "truth", "maybe", "day", "today").
		want(http.StatusUnprocessableEntity)
	made := b.page("/console/accounts/new").submit("/console/accounts", "name", "Acme", "text", "<b>", "whole", "9007199254740993",
		"part", "1.50", "truth", "true", "day", "2026-01-31").want(http.StatusSeeOther)
	made.follow().shows("<b>", "9007199254740993", "1.50", "Yes", "2026-01-31")
	found, err := s.svc.Accounts(t.Context(), membership.Query{})
	if err != nil || found.Total != 1 {
		t.Fatalf("%+v, %v", found, err)
	}
	want := membership.NewFields(
		membership.FieldValue{Slug: "text", Value: membership.StringValue("<b>")},
		membership.FieldValue{Slug: "whole", Value: membership.IntegerValue(9007199254740993)},
		membership.FieldValue{Slug: "part", Value: membership.NumberValue("1.50")},
		membership.FieldValue{Slug: "truth", Value: membership.BooleanValue(true)},
		membership.FieldValue{Slug: "day", Value: found.Items[0].Fields.Value("day")},
	)
	if found.Items[0].Fields != want || found.Items[0].Fields.Date("day").Format(time.DateOnly) != "2026-01-31" {
		t.Errorf("got %v, want %v", found.Items[0].Fields, want)
	}
	path := "/console/accounts/" + found.Items[0].ID.String()
	before := found.Items[0]
	b.page(path + "/edit").submit(path).want(http.StatusSeeOther)
	if a, err := s.svc.Account(t.Context(), before.ID); err != nil || a != before {
		t.Errorf("a form that nobody changed changed %+v to %+v, %v", before, a, err)
	}
}

func TestSettingsAreChanged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(membership.ScopeAll)
	page := b.page("/console/settings")
	for _, wrong := range []string{"0", "10001", "x", "", "1.5", "99999999999999999999"} {
		page.submit("/console/settings", "membership_limit", wrong).want(http.StatusUnprocessableEntity).shows("Must be a whole number from 1 to 10000.")
	}
	page.submit("/console/settings", "account_management_authentication_token_timeout_secs", "x").want(http.StatusUnprocessableEntity)
	page.submit("/console/settings", "membership_limit", "7", "auto_create_account_for_account_members", "on",
		"account_member_self_management", "update_only", "account_management_authentication_token_timeout_secs", "3600").
		follow().shows("The settings are saved.")
	want := membership.Settings{MembershipLimit: 7, AutoCreateAccounts: true, SelfManagement: membership.SelfManagementUpdateOnly, TokenTimeout: time.Hour}
	if got, err := s.svc.Settings(t.Context()); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
}
