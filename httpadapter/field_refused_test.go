package httpadapter_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestBadFieldsAreRefused(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	flow := api.flow("account-memberships")
	paths := map[string]string{}
	for _, fieldType := range []string{"string", "integer", "boolean", "float", "date"} {
		paths[fieldType] = api.define(flow, "a-"+fieldType, fieldType, "")
	}
	before := api.get("/v2/fields")
	for _, c := range []struct {
		fieldType, more string
		status          int
		pointers        string
	}{
		// The wrong JSON type.
		{"string", `"required":"yes"`, 400, "/data/required"},
		{"string", `"enabled":null,"omit_null":1,"index":{}`, 400, "/data/enabled /data/omit_null /data/index"},
		{"string", `"order":"1"`, 400, "/data/order"},
		{"string", `"order":1.5`, 400, "/data/order"},
		{"string", `"order":5000000000`, 400, "/data/order"},
		{"string", `"order":-1e400`, 400, "/data/order"},
		{"string", `"description":7`, 400, "/data/description"},
		{"string", `"default":{}`, 400, "/data/default"},
		{"string", `"default":[1]`, 400, "/data/default"},
		// Rules that are none.
		{"string", `"RULES":{}`, 400, "/data/RULES"},
		{"string", `"RULES":"email"`, 400, "/data/RULES"},
		{"string", `"RULES":["email"]`, 400, "/data/RULES/0"},
		{"string", `"RULES":[{"type":"email"},null]`, 400, "/data/RULES/1"},
		{"string", `"RULES":[{}]`, 400, "/data/RULES/0/type"},
		{"string", `"RULES":[{"type":"regexp"}]`, 400, "/data/RULES/0/type"},
		{"string", `"RULES":[{"type":["enum"]}]`, 400, "/data/RULES/0/type"},
		{"string", `"RULES":[{"type":"enum"}]`, 400, "/data/RULES/0/options"},
		{"string", `"RULES":[{"type":"enum","options":[]}]`, 400, "/data/RULES/0/options"},
		{"string", `"RULES":[{"type":"enum","options":"a"}]`, 400, "/data/RULES/0/options"},
		{"string", `"RULES":[{"type":"enum","options":["a",[],"b",{}]}]`,
			400, "/data/RULES/0/options/1 /data/RULES/0/options/3"},
		{"string", `"RULES":[{"type":"enum","options":["a"]},{"type":"enum","options":["b"]}]`,
			400, "/data/RULES/1/type"},
		{"string", `"RULES":[{"type":"email"},{"type":"email"}]`, 400, "/data/RULES/1/type"},
		{"string", `"RULES":[{"type":"email"},{"type":"slug"}]`, 400, "/data/RULES/1/type"},
		{"integer", `"RULES":[{"type":"between","options":{"from":1}},{"type":"between","options":{"to":2}}]`,
			400, "/data/RULES/1/type"},
		{"integer", `"RULES":[{"type":"between"}]`, 400, "/data/RULES/0/options"},
		{"integer", `"RULES":[{"type":"between","options":{}}]`, 400, "/data/RULES/0/options"},
		{"integer", `"RULES":[{"type":"between","options":[1,2]}]`, 400, "/data/RULES/0/options"},
		{"integer", `"RULES":[{"type":"between","options":{"from":null}}]`, 400, "/data/RULES/0/options"},
		{"integer", `"RULES":[{"type":"between","options":{"from":{},"to":[]}}]`,
			400, "/data/RULES/0/options/from /data/RULES/0/options/to"},
		// Rules that do not fit.
		{"boolean", `"RULES":[{"type":"enum","options":[true]}]`, 400, "/data/RULES"},
		{"boolean", `"RULES":[{"type":"between","options":{"from":1}}]`, 400, "/data/RULES"},
		{"string", `"RULES":[{"type":"between","options":{"from":"a"}}]`, 400, "/data/RULES"},
		{"string", `"RULES":[{"type":"enum","options":["a",null]}]`, 400, "/data/RULES"},
		{"string", `"RULES":[{"type":"enum","options":[1]}]`, 400, "/data/RULES"},
		{"integer", `"RULES":[{"type":"enum","options":[1,1.5]}]`, 400, "/data/RULES"},
		{"integer", `"RULES":[{"type":"email"}]`, 400, "/data/RULES"},
		{"integer", `"RULES":[{"type":"between","options":{"from":2,"to":1}}]`, 400, "/data/RULES"},
		{"float", `"RULES":[{"type":"between","options":{"from":1e400}}]`, 400, "/data/RULES"},
		{"date", `"RULES":[{"type":"between","options":{"from":"2026-02-30"}}]`, 400, "/data/RULES"},
		// Defaults that break the field's own rules.
		{"string", `"default":"c","RULES":[{"type":"enum","options":["a","b"]}]`, 422, "/data/default"},
		{"string", `"default":"ron","RULES":[{"type":"email"}]`, 422, "/data/default"},
		{"string", `"default":"\u0000"`, 422, "/data/default"},
		{"integer", `"default":0,"RULES":[{"type":"between","options":{"from":1}}]`, 422, "/data/default"},
		{"integer", `"default":1.5`, 422, "/data/default"},
		{"integer", `"default":9223372036854775808`, 422, "/data/default"},
		{"float", `"default":1e400`, 422, "/data/default"},
		{"date", `"default":"2026-13-01"`, 422, "/data/default"},
		// Slugs.
		{"string", `"slug":""`, 400, "/data/slug"},
		{"string", `"slug":"a b"`, 400, "/data/slug"},
		{"string", `"slug":"-a"`, 400, "/data/slug"},
		{"string", `"slug":"é"`, 400, "/data/slug"},
		{"string", `"slug":"account_member.name"`, 400, "/data/slug"},
		{"string", `"slug":"` + strings.Repeat("x", 65) + `"`, 400, "/data/slug"},
		{"string", `"slug":7`, 400, "/data/slug"},
		{"string", `"slug":"id"`, 422, "/data/slug"},
		{"string", `"slug":"account_member_id"`, 422, "/data/slug"},
		{"string", `"slug":"relationships"`, 422, "/data/slug"},
		{"string", `"slug":"links"`, 422, "/data/slug"},
		{"string", `"slug":"a-integer"`, 409, "/data/slug"},
		{"integer", `"slug":"a-boolean"`, 409, "/data/slug"},
		// Several at once.
		{"string", `"name":" ","slug":"id","order":{},"RULES":[{"type":"x"}]`,
			400, "/data/order /data/RULES/0/type /data/name /data/slug"},
	} {
		code := map[int]string{400: "invalid_field", 422: "invalid_value", 409: "slug_taken"}[c.status]
		c.more = strings.ReplaceAll(c.more, "RULES", "validation_rules")
		c.pointers = strings.ReplaceAll(c.pointers, "RULES", "validation_rules")
		body := newField(flow, "b", c.fieldType, ","+c.more)
		for _, name := range []string{"slug", "name"} {
			if strings.Contains(c.more, `"`+name+`":`) {
				body = strings.Replace(body, `"`+name+`":"b",`, "", 1)
			}
		}
		if got := api.post("/v2/fields", body).refused(c.status, code); got.pointers() != c.pointers {
			t.Errorf("%s: %s", body, got.body)
		}
		got := api.put(paths[c.fieldType], changeField(c.more)).refused(c.status, code)
		if first, _, _ := strings.Cut(c.pointers, " "); got.text("errors.0.source.pointer") != first {
			t.Errorf("%s: %s", c.more, got.body)
		}
	}
	if after := api.get("/v2/fields"); string(after.body) != string(before.body) {
		t.Errorf("refused requests changed %s to %s", before.body, after.body)
	}
}

func TestWhatANewFieldNeeds(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	const pointer = "/data/relationships/flow/data/id"
	flow := api.flow("accounts")
	const full = `"type":"field","name":"x","slug":"x","field_type":"string"`
	in := func(id string) string { return `,"relationships":{"flow":{"data":{"id":` + id + `}}}` }
	for _, c := range []struct {
		data           string
		status         int
		code, pointers string
	}{
		{`"type":"field"`, 400, "invalid_field", pointer + " /data/name /data/field_type"},
		{`"type":"field"` + in(`"`+flow+`"`), 400, "invalid_field", "/data/name /data/slug /data/field_type"},
		{`"type":"flow"` + in(`"`+flow+`"`), 400, "invalid_field", "/data/type /data/name /data/slug /data/field_type"},
		{`"type":"field","name":"x","slug":"x","field_type":"text"` + in(`"`+flow+`"`), 400, "invalid_field", "/data/field_type"},
		{`"type":"field","name":"x","slug":"x","field_type":7` + in(`"`+flow+`"`), 400, "invalid_field", "/data/field_type"},
		{`X`, 400, "invalid_field", pointer},
		{`X` + in(`null`), 400, "invalid_field", pointer},
		{`X` + in(`7`), 400, "invalid_field", pointer},
		{`X` + in(`"accounts"`), 400, "invalid_field", pointer},
		{`X,"relationships":{"flow":{"data":[]}}`, 400, "invalid_field", pointer},
		{`X,"relationships":{"flow":"x"}`, 400, "invalid_field", pointer},
		{`X,"relationships":null`, 400, "invalid_field", pointer},
		{`X` + in(`"`+nowhere+`"`), 404, "flow_not_found", pointer},
		{`X` + in(`"00000000-0000-0000-0000-000000000000"`), 404, "flow_not_found", pointer},
		{`"type":"field","name":7,"slug":"x","field_type":"string"` + in(`"`+nowhere+`"`), 400, "invalid_field", "/data/name " + pointer},
		{`"type":"field","slug":"x","field_type":"string"` + in(`"`+nowhere+`"`), 404, "flow_not_found", pointer + " /data/name"},
	} {
		if got := api.post("/v2/fields", "{\"data\":{"+strings.Replace(c.data, "X", full, 1)+"}}").refused(c.status, c.code); got.pointers() != c.pointers {
			t.Errorf("%s: %s", c.data, got.body)
		}
	}
	if got := api.get("/v2/fields").want(http.StatusOK); got.number("meta.results.total") != 0 {
		t.Errorf("refused requests added %s", got.body)
	}
}

func TestAFieldWithManyFaultsNamesSomeOfThem(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	flow := api.flow("accounts")
	for _, rules := range []string{strings.Repeat("0,", 1000) + "0", `{"type":"enum","options":[` + strings.Repeat("[],", 1000) + `[]]}`} {
		got := api.post("/v2/fields", newField(flow, "x", "string", `,"validation_rules":[`+rules+`]`)).refused(http.StatusBadRequest, "invalid_field")
		if n := len(got.at("errors").([]any)); n != 20 {
			t.Errorf("%.50s: %d errors", rules, n)
		}
	}
	got := api.post("/v2/fields", newField(flow, "x", "integer", `,"validation_rules":[{"type":"enum","options":[`+strings.Repeat("1,", 1000)+`1]}]`))
	got.refused(http.StatusBadRequest, "invalid_field").saying("validation_rules must have at most 1000 options in an enum, has 1001")
}

func TestTheTypeOfAFieldIsFixed(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	path := api.define(api.flow("accounts"), "x", "integer", "")
	for _, other := range []string{`"float"`, `"text"`, `null`} {
		got := api.put(path, changeField(`"field_type":`+other)).refused(http.StatusConflict, "field_type_immutable").saying("cannot be changed")
		if got.pointers() != "/data/field_type" {
			t.Errorf("%s: %s", other, got.body)
		}
	}
}

func TestSlugsAreUniqueInTheirFlow(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	accounts, members := api.flow("accounts"), api.flow("account-members")
	api.define(accounts, "x", "integer", `,"enabled":false`)
	y := api.define(accounts, "y", "integer", "")
	api.define(members, "x", "string", "")
	api.define(members, "parent_id", "string", "") // an account's own
	api.post("/v2/fields", newField(accounts, "x", "string", "")).refused(http.StatusConflict, "slug_taken")
	api.put(y, changeField(`"slug":"x"`)).refused(http.StatusConflict, "slug_taken")
	api.put(y, changeField(`"slug":"y"`)).want(http.StatusOK)
}

func TestAFlowHasAtMostAHundredFields(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	flow, other := api.flow("accounts"), api.flow("account-members")
	for i := range 100 {
		api.define(flow, fmt.Sprint("f", i), "string", "")
	}
	got := api.post("/v2/fields", newField(flow, "one-more", "string", "")).refused(http.StatusUnprocessableEntity, "too_many_fields")
	if got.number("errors.0.meta.limit") != 100 || got.number("errors.0.meta.used") != 100 {
		t.Errorf("got %s", got.body)
	}
	if list := api.list("/v2/flows/accounts/fields", "page[limit]=1"); list.number("meta.results.total") != 100 {
		t.Errorf("got %s", list.body)
	}
	api.define(other, "one-more", "string", "")
}
