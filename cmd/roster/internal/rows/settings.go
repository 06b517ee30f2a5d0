package rows

import (
	"context"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster/cmd/roster/internal/api"
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/cmd/roster/internal/output"
	"github.com/roster-go/roster/membership"
)

// The two parts of the settings, as the API has them, and their members.
const (
	limitSettingsPath = "/v2/settings/account-membership"
	limitSettingsType = "account_membership_setting"
	authSettingsPath  = "/v2/settings/account-authentication"
	authSettingsType  = "account_authentication_settings"

	limitSetting          = "membership_limit"
	selfSignupSetting     = "enable_self_signup"
	autoCreateSetting     = "auto_create_account_for_account_members"
	selfManagementSetting = "account_member_self_management"
	tokenTimeoutSetting   = "account_management_authentication_token_timeout_secs"
)

func settingsNoun() noun {
	return noun{one: "setting", columns: []output.Column{
		output.At(limitSetting), output.At(selfSignupSetting), output.At(autoCreateSetting), output.At(selfManagementSetting), output.At(tokenTimeoutSetting),
	}}
}

// Settings is `roster settings`.
func Settings(p *command.Program) *cobra.Command {
	g := command.Group("settings", "Show and change the settings that hold for everybody", getSettingsCommand(p), updateSettingsCommand(p))
	g.Long = "roster settings works with the settings that hold for every account and every member. They are kept in the database."
	return g
}

func getSettingsCommand(p *command.Program) *cobra.Command {
	r := newRowCommand(p, settingsNoun(), &cobra.Command{
		Use:     "get",
		Aliases: []string{"show", "list"},
		Short:   "Show the settings",
		Example: "  roster settings get\n  roster settings get -o json",
		Args:    command.Arguments(),
	}).shows()
	return r.runs(func(ctx context.Context, a *api.Client, _ []string) error {
		row, err := settings(ctx, a)
		return r.show(ctx, a, row, err)
	})
}

// settings are both parts of the settings in one row.
func settings(ctx context.Context, a *api.Client) (api.Row, error) {
	row, err := one(a.Do(ctx, api.Request{Method: http.MethodGet, Path: limitSettingsPath}))
	if err != nil {
		return row, err
	}
	more, err := one(a.Do(ctx, api.Request{Method: http.MethodGet, Path: authSettingsPath}))
	for _, name := range []string{selfSignupSetting, autoCreateSetting, selfManagementSetting, tokenTimeoutSetting} {
		row = row.WithRaw(name, more.Raw(name))
	}
	return row, err
}

func updateSettingsCommand(p *command.Program) *cobra.Command {
	var f settingsFlags
	r := newRowCommand(p, settingsNoun(), &cobra.Command{
		Use:     "update",
		Aliases: []string{"set"},
		Short:   "Change settings",
		Long:    "roster settings update changes what its flags say, and leaves the rest.",
		Example: "  roster settings update --membership-limit 50\n  roster settings update --auto-create-accounts=false --token-timeout 8h",
		Args:    command.Arguments(),
	}).shows()
	f.flags(r.Command)
	return r.runs(func(ctx context.Context, a *api.Client, _ []string) error {
		limits, auth := f.bodies(r.Command)
		if len(limits)+len(auth) == 0 {
			return exit.Usagef("settings update: say what is to change; roster settings update -h lists the flags")
		}
		if err := putSettings(ctx, a, limitSettingsPath, limitSettingsType, limits); err != nil {
			return err
		}
		if err := putSettings(ctx, a, authSettingsPath, authSettingsType, auth); err != nil {
			return err
		}
		row, err := settings(ctx, a)
		return r.show(ctx, a, row, err)
	})
}

// settingsFlags say what settings are to be.
type settingsFlags struct {
	limit                      int
	selfSignup, createAccounts bool
	selfManagement             string
	tokenTimeout               time.Duration
}

func (f *settingsFlags) flags(c *cobra.Command) {
	s := c.Flags()
	s.IntVar(&f.limit, "membership-limit", 0, "`number` of accounts that one member may belong to, from 1 to 10000; asked when a member joins")
	s.BoolVar(&f.selfSignup, "self-signup", false, "let people sign up by themselves")
	s.BoolVar(&f.createAccounts, "auto-create-accounts", false, "make an account for each new member")
	s.StringVar(&f.selfManagement, "self-management", "", "`kind`: what members may change of themselves, disabled or update_only")
	s.DurationVar(&f.tokenTimeout, "token-timeout", 0, "`duration` that a member stays signed in, in whole seconds, such as 8h")
	command.Complete(c, "membership-limit")
	command.Complete(c, "token-timeout")
	command.Complete(c, "self-management", string(membership.SelfManagementDisabled), string(membership.SelfManagementUpdateOnly))
}

// bodies are what the flags say about the two parts of the settings.
func (f *settingsFlags) bodies(c *cobra.Command) (limits, auth map[string]any) {
	limits, auth = map[string]any{}, map[string]any{}
	put := func(body map[string]any, member, flag string, value any) {
		if c.Flags().Changed(flag) {
			body[member] = value
		}
	}
	put(limits, limitSetting, "membership-limit", f.limit)
	put(auth, selfSignupSetting, "self-signup", f.selfSignup)
	put(auth, autoCreateSetting, "auto-create-accounts", f.createAccounts)
	put(auth, selfManagementSetting, "self-management", f.selfManagement)
	put(auth, tokenTimeoutSetting, "token-timeout", f.tokenTimeout.Seconds()) // a fraction is for the API to refuse
	return limits, auth
}

// putSettings changes one part of the settings, if there is anything to change.
func putSettings(ctx context.Context, a *api.Client, path, kind string, body map[string]any) error {
	if len(body) == 0 {
		return nil
	}
	body["type"] = kind
	_, err := a.Do(ctx, api.Request{Method: http.MethodPut, Path: path, Data: body})
	return err
}
