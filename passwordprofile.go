package roster

import (
	"context"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// CreatePasswordProfile adds a password profile. A zero ID becomes a new one, an empty username format any; the times
// are set here, whatever was given.
//
// Errors: [membership.ErrInvalidField], [membership.ErrDuplicateID].
func (s *Service) CreatePasswordProfile(ctx context.Context, p membership.PasswordProfile) (membership.PasswordProfile, error) {
	if p.UsernameFormat == "" {
		p.UsernameFormat = membership.UsernameAny
	}
	if err := p.Validate(); err != nil {
		return membership.PasswordProfile{}, err
	}
	if p.ID.IsZero() {
		p.ID = membership.PasswordProfileID{UUID: newID()}
	}
	p.CreatedAt = s.now()
	p.UpdatedAt = p.CreatedAt
	err := s.update(ctx, func(tx store.Tx) error { return tx.InsertPasswordProfile(ctx, p) })
	return orZero(p, err)
}

// PasswordProfile looks up a password profile, or answers [membership.ErrPasswordProfileNotFound].
func (s *Service) PasswordProfile(ctx context.Context, id membership.PasswordProfileID) (membership.PasswordProfile, error) {
	return s.store.PasswordProfile(ctx, id)
}

// PasswordProfiles answers one page of all password profiles.
//
// Errors: [membership.ErrInvalidFilter], [membership.ErrInvalidOrder].
func (s *Service) PasswordProfiles(ctx context.Context, q membership.Query) (membership.Page[membership.PasswordProfile], error) {
	if err := q.Validate(membership.ResourcePasswordProfile); err != nil {
		return membership.Page[membership.PasswordProfile]{}, err
	}
	return s.store.ListPasswordProfiles(ctx, q)
}

// UpdatePasswordProfile changes the fields that the update names. The time of update moves only when one of them
// differs. A new username format is asked of new usernames only.
//
// Errors: [membership.ErrPasswordProfileNotFound], [membership.ErrInvalidField].
func (s *Service) UpdatePasswordProfile(ctx context.Context, id membership.PasswordProfileID, u membership.PasswordProfileUpdate) (membership.PasswordProfile, error) {
	return change(ctx, s,
		func(tx store.Tx) (membership.PasswordProfile, error) { return tx.PasswordProfile(ctx, id) },
		func(_ store.Tx, p membership.PasswordProfile) (membership.PasswordProfile, error) {
			p = u.Apply(p)
			return p, p.Validate()
		},
		func(p *membership.PasswordProfile) *time.Time { return &p.UpdatedAt },
		func(tx store.Tx, p membership.PasswordProfile) error { return tx.UpdatePasswordProfile(ctx, p) })
}

// DeletePasswordProfile removes a password profile and its logins. It answers
// [membership.ErrPasswordProfileNotFound].
func (s *Service) DeletePasswordProfile(ctx context.Context, id membership.PasswordProfileID) error {
	return s.update(ctx, func(tx store.Tx) error { return tx.DeletePasswordProfile(ctx, id) })
}
