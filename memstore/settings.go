package memstore

import (
	"context"

	"github.com/roster-go/roster/membership"
)

// Settings implements [store.SettingsReader].
func (s *Store) Settings(ctx context.Context) (membership.Settings, error) {
	return read(ctx, s, func(r *reader) (membership.Settings, error) { return r.Settings(ctx) })
}

func (r *reader) Settings(ctx context.Context) (membership.Settings, error) {
	if err := r.check(ctx); err != nil {
		return membership.Settings{}, err
	}
	return r.tables.settings, nil
}

func (t *tx) UpdateSettings(ctx context.Context, s membership.Settings) error {
	if err := t.check(ctx); err != nil {
		return err
	}
	assign(t, &t.tables.settings, s)
	return nil
}
