package httpadapter

import (
	"net/http"

	"github.com/roster-go/roster/membership"
)

const (
	settingsType = "account_membership_setting"
	settingsPath = "/v2/settings/account-membership"
)

var settingsRoutes = []route{
	read(settingsPath, getSettings),
	update(settingsPath, updateSettings),
}

type settingsJSON struct {
	Type            string `json:"type"`
	MembershipLimit int    `json:"membership_limit"`
}

// showSettings answers with the settings, which have no link of their own, or with the error.
func showSettings(s membership.Settings, err error) (response, error) {
	if err != nil {
		return response{}, err
	}
	body := single{Data: settingsJSON{settingsType, s.MembershipLimit}}
	return response{status: http.StatusOK, body: body}, nil
}

func getSettings(c *call) (response, error) {
	return showSettings(c.svc.Settings(c.context()))
}

func updateSettings(c *call) (response, error) {
	b, err := c.body(settingsType)
	if err != nil {
		return response{}, err
	}
	u := membership.SettingsUpdate{MembershipLimit: b.whole("membership_limit")}
	if err := b.err(nil); err != nil {
		return response{}, err
	}
	return showSettings(c.svc.UpdateSettings(c.context(), u))
}
