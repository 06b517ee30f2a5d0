package httpadapter_test

import (
	"net/http"
	"testing"
)

const authSettings = "/v2/settings/account-authentication"

func TestTheAuthenticationSettingsAreAnsweredAsDocumented(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	got := api.get(authSettings).want(http.StatusOK)
	want := `{"data":{"id":"3010496a-794b-58ec-abc2-464fc6587a56","type":"account_authentication_settings","enable_self_signup":false,` +
		`"auto_create_account_for_account_members":false,"account_member_self_management":"disabled",` +
		`"account_management_authentication_token_timeout_secs":86400,"meta":{"client_id":"account-management"},` +
		`"relationships":{"authentication_realm":{"data":{"id":"c1a85157-4f4b-543b-a2c3-9b92891f8e78","type":"authentication_realm"}}}},` +
		`"links":{"self":"http://example.com/v2/settings/account-authentication"}}` + "\n"
	if string(got.body) != want {
		t.Errorf("got  %s\nwant %s", got.body, want)
	}
	api.get("/v2/authentication-realms/" + got.text("data.relationships.authentication_realm.data.id") + "/user-authentication-info").want(http.StatusOK)
}

func TestTheAuthenticationSettingsArePartial(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	api.put(settingsPath, `{"data":{"type":"account_membership_setting","membership_limit":7}}`).want(http.StatusOK)
	api.put(authSettings, `{"data":{"type":"account_authentication_settings","enable_self_signup":true,"account_member_self_management":"update_only"}}`).want(http.StatusOK)
	got := api.put(authSettings, `{"data":{"type":"account_authentication_settings","account_management_authentication_token_timeout_secs":60}}`).want(http.StatusOK)
	if got.at("data.enable_self_signup") != true || got.text("data.account_member_self_management") != "update_only" ||
		got.number("data.account_management_authentication_token_timeout_secs") != 60 || got.at("data.auto_create_account_for_account_members") != false {
		t.Errorf("got %s", got.body)
	}
	if got := api.get(settingsPath); got.number("data.membership_limit") != 7 {
		t.Errorf("the other settings changed: %s", got.body)
	}
}

func TestAuthenticationSettingsHaveTheirTypes(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	const timeout = "account_management_authentication_token_timeout_secs"
	for _, c := range []struct {
		name, value string
		allowed     bool
	}{
		{"enable_self_signup", `"true"`, false}, {"enable_self_signup", `null`, false}, {"enable_self_signup", `1`, false},
		{"auto_create_account_for_account_members", `[]`, false},
		{"account_member_self_management", `"everything"`, false}, {"account_member_self_management", `null`, false}, {"account_member_self_management", `true`, false},
		{timeout, `0`, false}, {timeout, `-1`, false}, {timeout, `1.5`, false}, {timeout, `"60"`, false}, {timeout, `null`, false},
		{timeout, `3153600001`, false}, {timeout, `1e300`, false}, {timeout, `18446744073709551617`, false},
		{timeout, `1`, true}, {timeout, `3153600000`, true}, {timeout, `6e1`, true},
	} {
		got := api.put(authSettings, `{"data":{"type":"account_authentication_settings","`+c.name+`":`+c.value+`}}`)
		if c.allowed {
			got.want(http.StatusOK)
			continue
		}
		got.refused(http.StatusBadRequest, "invalid_field")
		if got.text("errors.0.source.pointer") != "/data/"+c.name || len(got.at("errors").([]any)) != 1 {
			t.Errorf("%s %s: %s", c.name, c.value, got.body)
		}
	}
}

func TestANewMemberGetsAnAccountWhereTheSettingsSaySo(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	api.put(authSettings, `{"data":{"type":"account_authentication_settings","auto_create_account_for_account_members":true}}`).want(http.StatusOK)
	ron := api.post(users, `{"data":{"type":"user_authentication_info","name":"Ron","email":"ron@example.com"}}`).want(http.StatusCreated).text("data.id")
	got := api.list("/v2/account-members/"+ron+"/account-memberships", "include=account").want(http.StatusOK)
	if got.number("meta.results.total") != 1 || got.text("included.accounts.0.name") != "Ron" {
		t.Errorf("got %s", got.body)
	}
}
