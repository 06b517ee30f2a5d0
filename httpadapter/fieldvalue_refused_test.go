package httpadapter_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestBadValuesAreRefused(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	for _, x := range extensibles(api) {
		flow, _ := withEveryType(api, x.flow)
		api.define(flow, "mail", "string", `,"validation_rules":[{"type":"email"}]`)
		api.define(flow, "word", "string", `,"validation_rules":[{"type":"slug"}]`)
		api.define(flow, "tier", "string", `,"validation_rules":[{"type":"enum","options":["gold","silver"]}]`)
		api.define(flow, "level", "integer", `,"validation_rules":[{"type":"between","options":{"from":1,"to":9}}]`)
		api.define(flow, "rate", "float", `,"validation_rules":[{"type":"between","options":{"to":0.5}},{"type":"enum","options":[0.25,0.50]}]`)
		api.define(flow, "day", "date", `,"validation_rules":[{"type":"between","options":{"from":"2026-01-01"}}]`)
		api.define(flow, "must", "boolean", `,"required":true,"default":true`)
		path := pathOf(x.add(api, everyType).want(http.StatusCreated))
		before := api.get(path)
		total := api.get(x.list).number("meta.results.total")
		for _, c := range []struct {
			value  string
			status int
			detail string
		}{
			{`"a":1`, 400, "a must be a string"},
			{`"a":true`, 400, "a must be a string"},
			{`"a":["x"]`, 400, "a must be a string, a number, true, false or null"},
			{`"b":{}`, 400, "b must be a string, a number, true, false or null"},
			{`"b":"12"`, 400, "b must be a whole number"},
			{`"b":true`, 400, "b must be a whole number"},
			{`"c":1`, 400, "c must be true or false"},
			{`"c":"true"`, 400, "c must be true or false"},
			{`"d":"1.50"`, 400, "d must be a number"},
			{`"e":20260105`, 400, "e must be a date"},
			{`"a":"` + strings.Repeat("x", 2049) + `"`, 422, "a must"},
			{`"a":"\u0000"`, 422, "a must"},
			{`"b":1.5`, 422, "b must be a whole number"},
			{`"b":1e3`, 422, "b must be a whole number"},
			{`"b":1.0`, 422, "b must be a whole number"},
			{`"b":9223372036854775808`, 422, "b must be a whole number"},
			{`"b":-99999999999999999999999999`, 422, "b must be a whole number"},
			{`"d":1e400`, 422, "d must be a finite number"},
			{`"d":-1e400`, 422, "d must be a finite number"},
			{`"d":0.` + strings.Repeat("1", 64), 422, "d must have at most 64 characters"},
			{`"e":"2026-02-30"`, 422, "e must be a date"},
			{`"e":"yesterday"`, 422, "e must be a date"},
			{`"e":""`, 422, "e must be a date"},
			{`"e":"2026-01-05T09:40"`, 422, "e must be a date"},
			{`"mail":"ron"`, 422, "mail must be an e-mail address"},
			{`"mail":""`, 422, "mail must be an e-mail address"},
			{`"word":"a b"`, 422, "word must be letters, digits, - and _"},
			{`"tier":"bronze"`, 422, "tier must be one of: gold, silver"},
			{`"tier":""`, 422, "tier must be one of: gold, silver"},
			{`"level":0`, 422, "level must be from 1 to 9"},
			{`"level":10`, 422, "level must be from 1 to 9"},
			{`"rate":0.3`, 422, "rate must be one of: 0.25, 0.50"},
			{`"day":"2025-12-31"`, 422, "day must be at least 2026-01-01"},
		} {
			code := "invalid_field"
			if c.status == http.StatusUnprocessableEntity {
				code = "invalid_value"
			}
			slug, _, _ := strings.Cut(strings.TrimPrefix(c.value, `"`), `"`)
			for _, got := range []reply{x.add(api, c.value), api.put(path, x.body(api, false, c.value))} {
				got.refused(c.status, code).saying(c.detail)
				if got.pointers() != "/data/"+slug || len(got.at("errors").([]any)) != 1 {
					t.Errorf("%s %s: %s", x.kind, c.value, got.body)
				}
			}
		}
		api.put(path, x.body(api, false, `"must":null`)).refused(http.StatusUnprocessableEntity, "invalid_value").saying("must is required")
		if after := api.get(path); string(after.body) != string(before.body) {
			t.Errorf("refused requests changed %s to %s", before.body, after.body)
		}
		if x.flow != "account-members" { // every try needs a member for a membership
			if after := api.get(x.list).number("meta.results.total"); after != total {
				t.Errorf("%s: refused requests added %d rows", x.kind, after-total)
			}
		}
	}
}

func TestFaultsOfValuesComeWithTheOthers(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	flow, _ := withEveryType(api, "accounts")
	api.define(flow, "must", "integer", `,"required":true`)
	account := pathOf(api.post("/v2/accounts", `{"data":{"type":"account","name":"x","must":1}}`).want(http.StatusCreated))
	for _, c := range []struct {
		method, data string
		status       int
		pointers     string
	}{
		{"POST", `"type":"account","name":"x"`, 422, "/data/must"},
		{"POST", `"type":"account","name":"x","must":null`, 422, "/data/must"},
		{"POST", `"type":"account"`, 400, "/data/name /data/must"},
		{"POST", `"type":"account","must":"x"`, 400, "/data/must /data/name"},
		{"POST", `"type":"account","name":"x","must":{}`, 400, "/data/must"},
		{"POST", `"type":"account","name":"x","e":"never","b":1.5`, 422, "/data/b /data/e /data/must"},
		{"POST", `"name":7,"must":0.5,"a":[],"d":"1"`, 400, "/data/type /data/name /data/a /data/d /data/must"},
		{"POST", `"type":"account","name":" ","d":true,"e":"never"`, 400, "/data/d /data/name /data/e /data/must"},
		{"PUT", `"type":"account","must":null,"b":1.5`, 422, "/data/b /data/must"},
		{"PUT", `"type":"account","name":" ","b":1.5`, 400, "/data/name /data/b"},
		{"PUT", `"type":"account","name":[],"a":1,"c":2`, 400, "/data/name /data/a /data/c"},
	} {
		path := account
		if c.method == http.MethodPost {
			path = "/v2/accounts"
		}
		if got := api.send(c.method, path, `{"data":{`+c.data+`}}`).want(c.status); got.pointers() != c.pointers {
			t.Errorf("%s %s: %s", c.method, c.data, got.body)
		}
	}
}

// TestWhatStandsInTheWayOfAMembershipComesFirst: clients look for the 404 and the 409.
func TestWhatStandsInTheWayOfAMembershipComesFirst(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	account, member := api.account("Parks"), api.member("Ron")
	api.join(account, member)
	api.define(api.flow("account-memberships"), "role", "string", `,"required":true`)
	memberships := account + "/account-memberships"
	api.post("/v2/accounts/"+nowhere+"/account-memberships", joining(member)).refused(http.StatusNotFound, "account_not_found")
	api.post(memberships, joining(nowhere)).refused(http.StatusNotFound, "member_not_found")
	api.post(memberships, joining(member)).refused(http.StatusConflict, "already_member")
	api.post(memberships, joining(api.member("Leslie"))).refused(http.StatusUnprocessableEntity, "invalid_value").saying("role is required")
	path := memberships + "/" + nowhere
	api.put(path, `{"data":{"type":"account_membership","role":null}}`).refused(http.StatusNotFound, "membership_not_found")
}

func TestUnknownAndDisabledFieldsAreIgnored(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	for _, x := range extensibles(api) {
		values := `"known":1,"unknown":{"a":[1]},"Known":"x","off":[],"gone":1e400,"a b":1,"-":null`
		none := x.add(api, values).want(http.StatusCreated)
		if shown(none) != "" {
			t.Errorf("%s: %s", x.kind, none.body)
		}
		flow := api.flow(x.flow)
		api.define(flow, "known", "integer", "")
		api.define(flow, "off", "string", `,"enabled":false,"required":true`)
		api.delete(api.define(flow, "gone", "integer", "")).want(http.StatusNoContent)
		got := x.add(api, values).want(http.StatusCreated)
		if shown(got) != `"known":1` {
			t.Errorf("%s: %s", x.kind, got.body)
		}
		if got := api.put(pathOf(none), x.body(api, false, values)).want(http.StatusOK); shown(got) != `"known":1` {
			t.Errorf("%s: %s", x.kind, got.body)
		}
	}
}

// TestOwnMembersAreNotTakenForFields: their names can be no slugs, but for those of other resources.
func TestOwnMembersAreNotTakenForFields(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	for _, x := range extensibles(api) {
		flow := api.flow(x.flow)
		got := x.add(api, "").want(http.StatusCreated)
		for name := range got.at("data").(map[string]any) {
			api.post("/v2/fields", newField(flow, name, "string", "")).refused(http.StatusUnprocessableEntity, "invalid_value").saying("reserved")
		}
	}
}

func TestAMembersOwnAccountNeedsItsFields(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	api.put("/v2/settings/account-authentication", `{"data":{"type":"account_authentication_settings","auto_create_account_for_account_members":true}}`).want(http.StatusOK)
	field := api.define(api.flow("accounts"), "tier", "string", `,"required":true`)
	body := `{"data":{"type":"account_member","name":"Ron"}}`
	got := api.post("/v2/account-members", body).refused(http.StatusUnprocessableEntity, "invalid_value").saying(`custom field "tier" has no default`)
	if got.at("errors.0.source") != nil {
		t.Errorf("got %s", got.body)
	}
	api.put(field, changeField(`"default":"silver"`)).want(http.StatusOK)
	api.post("/v2/account-members", body).want(http.StatusCreated)
	if got := api.get("/v2/accounts"); got.each("tier") != "silver" {
		t.Errorf("got %s", got.body)
	}
}
