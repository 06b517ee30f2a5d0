package httpadapter_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// extensible is one of the three kinds of resources that have custom fields.
type extensible struct {
	flow, kind, list, own string // own are the members of data that a new one needs
}

func extensibles(api *api) []extensible {
	return []extensible{
		{"accounts", "account", "/v2/accounts", `,"name":"Parks"`},
		{"account-members", "account_member", "/v2/account-members", `,"name":"Ron"`},
		{"account-memberships", "account_membership", api.account("Home") + "/account-memberships", `,"account_member_id":"MEMBER"`},
	}
}

// body is what makes a new one, or changes one, with values.
func (x extensible) body(api *api, own bool, values string) string {
	body := `{"data":{"type":"` + x.kind + `"`
	if own {
		body += x.own
	}
	if values != "" {
		values = "," + values
	}
	if own && x.kind == "account_membership" {
		body = strings.Replace(body, "MEMBER", api.member("Ron"), 1)
	}
	return body + values + "}}"
}

// add adds one with values.
func (x extensible) add(api *api, values string) reply {
	return api.post(x.list, x.body(api, true, values))
}

// shown cuts the custom fields out of an answer about one: they stand behind its link.
func shown(r reply) string {
	r.t.Helper()
	_, fields, ok := strings.Cut(string(r.body), `"links":{"self":"`+r.text("data.links.self")+`"}`)
	fields, _, end := strings.Cut(fields, `},"links":`)
	if !ok || !end {
		r.t.Fatalf("got %s", r.body)
	}
	return strings.TrimPrefix(fields, ",")
}

func pathOf(r reply) string { return strings.TrimPrefix(r.text("links.self"), "http://example.com") }

const everyType = `"a":"x","b":12,"c":true,"d":1.50,"e":"2026-01-05"`

// withEveryType defines a field of each type.
func withEveryType(api *api, flow string) (id string, fields map[string]string) {
	id = api.flow(flow)
	fields = map[string]string{}
	for slug, fieldType := range map[string]string{"a": "string", "b": "integer", "c": "boolean", "d": "float", "e": "date"} {
		fields[slug] = api.define(id, slug, fieldType, "")
	}
	return id, fields
}

func TestValuesStandInlineBehindTheRest(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	for _, x := range extensibles(api) {
		withEveryType(api, x.flow)
		created := x.add(api, everyType).want(http.StatusCreated)
		if shown(created) != everyType {
			t.Errorf("%s: %s", x.kind, created.body)
		}
		got := api.get(pathOf(created)).want(http.StatusOK)
		if string(got.body) != string(created.body) {
			t.Errorf("%s: read back: %s", x.kind, got.body)
		}
		list := api.list(x.list, "filter=eq(b,12)").want(http.StatusOK)
		if !strings.Contains(string(list.body), `},`+everyType+`}]`) {
			t.Errorf("%s: listed: %s", x.kind, list.body)
		}
		unset := x.add(api, "").want(http.StatusCreated)
		if shown(unset) != `"a":null,"b":null,"c":null,"d":null,"e":null` {
			t.Errorf("%s: unset: %s", x.kind, unset.body)
		}
	}
}

func TestValuesStandInlineInWhatIsIncluded(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	for _, x := range extensibles(api)[:2] {
		api.define(api.flow(x.flow), "level", "float", `,"default":1.50`)
	}
	account, member := api.account("Parks"), api.member("Ron")
	membership := api.join(account, member)
	for path, key := range map[string]string{
		membership + "?include=account_member": "account_members", account + "/account-memberships?include=account_members": "account_members",
		"/v2/account-members/" + member + "/account-memberships?include=account": "accounts",
	} {
		got := api.get(path).want(http.StatusOK)
		if !strings.Contains(string(got.body), `"included":{"`+key+`":[{`) || !strings.Contains(string(got.body), `"level":1.50}]}}`) {
			t.Errorf("%s: %s", path, got.body)
		}
	}
	unassigned := api.get(api.account("Other") + "/account-memberships/unassigned-account-members").want(http.StatusOK)
	if !strings.Contains(string(unassigned.body), `"level":1.50}]`) {
		t.Errorf("got %s", unassigned.body)
	}
}

// TestUsersShowNoCustomFields: they are the account member's. A user's body sets them, because a required one must be
// set by whoever makes the member.
func TestUsersShowNoCustomFields(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	api.define(api.flow("account-members"), "badge", "integer", `,"required":true`)
	users := realm + "/user-authentication-info"
	got := api.post(users, `{"data":{"type":"user_authentication_info","name":"Ron"}}`).refused(http.StatusUnprocessableEntity, "invalid_value")
	if got.pointers() != "/data/badge" {
		t.Errorf("got %s", got.body)
	}
	user := api.post(users, `{"data":{"type":"user_authentication_info","name":"Ron","badge":7}}`).want(http.StatusCreated)
	member := "/v2/account-members/" + user.text("data.id")
	path := users + "/" + user.text("data.id")
	changed := api.put(path, `{"data":{"type":"user_authentication_info","badge":8}}`).want(http.StatusOK)
	for _, got := range []reply{user, changed, api.get(path), api.list(users, "filter=eq(badge,8)&sort=badge")} {
		if !strings.Contains(string(got.body), user.text("data.id")) || strings.Contains(string(got.body), `"badge"`) {
			t.Errorf("%s: %s", got.said, got.body)
		}
	}
	if got := api.get(member); shown(got) != `"badge":8` {
		t.Errorf("got %s", got.body)
	}
	api.put(path, string(api.get(path).body)).want(http.StatusOK)
	if got := api.get(member); shown(got) != `"badge":8` {
		t.Errorf("got %s", got.body)
	}
}

func TestNumbersAndDatesKeepTheirSpelling(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	flow := api.flow("accounts")
	api.define(flow, "f", "float", "")
	api.define(flow, "i", "integer", "")
	api.define(flow, "d", "date", "")
	api.define(flow, "s", "string", "")
	path := api.account("Parks")
	for _, c := range []string{
		`"f":1.50`, `"f":9007199254740993`, `"f":-0.0`, `"f":1e-7`, `"f":1E+05`, `"f":0`, `"f":-0`, `"f":1.7976931348623157e308`, `"f":1e-400`,
		`"f":0.1000000000000000055511151231257827`, `"f":123456789012345678901234567890`,
		`"i":9007199254740993`, `"i":-9223372036854775808`, `"i":9223372036854775807`, `"i":0`,
		`"d":"2026-01-05"`, `"d":"2026-01-05 09:40:33"`, `"d":"2026-01-05T09:40:33.1234567+02:00"`, `"d":"0001-01-01"`, `"d":"9999-12-31T23:59:59Z"`,
		`"s":""`, `"s":" "`, `"s":"<a href='x'>&amp;"`, `"s":"\\ \" \n"`, `"s":"1.50"`, `"s":"null"`, `"s":"Ünïcödé 😀"`,
	} {
		put := api.put(path, `{"data":{"type":"account",`+c+`}}`).want(http.StatusOK)
		got := api.get(path).want(http.StatusOK)
		if !strings.Contains(","+shown(got)+",", ","+c+",") || string(put.body) != string(got.body) {
			t.Errorf("%s: %s", c, got.body)
		}
		api.clock.advance(time.Second)
		if again := api.put(path, string(got.body)).want(http.StatusOK); string(again.body) != string(got.body) {
			t.Errorf("%s sent back: %s", c, again.body)
		}
		list := api.list("/v2/accounts", "sort=f").want(http.StatusOK)
		if !strings.Contains(string(list.body), c) {
			t.Errorf("%s listed: %s", c, list.body)
		}
	}
}

func TestListsAreFilteredAndSortedByFields(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	home, away := api.account("Home"), api.account("Away")
	for _, flow := range []string{"accounts", "account-members", "account-memberships"} {
		withEveryType(api, flow)
	}
	values := []string{
		`"a":"alpha","b":3,"c":true,"d":1.50,"e":"2026-01-05","k":1`,
		`"a":"Beta","b":-1,"c":false,"d":1e1,"e":"2026-01-04T23:00:00-02:00","k":2`,
		`"a":"","b":9007199254740993,"d":-0.5,"k":3`,
		`"k":4`,
	}
	for _, flow := range []string{"accounts", "account-members", "account-memberships"} {
		api.define(api.list("/v2/flows", "filter=eq(slug,"+flow+")").text("data.0.id"), "k", "integer", "")
	}
	one := api.member("One")
	for i, v := range values {
		account := api.post("/v2/accounts", fmt.Sprintf(`{"data":{"type":"account","name":"A%d",%s}}`, i, v)).want(http.StatusCreated).text("data.id")
		member := api.post("/v2/account-members", fmt.Sprintf(`{"data":{"type":"account_member","name":"M%d",%s}}`, i, v)).want(http.StatusCreated).text("data.id")
		api.post(home+"/account-memberships", `{"data":{"type":"account_membership","account_member_id":"`+member+`",`+v+`}}`).want(http.StatusCreated)
		api.post("/v2/accounts/"+account+"/account-memberships", `{"data":{"type":"account_membership","account_member_id":"`+one+`",`+v+`}}`).want(http.StatusCreated)
	}
	for _, list := range []string{"/v2/accounts", "/v2/account-members", home + "/account-memberships", "/v2/account-members/" + one + "/account-memberships",
		away + "/account-memberships/unassigned-account-members"} {
		for _, c := range []struct{ filter, sort, keys string }{
			{"eq(a,alpha)", "k", "1"},
			{`eq(a,"")`, "k", "3"},
			{"like(a,*a)", "k", "1 2"},
			{"ilike(a,BET*)", "k", "2"},
			{"is_null(a):gt(k,0)", "k", "4"},
			{"in(b,3,-1)", "b", "2 1"},
			{"gt(b,9007199254740992)", "k", "3"},
			{"eq(b,9007199254740992)", "k", ""},
			{"eq(c,false)", "k", "2"},
			{"eq(d,1.5)", "k", "1"},
			{"ge(d,1.5)", "-d", "2 1"},
			{"eq(d,10)", "k", "2"},
			{"gt(e,2026-01-05)", "k", "2"},
			{`eq(e,"2026-01-05 01:00:00")`, "k", "2"},
			{"(eq(a,alpha)|is_null(d)):ge(k,1)", "-k", "4 1"},
			{"ge(k,1)", "-k", "4 3 2 1"},
			{"ge(k,1)", "b", "4 2 1 3"},
			{"ge(k,1)", "-a", "1 2 3 4"},
			{"ge(k,1)", "e", "3 4 1 2"},
		} {
			got := api.list(list, "sort="+c.sort+"&filter="+url.QueryEscape(c.filter)).want(http.StatusOK)
			keys := got.each("k")
			if c.sort == "e" && strings.HasPrefix(keys, "4 3") { // a tie
				keys = "3 4" + keys[3:]
			}
			if keys != c.keys || got.number("meta.results.total") != len(strings.Fields(c.keys)) {
				t.Errorf("%s, filter %s, sort %s: %s, want %s", list, c.filter, c.sort, keys, c.keys)
			}
		}
		var seen []string
		for next := list + "?sort=-k&page[limit]=1&filter=" + url.QueryEscape("ge(k,1):le(k,3)"); next != ""; {
			got := api.get(next).want(http.StatusOK)
			seen = append(seen, got.each("k"))
			next, _ = got.at("links.next").(string)
			next = strings.TrimPrefix(next, "http://example.com")
		}
		if strings.Join(seen, " ") != "3 2 1" {
			t.Errorf("%s: page by page: %v", list, seen)
		}
		for query, code := range map[string]string{
			"filter=eq(nothing,1)": "invalid_filter", "filter=like(b,1)": "invalid_filter", "filter=eq(b,x)": "invalid_filter", "filter=eq(b,1.5)": "invalid_filter",
			"filter=gt(c,true)": "invalid_filter", "filter=eq(c,yes)": "invalid_filter", "filter=eq(e,never)": "invalid_filter", "filter=eq(d,1e400)": "invalid_filter",
			"sort=nothing": "invalid_sort", "sort=--b": "invalid_sort",
		} {
			api.list(list, query).refused(http.StatusBadRequest, code)
		}
		api.list(list, "filter=eq(nothing,1)").saying(", a, b, c, d, e, k")
		api.list(list, "sort=nothing").saying(", a, b, c, d, e, k")
	}
}
