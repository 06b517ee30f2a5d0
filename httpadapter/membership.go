package httpadapter

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

const (
	membershipType     = "account_membership"
	membershipsSuffix  = "/account-memberships"
	membershipsPattern = accountPattern + membershipsSuffix
	membershipPattern  = membershipsPattern + "/{membership}"
	unassignedSuffix   = membershipsSuffix + "/unassigned-account-members"
	unassignedPattern  = accountPattern + unassignedSuffix
	memberOfPattern    = memberPattern + membershipsSuffix
)

var membershipRoutes = []route{
	create(membershipsPattern, on((*call).accountID, createMembership)),
	read(membershipsPattern, on((*call).accountID, listMemberships)),
	read(membershipPattern, on((*call).membershipID, getMembership)),
	update(membershipPattern, on((*call).membershipID, updateMembership)),
	remove(membershipPattern, on((*call).membershipID, deleteMembership)),
	read(unassignedPattern, on((*call).accountID, listUnassignedMembers)),
	read(memberOfPattern, on((*call).memberID, listMembershipsOfMember)),
}

// membershipOfAccount spells a membership as it stands below its account: with the side that the path does not name.
func (e *encoder) membershipOfAccount(m membership.Membership) {
	e.membership(m, "account_member", m.MemberID.UUID, memberType)
}

// membershipOfMember spells a membership as it stands below its member.
func (e *encoder) membershipOfMember(m membership.Membership) {
	e.membership(m, "account", m.AccountID.UUID, accountType)
}

// membership spells a membership that is related to one of its sides.
func (e *encoder) membership(m membership.Membership, side string, id uuid.UUID, sideType string) {
	e.begin(m.ID.UUID, membershipType)
	e.name(memberField).id(m.MemberID.UUID)
	e.timestamps(m.CreatedAt, m.UpdatedAt)
	e.name("relationships").open()
	e.name(side).relationship(id, sideType)
	e.close()
	e.links(place{accountsPath, m.AccountID.UUID, membershipsSuffix, m.ID.UUID})
	e.fields(m.Fields)
	e.close()
}

// memberField is the member of data that names an account member.
const memberField = "account_member_id"

func createMembership(c *call, account membership.AccountID) (response, error) {
	b, err := c.body(membershipType)
	if err != nil {
		return response{}, err
	}
	member := requiredID(b, memberField, membership.ParseMemberID)
	v := values{b, membership.ResourceMembership, true, nil}
	m, err := written(c, v, func(svc *roster.Service, given membership.Fields) (membership.Membership, error) {
		return svc.CreateMembership(c.context(), membership.Membership{AccountID: account, MemberID: *member, Fields: given})
	})
	if errors.Is(err, membership.ErrMemberNotFound) {
		err = inBody(err, memberField)
	}
	return c.created(answer(c, m, err, (*encoder).membershipOfAccount))
}

func listMemberships(c *call, account membership.AccountID) (response, error) {
	q, err := c.listQuery(membership.ResourceMembership)
	if err != nil {
		return response{}, err
	}
	l := membershipList{
		call:     c,
		query:    q,
		at:       accountPlace(account).to(membershipsSuffix),
		scope:    membership.Scope{Account: account},
		spell:    (*encoder).membershipOfAccount,
		includes: q.includesMembers(),
		include:  includedMembers,
	}
	return l.answer()
}

func listMembershipsOfMember(c *call, member membership.MemberID) (response, error) {
	q, err := c.listQuery(membership.ResourceMembership)
	if err != nil {
		return response{}, err
	}
	l := membershipList{
		call:     c,
		query:    q,
		at:       memberPlace(member).to(membershipsSuffix),
		scope:    membership.Scope{Member: member},
		spell:    (*encoder).membershipOfMember,
		includes: q.includesAccounts(),
		include:  includedAccounts,
	}
	return l.answer()
}

// membershipList is one of the two lists of memberships, as a request asks for it.
type membershipList struct {
	call     *call
	query    listQuery
	at       place
	scope    membership.Scope
	spell    func(*encoder, membership.Membership)
	includes bool // whether the request asks for what include reads
	include  func(context.Context, *roster.Service, []membership.Membership) (included, error)

	found membership.Page[membership.Membership]
	more  included
}

// read reads the page and what it includes.
func (l *membershipList) read(svc *roster.Service) (err error) {
	if l.found, err = svc.Memberships(l.call.context(), l.scope, l.query.Query); err != nil || !l.includes {
		return err
	}
	l.more, err = l.include(l.call.context(), svc, l.found.Items)
	return err
}

// answer answers with the page and what it includes, all as of one moment.
func (l *membershipList) answer() (response, error) {
	if err := l.call.moment(l.includes, l.read); err != nil {
		return response{}, err
	}
	return page(l.call, l.query, l.at, l.found, l.spell, l.more), nil
}

func listUnassignedMembers(c *call, account membership.AccountID) (response, error) {
	return list(c, membership.ResourceMember, accountPlace(account).to(unassignedSuffix),
		func(ctx context.Context, q membership.Query) (membership.Page[membership.Member], error) {
			return c.svc.UnassignedMembers(ctx, account, q)
		}, (*encoder).member)
}

func getMembership(c *call, in inAccount) (response, error) {
	var m membership.Membership
	var more included
	includes := c.wishes().includesMembers()
	err := c.moment(includes, func(svc *roster.Service) (err error) {
		if m, err = svc.Membership(c.context(), in.account, in.id); err != nil || !includes {
			return err
		}
		more, err = includedMembers(c.context(), svc, []membership.Membership{m})
		return err
	})
	if err != nil {
		return response{}, err
	}
	return one(c, m, (*encoder).membershipOfAccount, more), nil
}

func updateMembership(c *call, in inAccount) (response, error) {
	b, err := c.body(membershipType)
	if err != nil {
		return response{}, err
	}
	u := membership.MembershipUpdate{MemberID: bodyID(b, memberField, membership.ParseMemberID)}
	v := values{b, membership.ResourceMembership, false, nil}
	m, err := written(c, v, func(svc *roster.Service, given membership.Fields) (membership.Membership, error) {
		u.Fields = given
		return svc.UpdateMembership(c.context(), in.account, in.id, u)
	})
	return answer(c, m, err, (*encoder).membershipOfAccount)
}

func deleteMembership(c *call, in inAccount) (response, error) {
	return noContent, c.svc.Remove(c.context(), in.account, in.id)
}
