package memstore

import (
	"context"
	"maps"

	"github.com/roster-go/roster/membership"
)

// Tag implements [store.TagReader].
func (s *Store) Tag(ctx context.Context, id membership.TagID) (membership.Tag, error) {
	return read(ctx, s, func(r *reader) (membership.Tag, error) { return r.Tag(ctx, id) })
}

// ListTags implements [store.TagReader].
func (s *Store) ListTags(ctx context.Context, q membership.Query) (membership.Page[membership.Tag], error) {
	return read(ctx, s, func(r *reader) (membership.Page[membership.Tag], error) { return r.ListTags(ctx, q) })
}

func (r *reader) Tag(ctx context.Context, id membership.TagID) (membership.Tag, error) {
	t, err := r.tag(ctx, id)
	if err != nil {
		return membership.Tag{}, err
	}
	return t.row, nil
}

func (r *reader) tag(ctx context.Context, id membership.TagID) (*tag, error) {
	if err := r.check(ctx); err != nil {
		return nil, err
	}
	t, ok := r.tables.tags[id]
	if !ok {
		return nil, membership.ErrTagNotFound
	}
	return t, nil
}

func (r *reader) ListTags(ctx context.Context, q membership.Query) (membership.Page[membership.Tag], error) {
	if err := r.check(ctx); err != nil {
		return membership.Page[membership.Tag]{}, err
	}
	match := func(t *membership.Tag) bool { return q.Filter.Match(t) }
	return selection(maps.Values(r.tables.tags), (*tag).stored, match, q), nil
}

func (t *tx) InsertTag(ctx context.Context, row membership.Tag) error {
	if err := t.check(ctx); err != nil {
		return err
	}
	if _, taken := t.tables.tags[row.ID]; taken {
		return membership.ErrDuplicateID
	}
	if err := t.nameTag(row); err != nil {
		return err
	}
	return insert(t, t.tables.tags, row.ID, &tag{row: row, accounts: make(map[membership.AccountID]*account)})
}

func (t *tx) UpdateTag(ctx context.Context, row membership.Tag) error {
	stored, err := t.tag(ctx, row.ID)
	if err != nil {
		return err
	}
	if row.Name != stored.row.Name {
		if err := t.nameTag(row); err != nil {
			return err
		}
		remove(t, t.tables.tagNames, stored.row.Name)
	}
	assign(t, &stored.row, row)
	return nil
}

func (t *tx) DeleteTag(ctx context.Context, id membership.TagID) error {
	stored, err := t.tag(ctx, id)
	if err != nil {
		return err
	}
	for _, a := range stored.accounts {
		t.untag(a, stored)
	}
	remove(t, t.tables.tagNames, stored.row.Name)
	remove(t, t.tables.tags, id)
	return nil
}

// nameTag takes a tag's name.
func (t *tx) nameTag(row membership.Tag) error {
	if insert(t, t.tables.tagNames, row.Name, row.ID) != nil {
		return &membership.Error{Cause: membership.ErrTagNameTaken, Field: "name"}
	}
	return nil
}

func (t *tx) TagAccount(ctx context.Context, accountID membership.AccountID, id membership.TagID) error {
	a, stored, err := t.accountAndTag(ctx, accountID, id)
	if err != nil || a.tags[id] != nil {
		return err
	}
	_ = insert(t, a.tags, id, stored)
	_ = insert(t, stored.accounts, accountID, a)
	return nil
}

func (t *tx) UntagAccount(ctx context.Context, accountID membership.AccountID, id membership.TagID) error {
	a, stored, err := t.accountAndTag(ctx, accountID, id)
	if err != nil || a.tags[id] == nil {
		return err
	}
	t.untag(a, stored)
	return nil
}

func (t *tx) accountAndTag(ctx context.Context, accountID membership.AccountID, id membership.TagID) (*account, *tag, error) {
	a, err := t.account(ctx, accountID)
	if err != nil {
		return nil, nil, err
	}
	stored, err := t.tag(ctx, id)
	return a, stored, err
}

// untag takes a tag from an account that has it.
func (t *tx) untag(a *account, stored *tag) {
	remove(t, a.tags, stored.row.ID)
	remove(t, stored.accounts, a.row.ID)
}
