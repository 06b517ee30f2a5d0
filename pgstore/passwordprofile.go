package pgstore

import (
	"context"

	"github.com/roster-go/roster/membership"
)

const profileColumns = `pp.id, pp.name, pp.username_format, pp.one_time_password, pp.created_at, pp.updated_at`

func scanProfile(p *membership.PasswordProfile) []column {
	return []column{scanID(&p.ID.UUID), scanText(&p.Name), scanText((*string)(&p.UsernameFormat)),
		scanBool(&p.EnableOneTimePasswordToken), scanTime(&p.CreatedAt), scanTime(&p.UpdatedAt)}
}

const selectProfile = `SELECT ` + profileColumns + ` FROM roster_password_profiles pp WHERE pp.id = $1`

// PasswordProfile implements [store.PasswordProfileReader].
func (r reader) PasswordProfile(ctx context.Context, id membership.PasswordProfileID) (membership.PasswordProfile, error) {
	return one(ctx, r, selectProfile, scanProfile, membership.ErrPasswordProfileNotFound, idParam(id.UUID))
}

var profileList = listing[membership.PasswordProfile]{
	resource: membership.ResourcePasswordProfile,
	columns:  profileColumns,
	from:     `roster_password_profiles pp`,
	id:       `pp.id`,
	scan:     scanProfile,
}

// ListPasswordProfiles implements [store.PasswordProfileReader].
func (r reader) ListPasswordProfiles(ctx context.Context, q membership.Query) (membership.Page[membership.PasswordProfile], error) {
	return listPage(ctx, r, profileList, q, within{})
}

const insertProfile = `INSERT INTO roster_password_profiles
	(id, name, username_format, one_time_password, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6)
	ON CONFLICT DO NOTHING`

// InsertPasswordProfile implements [store.PasswordProfileWriter].
func (w writer) InsertPasswordProfile(ctx context.Context, p membership.PasswordProfile) error {
	return w.add(ctx, duplicate, insertProfile, idParam(p.ID.UUID), p.Name, string(p.UsernameFormat),
		p.EnableOneTimePasswordToken, p.CreatedAt, p.UpdatedAt)
}

const updateProfile = `UPDATE roster_password_profiles
	SET name = $2, username_format = $3, one_time_password = $4, created_at = $5, updated_at = $6 WHERE id = $1`

// UpdatePasswordProfile implements [store.PasswordProfileWriter].
func (w writer) UpdatePasswordProfile(ctx context.Context, p membership.PasswordProfile) error {
	return w.add(ctx, profileMissing, updateProfile, idParam(p.ID.UUID), p.Name, string(p.UsernameFormat),
		p.EnableOneTimePasswordToken, p.CreatedAt, p.UpdatedAt)
}

const deleteProfile = `DELETE FROM roster_password_profiles WHERE id = $1`

// DeletePasswordProfile implements [store.PasswordProfileWriter].
func (w writer) DeletePasswordProfile(ctx context.Context, id membership.PasswordProfileID) error {
	return w.change(ctx, nil, profileMissing, deleteProfile, idParam(id.UUID))
}

func profileMissing() error { return membership.ErrPasswordProfileNotFound }
