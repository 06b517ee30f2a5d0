package roster

import (
	"context"

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
	err := s.store.Update(ctx, func(tx store.Tx) error { return tx.InsertPasswordProfile(ctx, p) })
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
	var updated membership.PasswordProfile
	err := s.store.Update(ctx, func(tx store.Tx) error {
		old, err := tx.PasswordProfile(ctx, id)
		if err != nil {
			return err
		}
		updated = u.Apply(old)
		if err := updated.Validate(); err != nil || updated == old {
			return err
		}
		updated.UpdatedAt = s.later(old.UpdatedAt)
		return tx.UpdatePasswordProfile(ctx, updated)
	})
	return orZero(updated, err)
}

// DeletePasswordProfile removes a password profile and its logins. It answers
// [membership.ErrPasswordProfileNotFound].
func (s *Service) DeletePasswordProfile(ctx context.Context, id membership.PasswordProfileID) error {
	return s.store.Update(ctx, func(tx store.Tx) error { return tx.DeletePasswordProfile(ctx, id) })
}
