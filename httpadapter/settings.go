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

// showSettings answers with the settings, which have no link of their own.
func showSettings(s membership.Settings) response {
	return response{status: http.StatusOK, body: single{Data: settingsJSON{settingsType, s.MembershipLimit}}}
}

func getSettings(c *call) (response, error) {
	s, err := c.svc.Settings(c.context())
	return showSettings(s), err
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
	s, err := c.svc.UpdateSettings(c.context(), u)
	return showSettings(s), err
}
