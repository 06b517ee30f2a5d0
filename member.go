package roster

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// CreateMember adds a member. A zero ID becomes a new one; one that is given is kept, so that a caller can try again
// without creating twice. The times are set here, whatever was given; custom fields that are not given get their
// defaults. Where the settings say AutoCreateAccounts, the member gets an account of the same name and a membership in
// it, in the same transaction.
//
// Errors: [membership.ErrInvalidField], [membership.ErrUnknownField], [membership.ErrInvalidValue],
// [membership.ErrDuplicateID].
func (s *Service) CreateMember(ctx context.Context, m membership.Member) (membership.Member, error) {
	now := s.now()
	m.CreatedAt, m.UpdatedAt = now, now
	n, err := newMember(m, now)
	if err != nil {
		return membership.Member{}, err
	}
	var created membership.Member
	err = s.update(ctx, func(tx store.Tx) (err error) {
		created, err = s.creating(tx).member(ctx, n)
		return err
	})
	return orZero(created, err)
}

// newcomer is a new member, beside the account and the membership that it gets where the settings say so. Why in advance:
// the transaction may run more than once, and must write the same each time.
type newcomer struct {
	member     membership.Member
	account    membership.Account
	membership membership.Membership
}

// newMember gives a member an id, unless it has one, and checks what can be told without looking at others. What is made
// for it is made now.
func newMember(m membership.Member, now time.Time) (newcomer, error) {
	if m.ID.IsZero() {
		m.ID = membership.MemberID{UUID: newID()}
	}
	own := membership.Account{ID: membership.AccountID{UUID: newID()}, Name: m.Name, CreatedAt: now, UpdatedAt: now}
	joins := newMembership(membership.Membership{AccountID: own.ID, MemberID: m.ID, CreatedAt: now, UpdatedAt: now})
	return newcomer{m, own, joins}, m.Validate()
}

// member adds a member that newMember made, and returns it with its custom fields completed.
func (c *creation) member(ctx context.Context, n newcomer) (m membership.Member, err error) {
	auto, err := c.autoCreates(ctx)
	if err != nil {
		return m, err
	}
	m = n.member
	if m.Fields, err = c.fields(ctx, membership.ResourceMember, m.Fields); err != nil {
		return m, err
	}
	if !auto {
		return m, c.InsertMember(ctx, m)
	}
	return m, c.memberWithAccount(ctx, m, n.account, n.membership)
}

// memberWithAccount adds a member with an account and a membership of its own. Their custom fields come first, because
// a refusal has written nothing.
func (c *creation) memberWithAccount(ctx context.Context, m membership.Member, own membership.Account, joins membership.Membership) (err error) {
	if own.Fields, err = c.fields(ctx, membership.ResourceAccount, membership.Fields{}); err != nil {
		return unasked(membership.ResourceAccount, err)
	}
	if joins.Fields, err = c.fields(ctx, membership.ResourceMembership, membership.Fields{}); err != nil {
		return unasked(membership.ResourceMembership, err)
	}
	if err := c.InsertMember(ctx, m); err != nil {
		return err
	}
	if err := c.InsertAccount(ctx, own); err != nil {
		return err
	}
	if err := c.checkJoin(ctx, joins); err != nil {
		return err
	}
	return c.InsertMembership(ctx, joins)
}

// unasked explains a custom field that keeps a row from being made which the caller did not ask for.
func unasked(r membership.Resource, err error) error {
	return eachFault(err, func(fault *membership.Error) {
		fault.Detail = fmt.Sprintf("the settings create an %s for every member, and its custom field %q has no default and %s",
			r, fault.Field, fault.Detail)
		fault.Field = ""
	})
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
	return listed(ctx, s, membership.ResourceMember, q, func(r store.Reader) (membership.Page[membership.Member], error) {
		return r.ListMembers(ctx, q)
	})
}

// AllMembers walks over every member that the query selects, in its order; limit and offset do not count. It reads
// page by page and keeps nothing open in between: rows that are inserted or deleted meanwhile may or may not appear,
// all others appear exactly once unless an update moves them in the order. An error ends the walk.
func (s *Service) AllMembers(ctx context.Context, q membership.Query) iter.Seq2[membership.Member, error] {
	return walk(q, func(q membership.Query) (membership.Page[membership.Member], error) { return s.Members(ctx, q) })
}

// UpdateMember changes the fields that the update names. The time of update moves only when one of them differs.
//
// Errors: [membership.ErrMemberNotFound], [membership.ErrInvalidField], [membership.ErrUnknownField],
// [membership.ErrInvalidValue].
func (s *Service) UpdateMember(ctx context.Context, id membership.MemberID, u membership.MemberUpdate) (membership.Member, error) {
	return change(ctx, s,
		func(tx store.Tx) (membership.Member, error) { return tx.Member(ctx, id) },
		func(tx store.Tx, old membership.Member) (membership.Member, error) {
			m := u.Apply(old)
			var err error
			m.Fields, err = changedFields(ctx, tx, membership.ResourceMember, old.Fields, u.Fields)
			return m, errors.Join(m.Validate(), err)
		},
		func(m *membership.Member) *time.Time { return &m.UpdatedAt },
		func(tx store.Tx, m membership.Member) error { return tx.UpdateMember(ctx, m) })
}

// DeleteMember removes a member and, in the same transaction, its memberships and its logins. It answers
// [membership.ErrMemberNotFound], and [membership.ErrReferenced] where a foreign key of the embedding program refuses.
func (s *Service) DeleteMember(ctx context.Context, id membership.MemberID) error {
	return s.update(ctx, func(tx store.Tx) error { return tx.DeleteMember(ctx, id) })
}

// UnassignedMembers answers one page of the members that do not belong to the account: those who could still be
// added. See [Service.AllUnassignedMembers] for a walk over every one.
//
// Errors: [membership.ErrInvalidFilter], [membership.ErrInvalidOrder], [membership.ErrAccountNotFound].
func (s *Service) UnassignedMembers(ctx context.Context, account membership.AccountID, q membership.Query) (membership.Page[membership.Member], error) {
	return listed(ctx, s, membership.ResourceMember, q, func(r store.Reader) (membership.Page[membership.Member], error) {
		return r.ListUnassignedMembers(ctx, account, q)
	})
}

// AllUnassignedMembers walks over every member that does not belong to the account and that the query selects; see
// [Service.AllAccounts] for what a walk promises.
func (s *Service) AllUnassignedMembers(ctx context.Context, account membership.AccountID, q membership.Query) iter.Seq2[membership.Member, error] {
	return walk(q, func(q membership.Query) (membership.Page[membership.Member], error) {
		return s.UnassignedMembers(ctx, account, q)
	})
}
