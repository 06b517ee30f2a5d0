package httpadapter_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
)

// TestARowOfAFileIsWhatTheAPIShows compares both for one row of every kind.
func TestARowOfAFileIsWhatTheAPIShows(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	svc := roster.New(memstore.New(), roster.Options{})
	handler := httpadapter.New(svc, httpadapter.Options{AllowAnonymous: true})
	answer := func(path string) []byte {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil))
		return w.Body.Bytes()
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	field, err := svc.DefineField(ctx, membership.Field{Resource: membership.ResourceAccount, Slug: "rate", Name: "Rate",
		Type: membership.TypeFloat, Default: membership.NumberValue("1.50"), Min: membership.NumberValue("-1e3")})
	check(err)
	schema, err := svc.Schema(ctx, membership.ResourceAccount)
	check(err)
	root, err := svc.CreateAccount(ctx, membership.Account{Name: "Root"})
	check(err)
	acme, err := svc.CreateAccount(ctx, membership.Account{Name: "Acme <\u2028>", LegalName: `"`, ParentID: root.ID})
	check(err)
	press, err := svc.CreateTag(ctx, membership.Tag{Name: "press", Description: "who writes"})
	check(err)
	tags, err := svc.TagAccount(ctx, acme.ID, press.ID)
	check(err)
	ron, err := svc.CreateMember(ctx, membership.Member{Name: "Ron", Email: "ron@example.com"})
	check(err)
	joined, err := svc.Add(ctx, acme.ID, ron.ID)
	check(err)
	settings, err := svc.Settings(ctx)
	check(err)

	for _, test := range []struct {
		path    string
		row     []byte
		without []string // of what the API shows
		with    string   // and what is only in files
	}{
		{"/v2/accounts/" + acme.ID.String(), httpadapter.AppendAccount(nil, acme, tags, false), []string{"links", "relationships"}, `{"tags":["press"]}`},
		{"/v2/accounts/" + root.ID.String(), httpadapter.AppendAccount(nil, root, nil, false), []string{"links"}, `{}`},
		{"/v2/account-members/" + ron.ID.String(), httpadapter.AppendMember(nil, ron), []string{"links"}, `{}`},
		{"/v2/accounts/" + acme.ID.String() + "/account-memberships/" + joined.ID.String(), httpadapter.AppendMembership(nil, joined),
			[]string{"links", "relationships"}, `{"account_id":"` + acme.ID.String() + `"}`},
		{"/v2/account-tags/" + press.ID.String(), httpadapter.AppendTag(nil, press), []string{"links"}, `{}`},
		{"/v2/flows/" + schema.Flow.ID.String(), httpadapter.AppendFlow(nil, schema.Flow), []string{"links", "relationships"}, `{}`},
		{"/v2/fields/" + field.ID.String(), httpadapter.AppendField(nil, field, schema.Flow.ID), []string{"links"}, `{"resource":"account"}`},
		{"/v2/settings/account-membership", httpadapter.AppendMembershipSettings(nil, settings), nil, `{}`},
		{"/v2/settings/account-authentication", httpadapter.AppendAuthenticationSettings(nil, settings), []string{"id", "meta", "relationships"}, `{}`},
	} {
		var shown struct{ Data json.RawMessage }
		check(json.Unmarshal(answer(test.path), &shown))
		want, err := httpadapter.ParseObject(shown.Data)
		check(err)
		for _, name := range test.without {
			if _, ok := want[name]; !ok {
				t.Errorf("%s shows no %s", test.path, name)
			}
			delete(want, name)
		}
		more, err := httpadapter.ParseObject([]byte(test.with))
		check(err)
		for name, value := range more {
			want[name] = value
		}
		got, err := httpadapter.ParseObject(test.row)
		check(err)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the row is\n%s\nand the API shows\n%s", test.path, test.row, shown.Data)
		}
	}
}

func TestTagsAreReferencesWhereTheirNamesAreTaken(t *testing.T) {
	t.Parallel()
	press := membership.Tag{ID: membership.TagID{UUID: uuid.MustParse("00000000-0000-7000-8000-000000000001")}, Name: "press"}
	row := httpadapter.AppendAccount([]byte("before\n"), membership.Account{Name: "Acme"}, []membership.Tag{press}, true)
	if !strings.HasPrefix(string(row), "before\n{") {
		t.Errorf("it does not append: %s", row)
	}
	got, err := httpadapter.ParseObject(row[len("before\n"):])
	if err != nil {
		t.Fatal(err)
	}
	want := `map[account_tags:map[data:[map[id:00000000-0000-7000-8000-000000000001 type:account_tag]]]]`
	if fmt.Sprint(got["relationships"]) != want || got["tags"] != nil {
		t.Errorf("the row is %s", row)
	}
}

func TestTimesOfARowKeepTheirMilliseconds(t *testing.T) {
	t.Parallel()
	at := time.Date(1066, 10, 14, 9, 0, 0, 7_000_000, time.UTC)
	row := string(httpadapter.AppendMember(nil, membership.Member{Name: "Harold", CreatedAt: at, UpdatedAt: at.Add(time.Second)}))
	if !strings.Contains(row, `"meta":{"timestamps":{"created_at":"1066-10-14T09:00:00.007Z","updated_at":"1066-10-14T09:00:01.007Z"}}`) {
		t.Error(row)
	}
}

func TestAnObjectIsReadStrictly(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"a":{"b":1,"b":2}}`: `the row has the key "b" twice in one object`,
		`[]`:                  `the row must be a JSON object: {...}`,
		`null`:                `the row must be a JSON object: {...}`,
		`{`:                   `the row is not JSON: unexpected end of JSON input, at byte 1`,
		"{\"a\":\"\xff\"}":    `the row is not valid UTF-8`,
		`{"a":"\udc00"}`:      `the row has half of a surrogate pair (\uD800 to \uDFFF) in it`,
		strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40): `the row nests deeper than 32 levels`,
	} {
		if object, err := httpadapter.ParseObject([]byte(text)); err == nil || err.Error() != want || object != nil {
			t.Errorf("%s is %v, %v; want %s", text, object, err, want)
		}
	}
	object, err := httpadapter.ParseObject([]byte(` {"a":1.50,"b":[null,true,"\u00e4"]} `))
	if want := `map[a:1.50 b:[<nil> true ä]]`; err != nil || fmt.Sprint(object) != want || object["a"] != json.Number("1.50") {
		t.Errorf("read %v, %v", object, err)
	}
}
