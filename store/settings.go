package store

import (
	"context"

	"github.com/roster-go/roster/membership"
)

// SettingsReader reads the settings.
type SettingsReader interface {
	// Settings are [membership.DefaultSettings] until they are changed.
	Settings(ctx context.Context) (membership.Settings, error)
}

// SettingsWriter writes the settings.
type SettingsWriter interface {
	// UpdateSettings replaces the settings.
	UpdateSettings(ctx context.Context, s membership.Settings) error
}
