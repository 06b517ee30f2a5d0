package roster

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// CreateAccount adds an account, below another one when it has a ParentID. A zero ID becomes a new one; one that is
// given is kept, so that a caller can try again without creating twice. The times are set here, whatever was given;
// custom fields that are not given get their defaults.
//
// Errors: [membership.ErrInvalidField], [membership.ErrUnknownField], [membership.ErrInvalidValue],
// [membership.ErrAccountNotFound] for the parent, [membership.ErrHierarchyTooDeep],
// [membership.ErrRegistrationIDTaken], [membership.ErrDuplicateID].
func (s *Service) CreateAccount(ctx context.Context, a membership.Account) (membership.Account, error) {
	a.CreatedAt = s.now()
	a.UpdatedAt = a.CreatedAt
	a, err := newAccount(a)
	if err != nil {
		return membership.Account{}, err
	}
	var created membership.Account
	err = s.update(ctx, func(tx store.Tx) (err error) {
		created, err = s.creating(tx).account(ctx, a)
		return err
	})
	return orZero(created, err)
}

// newAccount gives an account an id, unless it has one, and checks what can be told without looking at others.
func newAccount(a membership.Account) (membership.Account, error) {
	if a.ID.IsZero() {
		a.ID = membership.AccountID{UUID: newID()}
	}
	return a, a.Validate()
}

// account adds an account that newAccount made, and returns it with its custom fields completed.
func (c *creation) account(ctx context.Context, a membership.Account) (_ membership.Account, err error) {
	if a.Fields, err = c.fields(ctx, membership.ResourceAccount, a.Fields); err != nil {
		return a, err
	}
	if !a.ParentID.IsZero() {
		relations, err := c.AccountRelations(ctx, []membership.AccountID{a.ParentID})
		if err != nil {
			return a, err
		}
		if err := membership.CheckAncestors(len(relations[a.ParentID].Ancestors) + 1); err != nil {
			return a, err
		}
	}
	return a, c.InsertAccount(ctx, a)
}

// AccountRelations reads the ancestors and the tags of many accounts at once. Accounts that have neither, and unknown
// ids, are left out.
func (s *Service) AccountRelations(ctx context.Context, ids []membership.AccountID) (map[membership.AccountID]membership.Relations, error) {
	return s.store.AccountRelations(ctx, ids)
}

// Account looks up an account, or answers [membership.ErrAccountNotFound].
func (s *Service) Account(ctx context.Context, id membership.AccountID) (membership.Account, error) {
	return s.store.Account(ctx, id)
}

// AccountsByID looks up many accounts at once, in no particular order, each once; unknown ids are left out.
func (s *Service) AccountsByID(ctx context.Context, ids []membership.AccountID) ([]membership.Account, error) {
	return s.store.AccountsByID(ctx, ids)
}

// Accounts answers one page of all accounts. See [Service.AllAccounts] for a walk over every one.
//
// Errors: [membership.ErrInvalidFilter], [membership.ErrInvalidOrder].
func (s *Service) Accounts(ctx context.Context, q membership.Query) (membership.Page[membership.Account], error) {
	return listed(ctx, s, membership.ResourceAccount, q, func(r store.Reader) (membership.Page[membership.Account], error) {
		return r.ListAccounts(ctx, q)
	})
}

// AllAccounts walks over every account that the query selects, in its order; limit and offset do not count. It reads
// page by page and keeps nothing open in between: rows that are inserted or deleted meanwhile may or may not appear,
// all others appear exactly once unless an update moves them in the order. An error ends the walk.
func (s *Service) AllAccounts(ctx context.Context, q membership.Query) iter.Seq2[membership.Account, error] {
	return walk(q, func(q membership.Query) (membership.Page[membership.Account], error) { return s.Accounts(ctx, q) })
}

// UpdateAccount changes the fields that the update names. The time of update moves only when one of them differs.
//
// Errors: [membership.ErrAccountNotFound], [membership.ErrParentImmutable], [membership.ErrInvalidField],
// [membership.ErrUnknownField], [membership.ErrInvalidValue], [membership.ErrRegistrationIDTaken].
func (s *Service) UpdateAccount(ctx context.Context, id membership.AccountID, u membership.AccountUpdate) (membership.Account, error) {
	return change(ctx, s,
		func(tx store.Tx) (membership.Account, error) { return tx.Account(ctx, id) },
		func(tx store.Tx, old membership.Account) (membership.Account, error) {
			a, err := u.Apply(old)
			if err != nil {
				return a, err
			}
			a.Fields, err = changedFields(ctx, tx, membership.ResourceAccount, old.Fields, u.Fields)
			return a, errors.Join(a.Validate(), err)
		},
		func(a *membership.Account) *time.Time { return &a.UpdatedAt },
		func(tx store.Tx, a membership.Account) error { return tx.UpdateAccount(ctx, a) })
}

// DeleteAccount removes an account and, in the same transaction, its memberships; the accounts right below it become
// roots. It answers [membership.ErrAccountNotFound], and [membership.ErrReferenced] where a foreign key of the
// embedding program refuses.
func (s *Service) DeleteAccount(ctx context.Context, id membership.AccountID) error {
	now := s.now()
	return s.update(ctx, func(tx store.Tx) error { return tx.DeleteAccount(ctx, id, now) })
}
