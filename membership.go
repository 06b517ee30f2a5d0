package roster

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// Add makes a member belong to an account.
//
// Errors, the first that applies: [membership.ErrAccountNotFound], [membership.ErrMemberNotFound],
// [membership.ErrAlreadyMember] (its [membership.Error] has the membership that exists),
// [membership.ErrAccountFull], [membership.ErrMemberAtLimit].
func (s *Service) Add(ctx context.Context, account membership.AccountID, member membership.MemberID) (membership.Membership, error) {
	m := membership.Membership{ID: membership.MembershipID{UUID: newID()}, AccountID: account, MemberID: member}
	m.CreatedAt = s.now()
	m.UpdatedAt = m.CreatedAt
	err := s.store.Update(ctx, func(tx store.Tx) error { return s.join(ctx, tx, m) })
	return orZero(m, err)
}

// join adds a membership when the rules of joining allow it.
func (s *Service) join(ctx context.Context, tx store.Tx, m membership.Membership) error {
	facts, err := tx.JoinFacts(ctx, m.AccountID, m.MemberID)
	if err != nil {
		return err
	}
	if err := s.limits.CheckJoin(facts); err != nil {
		return err
	}
	return tx.InsertMembership(ctx, m)
}

// Ensure is [Service.Add] for a caller who does not mind when the member belongs to the account already: it returns
// the membership that exists, and whether it was created now. Its errors are those of Add but ErrAlreadyMember.
func (s *Service) Ensure(ctx context.Context, account membership.AccountID, member membership.MemberID) (m membership.Membership, created bool, err error) {
	m, err = s.Add(ctx, account, member)
	if refusal, ok := errors.AsType[*membership.Error](err); ok && errors.Is(err, membership.ErrAlreadyMember) {
		return refusal.Existing, false, nil
	}
	return m, err == nil, err
}

// Membership looks up a membership of an account. It answers [membership.ErrAccountNotFound] or
// [membership.ErrMembershipNotFound], the latter for another account's membership too.
func (s *Service) Membership(ctx context.Context, account membership.AccountID, id membership.MembershipID) (membership.Membership, error) {
	return s.store.Membership(ctx, account, id)
}

// MembershipByPair looks up the membership of a member in an account, or answers
// [membership.ErrMembershipNotFound], whether or not the two exist.
func (s *Service) MembershipByPair(ctx context.Context, account membership.AccountID, member membership.MemberID) (membership.Membership, error) {
	return s.store.MembershipByPair(ctx, account, member)
}

// IsMember reports whether the member belongs to the account. An unknown account has no members. It is one lookup in
// one index, cheap enough to ask on every request.
func (s *Service) IsMember(ctx context.Context, account membership.AccountID, member membership.MemberID) (bool, error) {
	return s.store.IsMember(ctx, account, member)
}

// UpdateMembership changes the fields that the update names. The time of update moves only when one of them differs.
//
// Errors: [membership.ErrAccountNotFound], [membership.ErrMembershipNotFound], [membership.ErrMemberImmutable].
func (s *Service) UpdateMembership(ctx context.Context, account membership.AccountID, id membership.MembershipID, u membership.MembershipUpdate) (membership.Membership, error) {
	return change(ctx, s,
		func(tx store.Tx) (membership.Membership, error) { return tx.Membership(ctx, account, id) },
		u.Apply,
		func(m *membership.Membership) *time.Time { return &m.UpdatedAt },
		func(tx store.Tx, m membership.Membership) error { return tx.UpdateMembership(ctx, m) })
}

// Remove ends a membership of an account. It answers [membership.ErrAccountNotFound] or
// [membership.ErrMembershipNotFound].
func (s *Service) Remove(ctx context.Context, account membership.AccountID, id membership.MembershipID) error {
	return s.store.Update(ctx, func(tx store.Tx) error { return tx.DeleteMembership(ctx, account, id) })
}

// Memberships answers one page of the memberships within a scope: an account's, a member's, or, when it says so, all. See
// [Service.AllMemberships] for a walk over every one.
//
// Errors: [membership.ErrInvalidFilter], [membership.ErrInvalidOrder], [membership.ErrAccountNotFound],
// [membership.ErrMemberNotFound].
func (s *Service) Memberships(ctx context.Context, scope membership.Scope, q membership.Query) (membership.Page[membership.Membership], error) {
	if err := q.Validate(membership.ResourceMembership); err != nil {
		return membership.Page[membership.Membership]{}, err
	}
	return s.store.ListMemberships(ctx, scope, q)
}

// AllMemberships walks over every membership that scope and query select; see [Service.AllAccounts] for what a walk
// promises.
func (s *Service) AllMemberships(ctx context.Context, scope membership.Scope, q membership.Query) iter.Seq2[membership.Membership, error] {
	return walk(q, func(q membership.Query) (membership.Page[membership.Membership], error) {
		return s.Memberships(ctx, scope, q)
	})
}
