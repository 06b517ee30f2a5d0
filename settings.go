package roster

import (
	"context"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// Settings are the store-wide settings.
func (s *Service) Settings(ctx context.Context) (membership.Settings, error) {
	return s.store.Settings(ctx)
}

// UpdateSettings changes the settings that the update names. A lower limit leaves every existing membership alone.
// It answers [membership.ErrInvalidField].
func (s *Service) UpdateSettings(ctx context.Context, u membership.SettingsUpdate) (membership.Settings, error) {
	var updated membership.Settings
	err := s.update(ctx, func(tx store.Tx) error {
		old, err := tx.Settings(ctx)
		if err != nil {
			return err
		}
		updated = u.Apply(old)
		if err := updated.Validate(); err != nil || updated == old {
			return err
		}
		return tx.UpdateSettings(ctx, updated)
	})
	return orZero(updated, err)
}
