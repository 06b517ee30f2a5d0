package memstore

import (
	"context"
	"maps"
	"math"

	"github.com/roster-go/roster/membership"
)

// Login implements [store.LoginReader].
func (s *Store) Login(ctx context.Context, member membership.MemberID, id membership.LoginID) (membership.Login, error) {
	return read(ctx, s, func(r *reader) (membership.Login, error) { return r.Login(ctx, member, id) })
}

// ListLogins implements [store.LoginReader].
func (s *Store) ListLogins(ctx context.Context, member membership.MemberID, q membership.Query) (membership.Page[membership.Login], error) {
	return read(ctx, s, func(r *reader) (membership.Page[membership.Login], error) { return r.ListLogins(ctx, member, q) })
}

func (r *reader) Login(ctx context.Context, member membership.MemberID, id membership.LoginID) (membership.Login, error) {
	if _, err := r.member(ctx, member); err != nil {
		return membership.Login{}, err
	}
	l, ok := r.tables.logins[id]
	if !ok || l.MemberID != member {
		return membership.Login{}, membership.ErrLoginNotFound
	}
	return l, nil
}

// LoginsOfProfile implements [store.LoginReader].
func (s *Store) LoginsOfProfile(ctx context.Context, profile membership.PasswordProfileID) ([]membership.Login, error) {
	return read(ctx, s, func(r *reader) ([]membership.Login, error) { return r.LoginsOfProfile(ctx, profile) })
}

func (r *reader) LoginsOfProfile(ctx context.Context, profile membership.PasswordProfileID) ([]membership.Login, error) {
	if _, err := r.PasswordProfile(ctx, profile); err != nil {
		return nil, err
	}
	match := func(l *membership.Login) bool { return l.ProfileID == profile }
	byID := membership.Query{Order: membership.Order{By: membership.AttrID}, Limit: math.MaxInt}
	return selection(maps.Values(r.tables.logins), itself, match, byID).Items, nil
}

// LoginsOfMembers implements [store.LoginReader].
func (s *Store) LoginsOfMembers(ctx context.Context, ids []membership.MemberID) ([]membership.Login, error) {
	return read(ctx, s, func(r *reader) ([]membership.Login, error) { return r.LoginsOfMembers(ctx, ids) })
}

func (r *reader) LoginsOfMembers(ctx context.Context, ids []membership.MemberID) ([]membership.Login, error) {
	if err := r.check(ctx); err != nil {
		return nil, err
	}
	wanted := make(map[membership.MemberID]bool, len(ids))
	for _, id := range ids {
		wanted[id] = true
	}
	match := func(l *membership.Login) bool { return wanted[l.MemberID] }
	byID := membership.Query{Order: membership.Order{By: membership.AttrID}, Limit: math.MaxInt}
	return selection(maps.Values(r.tables.logins), itself, match, byID).Items, nil
}

func (r *reader) ListLogins(ctx context.Context, member membership.MemberID, q membership.Query) (membership.Page[membership.Login], error) {
	if _, err := r.member(ctx, member); err != nil {
		return membership.Page[membership.Login]{}, err
	}
	match := func(l *membership.Login) bool { return l.MemberID == member && q.Filter.Match(l) }
	return selection(maps.Values(r.tables.logins), itself, match, q), nil
}

func (t *tx) InsertLogin(ctx context.Context, l membership.Login) error {
	if _, err := t.member(ctx, l.MemberID); err != nil {
		return err
	}
	if _, err := t.PasswordProfile(ctx, l.ProfileID); err != nil {
		return err
	}
	if _, taken := t.tables.logins[l.ID]; taken {
		return membership.ErrDuplicateID
	}
	if err := t.takeUsername(l); err != nil {
		return err
	}
	return insert(t, t.tables.logins, l.ID, l)
}

func (t *tx) UpdateLogin(ctx context.Context, l membership.Login) error {
	stored, err := t.Login(ctx, l.MemberID, l.ID)
	if err != nil {
		return err
	}
	old := stored
	stored.Username, stored.PasswordHash, stored.UpdatedAt = l.Username, l.PasswordHash, l.UpdatedAt
	if stored.Username != old.Username {
		if err := t.takeUsername(stored); err != nil {
			return err
		}
		remove(t, t.tables.usernames, username{old.ProfileID, old.Username})
	}
	replace(t, t.tables.logins, l.ID, stored)
	return nil
}

func (t *tx) DeleteLogin(ctx context.Context, member membership.MemberID, id membership.LoginID) error {
	if _, err := t.Login(ctx, member, id); err != nil {
		return err
	}
	t.deleteLogins(func(l membership.Login) bool { return l.ID == id })
	return nil
}

func (t *tx) deleteLogins(which func(membership.Login) bool) {
	for id, l := range t.tables.logins {
		if which(l) {
			remove(t, t.tables.logins, id)
			remove(t, t.tables.usernames, username{l.ProfileID, l.Username})
		}
	}
}

// takeUsername takes a login's username in its profile.
func (t *tx) takeUsername(l membership.Login) error {
	if insert(t, t.tables.usernames, username{l.ProfileID, l.Username}, l.ID) != nil {
		return &membership.Error{Cause: membership.ErrUsernameTaken, Field: "username"}
	}
	return nil
}
