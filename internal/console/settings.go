package console

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/roster-go/roster/membership"
)

var settingsRoutes = []route{
	read("/settings", showSettings),
	write("/settings", updateSettings),
}

// The settings' names on the wire, which faults have.
const (
	limitName          = "membership_limit"
	autoCreateName     = "auto_create_account_for_account_members"
	selfSignupName     = "enable_self_signup"
	selfManagementName = "account_member_self_management"
	tokenTimeoutName   = "account_management_authentication_token_timeout_secs"
)

func settingsForm(s membership.Settings) *form {
	return newForm(
		&input{Name: limitName, Label: "Accounts per member", Value: strconv.Itoa(s.MembershipLimit), Mode: "numeric",
			Hint: "How many accounts one member may belong to, at most " + number(membership.MaxMembershipLimit) +
				". It is asked when a member joins: lowering it leaves every membership in place."},
		&input{Name: autoCreateName, Label: "Make an account for every new member", Kind: kindCheck, Value: box(s.AutoCreateAccounts),
			Hint: "It has the member's name, and the member belongs to it."},
		&input{Name: selfSignupName, Label: "Members may sign up by themselves", Kind: kindCheck, Value: box(s.SelfSignup),
			Hint: "Kept for the programs that sign members in, as the next two are."},
		&input{Name: selfManagementName, Label: "What members may change of themselves", Kind: kindSelect, Value: string(s.SelfManagement),
			Options: []option{{string(membership.SelfManagementDisabled), "Nothing"}, {string(membership.SelfManagementUpdateOnly), "Their own details"}}},
		&input{Name: tokenTimeoutName, Label: "Members stay signed in for, in seconds", Mode: "numeric",
			Value: strconv.FormatInt(int64(s.TokenTimeout/time.Second), 10)},
	)
}

// box is the value of a box that is ticked, or not.
func box(on bool) string {
	if on {
		return checked
	}
	return ""
}

func showSettings(c *call) error {
	s, err := c.svc.Settings(c.ctx())
	if err != nil {
		return err
	}
	return c.settings(http.StatusOK, settingsForm(s))
}

// settings shows the settings, as a form to those who may change them.
func (c *call) settings(status int, f *form) error {
	return c.show(status, "settings", page{Title: "Settings", Section: "Settings",
		Body: formPage{Form: f, Action: Path + "/settings", Button: "Save settings", Cancel: Path + "/settings"}})
}

func updateSettings(c *call) error {
	s, err := c.svc.Settings(c.ctx())
	if err != nil {
		return err
	}
	f := settingsForm(s)
	f.read(c.form)
	u := membership.SettingsUpdate{AutoCreateAccounts: f.toggled(autoCreateName), SelfSignup: f.toggled(selfSignupName),
		SelfManagement: (*membership.SelfManagement)(f.changed(selfManagementName))}
	if text := f.changed(limitName); text != nil {
		u.MembershipLimit = new(int(wholeNumber(*text)))
	}
	if text := f.changed(tokenTimeoutName); text != nil {
		u.TokenTimeout = new(seconds(wholeNumber(*text)))
	}
	_, err = c.svc.UpdateSettings(c.ctx(), u)
	if status, refused := f.refusedBy(err); refused {
		return c.settings(status, f)
	}
	if err != nil {
		return err
	}
	return c.redirect(Path + "/settings?done=settings-saved")
}

// wholeNumber reads a number; what is none becomes one that no setting takes, so that the rules refuse it in their words.
func wholeNumber(text string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 32)
	if err != nil {
		return -1
	}
	return n
}

// seconds is a duration; one that none can have stays one that no setting takes.
func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }
