package transfer

import (
	"errors"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

// membership creates or changes the membership that a row is. Why it is created first, and looked up only where that is
// refused: most rows are new, and a refusal has written nothing.
func (b *batch) membership(e *entry) error {
	custom, err := b.schema(membership.ResourceMembership)
	if err != nil {
		return err
	}
	account, err := b.accountSide().of(b, e, custom)
	if err != nil {
		return err
	}
	member, err := b.memberSide().of(b, e, custom)
	if err != nil {
		return err
	}
	m := membership.Membership{ID: membership.MembershipID{UUID: e.id}, AccountID: membership.AccountID{UUID: account.id},
		MemberID: membership.MemberID{UUID: member.id}, Fields: e.doc.Fields(custom)}
	m.CreatedAt, m.UpdatedAt = e.doc.Times()
	e.account, e.member = account.member, member.member
	if account.member == "" || member.member == "" {
		return b.knownByID(e, m)
	}
	if err := e.check(); err != nil {
		return err
	}
	b.wait(newcomer{entry: e, row: m})
	return nil
}

// knownByID deals with a row that does not say what it joins: it must be there already.
func (b *batch) knownByID(e *entry, m membership.Membership) error {
	if e.named && b.matches[KeyID] {
		if err := b.flush(); err != nil {
			return err
		}
		old, found, err := b.membershipByID(e.id)
		if err != nil {
			return err
		}
		if found {
			if err := e.check(); err != nil {
				return err
			}
			return b.changeMembership(e, old, membership.ErrDuplicateID, string(KeyID), m)
		}
	}
	if e.account == "" {
		e.doc.Refuse("account_id", "is required")
	}
	if e.member == "" {
		e.doc.Refuse("account_member_id", "is required")
	}
	return e.check()
}

// notJoined deals with a membership that could not be created.
func (b *batch) notJoined(e *entry, m membership.Membership, why error) error {
	byID := b.matches[KeyID] || !e.named
	switch {
	case errors.Is(why, membership.ErrDuplicateID) && byID:
		return b.meetByID(e, m, why)
	case errors.Is(why, membership.ErrAlreadyMember):
		old, err := b.svc.MembershipByPair(b.ctx, m.AccountID, m.MemberID)
		if err != nil {
			return err
		}
		if e.named && old.ID != m.ID {
			why = &membership.Error{Cause: membership.ErrAlreadyMember, Existing: old, Detail: old.ID.String() + " is there already"}
			if byID {
				return b.meetByID(e, m, why)
			}
			return why
		}
		return b.changeMembership(e, old, membership.ErrAlreadyMember, "", m)
	}
	why = pointed(why, membership.ErrAccountNotFound, e.account)
	return pointed(why, membership.ErrMemberNotFound, e.member)
}

// meetByID changes the membership that has the id, if there is one; else it is refused for another reason.
func (b *batch) meetByID(e *entry, m membership.Membership, why error) error {
	old, found, err := b.membershipByID(e.id)
	if err != nil {
		return err
	}
	if !found {
		return why
	}
	return b.changeMembership(e, old, membership.ErrDuplicateID, string(KeyID), m)
}

func (b *batch) membershipByID(id uuid.UUID) (m membership.Membership, found bool, err error) {
	q := membership.Query{Filter: membership.All(membership.Eq(membership.AttrID, membership.IDValue(id))), Limit: 1}
	page, err := b.svc.Memberships(b.ctx, membership.Scope{All: true}, q)
	if err != nil || len(page.Items) == 0 {
		return m, false, err
	}
	return page.Items[0], true, nil
}

// changeMembership gives a membership the custom fields of another one, and what that joins where it says it.
func (b *batch) changeMembership(e *entry, old membership.Membership, cause error, by string, given membership.Membership) error {
	custom, err := b.schema(membership.ResourceMembership)
	if err != nil {
		return err
	}
	wanted, u := old, membership.MembershipUpdate{Fields: given.Fields}
	if e.account != "" {
		wanted.AccountID = given.AccountID
	}
	if e.member != "" {
		wanted.MemberID = given.MemberID
		u.MemberID = &given.MemberID
	}
	if wanted.Fields, err = changed(custom, old.Fields, given.Fields); err != nil {
		return err
	}
	c := conflict{cause, by, old.ID.UUID, differences(membership.ResourceMembership, custom, old, wanted)}
	return b.meet(e, c, func() error {
		_, err := b.svc.UpdateMembership(b.ctx, wanted.AccountID, old.ID, u)
		return err
	})
}
