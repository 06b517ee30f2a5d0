package httpadapter

import (
	"net/http"
	"time"

	"github.com/roster-go/roster/membership"
)

const (
	authSettingsType = "account_authentication_settings"
	authSettingsID   = "3010496a-794b-58ec-abc2-464fc6587a56"
	authSettingsPath = "/v2/settings/account-authentication"
	singleSignOnID   = "account-management"

	tokenTimeoutField = "account_management_authentication_token_timeout_secs"
)

var authSettingsRoutes = []route{
	read(authSettingsPath, getAuthSettings),
	update(authSettingsPath, updateAuthSettings),
}

// authSettings spells the settings, which have no link of their own.
func (e *encoder) authSettings(s membership.Settings) {
	e.open()
	e.name("id").text(authSettingsID)
	e.name("type").text(authSettingsType)
	e.authSettingsMembers(s)
	e.name("meta").open()
	e.name("client_id").text(singleSignOnID)
	e.close()
	e.name("relationships").open()
	e.name("authentication_realm").open()
	e.name("data").open()
	e.name("id").text(realmID)
	e.name("type").text(realmType)
	e.close()
	e.close()
	e.close()
	e.close()
}

func (e *encoder) authSettingsMembers(s membership.Settings) {
	e.name("enable_self_signup").flag(s.SelfSignup)
	e.name("auto_create_account_for_account_members").flag(s.AutoCreateAccounts)
	e.name("account_member_self_management").text(string(s.SelfManagement))
	e.name(tokenTimeoutField).number(int64(s.TokenTimeout / time.Second))
}

// showAuthSettings answers with the settings and, at the top only, their link; or with the error.
func (c *call) showAuthSettings(s membership.Settings, err error) (response, error) {
	if err != nil {
		return response{}, err
	}
	e := c.out
	e.open()
	e.name("data").authSettings(s)
	e.links(place{names: authSettingsPath})
	e.close()
	return response{status: http.StatusOK}, nil
}

func getAuthSettings(c *call) (response, error) {
	return c.showAuthSettings(c.svc.Settings(c.context()))
}

// authSettingsChange reads what a body says about the settings of authentication.
func (b *body) authSettingsChange() membership.SettingsUpdate {
	u := membership.SettingsUpdate{
		SelfSignup:         b.flag("enable_self_signup"),
		AutoCreateAccounts: b.flag("auto_create_account_for_account_members"),
		SelfManagement:     (*membership.SelfManagement)(b.change("account_member_self_management")),
	}
	if seconds := b.whole(tokenTimeoutField); seconds != nil {
		timeout := time.Duration(*seconds) * time.Second
		u.TokenTimeout = &timeout
	}
	return u
}

func updateAuthSettings(c *call) (response, error) {
	b, err := c.body(authSettingsType)
	if err != nil {
		return response{}, err
	}
	u := b.authSettingsChange()
	if err := b.err(nil); err != nil {
		return response{}, err
	}
	return c.showAuthSettings(c.svc.UpdateSettings(c.context(), u))
}
