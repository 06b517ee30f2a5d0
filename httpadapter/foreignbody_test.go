package httpadapter_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/roster-go/roster/internal/torture"
)

// TestNoBodyAndNoFilterReachesWhatIsAnothers is [TestNoRouteTakesAForeignID] for ids in bodies and filters: what is of another
// kind, of nobody, or another account's is not there, and nothing happens.
func TestNoBodyAndNoFilterReachesWhatIsAnothers(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	id := func(kind string) string { return exampleID(kind).String() }
	other := func(kind string) string { return foreignID(kind).String() }
	account, user := "/v2/accounts/"+id("account"), realm+"/user-authentication-info/"+id("user")
	membershipPath, login := account+"/account-memberships/"+id("membership"), user+"/user-authentication-password-profile-info/"+id("login")
	before, asked := everything(world), 0
	refused := func(method, path, code string, status int, body string, ids ...string) {
		t.Helper()
		for _, wrong := range ids {
			asked++
			world.send(method, path, fmt.Sprintf(body, wrong)).refused(status, code)
		}
	}
	const (
		reference = `{"data":[{"type":"account_tag","id":"%s"}]}`
		joins     = `{"data":{"type":"account_membership","account_member_id":"%s"}}`
		parent    = `{"data":{"type":"account","name":"Below","parent_id":"%s"}}`
		ofProfile = `{"data":{"type":"user_authentication_password_profile_info","password_profile_id":"%s","username":"new","password":"long enough"}}`
		ofFlow    = `{"data":{"type":"field","name":"New","slug":"new","field_type":"string","required":false,"enabled":true,"relationships":{"flow":{"data":{"type":"flow","id":"%s"}}}}}`
	)
	refused(http.MethodPost, "/v2/accounts", "account_not_found", 404, parent, nowhere, id("member"), id("membership"), id("tag"))
	refused(http.MethodPost, account+"/account-memberships", "member_not_found", 404, joins, nowhere, id("account"), id("membership"), other("membership"), id("tag"))
	refused(http.MethodPost, account+"/relationships/account-tags", "tag_not_found", 404, reference, nowhere, id("account"), id("member"), other("member"))
	refused(http.MethodDelete, account+"/relationships/account-tags", "tag_not_found", 404, reference, nowhere, id("account"), id("member"))
	refused(http.MethodPost, login[:strings.LastIndex(login, "/")], "password_profile_not_found", 404, ofProfile, nowhere, id("login"), id("user"), id("account"))
	refused(http.MethodPost, "/v2/fields", "flow_not_found", 404, ofFlow, nowhere, id("field"), id("account"))
	// What is there and another's: it does not move.
	refused(http.MethodPut, membershipPath, "member_immutable", 409, joins, other("member"))
	refused(http.MethodPut, login, "password_profile_immutable", 409, `{"data":{"type":"user_authentication_password_profile_info","password_profile_id":"%s"}}`, other("profile"))
	refused(http.MethodPut, account, "parent_immutable", 409, `{"data":{"type":"account","parent_id":"%s"}}`, other("account"))
	// An id in a body is the path's or none at all: the other row is not meant, whatever is said.
	for path, body := range map[string]string{
		account:                               `{"data":{"id":"` + other("account") + `","type":"account"}}`,
		membershipPath:                        `{"data":{"id":"` + other("membership") + `","type":"account_membership","account_id":"` + other("account") + `"}}`,
		"/v2/account-members/" + id("member"): `{"data":{"id":"` + other("member") + `","type":"account_member"}}`,
		"/v2/account-tags/" + id("tag"):       `{"data":{"id":"` + other("tag") + `","type":"account_tag"}}`,
		login:                                 `{"data":{"id":"` + other("login") + `","type":"user_authentication_password_profile_info"}}`,
	} {
		asked++
		if got := world.put(path, body).want(http.StatusOK); got.text("data.id") != path[strings.LastIndex(path, "/")+1:] {
			t.Errorf("PUT %s %s is answered with another one's: %s", path, body, got.body)
		}
	}
	for path, filtered := range map[string]string{
		account + "/account-memberships":                               "eq(id," + other("membership") + ")",
		account + "/account-memberships/unassigned-account-members":    "eq(id," + id("member") + ")",
		"/v2/account-members/" + id("member") + "/account-memberships": "in(id," + other("membership") + "," + nowhere + ")",
		login[:strings.LastIndex(login, "/")]:                          "eq(id," + other("login") + ")",
		"/v2/flows/" + id("flow") + "/fields":                          "eq(id," + other("field") + ")",
		account + "/account-memberships#or":                            "eq(id," + other("membership") + "):eq(id," + id("membership") + ")",
	} {
		asked++
		path, _, _ = strings.Cut(path, "#")
		if got := world.list(path, "filter="+filtered+"&include=account_members,accounts").want(http.StatusOK); got.number("meta.results.total") != 0 || got.at("included") != nil {
			t.Errorf("%s filtered by %s shows another one's: %s", path, filtered, got.body)
		}
	}
	if after := everything(world); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
	torture.Report(t, torture.Result{Part: torture.Access, Rounds: asked,
		Promise: "An id of another account, member or kind, in a path, a body or a filter, is not found, and nothing changes",
		Method:  "every wildcard of every route x wrong ids, and those of bodies and filters; lists, settings and the change log are compared"})
}
