package httpadapter

import (
	"net/http"

	"github.com/roster-go/roster/membership"
)

const (
	settingsType = "account_membership_setting"
	settingsPath = "/v2/settings/account-membership"
	limitField   = "membership_limit"
)

var settingsRoutes = []route{
	read(settingsPath, getSettings),
	update(settingsPath, updateSettings),
}

func (e *encoder) membershipSettings(s membership.Settings) {
	e.open()
	e.name("type").text(settingsType)
	e.name(limitField).number(int64(s.MembershipLimit))
	e.close()
}

// showSettings answers with the settings, which have no link of their own, or with the error.
func (c *call) showSettings(s membership.Settings, err error) (response, error) {
	if err != nil {
		return response{}, err
	}
	e := c.out
	e.open()
	e.name("data").membershipSettings(s)
	e.close()
	return response{status: http.StatusOK}, nil
}

func getSettings(c *call) (response, error) {
	return c.showSettings(c.svc.Settings(c.context()))
}

// settingsChange reads what a body says about the settings of memberships.
func (b *body) settingsChange() membership.SettingsUpdate {
	return membership.SettingsUpdate{MembershipLimit: b.whole(limitField)}
}

func updateSettings(c *call) (response, error) {
	b, err := c.body(settingsType)
	if err != nil {
		return response{}, err
	}
	u := b.settingsChange()
	if err := b.err(nil); err != nil {
		return response{}, err
	}
	return c.showSettings(c.svc.UpdateSettings(c.context(), u))
}
