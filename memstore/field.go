package memstore

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

// Schema implements [store.FieldReader].
func (s *Store) Schema(ctx context.Context, r membership.Resource) (membership.Schema, error) {
	return read(ctx, s, func(rd *reader) (membership.Schema, error) { return rd.Schema(ctx, r) })
}

func (r *reader) Schema(ctx context.Context, resource membership.Resource) (membership.Schema, error) {
	if err := r.check(ctx); err != nil {
		return membership.Schema{}, err
	}
	return r.tables.schemas[resource].Clone(), nil
}

// DisabledValues implements [store.FieldReader].
func (s *Store) DisabledValues(ctx context.Context, r membership.Resource, ids []uuid.UUID) (map[uuid.UUID]membership.Fields, error) {
	return read(ctx, s, func(rd *reader) (map[uuid.UUID]membership.Fields, error) { return rd.DisabledValues(ctx, r, ids) })
}

func (r *reader) DisabledValues(ctx context.Context, resource membership.Resource, ids []uuid.UUID) (map[uuid.UUID]membership.Fields, error) {
	if err := r.check(ctx); err != nil {
		return nil, err
	}
	s := r.tables.schemas[resource]
	found := make(map[uuid.UUID]membership.Fields)
	for _, id := range ids {
		if hidden := s.Hidden(r.tables.kept(resource, id)); !hidden.IsZero() {
			found[id] = hidden
		}
	}
	return found, nil
}

// The rows as they answer, of those that are stored.

func (r *reader) answerAccount(a membership.Account) membership.Account {
	a.Fields = r.tables.schemas[membership.ResourceAccount].Resolve(a.Fields)
	return a
}

func (r *reader) answerMember(m membership.Member) membership.Member {
	m.Fields = r.tables.schemas[membership.ResourceMember].Resolve(m.Fields)
	return m
}

func (r *reader) answerMembership(m membership.Membership) membership.Membership {
	m.Fields = r.tables.schemas[membership.ResourceMembership].Resolve(m.Fields)
	return m
}

func (r *reader) storedAccount(a *account) membership.Account { return r.answerAccount(a.row) }
func (r *reader) storedMember(m *member) membership.Member    { return r.answerMember(m.row) }
func (r *reader) storedMembership(m *membership.Membership) membership.Membership {
	return r.answerMembership(*m)
}

// keep is what is stored of the values of a row that is written, of which others were stored before.
func (t *tx) keep(r membership.Resource, stored, row membership.Fields) membership.Fields {
	return t.tables.schemas[r].Keep(stored, row)
}

func (t *tx) InsertField(ctx context.Context, f membership.Field) error {
	if err := t.check(ctx); err != nil {
		return err
	}
	s, ok := t.tables.schemas[f.Resource]
	if !ok {
		return membership.ErrFlowNotFound
	}
	if _, _, err := t.field(ctx, f.ID); err == nil {
		return membership.ErrDuplicateID
	}
	if slugTaken(s, f) {
		return errSlugTaken
	}
	t.define(s.Flow, append(slices.Clone(s.Fields), own(f)))
	return nil
}

func (t *tx) UpdateField(ctx context.Context, f membership.Field) error {
	s, i, err := t.field(ctx, f.ID)
	if err != nil {
		return err
	}
	if slugTaken(s, f) {
		return errSlugTaken
	}
	old := s.Fields[i]
	f.Resource, f.Type, f.Initial = old.Resource, old.Type, old.Initial
	fields := slices.Clone(s.Fields)
	fields[i] = own(f)
	t.define(s.Flow, fields)
	if f.Slug != old.Slug {
		for place := range t.tables.values(old.Resource) {
			if place.Has(old.Slug) {
				assign(t, place, place.Without(old.Slug).With(f.Slug, place.Value(old.Slug)))
			}
		}
	}
	return nil
}

func (t *tx) DeleteField(ctx context.Context, id membership.FieldID) (int, error) {
	s, i, err := t.field(ctx, id)
	if err != nil {
		return 0, err
	}
	old := s.Fields[i]
	t.define(s.Flow, slices.Delete(slices.Clone(s.Fields), i, i+1))
	values := 0
	for place := range t.tables.values(old.Resource) {
		if place.Has(old.Slug) {
			if place.Value(old.Slug).Kind() != membership.KindNull {
				values++
			}
			assign(t, place, place.Without(old.Slug))
		}
	}
	return values, nil
}

// field finds a field in its schema.
func (t *tx) field(ctx context.Context, id membership.FieldID) (membership.Schema, int, error) {
	if err := t.check(ctx); err != nil {
		return membership.Schema{}, 0, err
	}
	for _, s := range t.tables.schemas {
		if i := slices.IndexFunc(s.Fields, func(f membership.Field) bool { return f.ID == id }); i >= 0 {
			return s, i, nil
		}
	}
	return membership.Schema{}, 0, membership.ErrFieldNotFound
}

var errSlugTaken = &membership.Error{Cause: membership.ErrSlugTaken, Field: "slug"}

// slugTaken reports whether another field of the schema has the field's slug.
func slugTaken(s membership.Schema, f membership.Field) bool {
	return slices.ContainsFunc(s.Fields, func(other membership.Field) bool { return other.Slug == f.Slug && other.ID != f.ID })
}

// own is a definition that shares nothing with the caller's.
func own(f membership.Field) membership.Field {
	f.Enum = slices.Clone(f.Enum)
	return f
}

// define replaces the definitions of the flow's resource.
func (t *tx) define(flow membership.Flow, fields []membership.Field) {
	s := membership.NewSchema(flow, fields)
	if insert(t, t.tables.schemas, flow.Resource, s) != nil {
		replace(t, t.tables.schemas, flow.Resource, s)
	}
}
