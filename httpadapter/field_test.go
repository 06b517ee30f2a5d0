package httpadapter_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// newField is the body that defines a field.
func newField(flow, slug, fieldType, more string) string {
	return fmt.Sprintf(`{"data":{"type":"field","name":%q,"slug":%q,"field_type":%q,"relationships":{"flow":{"data":{"type":"flow","id":%q}}}%s}}`,
		slug, slug, fieldType, flow, more)
}

// define adds a field and returns its path.
func (a *api) define(flow, slug, fieldType, more string) string {
	a.t.Helper()
	return "/v2/fields/" + a.post("/v2/fields", newField(flow, slug, fieldType, more)).want(http.StatusCreated).text("data.id")
}

func changeField(change string) string { return `{"data":{"type":"field",` + change + `}}` }

func TestAFieldIsAnsweredAsDocumented(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	flow := api.flow("account-memberships")
	const (
		bare = `"description":null,"required":false,"default":null,"enabled":true,"order":0,` +
			`"omit_null":false,"index":false,"validation_rules":[]`
		first, last = `"<a>","b"`, `"2026-12-31T00:00:00+02:00"`
	)
	for _, c := range []struct {
		fieldType, given string
		differs          []string // old and new parts of what a bare field is answered as
	}{
		{"string", ``, nil},
		{"string", `,"description":null,"default":null,"order":null,"validation_rules":null`, nil},
		{"string", `,"description":"x","required":true,"default":"b","enabled":false,"order":-3,"omit_null":true,"index":true`,
			[]string{"n\":null", "n\":\"x\"", "t\":null", "t\":\"b\"", "false", "true", "true", "false", ":0", ":-3"}},
		{"string", `,"validation_rules":[{"type":"slug"},{"type":"enum","options":[` + first + `]}]`,
			[]string{"[]", `[{"type":"enum","options":[` + first + `]},{"type":"slug"}]`}},
		{"string", `,"validation_rules":[{"type":"email","options":{}}]`, []string{"[]", `[{"type":"email"}]`}},
		{"float", `,"default":1.50`, []string{`"default":null`, `"default":1.50`}},
		{"float", `,"validation_rules":[{"options":{"to":1e2,"from":-0.0},"type":"between"},{"type":"enum","options":[1,1.50,2e0]}]`,
			[]string{"[]", `[{"type":"enum","options":[1,1.50,2e0]},{"type":"between","options":{"from":-0.0,"to":1e2}}]`}},
		{"integer", `,"default":9007199254740993,"order":2.0,"validation_rules":[{"type":"between","options":{"from":0}}]`,
			[]string{`"default":null`, `"default":9007199254740993`, ":0", ":2", "[]", `[{"type":"between","options":{"from":0}}]`}},
		{"date", `,"default":"2026-01-05 09:40:00","validation_rules":[{"type":"between","options":{"from":null,"to":` + last + `}}]`,
			[]string{`"default":null`, `"default":"2026-01-05 09:40:00"`, "[]", `[{"type":"between","options":{"to":` + last + `}}]`}},
		{"boolean", `,"default":false`, []string{`"default":null`, `"default":false`}},
	} {
		got := api.post("/v2/fields", newField(flow, "f", c.fieldType, c.given)).want(http.StatusCreated)
		path := "/v2/fields/" + got.text("data.id")
		self := "http://example.com" + path
		want := `{"data":{"id":"` + got.text("data.id") + `","type":"field","name":"f","slug":"f",` +
			`"field_type":"` + c.fieldType + `",` + strings.NewReplacer(c.differs...).Replace(bare) +
			`,"meta":{"timestamps":{"created_at":"2026-01-05T09:40:33.882Z","updated_at":"2026-01-05T09:40:33.882Z"}},` +
			`"relationships":{"flow":{"data":{"id":"` + flow + `","type":"flow"}}},` +
			`"links":{"self":"` + self + `"}},"links":{"self":"` + self + `"}}` + "\n"
		if string(got.body) != want || got.header.Get("Location") != self {
			t.Errorf("got  %s\nwant %s\nLocation %s", got.body, want, got.header.Get("Location"))
		}
		if again := api.get(path).want(http.StatusOK); string(again.body) != want {
			t.Errorf("read back: %s", again.body)
		}
		if again := api.put(path, want).want(http.StatusOK); string(again.body) != want {
			t.Errorf("sent back: %s", again.body)
		}
		api.delete(path).want(http.StatusNoContent)
	}
}

func TestAFieldStaysInItsFlow(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	flow, other := api.flow("accounts"), api.flow("account-members")
	path := "/v2/fields/" + api.post("/v2/fields", newField(flow, "x", "string", "")).want(http.StatusCreated).text("data.id")
	before := api.get(path).body
	in := func(id string) string { return changeField(`"relationships":{"flow":{"data":{"id":"` + id + `"}}}`) }
	api.put(path, in(flow)).want(http.StatusOK)
	api.put(path, in(other)).refused(http.StatusConflict, "flow_immutable")
	api.put(path, in(nowhere)).refused(http.StatusNotFound, "flow_not_found")
	api.put(path, in("x")).refused(http.StatusBadRequest, "invalid_field")
	if after := api.get(path).body; string(after) != string(before) {
		t.Errorf("it was %s, and is %s", before, after)
	}
	// Slugs that differ in case only are one to clients that read names in any case.
	api.post("/v2/fields", newField(flow, "X", "string", "")).refused(http.StatusConflict, "slug_taken")
	second := "/v2/fields/" + api.post("/v2/fields", newField(flow, "y", "string", "")).want(http.StatusCreated).text("data.id")
	api.put(second, changeField(`"slug":"X"`)).refused(http.StatusConflict, "slug_taken")
	api.put(path, changeField(`"slug":"X"`)).want(http.StatusOK)
	api.post("/v2/fields", newField(flow, "z", "integer", `,"validation_rules":[{"type":"between","options":{"from":1,"too":2}}]`)).
		refused(http.StatusBadRequest, "invalid_field")
}

func TestFieldsAreChangedInPart(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	path := api.define(api.flow("accounts"), "level", "integer",
		`,"description":"x","required":true,"default":3,"order":1,"omit_null":true,"index":true,`+
			`"validation_rules":[{"type":"enum","options":[1,2,3]},{"type":"between","options":{"from":1,"to":9}}]`)
	want := map[string]string{}
	for name, value := range api.get(path).at("data").(map[string]any) {
		want[name] = asJSON(t, value)
	}
	want["flow"] = api.get(path).text("data.relationships.flow.data.id")
	type members map[string]string
	for _, c := range []struct {
		change string
		moves  members
	}{
		{`"x":1`, nil},
		{`"field_type":"integer","relationships":{"flow":{"data":{"id":"` + want["flow"] + `"}}}`, nil},
		{`"relationships":{}`, nil},
		{`"name":"Level"`, members{"name": `"Level"`}},
		{`"slug":"rank","required":false,"default":null`, members{"slug": `"rank"`, "required": "false", "default": "null"}},
		{`"validation_rules":[{"type":"between","options":{"to":7}}]`,
			members{"validation_rules": `[{"options":{"to":7},"type":"between"}]`}},
		{`"order":null,"description":null,"omit_null":false,"index":false,"enabled":false`,
			members{"order": "0", "description": "null", "omit_null": "false", "index": "false", "enabled": "false"}},
		{`"validation_rules":[]`, members{"validation_rules": "[]"}},
		{`"default":0,"enabled":true,"validation_rules":[{"type":"enum","options":[0]}]`,
			members{"default": "0", "enabled": "true", "validation_rules": `[{"options":[0],"type":"enum"}]`}},
		{`"validation_rules":null`, members{"validation_rules": "[]"}},
	} {
		api.clock.advance(time.Second)
		api.put(path, changeField(c.change)).want(http.StatusOK)
		got := api.get(path).want(http.StatusOK)
		for name, value := range c.moves {
			want[name] = value
		}
		if moved := asJSON(t, got.at("data.meta")); (moved != want["meta"]) != (c.moves != nil) {
			t.Errorf("%s: from %s to %s", c.change, want["meta"], moved)
		}
		want["meta"] = asJSON(t, got.at("data.meta"))
		for name, value := range got.at("data").(map[string]any) {
			if asJSON(t, value) != want[name] {
				t.Errorf("%s: %s is %s, want %s", c.change, name, asJSON(t, value), want[name])
			}
		}
	}
}

func TestTheFieldsOfAFlowByItsSlugAndByItsID(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	accounts, memberships := api.flow("accounts"), api.flow("account-memberships")
	for i, slug := range []string{"b", "a", "c"} {
		api.define(accounts, slug, []string{"string", "integer", "float"}[i], fmt.Sprintf(`,"order":%d`, 5-i))
		api.clock.advance(time.Second)
	}
	api.define(memberships, "b", "string", `,"order":4`)
	for _, name := range []string{"accounts", accounts, strings.ToUpper(accounts)} {
		list := "/v2/flows/" + name + "/fields"
		for query, slugs := range map[string]string{
			"": "c a b", "sort=order": "c a b", "sort=-order": "b a c", "sort=slug": "a b c", "sort=name&page[limit]=1&page[offset]=1": "b",
			"filter=eq(field_type,float)": "c", "filter=in(order,3,4)": "c a", "filter=ge(order,4)&sort=-slug": "b a", "filter=like(slug,b*)": "b",
		} {
			if got := api.list(list, query).want(http.StatusOK); got.each("slug") != slugs {
				t.Errorf("%s?%s: %s", list, query, got.body)
			}
		}
		got := api.list(list, "page[limit]=1&sort=slug").want(http.StatusOK)
		next, ok := strings.CutPrefix(got.text("links.next"), "http://example.com")
		if got.text("data.0.relationships.flow.data.id") != accounts || !ok || api.get(next).want(http.StatusOK).each("slug") != "b" {
			t.Errorf("got %s", got.body)
		}
	}
	if got := api.get("/v2/flows/account-memberships/fields/").want(http.StatusOK); got.each("slug") != "b" || got.text("data.0.relationships.flow.data.id") != memberships {
		t.Errorf("got %s", got.body)
	}
	for _, name := range []string{"account-members", "orders", nowhere, "ACCOUNTS"} {
		api.get("/v2/flows/"+name+"/fields").refused(http.StatusNotFound, "flow_not_found")
	}
	all := api.list("/v2/fields", "sort=-order&filter=ge(order,4)").want(http.StatusOK)
	if all.each("slug") != "b b a" && all.each("slug") != "b a b" {
		t.Errorf("got %s", all.body)
	}
	flows := map[any]int{}
	for i := range all.at("data").([]any) {
		flows[all.at(fmt.Sprintf("data.%d.relationships.flow.data.id", i))]++
	}
	if flows[accounts] != 2 || flows[memberships] != 1 {
		t.Errorf("got %s", all.body)
	}
}

func TestRemovingAFieldTellsHowManyValuesGo(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	flow := api.flow("accounts")
	path := api.define(flow, "tier", "string", "")
	empty := api.define(flow, "empty", "string", "")
	for i, tier := range []string{`"a"`, `"b"`, `null`, `"c"`, `""`} {
		api.post("/v2/accounts", fmt.Sprintf(`{"data":{"type":"account","name":"A%d","tier":%s}}`, i, tier)).want(http.StatusCreated)
	}
	if got := api.delete(path).want(http.StatusNoContent); got.header.Get("Roster-Values-Removed") != "4" {
		t.Errorf("got %v", got.header)
	}
	if got := api.delete(empty).want(http.StatusNoContent); got.header.Get("Roster-Values-Removed") != "0" {
		t.Errorf("got %v", got.header)
	}
	for _, got := range []reply{api.get(path), api.delete(path), api.put(path, changeField(`"name":"x"`))} {
		got.refused(http.StatusNotFound, "field_not_found").saying("field not found")
	}
	api.define(flow, "tier", "integer", "")
	if got := api.list("/v2/accounts", "filter=is_null(tier)").want(http.StatusOK); got.number("meta.results.total") != 5 {
		t.Errorf("values came back: %s", got.body)
	}
}
