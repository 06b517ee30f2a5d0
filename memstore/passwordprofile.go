package memstore

import (
	"context"
	"maps"

	"github.com/roster-go/roster/membership"
)

// PasswordProfile implements [store.PasswordProfileReader].
func (s *Store) PasswordProfile(ctx context.Context, id membership.PasswordProfileID) (membership.PasswordProfile, error) {
	return read(ctx, s, func(r *reader) (membership.PasswordProfile, error) { return r.PasswordProfile(ctx, id) })
}

// ListPasswordProfiles implements [store.PasswordProfileReader].
func (s *Store) ListPasswordProfiles(ctx context.Context, q membership.Query) (membership.Page[membership.PasswordProfile], error) {
	return read(ctx, s, func(r *reader) (membership.Page[membership.PasswordProfile], error) {
		return r.ListPasswordProfiles(ctx, q)
	})
}

func (r *reader) PasswordProfile(ctx context.Context, id membership.PasswordProfileID) (membership.PasswordProfile, error) {
	if err := r.check(ctx); err != nil {
		return membership.PasswordProfile{}, err
	}
	p, ok := r.tables.profiles[id]
	if !ok {
		return membership.PasswordProfile{}, membership.ErrPasswordProfileNotFound
	}
	return p, nil
}

func (r *reader) ListPasswordProfiles(ctx context.Context, q membership.Query) (membership.Page[membership.PasswordProfile], error) {
	if err := r.check(ctx); err != nil {
		return membership.Page[membership.PasswordProfile]{}, err
	}
	match := func(p *membership.PasswordProfile) bool { return q.Filter.Match(p) }
	return selection(maps.Values(r.tables.profiles), itself, match, q), nil
}

func (t *tx) InsertPasswordProfile(ctx context.Context, p membership.PasswordProfile) error {
	if err := t.check(ctx); err != nil {
		return err
	}
	return insert(t, t.tables.profiles, p.ID, p)
}

func (t *tx) UpdatePasswordProfile(ctx context.Context, p membership.PasswordProfile) error {
	if _, err := t.PasswordProfile(ctx, p.ID); err != nil {
		return err
	}
	replace(t, t.tables.profiles, p.ID, p)
	return nil
}

func (t *tx) DeletePasswordProfile(ctx context.Context, id membership.PasswordProfileID) error {
	if _, err := t.PasswordProfile(ctx, id); err != nil {
		return err
	}
	t.deleteLogins(func(l membership.Login) bool { return l.ProfileID == id })
	remove(t, t.tables.profiles, id)
	return nil
}
