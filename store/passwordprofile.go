package store

import (
	"context"

	"github.com/roster-go/roster/membership"
)

// PasswordProfileReader reads password profiles.
type PasswordProfileReader interface {
	// PasswordProfile looks one up, or answers [membership.ErrPasswordProfileNotFound].
	PasswordProfile(ctx context.Context, id membership.PasswordProfileID) (membership.PasswordProfile, error)

	// ListPasswordProfiles answers a query about [membership.ResourcePasswordProfile].
	ListPasswordProfiles(ctx context.Context, q membership.Query) (membership.Page[membership.PasswordProfile], error)
}

// PasswordProfileWriter writes password profiles.
type PasswordProfileWriter interface {
	// InsertPasswordProfile adds a profile as it is given, or answers [membership.ErrDuplicateID].
	InsertPasswordProfile(ctx context.Context, p membership.PasswordProfile) error

	// UpdatePasswordProfile replaces the profile that has the id, or answers
	// [membership.ErrPasswordProfileNotFound].
	UpdatePasswordProfile(ctx context.Context, p membership.PasswordProfile) error

	// DeletePasswordProfile removes the profile and its logins, or answers
	// [membership.ErrPasswordProfileNotFound].
	DeletePasswordProfile(ctx context.Context, id membership.PasswordProfileID) error
}
