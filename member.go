package roster

import (
	"context"
	"iter"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// CreateMember adds a member. A zero ID becomes a new one; one that is given is kept, so that a caller can try
// again without creating twice. The times are set here, whatever was given. Where the settings say AutoCreateAccounts,
// the member gets an account of the same name and a membership in it, in the same transaction.
//
// Errors: [membership.ErrInvalidField], [membership.ErrDuplicateID].
func (s *Service) CreateMember(ctx context.Context, m membership.Member) (membership.Member, error) {
	if err := m.Validate(); err != nil {
		return membership.Member{}, err
	}
	if m.ID.IsZero() {
		m.ID = membership.MemberID{UUID: newID()}
	}
	m.CreatedAt = s.now()
	m.UpdatedAt = m.CreatedAt
	// Why in advance: the transaction may run more than once, and must write the same each time.
	own := membership.Account{ID: membership.AccountID{UUID: newID()}, Name: m.Name, CreatedAt: m.CreatedAt, UpdatedAt: m.CreatedAt}
	joins := membership.Membership{ID: membership.MembershipID{UUID: newID()}, AccountID: own.ID, MemberID: m.ID, CreatedAt: m.CreatedAt, UpdatedAt: m.CreatedAt}
	err := s.store.Update(ctx, func(tx store.Tx) error {
		settings, err := tx.Settings(ctx)
		if err != nil {
			return err
		}
		if err := tx.InsertMember(ctx, m); err != nil || !settings.AutoCreateAccounts {
			return err
		}
		if err := tx.InsertAccount(ctx, own); err != nil {
			return err
		}
		return s.join(ctx, tx, joins)
	})
	return orZero(m, err)
}

// Member looks up a member, or answers [membership.ErrMemberNotFound].
func (s *Service) Member(ctx context.Context, id membership.MemberID) (membership.Member, error) {
	return s.store.Member(ctx, id)
}

// MembersByID looks up many members at once, in no particular order, each once; unknown ids are left out.
func (s *Service) MembersByID(ctx context.Context, ids []membership.MemberID) ([]membership.Member, error) {
	return s.store.MembersByID(ctx, ids)
}

// Members answers one page of all members. See [Service.AllMembers] for a walk over every one.
//
// Errors: [membership.ErrInvalidFilter], [membership.ErrInvalidOrder].
func (s *Service) Members(ctx context.Context, q membership.Query) (membership.Page[membership.Member], error) {
	if err := q.Validate(membership.ResourceMember); err != nil {
		return membership.Page[membership.Member]{}, err
	}
	return s.store.ListMembers(ctx, q)
}

// AllMembers walks over every member that the query selects, in its order; limit and offset do not count. It reads
// page by page and keeps nothing open in between: rows that are inserted or deleted meanwhile may or may not appear,
// all others appear exactly once unless an update moves them in the order. An error ends the walk.
func (s *Service) AllMembers(ctx context.Context, q membership.Query) iter.Seq2[membership.Member, error] {
	return walk(q, func(q membership.Query) (membership.Page[membership.Member], error) { return s.Members(ctx, q) })
}

// UpdateMember changes the fields that the update names. The time of update moves only when one of them differs.
//
// Errors: [membership.ErrMemberNotFound], [membership.ErrInvalidField].
func (s *Service) UpdateMember(ctx context.Context, id membership.MemberID, u membership.MemberUpdate) (membership.Member, error) {
	return change(ctx, s,
		func(tx store.Tx) (membership.Member, error) { return tx.Member(ctx, id) },
		func(m membership.Member) (membership.Member, error) {
			m = u.Apply(m)
			return m, m.Validate()
		},
		func(m *membership.Member) *time.Time { return &m.UpdatedAt },
		func(tx store.Tx, m membership.Member) error { return tx.UpdateMember(ctx, m) })
}

// DeleteMember removes a member and, in the same transaction, its memberships and its logins. It answers
// [membership.ErrMemberNotFound], and [membership.ErrReferenced] where a foreign key of the embedding program refuses.
func (s *Service) DeleteMember(ctx context.Context, id membership.MemberID) error {
	return s.store.Update(ctx, func(tx store.Tx) error { return tx.DeleteMember(ctx, id) })
}

// UnassignedMembers answers one page of the members that do not belong to the account: those who could still be
// added. See [Service.AllUnassignedMembers] for a walk over every one.
//
// Errors: [membership.ErrInvalidFilter], [membership.ErrInvalidOrder], [membership.ErrAccountNotFound].
func (s *Service) UnassignedMembers(ctx context.Context, account membership.AccountID, q membership.Query) (membership.Page[membership.Member], error) {
	if err := q.Validate(membership.ResourceMember); err != nil {
		return membership.Page[membership.Member]{}, err
	}
	return s.store.ListUnassignedMembers(ctx, account, q)
}

// AllUnassignedMembers walks over every member that does not belong to the account and that the query selects; see
// [Service.AllAccounts] for what a walk promises.
func (s *Service) AllUnassignedMembers(ctx context.Context, account membership.AccountID, q membership.Query) iter.Seq2[membership.Member, error] {
	return walk(q, func(q membership.Query) (membership.Page[membership.Member], error) {
		return s.UnassignedMembers(ctx, account, q)
	})
}
