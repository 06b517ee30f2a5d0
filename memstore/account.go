package memstore

import (
	"context"
	"iter"

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

// ListAccounts implements [store.AccountReader].
func (s *Store) ListAccounts(ctx context.Context, q membership.Query) (membership.Page[membership.Account], error) {
	return read(ctx, s, func(r *reader) (membership.Page[membership.Account], error) { return r.ListAccounts(ctx, q) })
}

func (r *reader) Account(ctx context.Context, id membership.AccountID) (membership.Account, error) {
	a, err := r.account(ctx, id)
	if err != nil {
		return membership.Account{}, err
	}
	return a.row, nil
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
	return pick(r.tables.accounts, ids, func(a *account) membership.Account { return a.row }), nil
}

func (r *reader) ListAccounts(ctx context.Context, q membership.Query) (membership.Page[membership.Account], error) {
	if err := r.check(ctx); err != nil {
		return membership.Page[membership.Account]{}, err
	}
	match := func(a membership.Account) bool { return q.Filter.Match(a) }
	return list(r.accountRows(), match, q), nil
}

func (r *reader) accountRows() iter.Seq[membership.Account] {
	return func(yield func(membership.Account) bool) {
		for _, a := range r.tables.accounts {
			if !yield(a.row) {
				return
			}
		}
	}
}

func (t *tx) InsertAccount(ctx context.Context, a membership.Account) error {
	if err := t.check(ctx); err != nil {
		return err
	}
	if _, taken := t.tables.accounts[a.ID]; taken {
		return membership.ErrDuplicateID
	}
	if err := t.register(a); err != nil {
		return err
	}
	t.tables.accounts[a.ID] = &account{row: a, byMember: make(map[membership.MemberID]*membership.Membership)}
	t.onRollback(func() { delete(t.tables.accounts, a.ID) })
	return nil
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
	old := stored.row
	stored.row = a
	t.onRollback(func() { stored.row = old })
	return nil
}

func (t *tx) DeleteAccount(ctx context.Context, id membership.AccountID) error {
	a, err := t.account(ctx, id)
	if err != nil {
		return err
	}
	for _, m := range a.byMember {
		t.unlink(m)
	}
	t.unregister(a.row)
	delete(t.tables.accounts, id)
	t.onRollback(func() { t.tables.accounts[id] = a })
	return nil
}

// register takes an account's registration id, if it has one.
func (t *tx) register(a membership.Account) error {
	id := a.RegistrationID
	if id == "" {
		return nil
	}
	if _, taken := t.tables.registrations[id]; taken {
		return &membership.Error{Cause: membership.ErrRegistrationIDTaken, Field: "registration_id"}
	}
	t.tables.registrations[id] = a.ID
	t.onRollback(func() { delete(t.tables.registrations, id) })
	return nil
}

// unregister gives an account's registration id back.
func (t *tx) unregister(a membership.Account) {
	id := a.RegistrationID
	if id == "" {
		return
	}
	delete(t.tables.registrations, id)
	t.onRollback(func() { t.tables.registrations[id] = a.ID })
}
