package pgstore

import (
	"context"

	"github.com/roster-go/roster/membership"
)

const selectSettings = `SELECT membership_limit, auto_create_accounts, self_signup, self_management, token_timeout
	FROM roster_settings WHERE id = 1`

// Settings implements [store.SettingsReader].
func (r reader) Settings(ctx context.Context) (membership.Settings, error) {
	var s membership.Settings
	dest := []column{scanInt(&s.MembershipLimit), scanBool(&s.AutoCreateAccounts), scanBool(&s.SelfSignup),
		scanText((*string)(&s.SelfManagement)), scanSpan(&s.TokenTimeout)}
	found, err := r.row(ctx, selectSettings, dest)
	if err == nil && !found {
		s = membership.DefaultSettings()
	}
	return s, err
}

const upsertSettings = `INSERT INTO roster_settings
	(id, membership_limit, auto_create_accounts, self_signup, self_management, token_timeout) VALUES (1, $1, $2, $3, $4, $5)
	ON CONFLICT (id) DO UPDATE SET membership_limit = excluded.membership_limit,
		auto_create_accounts = excluded.auto_create_accounts, self_signup = excluded.self_signup,
		self_management = excluded.self_management, token_timeout = excluded.token_timeout`

// UpdateSettings implements [store.SettingsWriter].
func (w writer) UpdateSettings(ctx context.Context, s membership.Settings) error {
	_, err := w.exec(ctx, upsertSettings, s.MembershipLimit, s.AutoCreateAccounts, s.SelfSignup, string(s.SelfManagement),
		s.TokenTimeout.Milliseconds())
	return err
}
