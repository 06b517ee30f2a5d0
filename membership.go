package roster

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// Add makes a member belong to an account. Custom fields get their defaults; see [Service.CreateMembership] for others,
// and for the errors.
func (s *Service) Add(ctx context.Context, account membership.AccountID, member membership.MemberID) (membership.Membership, error) {
	return s.CreateMembership(ctx, membership.Membership{AccountID: account, MemberID: member})
}

// CreateMembership makes a member belong to an account. A zero ID becomes a new one; one that is given is kept. The
// times are set here, whatever was given; custom fields that are not given get their defaults. A caller who tries again
// learns of the membership that the first try made from ErrAlreadyMember.
//
// Errors, the first that applies: [membership.ErrAccountNotFound], [membership.ErrMemberNotFound],
// [membership.ErrAlreadyMember] (its [membership.Error] has the membership that exists), [membership.ErrAccountFull],
// [membership.ErrMemberAtLimit]; then [membership.ErrUnknownField], [membership.ErrInvalidField] and
// [membership.ErrInvalidValue] for custom fields, and [membership.ErrDuplicateID].
func (s *Service) CreateMembership(ctx context.Context, m membership.Membership) (membership.Membership, error) {
	if m.ID.IsZero() {
		m.ID = membership.MembershipID{UUID: newID()}
	}
	m.CreatedAt = s.now()
	m.UpdatedAt = m.CreatedAt
	given := m.Fields
	err := s.update(ctx, func(tx store.Tx) error {
		if err := s.checkJoin(ctx, tx, m); err != nil {
			return err
		}
		var err error
		if m.Fields, err = newFields(ctx, tx, membership.ResourceMembership, given); err != nil {
			return err
		}
		return tx.InsertMembership(ctx, m)
	})
	return orZero(m, err)
}

// insertMembership adds a membership, whose custom fields are complete, when the rules of joining allow it.
func (s *Service) insertMembership(ctx context.Context, tx store.Tx, m membership.Membership) error {
	if err := s.checkJoin(ctx, tx, m); err != nil {
		return err
	}
	return tx.InsertMembership(ctx, m)
}

// checkJoin decides whether the rules of joining allow a membership.
func (s *Service) checkJoin(ctx context.Context, tx store.Tx, m membership.Membership) error {
	facts, err := tx.JoinFacts(ctx, m.AccountID, m.MemberID)
	if err != nil {
		return err
	}
	return s.limits.CheckJoin(facts)
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
// Errors: [membership.ErrAccountNotFound], [membership.ErrMembershipNotFound], [membership.ErrMemberImmutable],
// [membership.ErrUnknownField], [membership.ErrInvalidField], [membership.ErrInvalidValue].
func (s *Service) UpdateMembership(ctx context.Context, account membership.AccountID, id membership.MembershipID, u membership.MembershipUpdate) (membership.Membership, error) {
	return change(ctx, s,
		func(tx store.Tx) (membership.Membership, error) { return tx.Membership(ctx, account, id) },
		func(tx store.Tx, old membership.Membership) (membership.Membership, error) {
			m, err := u.Apply(old)
			if err != nil {
				return m, err
			}
			m.Fields, err = changedFields(ctx, tx, membership.ResourceMembership, old.Fields, u.Fields)
			return m, err
		},
		func(m *membership.Membership) *time.Time { return &m.UpdatedAt },
		func(tx store.Tx, m membership.Membership) error { return tx.UpdateMembership(ctx, m) })
}

// Remove ends a membership of an account. It answers [membership.ErrAccountNotFound] or
// [membership.ErrMembershipNotFound].
func (s *Service) Remove(ctx context.Context, account membership.AccountID, id membership.MembershipID) error {
	return s.update(ctx, func(tx store.Tx) error { return tx.DeleteMembership(ctx, account, id) })
}

// Memberships answers one page of the memberships within a scope: an account's, a member's, or, when it says so, all.
// See [Service.AllMemberships] for a walk over every one.
//
// Errors: [membership.ErrInvalidFilter], [membership.ErrInvalidOrder], [membership.ErrAccountNotFound],
// [membership.ErrMemberNotFound].
func (s *Service) Memberships(ctx context.Context, scope membership.Scope, q membership.Query) (membership.Page[membership.Membership], error) {
	return listed(ctx, s, membership.ResourceMembership, q, func(r store.Reader) (membership.Page[membership.Membership], error) {
		return r.ListMemberships(ctx, scope, q)
	})
}

// AllMemberships walks over every membership that scope and query select; see [Service.AllAccounts] for what a walk
// promises.
func (s *Service) AllMemberships(ctx context.Context, scope membership.Scope, q membership.Query) iter.Seq2[membership.Membership, error] {
	return walk(q, func(q membership.Query) (membership.Page[membership.Membership], error) {
		return s.Memberships(ctx, scope, q)
	})
}
