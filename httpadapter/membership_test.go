package httpadapter_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestAMembershipIsAnsweredAsDocumented(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	account, member := api.account("Parks"), api.member("Ron")
	got := api.post(account+"/account-memberships", joining(member)).want(http.StatusCreated)

	self := "http://example.com" + account + "/account-memberships/" + got.text("data.id")
	want := strings.NewReplacer("SELF", self, "ID", got.text("data.id"), "MEMBER", member).Replace(
		`{"data":{"id":"ID","type":"account_membership","account_member_id":"MEMBER",` +
			`"meta":{"timestamps":{"created_at":"2026-01-05T09:40:33.882Z","updated_at":"2026-01-05T09:40:33.882Z"}},` +
			`"relationships":{"account_member":{"data":{"id":"MEMBER","type":"account_member"}}},` +
			`"links":{"self":"SELF"}},"links":{"self":"SELF"}}` + "\n")
	if string(got.body) != want {
		t.Errorf("got  %s\nwant %s", got.body, want)
	}
	if got.header.Get("Location") != self {
		t.Errorf("Location is %q, want %q", got.header.Get("Location"), self)
	}
	if again := api.get(account + "/account-memberships/" + got.text("data.id")).want(http.StatusOK); string(again.body) != want {
		t.Errorf("read back: %s", again.body)
	}
}

// TestTheDocumentedRequests sends the bodies of the documentation to the paths of the documentation.
func TestTheDocumentedRequests(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	account, member := api.account("Parks"), api.member("Ron")
	body := `{
        "data": {
            "type": "account_membership",
            "account_member_id": "` + member + `"
          }
    }`
	for _, form := range []string{"application/json", "application/x-www-form-urlencoded", "", "nonsense"} {
		client := api.with("Content-Type", form)
		got := client.post(account+"/account-memberships//", body).want(http.StatusCreated)
		path := account + "/account-memberships/" + got.text("data.id")
		client.put(path, body).want(http.StatusOK)
		again := client.post(account+"/account-memberships/", body).refused(http.StatusConflict, "already_member")
		if again.text("errors.0.detail") != "account membership with the given account id and account member id already exists" {
			t.Errorf("got %s", again.body)
		}
		if again.text("errors.0.meta.account_membership_id") != got.text("data.id") {
			t.Errorf("the membership that exists is not named: %s", again.body)
		}
		client.delete(path + "/").want(http.StatusNoContent)
	}
	api.post("/v2/accounts/"+nowhere+"/account-memberships//", body).refused(http.StatusNotFound, "account_not_found").saying("account not found")
}

func TestAMembershipIsOnlyInItsAccount(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	account, member := api.account("Parks"), api.member("Ron")
	other := api.account("Other")
	path := strings.Replace(api.join(account, member), account, other, 1)
	api.get(path).refused(http.StatusNotFound, "membership_not_found").saying("account membership not found")
	api.put(path, joining(member)).refused(http.StatusNotFound, "membership_not_found")
	api.delete(path).refused(http.StatusNotFound, "membership_not_found")
}

func TestAMembershipCannotBeHandedOn(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	account := api.account("Parks")
	path := api.join(account, api.member("Ron"))
	api.put(path, joining(api.member("Leslie"))).refused(http.StatusConflict, "member_immutable").saying("cannot be changed")
	api.put(path, `{"data":{"type":"account_membership"}}`).want(http.StatusOK)
}

func TestAFullAccountTakesNobody(t *testing.T) {
	t.Parallel()
	api := newAPI(t, func(s *setup) { s.service.AccountLimit = 1 })
	account := api.account("Parks")
	api.join(account, api.member("Ron"))
	got := api.post(account+"/account-memberships", joining(api.member("Leslie"))).refused(http.StatusUnprocessableEntity, "account_full")
	if got.number("errors.0.meta.limit") != 1 || got.number("errors.0.meta.used") != 1 {
		t.Errorf("got %s", got.body)
	}
	got.saying("1 of at most 1 memberships")
}

func TestAMemberIsInNoMoreAccountsThanTheSettingsAllow(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	member := api.member("Ron")
	first := api.join(api.account("Parks"), member)
	api.join(api.account("Library"), member)
	api.put("/v2/settings/account-membership", `{"data":{"type":"account_membership_setting","membership_limit":1}}`).want(http.StatusOK)
	got := api.post(api.account("Sewage")+"/account-memberships", joining(member)).refused(http.StatusUnprocessableEntity, "member_at_limit")
	if got.number("errors.0.meta.limit") != 1 || got.number("errors.0.meta.used") != 2 {
		t.Errorf("got %s", got.body)
	}
	api.get(first).want(http.StatusOK) // a lower limit leaves what exists alone
}

func TestTheListOfAMembersMembershipsNamesTheAccounts(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	account, member := api.account("Parks"), api.member("Ron")
	path := api.join(account, member)
	got := api.get("/v2/account-members/" + member + "/account-memberships/").want(http.StatusOK)
	if "/v2/accounts/"+got.text("data.0.relationships.account.data.id") != account ||
		got.text("data.0.relationships.account.data.type") != "account" ||
		got.at("data.0.relationships.account_member") != nil ||
		got.text("data.0.account_member_id") != member ||
		got.text("data.0.links.self") != "http://example.com"+path {
		t.Errorf("got %s", got.body)
	}
}

func TestIncludeBringsEachRelatedResourceOnce(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	parks, library := api.account("Parks"), api.account("Library")
	ron, leslie := api.member("Ron"), api.member("Leslie")
	joined := api.join(parks, ron)
	api.join(parks, leslie)
	api.join(library, ron)

	ofAccount, ofRon := parks+"/account-memberships", "/v2/account-members/"+ron+"/account-memberships"
	for _, names := range []string{"account_member", "account_members", "ACCOUNT_MEMBER", "nothing,%20account_members"} {
		got := api.list(ofAccount, "include="+names).want(http.StatusOK)
		if got.text("included.account_members.0.name") != "Leslie" || got.text("included.account_members.1.id") != ron {
			t.Errorf("include=%s: %s", names, got.body)
		}
		if got := api.list(joined, "include="+names).want(http.StatusOK); got.text("included.account_members.0.name") != "Ron" {
			t.Errorf("include=%s: %s", names, got.body)
		}
	}
	for _, names := range []string{"account", "accounts"} {
		got := api.list(ofRon, "include="+names).want(http.StatusOK)
		if got.text("included.accounts.0.name") != "Library" || got.text("included.accounts.1.name") != "Parks" {
			t.Errorf("include=%s: %s", names, got.body)
		}
	}
	for _, none := range []string{ofAccount + "?include=account", ofRon + "?include=account_member", joined + "?include=",
		ofAccount + "?include=account_member&page[limit]=0", "/v2/accounts?include=account_tags,foo"} {
		if got := api.get(none).want(http.StatusOK); got.at("included") != nil {
			t.Errorf("%s includes something: %s", none, got.body)
		}
	}
	api.list("/v2/accounts/"+nowhere+"/account-memberships", "include=account_members").refused(http.StatusNotFound, "account_not_found")
	api.list(parks+"/account-memberships/"+nowhere, "include=account_members").refused(http.StatusNotFound, "membership_not_found")
}

// TestUnknownIDs: what is in a path is unknown or known, never malformed.
func TestUnknownIDs(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	account, member := api.account("Parks"), api.member("Ron")
	api.join(account, member)
	accountBody, memberBody := `{"data":{"type":"account"}}`, `{"data":{"type":"account_member"}}`
	for _, id := range []string{nowhere, "00000000-0000-0000-0000-000000000000", "x", "1", "%20", "..", "%2e%2e", ".", "a%2Fb", "%00",
		"%ff", "*", "null", "{account}", "urn:uuid:" + nowhere, "%7B" + nowhere + "%7D", strings.Repeat("9", 5000)} {
		api := api
		if id == ".." || id == "." || strings.HasPrefix(id, "{") {
			api = api.judgedByNobody() // the judge's paths know no dots
		}
		for _, path := range []string{"", "/account-memberships", "/account-memberships/" + id, "/account-memberships/unassigned-account-members"} {
			api.get("/v2/accounts/"+id+path).refused(http.StatusNotFound, "account_not_found")
		}
		api.put("/v2/accounts/"+id, accountBody).refused(http.StatusNotFound, "account_not_found")
		api.delete("/v2/accounts/"+id).refused(http.StatusNotFound, "account_not_found")
		api.post("/v2/accounts/"+id+"/account-memberships", joining(member)).refused(http.StatusNotFound, "account_not_found")
		api.put("/v2/accounts/"+id+"/account-memberships/"+id, joining(member)).refused(http.StatusNotFound, "account_not_found")
		api.delete("/v2/accounts/"+id+"/account-memberships/"+id).refused(http.StatusNotFound, "account_not_found")

		api.get("/v2/account-members/"+id).refused(http.StatusNotFound, "member_not_found")
		api.get("/v2/account-members/"+id+"/account-memberships").refused(http.StatusNotFound, "member_not_found")
		api.put("/v2/account-members/"+id, memberBody).refused(http.StatusNotFound, "member_not_found")
		api.delete("/v2/account-members/"+id).refused(http.StatusNotFound, "member_not_found")

		api.get(account+"/account-memberships/"+id).refused(http.StatusNotFound, "membership_not_found")
		api.put(account+"/account-memberships/"+id, joining(member)).refused(http.StatusNotFound, "membership_not_found")
		api.delete(account+"/account-memberships/"+id).refused(http.StatusNotFound, "membership_not_found")
	}
	if n := api.get(account + "/account-memberships").number("meta.results.total"); n != 1 {
		t.Errorf("there are %d memberships, want the one from before", n)
	}
}

func TestAnIDInABodyMustBeOneAndKnown(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	path := api.account("Parks") + "/account-memberships"
	for _, id := range []string{`"x"`, `""`, `7`, `null`, `{}`, `"` + strings.ReplaceAll(nowhere, "-", "") + `"`, `"\u0000"`} {
		got := api.post(path, `{"data":{"type":"account_membership","account_member_id":`+id+`}}`).refused(http.StatusBadRequest, "invalid_field")
		if got.text("errors.0.source.pointer") != "/data/account_member_id" || len(got.at("errors").([]any)) != 1 {
			t.Errorf("%s: %s", id, got.body)
		}
	}
	api.post(path, `{"data":{"type":"account_membership"}}`).refused(http.StatusBadRequest, "invalid_field").saying("account_member_id is required")
	got := api.post(path, joining(nowhere)).refused(http.StatusNotFound, "member_not_found").saying("account member not found")
	if got.text("errors.0.source.pointer") != "/data/account_member_id" {
		t.Errorf("got %s", got.body)
	}
	ron := api.member("Ron")
	got = api.post(path, joining(strings.ToUpper(ron))).want(http.StatusCreated)
	if got.text("data.account_member_id") != ron {
		t.Errorf("an id in capitals is the same id: %s", got.body)
	}
}
