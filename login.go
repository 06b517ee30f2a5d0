package roster

import (
	"context"
	"errors"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// ErrNoPasswords says that passwords cannot be kept because [Options.HashPassword] is not set.
var ErrNoPasswords = errors.New("this program was not set up to keep passwords")

// CreateLogin gives a member a username and a password in a password profile. A zero ID becomes a new one; the times
// and the hash are set here, whatever was given.
//
// Hashing takes a while, which within [Service.Update] everybody who writes waits for.
//
// Errors: [membership.ErrInvalidField], [membership.ErrMemberNotFound], [membership.ErrPasswordProfileNotFound],
// [membership.ErrUsernameTaken], [membership.ErrDuplicateID], [ErrNoPasswords].
func (s *Service) CreateLogin(ctx context.Context, l membership.Login, password string) (membership.Login, error) {
	// Why before the hash, and again in the transaction: a good hash is slow, and a request that would be refused
	// anyway must not cost one.
	check := func(r store.Reader) error {
		if _, err := r.Member(ctx, l.MemberID); err != nil {
			return err
		}
		return validateLogin(ctx, r, l)
	}
	err := s.store.View(ctx, check)
	if err == nil {
		l.PasswordHash, err = s.hashPassword(password)
	}
	if err != nil {
		return membership.Login{}, err
	}
	if l.ID.IsZero() {
		l.ID = membership.LoginID{UUID: newID()}
	}
	l.CreatedAt = s.now()
	l.UpdatedAt = l.CreatedAt
	err = s.update(ctx, func(tx store.Tx) error {
		if err := check(tx); err != nil {
			return err
		}
		return tx.InsertLogin(ctx, l)
	})
	return orZero(l, err)
}

// Login looks up a login of a member. It answers [membership.ErrMemberNotFound] or [membership.ErrLoginNotFound], the
// latter for another member's login too.
func (s *Service) Login(ctx context.Context, member membership.MemberID, id membership.LoginID) (membership.Login, error) {
	return s.store.Login(ctx, member, id)
}

// Logins answers one page of a member's logins.
//
// Errors: [membership.ErrMemberNotFound], [membership.ErrInvalidFilter], [membership.ErrInvalidOrder].
func (s *Service) Logins(ctx context.Context, member membership.MemberID, q membership.Query) (membership.Page[membership.Login], error) {
	if err := q.Validate(membership.ResourceLogin); err != nil {
		return membership.Page[membership.Login]{}, err
	}
	return s.store.ListLogins(ctx, member, q)
}

// UpdateLogin changes the fields that the update names. The time of update moves only when the username differs or a
// password is given.
//
// Errors: [membership.ErrMemberNotFound], [membership.ErrLoginNotFound], [membership.ErrPasswordProfileImmutable],
// [membership.ErrInvalidField], [membership.ErrUsernameTaken], [ErrNoPasswords].
func (s *Service) UpdateLogin(ctx context.Context, member membership.MemberID, id membership.LoginID, u membership.LoginUpdate) (membership.Login, error) {
	var old, updated membership.Login
	hash := ""
	prepare := func(r store.Reader) (err error) {
		if old, err = r.Login(ctx, member, id); err != nil {
			return err
		}
		if updated, err = u.Apply(old, hash); err != nil || updated.Username == old.Username {
			return err // Why not checked again: the profile may have another username format by now
		}
		return validateLogin(ctx, r, updated)
	}
	if u.Password != nil {
		err := s.store.View(ctx, prepare) // Why: see CreateLogin
		if err == nil {
			hash, err = s.hashPassword(*u.Password)
		}
		if err != nil {
			return membership.Login{}, err
		}
	}
	err := s.update(ctx, func(tx store.Tx) error {
		if err := prepare(tx); err != nil || updated == old && u.Password == nil {
			return err
		}
		updated.UpdatedAt = s.later(old.UpdatedAt)
		return tx.UpdateLogin(ctx, updated)
	})
	return orZero(updated, err)
}

// DeleteLogin removes a login of a member. It answers [membership.ErrMemberNotFound] or [membership.ErrLoginNotFound].
func (s *Service) DeleteLogin(ctx context.Context, member membership.MemberID, id membership.LoginID) error {
	return s.update(ctx, func(tx store.Tx) error { return tx.DeleteLogin(ctx, member, id) })
}

// validateLogin checks a login by the rules of its profile.
func validateLogin(ctx context.Context, r store.Reader, l membership.Login) error {
	profile, err := r.PasswordProfile(ctx, l.ProfileID)
	if err != nil {
		return err
	}
	return l.Validate(profile)
}

// hashPassword is called before the transaction, which should not wait for it.
func (s *Service) hashPassword(password string) (string, error) {
	if err := membership.CheckPassword(password); err != nil {
		return "", err
	}
	if s.hash == nil {
		return "", ErrNoPasswords
	}
	return s.hash(password)
}
