package httpadapter_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// flow adds a flow and returns its id.
func (a *api) flow(slug string) string {
	a.t.Helper()
	return a.post("/v2/flows", fmt.Sprintf(`{"data":{"type":"flow","name":%q,"slug":%q}}`, slug, slug)).want(http.StatusCreated).text("data.id")
}

// pointers lists what the errors of an answer blame, each once.
func (r reply) pointers() string {
	r.t.Helper()
	var all []string
	for i := range r.at("errors").([]any) {
		pointer, _ := r.at(fmt.Sprintf("errors.%d.source.pointer", i)).(string)
		all = append(all, pointer)
	}
	return strings.Join(slices.Compact(all), " ")
}

func TestAFlowIsAnsweredAsDocumented(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	got := api.post("/v2/flows", `{"data":{"type":"flow","name":"People","slug":"account-members"}}`).want(http.StatusCreated)
	path := "/v2/flows/" + got.text("data.id")
	self := "http://example.com" + path
	want := `{"data":{"id":"` + got.text("data.id") + `","type":"flow","name":"People","slug":"account-members","description":null,"enabled":true,` +
		`"meta":{"timestamps":{"created_at":"2026-01-05T09:40:33.882Z","updated_at":"2026-01-05T09:40:33.882Z"}},"relationships":{},` +
		`"links":{"self":"` + self + `"}},"links":{"self":"` + self + `"}}` + "\n"
	if string(got.body) != want || got.header.Get("Location") != self {
		t.Errorf("got  %s\nwant %s\nLocation %s", got.body, want, got.header.Get("Location"))
	}
	if again := api.get(path).want(http.StatusOK); string(again.body) != want {
		t.Errorf("read back: %s", again.body)
	}
}

func TestFlowsAreChangedInPart(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	path := "/v2/flows/" + api.post("/v2/flows", `{"data":{"type":"flow","name":"People","slug":"account-members","description":"x","enabled":false}}`).
		want(http.StatusCreated).text("data.id")
	for _, c := range []struct{ change, name, description, enabled string }{
		{`"x":1`, "People", "x", "false"},
		{`"name":"Persons"`, "Persons", "x", "false"},
		{`"enabled":true,"slug":"account-members","relationships":{"fields":1}`, "Persons", "x", "true"},
		{`"description":null`, "Persons", "<nil>", "true"},
	} {
		api.put(path, `{"data":{"type":"flow",`+c.change+`}}`).want(http.StatusOK)
		got := api.get(path).want(http.StatusOK)
		if is := []any{got.at("data.name"), got.at("data.description"), got.at("data.enabled")}; fmt.Sprint(is) != fmt.Sprint([]any{c.name, c.description, c.enabled}) {
			t.Errorf("%s: %s", c.change, got.body)
		}
	}
}

func TestBadFlowsAreRefused(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	path := "/v2/flows/" + api.flow("accounts")
	before := api.get("/v2/flows")
	for _, c := range []struct {
		data     string
		status   int
		code     string
		pointers string
	}{
		{`"type":"flows","name":"x","slug":"account-members"`, 400, "invalid_field", "/data/type"},
		{`"type":"flow","slug":"account-members"`, 400, "invalid_field", "/data/name"},
		{`"type":"flow","name":" ","slug":"account-members"`, 400, "invalid_field", "/data/name"},
		{`"type":"flow","name":"x"`, 400, "invalid_field", "/data/slug"},
		{`"type":"flow","name":"x","slug":null`, 400, "invalid_field", "/data/slug"},
		{`"type":"flow","name":"x","slug":7`, 400, "invalid_field", "/data/slug"},
		{`"type":"flow"`, 400, "invalid_field", "/data/slug /data/name"},
		{`"type":"flow","name":"x","slug":"account-members","enabled":"yes","description":[]`, 400, "invalid_field", "/data/description /data/enabled"},
		{`"type":"flow","name":"x","slug":""`, 422, "invalid_value", "/data/slug"},
		{`"type":"flow","name":"x","slug":"orders"`, 422, "invalid_value", "/data/slug"},
		{`"type":"flow","name":"x","slug":"ACCOUNTS"`, 422, "invalid_value", "/data/slug"},
		{`"type":"flow","name":"","slug":"orders"`, 400, "invalid_field", "/data/name /data/slug"},
		{`"type":"flow","name":"x","slug":"accounts"`, 409, "flow_exists", "/data/slug"},
	} {
		got := api.post("/v2/flows", "{\"data\":{"+c.data+"}}").refused(c.status, c.code)
		if got.pointers() != c.pointers {
			t.Errorf("%s: %s", c.data, got.body)
		}
	}
	api.post("/v2/flows", `{"data":{"type":"flow","name":"x","slug":"orders"}}`).want(422).saying("slug must be one of: accounts, account-members, account-memberships")
	for data, c := range map[string]struct {
		status         int
		code, pointers string
	}{
		`"slug":"account-members"`:       {409, "flow_immutable", "/data/slug"},
		`"slug":"orders"`:                {409, "flow_immutable", "/data/slug"},
		`"slug":null`:                    {409, "flow_immutable", "/data/slug"},
		`"slug":[]`:                      {400, "invalid_field", "/data/slug"},
		`"name":null`:                    {400, "invalid_field", "/data/name"},
		`"enabled":null,"description":1`: {400, "invalid_field", "/data/description /data/enabled"},
	} {
		if got := api.put(path, `{"data":{"type":"flow",`+data+`}}`).refused(c.status, c.code); got.pointers() != c.pointers {
			t.Errorf("%s: %s", data, got.body)
		}
	}
	if after := api.get("/v2/flows"); string(after.body) != string(before.body) {
		t.Errorf("refused requests changed %s to %s", before.body, after.body)
	}
}

func TestAFlowIsRemovedWhenItHasNoFields(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	flow := api.flow("accounts")
	field := api.define(flow, "tier", "string", "")
	api.delete("/v2/flows/"+flow).refused(http.StatusConflict, "flow_has_fields").saying("delete them first")
	api.get(field).want(http.StatusOK)
	api.delete(field).want(http.StatusNoContent)
	api.delete("/v2/flows/" + flow).want(http.StatusNoContent)
	api.get("/v2/flows/"+flow).refused(http.StatusNotFound, "flow_not_found").saying("flow not found")
	api.get("/v2/flows/accounts/fields").refused(http.StatusNotFound, "flow_not_found")
	api.flow("accounts")
}

func TestFlowsAreListed(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	for _, slug := range []string{"accounts", "account-members", "account-memberships"} {
		api.flow(slug)
		api.clock.advance(time.Second)
	}
	for query, slugs := range map[string]string{
		"":                                     "account-memberships account-members accounts",
		"sort=slug":                            "account-members account-memberships accounts",
		"sort=-name&page[limit]=1":             "accounts",
		"filter=like(slug,account-m*)":         "account-memberships account-members",
		"filter=eq(name,accounts)":             "accounts",
		"filter=gt(created_at,2026-01-06)":     "",
		"sort=created_at&page[offset]=1":       "account-members account-memberships",
		"filter=(eq(slug,accounts)|eq(slug,))": "",
	} {
		got := api.list("/v2/flows", query)
		if strings.Contains(query, "eq(slug,)") {
			got.refused(http.StatusBadRequest, "invalid_filter")
		} else if got.want(http.StatusOK).each("slug") != slugs {
			t.Errorf("%s: %s", query, got.body)
		}
	}
}

func TestADisabledFlowHidesItsFields(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	flow := api.flow("accounts")
	api.define(flow, "tier", "string", `,"required":true,"default":"silver"`)
	account := api.post("/v2/accounts", `{"data":{"type":"account","name":"Parks","tier":"gold"}}`).want(http.StatusCreated)
	path := "/v2/accounts/" + account.text("data.id")

	api.put("/v2/flows/"+flow, `{"data":{"type":"flow","enabled":false}}`).want(http.StatusOK)
	got := api.put(path, `{"data":{"type":"account","tier":{"no":"matter"}}}`).want(http.StatusOK)
	if got.at("data.tier") != nil || strings.Contains(string(got.body), "tier") {
		t.Errorf("got %s", got.body)
	}
	api.list("/v2/accounts", "filter=eq(tier,gold)").refused(http.StatusBadRequest, "invalid_filter")
	api.list("/v2/accounts", "sort=tier").refused(http.StatusBadRequest, "invalid_sort")

	api.put("/v2/flows/"+flow, `{"data":{"type":"flow","enabled":true}}`).want(http.StatusOK)
	if again := api.get(path); string(again.body) != string(account.body) {
		t.Errorf("got  %s\nwant %s", again.body, account.body)
	}
}
