package httpadapter_test

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
)

// lastChange is the newest change.
func (a *api) lastChange() reply {
	a.t.Helper()
	last := a.get("/v1/changes?limit=0").want(http.StatusOK).number("meta.last")
	return a.get(fmt.Sprintf("/v1/changes?after=%d", last-1)).want(http.StatusOK)
}

func TestAChangeIsAnsweredAsDocumented(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	if got := api.get("/v1/changes").want(http.StatusOK); string(got.body) != `{"data":[],"meta":{"first":0,"last":0}}`+"\n" {
		t.Errorf("an empty log: %s", got.body)
	}
	account, member := api.account("Parks"), api.member("Ron")
	made := api.with("X-Request-Id", "abc-123").post(account+"/account-memberships", joining(member)).want(http.StatusCreated)
	accountID := strings.TrimPrefix(account, "/v2/accounts/")
	want := strings.NewReplacer("ACCOUNT", accountID, "MEMBER", member, "ID", made.text("data.id"), "AFTER", asJSON(t, made.at("data"))).Replace(
		`{"sequence":3,"type":"account-membership.created","time":"2026-01-05T09:40:33.882Z","actor":"tests","cause":"request","request_id":"abc-123",` +
			`"account_id":"ACCOUNT","account_member_id":"MEMBER","account_membership_id":"ID","before":null,"after":AFTER}`)
	got := api.get("/v1/changes?after=2").want(http.StatusOK)
	if asJSON(t, got.at("data.0")) != asJSON(t, reply{t: t, body: []byte(want)}.whole()) || got.number("meta.first") != 1 || got.number("meta.last") != 3 {
		t.Errorf("got  %s\nwant %s", got.body, want)
	}
	for _, name := range []string{`{"data":[{"sequence":3,"type":`, `"meta":{"first":1,"last":3}}` + "\n"} {
		if !strings.Contains(string(got.body), name) {
			t.Errorf("%s does not have %s", got.body, name)
		}
	}

	// Nobody in particular, and no request.
	if _, err := api.svc.CreateAccount(t.Context(), membership.Account{Name: "Library"}); err != nil {
		t.Fatal(err)
	}
	if got := api.lastChange(); got.at("data.0.actor") != nil || got.at("data.0.request_id") != nil || got.text("data.0.cause") != "request" {
		t.Errorf("got %s", got.body)
	}
	// What goes along says so, and under which request.
	api.with("X-Request-Id", "def-456").delete(account).want(http.StatusNoContent)
	got = api.get("/v1/changes?after=4").want(http.StatusOK)
	if got.each("type") != "account-membership.deleted account.deleted" || got.each("cause") != "cascade request" || got.each("request_id") != "def-456 def-456" {
		t.Errorf("got %s", got.body)
	}
}

// whole is the whole body.
func (r reply) whole() any {
	return reply{t: r.t, said: r.said, body: []byte(`{"data":` + string(r.body) + `}`)}.at("data")
}

func TestTheActorIsWhoeverTheTokenIsFor(t *testing.T) {
	t.Parallel()
	api := newTokenAPI(t)
	credential, secret, err := api.svc.CreateCredential(t.Context(), readAndWrite)
	if err != nil {
		t.Fatal(err)
	}
	parks := api.signedIn("parks", "s3cret +%")
	parks.account("Parks")
	api.signedIn(credential.ClientID, secret).account("Library")
	if got := parks.get("/v1/changes").want(http.StatusOK); got.each("actor") != "parks "+credential.ClientID {
		t.Errorf("got %s", got.body)
	}
}

// TestEveryKindOfChange makes a change of every type, and compares what it shows with what its own route answered.
func TestEveryKindOfChange(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	seen := map[string]bool{}
	// expect compares the newest change. The images are as the routes answer, but for relationships that a row does not
	// know.
	expect := func(kind string, before, after any) {
		t.Helper()
		got := api.lastChange()
		seen[got.text("data.0.type")] = true
		if got.text("data.0.type") != kind || !reflect.DeepEqual(got.at("data.0.before"), before) || !reflect.DeepEqual(got.at("data.0.after"), after) {
			t.Errorf("%s: got %s\nwant %s to become %s", kind, got.body, asJSON(t, before), asJSON(t, after))
		}
	}
	without := func(image any, names ...string) any {
		for _, name := range names {
			delete(image.(map[string]any), name)
		}
		return image
	}
	// life creates, changes and deletes a resource.
	life := func(kind, list, create, change string, hidden ...string) {
		t.Helper()
		made := api.post(list, `{"data":`+create+`}`).want(http.StatusCreated)
		first := without(made.at("data"), hidden...)
		expect(kind+".created", nil, first)
		path := strings.TrimPrefix(made.text("links.self"), "http://example.com")
		second := without(api.put(path, `{"data":`+change+`}`).want(http.StatusOK).at("data"), hidden...)
		expect(kind+".updated", first, second)
		if reflect.DeepEqual(first, second) {
			t.Errorf("%s: nothing changed", kind)
		}
		api.delete(path).want(http.StatusNoContent)
		expect(kind+".deleted", second, nil)
	}
	life("flow", "/v2/flows", `{"type":"flow","name":"Members","slug":"account-members"}`, `{"type":"flow","enabled":false}`)
	flow := api.post("/v2/flows", `{"data":{"type":"flow","name":"Memberships","slug":"account-memberships"}}`).want(http.StatusCreated).text("data.id")
	life("field", "/v2/fields", `{"type":"field","name":"Budget","slug":"budget","field_type":"float","default":1.50,`+
		`"validation_rules":[{"type":"between","options":{"from":0}}],"relationships":{"flow":{"data":{"id":"`+flow+`"}}}}`,
		`{"type":"field","name":"Limit"}`, "relationships")
	api.post("/v2/fields", `{"data":{"type":"field","name":"Budget","slug":"budget","field_type":"float","relationships":{"flow":{"data":{"id":"`+flow+`"}}}}}`).want(http.StatusCreated)

	life("account-tag", "/v2/account-tags", `{"type":"account_tag","name":"<vip>"}`, `{"type":"account_tag","description":"&"}`)
	life("account", "/v2/accounts", `{"type":"account","name":"Parks","legal_name":"City"}`, `{"type":"account","legal_name":null}`)
	life("account-member", "/v2/account-members", `{"type":"account_member","name":"Ron","email":"ron@example.com"}`, `{"type":"account_member","email":null,"given_name":"Ron"}`)
	account, member := api.account("Library"), api.member("Tammy")
	life("account-membership", account+"/account-memberships", `{"type":"account_membership","account_member_id":"`+member+`","budget":2.50}`,
		`{"type":"account_membership","budget":3e2}`)
	life("password-profile", profiles, `{"type":"password_profile","name":"Shop"}`, `{"type":"password_profile","username_format":"email"}`)
	profile := api.profile("any")
	life("user-authentication-password-profile-info", realm+"/user-authentication-info/"+member+logins,
		`{"type":"user_authentication_password_profile_info","password_profile_id":"`+profile+`","username":"tammy","password":"correct horse"}`,
		`{"type":"user_authentication_password_profile_info","username":"tammy2","password":"battery staple"}`)

	// An account below another one: the parent is known, what is above it is not.
	child := api.post("/v2/accounts", `{"data":{"type":"account","name":"Branch","parent_id":"`+strings.TrimPrefix(account, "/v2/accounts/")+`"}}`).want(http.StatusCreated)
	image := child.at("data").(map[string]any)
	without(image["relationships"], "ancestors")
	expect("account.created", nil, image)

	tag := api.post("/v2/account-tags", `{"data":{"type":"account_tag","name":"vip"}}`).want(http.StatusCreated).at("data")
	reference := `{"data":[{"type":"account_tag","id":"` + tag.(map[string]any)["id"].(string) + `"}]}`
	api.post(account+"/relationships/account-tags", reference).want(http.StatusOK)
	expect("account.tagged", nil, tag)
	api.send(http.MethodDelete, account+"/relationships/account-tags", reference).want(http.StatusOK)
	expect("account.untagged", tag, nil)

	settings := func(limit int, signup bool) any {
		return map[string]any{"type": "account_membership_setting", "membership_limit": float64(limit), "enable_self_signup": signup,
			"auto_create_account_for_account_members": false, "account_member_self_management": "disabled",
			"account_management_authentication_token_timeout_secs": float64(86400)}
	}
	api.put(settingsPath, `{"data":{"type":"account_membership_setting","membership_limit":7}}`).want(http.StatusOK)
	expect("account-membership-settings.updated", settings(10000, false), settings(7, false))
	api.put("/v2/settings/account-authentication", `{"data":{"type":"account_authentication_settings","enable_self_signup":true}}`).want(http.StatusOK)
	expect("account-membership-settings.updated", settings(7, false), settings(7, true))

	var documented []string
	_, enum, _ := theContract().find("", "components", "schemas", "ChangeType", "enum")
	for _, name := range enum.([]any) {
		documented = append(documented, name.(string))
	}
	var all []string
	for _, kind := range membership.ChangeTypes() {
		all = append(all, string(kind))
		if !seen[string(kind)] {
			t.Errorf("no change was %s", kind)
		}
	}
	if !slices.Equal(all, documented) {
		t.Errorf("openapi.yaml lists %v", documented)
	}
	text := string(api.get("/v1/changes?limit=1000").want(http.StatusOK).body)
	for _, password := range []string{"correct horse", "battery staple"} {
		hash, _ := hashed(password)
		if strings.Contains(text, password) || strings.Contains(text, hash) {
			t.Errorf("the log shows a password")
		}
	}
}

func TestPagingThroughTheLog(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	err := api.svc.Update(t.Context(), func(svc *roster.Service) error {
		for i := range 1005 {
			if _, err := svc.CreateTag(t.Context(), membership.Tag{Name: fmt.Sprint("Tag ", i)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]int{"": 100, "?limit=0": 0, "?limit=1": 1, "?limit=1000": 1000, "?limit=1001": 1000,
		"?limit=99999999999999999999": 1000, "?after=1000": 5, "?after=1005": 0, "?after=1004&limit=10": 1} {
		got := api.get("/v1/changes" + query).want(http.StatusOK)
		if n := len(got.at("data").([]any)); n != want || got.number("meta.first") != 1 || got.number("meta.last") != 1005 {
			t.Errorf("%s: %d changes, want %d, meta %v", query, n, want, got.at("meta"))
		}
	}
	next := 1
	for after := 0; ; {
		got := api.get(fmt.Sprintf("/v1/changes?after=%d&limit=90", after)).want(http.StatusOK)
		items := got.at("data").([]any)
		for _, item := range items {
			if item.(map[string]any)["sequence"] != float64(next) {
				t.Fatalf("got %v instead of %d", item, next)
			}
			after, next = next, next+1
		}
		if len(items) == 0 {
			break
		}
	}
	if next != 1006 {
		t.Errorf("it ended before %d", next)
	}
}

func TestTheLogIsFiltered(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	parks, library := api.account("Parks"), api.account("Library") // 1, 2
	ron, tammy := api.member("Ron"), api.member("Tammy")           // 3, 4
	inParks := api.join(parks, ron)                                // 5
	api.join(library, ron)                                         // 6
	api.join(library, tammy)                                       // 7
	api.delete(inParks).want(http.StatusNoContent)                 // 8
	id := func(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
	for query, want := range map[string]string{
		"account_id=" + id(parks):                                         "1 5 8",
		"account_id=" + strings.ToUpper(id(parks)):                        "1 5 8",
		"account_member_id=" + ron:                                        "3 5 6 8",
		"account_membership_id=" + id(inParks):                            "5 8",
		"account_id=" + id(library) + "&account_member_id=" + tammy:       "7",
		"account_id=" + nowhere:                                           "",
		"type=account-member.created":                                     "3 4",
		"type=account.created,account-membership.deleted":                 "1 2 8",
		"type=account.created,%20account.created":                         "1 2",
		"type=account.created&account_member_id=" + ron:                   "",
		"account_member_id=" + ron + "&after=5&limit=1":                   "6",
		"account_member_id=" + ron + "&after=6&type=account.created":      "",
		"account_id=" + id(parks) + "&account_membership_id=" + id(parks): "",
	} {
		got := api.get("/v1/changes?" + query).want(http.StatusOK)
		if got.each("sequence") != want || got.number("meta.last") != 8 {
			t.Errorf("%s: %s, want %s", query, got.each("sequence"), want)
		}
	}
}

func TestWhatTheLogCannotBeAskedFor(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	api.account("Parks")
	const zero = "00000000-0000-0000-0000-000000000000"
	for query, parameter := range map[string]string{
		"after=-1": "after", "after=x": "after", "after=": "after", "after=1.5": "after", "after=%201": "after", "after=0x1": "after", "after=1&after=1": "after",
		"after=2": "after", "after=9223372036854775807": "after", "after=99999999999999999999": "after",
		"limit=-1": "limit", "limit=x": "limit", "limit=": "limit", "limit=1&limit=2": "limit",
		"account_id=x": "account_id", "account_id=": "account_id", "account_id=" + zero: "account_id", "account_id={" + nowhere + "}": "account_id",
		"account_member_id=" + zero: "account_member_id", "account_member_id=ron": "account_member_id", "account_membership_id=" + zero: "account_membership_id",
		"account_membership_id=1": "account_membership_id", "account_id=" + nowhere + "&account_id=" + nowhere: "account_id",
		"type=": "type", "type=account": "type", "type=account.created,": "type", "type=ACCOUNT.CREATED": "type", "type=account.created&type=account.updated": "type",
	} {
		got := api.get("/v1/changes?"+query).refused(http.StatusBadRequest, "invalid_parameter").saying(parameter + " ")
		if got.text("errors.0.source.parameter") != parameter {
			t.Errorf("%s: %s", query, got.body)
		}
		api.send(http.MethodHead, "/v1/changes?"+query, "").want(http.StatusBadRequest)
	}
	got := api.get("/v1/changes?after=x&limit=x&account_id=x&account_member_id=x&account_membership_id=x&type=x").refused(http.StatusBadRequest, "invalid_parameter")
	if n := len(got.at("errors").([]any)); n != 6 {
		t.Errorf("%d of 6 faults: %s", n, got.body)
	}
	api.get("/v1/changes?after=%zz").refused(http.StatusBadRequest, "invalid_query")
}

func TestWhatHasBeenPruned(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	account, member := api.account("Parks"), api.member("Ron")
	membershipPath := api.join(account, member)
	for range 3 {
		api.account("Library")
	}
	if _, err := api.svc.PruneChanges(t.Context(), membership.Retention{MaxCount: 2}); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{"?after=4": "5 6", "?after=5": "6", "?after=6": ""} {
		if got := api.get("/v1/changes" + query).want(http.StatusOK); got.each("sequence") != want || got.number("meta.first") != 5 {
			t.Errorf("%s: %s", query, got.body)
		}
	}
	for _, query := range []string{"", "?after=0", "?after=3", "?after=3&limit=0", "?type=account.created"} {
		got := api.get("/v1/changes"+query).refused(http.StatusGone, "changes_pruned").saying("5")
		if got.text("errors.0.source.parameter") != "after" || got.number("errors.0.meta.first") != 5 {
			t.Errorf("%s: %s", query, got.body)
		}
	}
	// A membership whose changes are gone is known as long as it lasts.
	history := "/v1/account-memberships/" + membershipPath[strings.LastIndexByte(membershipPath, '/')+1:] + "/history"
	if got := api.get(history).want(http.StatusOK); string(got.body) != `{"data":[]}`+"\n" {
		t.Errorf("got %s", got.body)
	}
	api.delete(membershipPath).want(http.StatusNoContent)
	if got := api.get(history).want(http.StatusOK); got.each("type") != "account-membership.deleted" {
		t.Errorf("got %s", got.body)
	}
	api.account("Library")
	if _, err := api.svc.PruneChanges(t.Context(), membership.Retention{MaxCount: 1}); err != nil {
		t.Fatal(err)
	}
	api.get(history).refused(http.StatusNotFound, "membership_not_found")
}

func TestTheHistoryOfAMembership(t *testing.T) {
	t.Parallel()
	api := newWorld(t)
	account, member := api.account("Parks"), api.member("April")
	path := api.join(account, member)
	other := api.join(account, api.member("Andy"))
	api.put(path, `{"data":{"type":"account_membership","budget":3}}`).want(http.StatusOK)
	api.put(path, `{"data":{"type":"account_membership","budget":3}}`).want(http.StatusOK) // changes nothing
	api.put(other, `{"data":{"type":"account_membership","budget":4}}`).want(http.StatusOK)
	history := "/v1/account-memberships/" + path[strings.LastIndexByte(path, '/')+1:] + "/history"
	got := api.get(history).want(http.StatusOK)
	if got.each("type") != "account-membership.created account-membership.updated" || got.at("data.1.after.budget") != 3.0 ||
		!reflect.DeepEqual(got.at("data.0.after"), got.at("data.1.before")) || got.at("meta") != nil {
		t.Errorf("got %s", got.body)
	}
	api.delete("/v2/account-members/" + member).want(http.StatusNoContent)
	got = api.get(history + "/").want(http.StatusOK)
	if got.each("type") != "account-membership.created account-membership.updated account-membership.deleted" || got.each("cause") != "request request cascade" {
		t.Errorf("got %s", got.body)
	}
	api.get("/v1/account-memberships/"+nowhere+"/history").refused(http.StatusNotFound, "membership_not_found")
	api.send(http.MethodHead, "/v1/account-memberships/"+nowhere+"/history", "").want(http.StatusNotFound)
	withoutChanges := withExamples(historyPattern) // it was there before the log
	if got := api.get(withoutChanges).want(http.StatusOK); got.each("type") != "" {
		t.Errorf("got %s", got.body)
	}
}

func TestLinksInImagesBeginAsEverywhere(t *testing.T) {
	t.Parallel()
	api := newAPI(t, withOptions(func(o *httpadapter.Options) { o.BaseURL = "https://public.example/api" }))
	path := api.account("Parks")
	if got := api.lastChange(); got.text("data.0.after.links.self") != "https://public.example/api"+path {
		t.Errorf("got %s", got.body)
	}
}
