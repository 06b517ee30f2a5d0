package httpadapter

import (
	"context"
	"errors"

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

type membershipJSON struct {
	ID              string                  `json:"id"`
	Type            string                  `json:"type"`
	AccountMemberID string                  `json:"account_member_id"`
	Meta            meta                    `json:"meta"`
	Relationships   membershipRelationships `json:"relationships"`
	linked
}

// membershipRelationships has the side that the path does not name.
type membershipRelationships struct {
	AccountMember *relationship `json:"account_member,omitempty"`
	Account       *relationship `json:"account,omitempty"`
}

// membershipOfAccount spells a membership as it stands below its account.
func (c *call) membershipOfAccount(m membership.Membership) resource {
	data := c.membership(m)
	data.Relationships.AccountMember = &relationship{reference{m.MemberID.String(), memberType}}
	return withFields(data, m.Fields)
}

// membershipOfMember spells a membership as it stands below its member.
func (c *call) membershipOfMember(m membership.Membership) resource {
	data := c.membership(m)
	data.Relationships.Account = &relationship{reference{m.AccountID.String(), accountType}}
	return withFields(data, m.Fields)
}

func (c *call) membership(m membership.Membership) membershipJSON {
	return membershipJSON{
		ID:              m.ID.String(),
		Type:            membershipType,
		AccountMemberID: m.MemberID.String(),
		Meta:            timestamps(m.CreatedAt, m.UpdatedAt),
		linked:          c.linked(accountPath(m.AccountID) + membershipsSuffix + "/" + m.ID.String()),
	}
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
	return created(answer(m, err, c.membershipOfAccount))
}

func listMemberships(c *call, account membership.AccountID) (response, error) {
	q, err := c.listQuery(membership.ResourceMembership)
	if err != nil {
		return response{}, err
	}
	return c.memberships(q, membershipList{
		path:     accountPath(account) + membershipsSuffix,
		scope:    membership.Scope{Account: account},
		spell:    c.membershipOfAccount,
		includes: q.includesMembers(),
		included: c.includedMembers,
	})
}

func listMembershipsOfMember(c *call, member membership.MemberID) (response, error) {
	q, err := c.listQuery(membership.ResourceMembership)
	if err != nil {
		return response{}, err
	}
	return c.memberships(q, membershipList{
		path:     memberPath(member) + membershipsSuffix,
		scope:    membership.Scope{Member: member},
		spell:    c.membershipOfMember,
		includes: q.includesAccounts(),
		included: c.includedAccounts,
	})
}

// membershipList is one of the two lists of memberships.
type membershipList struct {
	path     string
	scope    membership.Scope
	spell    func(membership.Membership) resource
	includes bool // whether the request asks for what included reads
	included func(*roster.Service, []membership.Membership) (included, error)
}

// memberships answers with a list and what it includes, all as of one moment.
func (c *call) memberships(q listQuery, l membershipList) (response, error) {
	var found membership.Page[membership.Membership]
	var more included
	err := c.moment(l.includes, func(svc *roster.Service) (err error) {
		if found, err = svc.Memberships(c.context(), l.scope, q.Query); err != nil || !l.includes {
			return err
		}
		more, err = l.included(svc, found.Items)
		return err
	})
	if err != nil {
		return response{}, err
	}
	return c.page(q, l.path, show(found.Items, l.spell), found.Total, more), nil
}

func listUnassignedMembers(c *call, account membership.AccountID) (response, error) {
	return list(c, membership.ResourceMember, accountPath(account)+unassignedSuffix,
		func(ctx context.Context, q membership.Query) (membership.Page[membership.Member], error) {
			return c.svc.UnassignedMembers(ctx, account, q)
		}, c.member)
}

func getMembership(c *call, in inAccount) (response, error) {
	var m membership.Membership
	var more included
	includes := c.wishes().includesMembers()
	err := c.moment(includes, func(svc *roster.Service) (err error) {
		if m, err = svc.Membership(c.context(), in.account, in.id); err != nil || !includes {
			return err
		}
		more, err = c.includedMembers(svc, []membership.Membership{m})
		return err
	})
	if err != nil {
		return response{}, err
	}
	return one(c.membershipOfAccount(m), more), nil
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
	return answer(m, err, c.membershipOfAccount)
}

func deleteMembership(c *call, in inAccount) (response, error) {
	return noContent, c.svc.Remove(c.context(), in.account, in.id)
}
