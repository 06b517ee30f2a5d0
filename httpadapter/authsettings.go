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
)

var authSettingsRoutes = []route{
	read(authSettingsPath, getAuthSettings),
	update(authSettingsPath, updateAuthSettings),
}

type authSettingsJSON struct {
	ID                 string                    `json:"id"`
	Type               string                    `json:"type"`
	SelfSignup         bool                      `json:"enable_self_signup"`
	AutoCreateAccounts bool                      `json:"auto_create_account_for_account_members"`
	SelfManagement     string                    `json:"account_member_self_management"`
	TokenTimeout       int64                     `json:"account_management_authentication_token_timeout_secs"`
	Meta               authSettingsMeta          `json:"meta"`
	Relationships      authSettingsRelationships `json:"relationships"`
}

type authSettingsMeta struct {
	ClientID string `json:"client_id"`
}

type authSettingsRelationships struct {
	AuthenticationRealm relationship `json:"authentication_realm"`
}

// showAuthSettings answers with the settings and, at the top only, their link; or with the error.
func (c *call) showAuthSettings(s membership.Settings, err error) (response, error) {
	if err != nil {
		return response{}, err
	}
	data := authSettingsJSON{
		ID:                 authSettingsID,
		Type:               authSettingsType,
		SelfSignup:         s.SelfSignup,
		AutoCreateAccounts: s.AutoCreateAccounts,
		SelfManagement:     string(s.SelfManagement),
		TokenTimeout:       int64(s.TokenTimeout / time.Second),
		Meta:               authSettingsMeta{singleSignOnID},
		Relationships:      authSettingsRelationships{relationship{reference{realmID, realmType}}},
	}
	self := selfLink{c.base + authSettingsPath}
	return response{status: http.StatusOK, body: single{Data: data, Links: &self}}, nil
}

func getAuthSettings(c *call) (response, error) {
	return c.showAuthSettings(c.svc.Settings(c.context()))
}

func updateAuthSettings(c *call) (response, error) {
	b, err := c.body(authSettingsType)
	if err != nil {
		return response{}, err
	}
	u := membership.SettingsUpdate{
		SelfSignup:         b.flag("enable_self_signup"),
		AutoCreateAccounts: b.flag("auto_create_account_for_account_members"),
		SelfManagement:     (*membership.SelfManagement)(b.change("account_member_self_management")),
	}
	if seconds := b.whole("account_management_authentication_token_timeout_secs"); seconds != nil {
		timeout := time.Duration(*seconds) * time.Second
		u.TokenTimeout = &timeout
	}
	if err := b.err(nil); err != nil {
		return response{}, err
	}
	return c.showAuthSettings(c.svc.UpdateSettings(c.context(), u))
}
