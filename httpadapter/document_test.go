package httpadapter_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// document reads a text of JSON as a document.
func document(t *testing.T, text string, texts bool) *httpadapter.Document {
	t.Helper()
	members, err := httpadapter.ParseObject([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return httpadapter.NewDocument(members, texts)
}

// faultTexts are the codes and fields of an error's faults.
func faultTexts(err error) string {
	if err == nil {
		return ""
	}
	var all []string
	for _, f := range httpadapter.Faults(err) {
		all = append(all, f.Code+" "+f.Field)
	}
	return strings.Join(all, ", ")
}

func TestADocumentTellsAllItsFaultsOnce(t *testing.T) {
	t.Parallel()
	d := document(t, `{"id":"7","name":7,"parent_id":true,"registration_id":"ok","created_at":"now","relationships":{"account":{"data":{"id":5}},"account_tags":{"data":[{}]}}}`, false)
	if d.ID("id") != nil || d.RelatedID("account") != nil {
		t.Error("an id is read that is none")
	}
	u := d.AccountUpdate()
	d.Times()
	if _, given := d.Related("account_tags"); !given {
		t.Error("the tags are not seen")
	}
	d.Refuse("tags", "must be a list")
	rules := membership.Account{Name: *u.Name, RegistrationID: strings.Repeat("x", 100)}.Validate()
	want := "invalid_field id, invalid_field relationships/account/data/id, invalid_field parent_id, invalid_field name, " +
		"invalid_field created_at, invalid_field relationships/account_tags/data, invalid_field tags, invalid_field registration_id"
	if got := faultTexts(d.Err(rules)); got != want {
		t.Errorf(" got %s\nwant %s", got, want)
	}
}

func TestADocumentHasTimesInBothPlaces(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC)
	for _, text := range []string{
		`{"meta":{"timestamps":{"created_at":"2026-01-02T03:04:05.678Z","updated_at":"2026-01-02T04:04:05.678+01:00"}}}`,
		`{"created_at":"2026-01-02T03:04:05.678Z","updated_at":"2026-01-02T03:04:05.678Z"}`,
	} {
		d := document(t, text, false)
		created, updated := d.Times()
		if !created.Equal(want) || !updated.Equal(want) || d.Err(nil) != nil {
			t.Errorf("%s: %v, %v, %v", text, created, updated, d.Err(nil))
		}
	}
	d := document(t, `{"created_at":"2026-01-02","updated_at":null}`, true)
	created, updated := d.Times()
	if !created.Equal(time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)) || !updated.IsZero() || d.Err(nil) != nil {
		t.Errorf("%v, %v, %v", created, updated, d.Err(nil))
	}
}

// TestADocumentOfTextsMeansWhatOneOfJSONDoes compares the two spellings.
func TestADocumentOfTextsMeansWhatOneOfJSONDoes(t *testing.T) {
	t.Parallel()
	schema := membership.NewSchema(membership.Flow{}, []membership.Field{
		{Resource: membership.ResourceAccount, Slug: "level", Name: "x", Type: membership.TypeInteger},
		{Resource: membership.ResourceAccount, Slug: "share", Name: "x", Type: membership.TypeFloat},
		{Resource: membership.ResourceAccount, Slug: "open", Name: "x", Type: membership.TypeBoolean},
		{Resource: membership.ResourceAccount, Slug: "since", Name: "x", Type: membership.TypeDate},
		{Resource: membership.ResourceAccount, Slug: "note", Name: "x", Type: membership.TypeString},
	})
	readAll := func(d *httpadapter.Document) string {
		all := []any{d.FlowUpdate(), d.FieldUpdate(), d.SettingsUpdate(), d.AuthenticationSettingsUpdate(), d.Fields(schema)}
		text, err := json.Marshal(all[:4])
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%s %v %v", text, all[4], faultTexts(d.Err(nil)))
	}
	for texts, values := range map[string]string{
		`{"enabled":"false","required":"TRUE","order":"12","field_type":"float","default":"1.50","membership_limit":"7","enable_self_signup":"true"}`:       `{"enabled":false,"required":true,"order":12,"field_type":"float","default":1.50,"membership_limit":7,"enable_self_signup":true}`,
		`{"validation_rules":"[{\"type\":\"enum\",\"options\":[1,2]}]","omit_null":"true","index":"false"}`:                                                 `{"validation_rules":[{"type":"enum","options":[1,2]}],"omit_null":true,"index":false}`,
		`{"level":"-3","share":"1.50","open":"true","since":"2026-01-02","note":"12"}`:                                                                      `{"level":-3,"share":1.50,"open":true,"since":"2026-01-02","note":"12"}`,
		`{"level":null,"note":"true","account_management_authentication_token_timeout_secs":"60","auto_create_account_for_account_members":"false"}`:        `{"level":null,"note":"true","account_management_authentication_token_timeout_secs":60,"auto_create_account_for_account_members":false}`,
		`{"level":"five","share":"0x1","open":"maybe","enabled":"yes","order":"Infinity","membership_limit":"","validation_rules":"none","default":"true"}`: `{"level":"five","share":"0x1","open":"maybe","enabled":"yes","order":"Infinity","membership_limit":"","validation_rules":"none","default":"true"}`,
	} {
		members, err := httpadapter.ParseObject([]byte(texts))
		if err != nil {
			t.Fatal(err)
		}
		before := fmt.Sprint(members)
		if got, want := readAll(httpadapter.NewDocument(members, true)), readAll(document(t, values, false)); got != want {
			t.Errorf("%s\n got %s\nwant %s", texts, got, want)
		}
		if fmt.Sprint(members) != before {
			t.Errorf("the document has changed its members: %v", members)
		}
	}
	if d := document(t, `{"order":"12"}`, false); d.FieldUpdate().Order != nil || d.Err(nil) == nil {
		t.Error("in JSON a text is a number")
	}
}

func TestWhatADocumentDoesNotSayIsNil(t *testing.T) {
	t.Parallel()
	d := document(t, `{"relationships":{"account_tags":{}}}`, false)
	for _, update := range []any{d.AccountUpdate(), d.MemberUpdate(), d.TagUpdate(), d.FlowUpdate(), d.FieldUpdate(), d.SettingsUpdate(), d.AuthenticationSettingsUpdate()} {
		if !reflect.ValueOf(update).IsZero() {
			t.Errorf("%+v", update)
		}
	}
	if _, given := d.Related("account_tags"); given || d.ID("id") != nil || d.RelatedID("parent") != nil || d.Text("name") != nil || d.Has("name") {
		t.Error("something is said")
	}
	if err := d.Err(nil); err != nil {
		t.Error(err)
	}
}

func TestFaultsHaveTheCodesOfTheAPI(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want string
	}{
		{&membership.Error{Cause: membership.ErrAccountNotFound, Field: "parent_id"}, "account_not_found parent_id"},
		{fmt.Errorf("wrapped: %w", membership.ErrAlreadyMember), "already_member "},
		{errors.Join(&membership.Error{Cause: membership.ErrInvalidField, Field: "a"}, &membership.Error{Cause: membership.ErrInvalidValue, Field: "b"}), "invalid_field a, invalid_value b"},
		{store.ErrBusy, "busy "},
		{context.Canceled, "internal "},
	} {
		if got := faultTexts(c.err); got != c.want {
			t.Errorf("%v: got %s, want %s", c.err, got, c.want)
		}
	}
}
