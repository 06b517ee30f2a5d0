package transfer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/roster-go/roster/membership"
)

// settings changes the settings that a row names. They are always there: it is a conflict where one of them that differs
// was changed from what a new store has.
func (b *batch) settings(e *entry) error {
	u := e.doc.SettingsUpdate()
	if e.kind == authSettingsType {
		u = e.doc.AuthenticationSettingsUpdate()
	}
	if err := e.check(); err != nil {
		return err
	}
	old, err := b.svc.Settings(b.ctx)
	if err != nil {
		return err
	}
	differs := settingsThatDiffer(old, u.Apply(old))
	chosen := settingsThatDiffer(old, membership.DefaultSettings())
	both := slices.DeleteFunc(slices.Clone(differs), func(name string) bool { return !slices.Contains(chosen, name) })
	switch {
	case len(differs) == 0:
		e.outcome = unchanged
		return nil
	case len(both) == 0 || b.opts.OnConflict == ConflictUpdate:
		_, err := b.svc.UpdateSettings(b.ctx, u)
		if err == nil {
			e.outcome = updated
		}
		return err
	case b.opts.OnConflict == ConflictSkip:
		e.outcome = skipped
		return nil
	}
	return &membership.Error{Cause: membership.ErrConflict, Field: both[0],
		Detail: fmt.Sprintf("the settings were changed already, and differ in %s", strings.Join(both, ", "))}
}

// settingsThatDiffer are the names of the settings in which two differ.
func settingsThatDiffer(a, b membership.Settings) (all []string) {
	for _, setting := range []struct {
		name    string
		differs bool
	}{
		{"membership_limit", a.MembershipLimit != b.MembershipLimit},
		{"auto_create_account_for_account_members", a.AutoCreateAccounts != b.AutoCreateAccounts},
		{"enable_self_signup", a.SelfSignup != b.SelfSignup},
		{"account_member_self_management", a.SelfManagement != b.SelfManagement},
		{"account_management_authentication_token_timeout_secs", a.TokenTimeout != b.TokenTimeout},
	} {
		if setting.differs {
			all = append(all, setting.name)
		}
	}
	return all
}
