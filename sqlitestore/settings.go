package sqlitestore

import (
	"context"

	"github.com/roster-go/roster/membership"
)

const selectSettings = `SELECT membership_limit FROM roster_settings WHERE id = 1`

func (r reader) Settings(ctx context.Context) (membership.Settings, error) {
	var s membership.Settings
	found, err := r.row(ctx, selectSettings, []any{scanInt(&s.MembershipLimit)})
	if err == nil && !found {
		s = membership.DefaultSettings()
	}
	return s, err
}

const upsertSettings = `INSERT INTO roster_settings (id, membership_limit) VALUES (1, ?)
	ON CONFLICT (id) DO UPDATE SET membership_limit = excluded.membership_limit`

func (w writer) UpdateSettings(ctx context.Context, s membership.Settings) error {
	return w.change(ctx, nil, nil, upsertSettings, s.MembershipLimit)
}
