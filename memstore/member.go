package memstore

import (
	"context"
	"maps"
	"slices"

	"github.com/roster-go/roster/membership"
)

// Member implements [store.MemberReader].
func (s *Store) Member(ctx context.Context, id membership.MemberID) (membership.Member, error) {
	return read(ctx, s, func(r *reader) (membership.Member, error) { return r.Member(ctx, id) })
}

// MembersByID implements [store.MemberReader].
func (s *Store) MembersByID(ctx context.Context, ids []membership.MemberID) ([]membership.Member, error) {
	return read(ctx, s, func(r *reader) ([]membership.Member, error) { return r.MembersByID(ctx, ids) })
}

// ListMembers implements [store.MemberReader].
func (s *Store) ListMembers(ctx context.Context, q membership.Query) (membership.Page[membership.Member], error) {
	return read(ctx, s, func(r *reader) (membership.Page[membership.Member], error) { return r.ListMembers(ctx, q) })
}

// ListUnassignedMembers implements [store.MemberReader].
func (s *Store) ListUnassignedMembers(ctx context.Context, account membership.AccountID, q membership.Query) (membership.Page[membership.Member], error) {
	return read(ctx, s, func(r *reader) (membership.Page[membership.Member], error) {
		return r.ListUnassignedMembers(ctx, account, q)
	})
}

func (r *reader) Member(ctx context.Context, id membership.MemberID) (membership.Member, error) {
	m, err := r.member(ctx, id)
	if err != nil {
		return membership.Member{}, err
	}
	return r.answerMember(m.row), nil
}

func (r *reader) member(ctx context.Context, id membership.MemberID) (*member, error) {
	if err := r.check(ctx); err != nil {
		return nil, err
	}
	m, ok := r.tables.members[id]
	if !ok {
		return nil, membership.ErrMemberNotFound
	}
	return m, nil
}

func (r *reader) MembersByID(ctx context.Context, ids []membership.MemberID) ([]membership.Member, error) {
	if err := r.check(ctx); err != nil {
		return nil, err
	}
	return pick(r.tables.members, ids, r.storedMember), nil
}

func (r *reader) ListMembers(ctx context.Context, q membership.Query) (membership.Page[membership.Member], error) {
	if err := r.check(ctx); err != nil {
		return membership.Page[membership.Member]{}, err
	}
	match := func(m *membership.Member) bool { return q.Filter.Match(m) }
	return selection(maps.Values(r.tables.members), r.storedMember, match, q), nil
}

func (r *reader) ListUnassignedMembers(ctx context.Context, id membership.AccountID, q membership.Query) (membership.Page[membership.Member], error) {
	if _, err := r.account(ctx, id); err != nil {
		return membership.Page[membership.Member]{}, err
	}
	match := func(m *membership.Member) bool { return r.tables.pairs[pair{id, m.ID}] == nil && q.Filter.Match(m) }
	return selection(maps.Values(r.tables.members), r.storedMember, match, q), nil
}

func (t *tx) InsertMember(ctx context.Context, m membership.Member) error {
	if err := t.check(ctx); err != nil {
		return err
	}
	m.Fields = t.keep(membership.ResourceMember, membership.Fields{}, m.Fields)
	return insert(t, t.tables.members, m.ID, &member{row: m})
}

func (t *tx) UpdateMember(ctx context.Context, m membership.Member) error {
	stored, err := t.member(ctx, m.ID)
	if err != nil {
		return err
	}
	m.Fields = t.keep(membership.ResourceMember, stored.row.Fields, m.Fields)
	assign(t, &stored.row, m)
	return nil
}

func (t *tx) DeleteMember(ctx context.Context, id membership.MemberID) error {
	m, err := t.member(ctx, id)
	if err != nil {
		return err
	}
	for _, joined := range slices.Backward(m.memberships) { // from behind, so that none has to move
		t.unlink(joined)
	}
	t.deleteLogins(func(l membership.Login) bool { return l.MemberID == id })
	remove(t, t.tables.members, id)
	return nil
}
