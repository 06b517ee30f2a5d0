package memstore

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/roster-go/roster/membership"
)

// Account implements [store.AccountReader].
func (s *Store) Account(ctx context.Context, id membership.AccountID) (membership.Account, error) {
	return read(ctx, s, func(r *reader) (membership.Account, error) { return r.Account(ctx, id) })
}

// AccountsByID implements [store.AccountReader].
func (s *Store) AccountsByID(ctx context.Context, ids []membership.AccountID) ([]membership.Account, error) {
	return read(ctx, s, func(r *reader) ([]membership.Account, error) { return r.AccountsByID(ctx, ids) })
}

// AccountRelations implements [store.AccountReader].
func (s *Store) AccountRelations(ctx context.Context, ids []membership.AccountID) (map[membership.AccountID]membership.Relations, error) {
	return read(ctx, s, func(r *reader) (map[membership.AccountID]membership.Relations, error) {
		return r.AccountRelations(ctx, ids)
	})
}

// ListAccounts implements [store.AccountReader].
func (s *Store) ListAccounts(ctx context.Context, q membership.Query) (membership.Page[membership.Account], error) {
	return read(ctx, s, func(r *reader) (membership.Page[membership.Account], error) { return r.ListAccounts(ctx, q) })
}

func (r *reader) Account(ctx context.Context, id membership.AccountID) (membership.Account, error) {
	a, err := r.account(ctx, id)
	if err != nil {
		return membership.Account{}, err
	}
	return r.answerAccount(a.row), nil
}

func (r *reader) account(ctx context.Context, id membership.AccountID) (*account, error) {
	if err := r.check(ctx); err != nil {
		return nil, err
	}
	a, ok := r.tables.accounts[id]
	if !ok {
		return nil, membership.ErrAccountNotFound
	}
	return a, nil
}

func (r *reader) AccountsByID(ctx context.Context, ids []membership.AccountID) ([]membership.Account, error) {
	if err := r.check(ctx); err != nil {
		return nil, err
	}
	return pick(r.tables.accounts, ids, r.storedAccount), nil
}

func (r *reader) AccountRelations(ctx context.Context, ids []membership.AccountID) (map[membership.AccountID]membership.Relations, error) {
	if err := r.check(ctx); err != nil {
		return nil, err
	}
	relations := make(map[membership.AccountID]membership.Relations)
	for _, id := range ids {
		a, ok := r.tables.accounts[id]
		if !ok || a.row.ParentID.IsZero() && len(a.tags) == 0 {
			continue
		}
		relations[id] = membership.Relations{Ancestors: r.ancestors(a), Tags: sortedTags(a)}
	}
	return relations, nil
}

// ancestors climbs from an account to its root, and returns the way back down.
func (r *reader) ancestors(a *account) []membership.AccountID {
	var ancestors []membership.AccountID
	for up := a.row.ParentID; !up.IsZero(); up = r.tables.accounts[up].row.ParentID {
		ancestors = append(ancestors, up)
	}
	slices.Reverse(ancestors)
	return ancestors
}

func sortedTags(a *account) []membership.Tag {
	var tags []membership.Tag
	for _, t := range a.tags {
		tags = append(tags, t.row)
	}
	slices.SortFunc(tags, func(a, b membership.Tag) int { return cmp.Compare(a.Name, b.Name) })
	return tags
}

func (r *reader) ListAccounts(ctx context.Context, q membership.Query) (membership.Page[membership.Account], error) {
	if err := r.check(ctx); err != nil {
		return membership.Page[membership.Account]{}, err
	}
	match := func(a *membership.Account) bool { return len(q.Filter) == 0 || q.Filter.Match(r.tagged(*a)) }
	return selection(maps.Values(r.tables.accounts), r.storedAccount, match, q), nil
}

// tagged puts an account beside its tags.
func (r *reader) tagged(a membership.Account) membership.AccountRow {
	return membership.AccountRow{Account: a, Tags: slices.Collect(maps.Keys(r.tables.accounts[a.ID].tags))}
}

func (t *tx) InsertAccount(ctx context.Context, a membership.Account) error {
	if err := t.check(ctx); err != nil {
		return err
	}
	if !a.ParentID.IsZero() && t.tables.accounts[a.ParentID] == nil {
		return &membership.Error{Cause: membership.ErrAccountNotFound, Field: "parent_id"}
	}
	if _, taken := t.tables.accounts[a.ID]; taken {
		return membership.ErrDuplicateID
	}
	if err := t.register(a); err != nil {
		return err
	}
	a.Fields = t.keep(membership.ResourceAccount, membership.Fields{}, a.Fields)
	stored := &account{
		row:      a,
		tags:     make(map[membership.TagID]*tag),
		children: make(map[membership.AccountID]*account),
	}
	if !a.ParentID.IsZero() {
		_ = insert(t, t.tables.accounts[a.ParentID].children, a.ID, stored)
	}
	return insert(t, t.tables.accounts, a.ID, stored)
}

func (t *tx) UpdateAccount(ctx context.Context, a membership.Account) error {
	stored, err := t.account(ctx, a.ID)
	if err != nil {
		return err
	}
	if a.RegistrationID != stored.row.RegistrationID {
		if err := t.register(a); err != nil {
			return err
		}
		t.unregister(stored.row)
	}
	a.ParentID = stored.row.ParentID
	a.Fields = t.keep(membership.ResourceAccount, stored.row.Fields, a.Fields)
	assign(t, &stored.row, a)
	return nil
}

func (t *tx) DeleteAccount(ctx context.Context, id membership.AccountID, at time.Time) error {
	a, err := t.account(ctx, id)
	if err != nil {
		return err
	}
	for _, m := range slices.Backward(a.memberships) { // from behind, so that none has to move
		t.unlink(m)
	}
	for _, label := range a.tags {
		t.untag(a, label)
	}
	for _, child := range a.children {
		assign(t, &child.row, child.row.WithoutParent(at))
	}
	if parent := t.tables.accounts[a.row.ParentID]; parent != nil {
		remove(t, parent.children, id)
	}
	t.unregister(a.row)
	remove(t, t.tables.accounts, id)
	return nil
}

// register takes an account's registration id, if it has one.
func (t *tx) register(a membership.Account) error {
	id := a.RegistrationID
	if id == "" {
		return nil
	}
	if insert(t, t.tables.registrations, id, a.ID) != nil {
		return &membership.Error{Cause: membership.ErrRegistrationIDTaken, Field: "registration_id"}
	}
	return nil
}

// unregister gives an account's registration id back.
func (t *tx) unregister(a membership.Account) {
	if a.RegistrationID != "" {
		remove(t, t.tables.registrations, a.RegistrationID)
	}
}
