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
	create(membershipsPattern, createMembership),
	read(membershipsPattern, listMemberships),
	read(membershipPattern, getMembership),
	update(membershipPattern, updateMembership),
	remove(membershipPattern, deleteMembership),
	read(unassignedPattern, listUnassignedMembers),
	read(memberOfPattern, listMembershipsOfMember),
}

type membershipJSON struct {
	ID              string                  `json:"id"`
	Type            string                  `json:"type"`
	AccountMemberID string                  `json:"account_member_id"`
	Meta            meta                    `json:"meta"`
	Relationships   membershipRelationships `json:"relationships"`
	Links           selfLink                `json:"links"`
}

// membershipRelationships has the side that the path does not name.
type membershipRelationships struct {
	AccountMember *relationship `json:"account_member,omitempty"`
	Account       *relationship `json:"account,omitempty"`
}

// membershipOfAccount spells a membership as it stands below its account.
func (c *call) membershipOfAccount(m membership.Membership) membershipJSON {
	data := c.membership(m)
	data.Relationships.AccountMember = &relationship{reference{m.MemberID.String(), memberType}}
	return data
}

// membershipOfMember spells a membership as it stands below its member.
func (c *call) membershipOfMember(m membership.Membership) membershipJSON {
	data := c.membership(m)
	data.Relationships.Account = &relationship{reference{m.AccountID.String(), accountType}}
	return data
}

func (c *call) membership(m membership.Membership) membershipJSON {
	return membershipJSON{
		ID:              m.ID.String(),
		Type:            membershipType,
		AccountMemberID: m.MemberID.String(),
		Meta:            timestamps(m.CreatedAt, m.UpdatedAt),
		Links:           selfLink{c.base + accountPath(m.AccountID) + membershipsSuffix + "/" + m.ID.String()},
	}
}

// oneMembership answers with a membership, unless there is none because of an error.
func (c *call) oneMembership(m membership.Membership, more included, err error) (response, error) {
	data := c.membershipOfAccount(m)
	return one(data, data.Links, more), err
}

// membershipID is the membership in the path, and its account.
func (c *call) membershipID() (membership.AccountID, membership.MembershipID, error) {
	account, err := c.accountID()
	if err != nil {
		return account, membership.MembershipID{}, err
	}
	// Why no error: the zero id is no membership's, and the store tells first when the account is unknown.
	id, _ := membership.ParseMembershipID(c.request.PathValue("membership"))
	return account, id, nil
}

// memberField is the member of data that names an account member.
const memberField = "account_member_id"

// memberID reads the account member that a body names, or nil when it names none.
func (b *body) memberID() *membership.MemberID {
	text, given := b.data[memberField]
	if !given {
		return nil
	}
	s, ok := text.(string)
	if !ok {
		b.refuse(memberField, "must be a string")
		return nil
	}
	id, err := membership.ParseMemberID(s)
	b.faults = append(b.faults, err)
	return &id
}

func createMembership(c *call) (response, error) {
	account, err := c.accountID()
	if err != nil {
		return response{}, err
	}
	b, err := c.body(membershipType)
	if err != nil {
		return response{}, err
	}
	member := b.memberID()
	if _, given := b.data[memberField]; !given {
		b.refuse(memberField, "is required")
	}
	if err := b.err(nil); err != nil {
		return response{}, err
	}
	m, err := c.svc.Add(c.context(), account, *member)
	if errors.Is(err, membership.ErrMemberNotFound) {
		err = inBody(err, memberField)
	}
	return created(c.oneMembership(m, nil, err))
}

// inBody says which member of data named what was not found.
func inBody(err error, name string) error {
	f := faultFor(err)
	f.source = dataPointer(name)
	return f
}

func listMemberships(c *call) (response, error) {
	account, err := c.accountID()
	if err != nil {
		return response{}, err
	}
	q, err := c.listQuery(membership.ResourceMembership)
	if err != nil {
		return response{}, err
	}
	return c.memberships(q, membershipList{
		path:    accountPath(account) + membershipsSuffix,
		scope:   membership.Scope{Account: account},
		spell:   c.membershipOfAccount,
		include: c.includeMembers(q.parameters),
	})
}

func listMembershipsOfMember(c *call) (response, error) {
	member, err := c.memberID()
	if err != nil {
		return response{}, err
	}
	q, err := c.listQuery(membership.ResourceMembership)
	if err != nil {
		return response{}, err
	}
	return c.memberships(q, membershipList{
		path:    memberPath(member) + membershipsSuffix,
		scope:   membership.Scope{Member: member},
		spell:   c.membershipOfMember,
		include: c.includeAccounts(q.parameters),
	})
}

// membershipList is one of the two lists of memberships.
type membershipList struct {
	path    string
	scope   membership.Scope
	spell   func(membership.Membership) membershipJSON
	include inclusion
}

// memberships answers with a list and what it includes, all as of one moment.
func (c *call) memberships(q listQuery, l membershipList) (response, error) {
	var list membership.Page[membership.Membership]
	var more included
	err := l.include.with(c, func(svc *roster.Service) (items []membership.Membership, err error) {
		list, err = svc.Memberships(c.context(), l.scope, q.Query)
		return list.Items, err
	}, &more)
	if err != nil {
		return response{}, err
	}
	return c.page(q, l.path, show(list.Items, l.spell), list.Total, more), nil
}

func listUnassignedMembers(c *call) (response, error) {
	account, err := c.accountID()
	if err != nil {
		return response{}, err
	}
	return list(c, membership.ResourceMember, accountPath(account)+unassignedSuffix,
		func(ctx context.Context, q membership.Query) (membership.Page[membership.Member], error) {
			return c.svc.UnassignedMembers(ctx, account, q)
		}, c.member)
}

func getMembership(c *call) (response, error) {
	account, id, err := c.membershipID()
	if err != nil {
		return response{}, err
	}
	p, err := c.parameters()
	if err != nil {
		return response{}, err
	}
	var m membership.Membership
	var more included
	err = c.includeMembers(p).with(c, func(svc *roster.Service) (items []membership.Membership, err error) {
		m, err = svc.Membership(c.context(), account, id)
		return []membership.Membership{m}, err
	}, &more)
	return c.oneMembership(m, more, err)
}

func updateMembership(c *call) (response, error) {
	account, id, err := c.membershipID()
	if err != nil {
		return response{}, err
	}
	b, err := c.body(membershipType)
	if err != nil {
		return response{}, err
	}
	u := membership.MembershipUpdate{MemberID: b.memberID()}
	if err := b.err(nil); err != nil {
		return response{}, err
	}
	m, err := c.svc.UpdateMembership(c.context(), account, id, u)
	return c.oneMembership(m, nil, err)
}

func deleteMembership(c *call) (response, error) {
	account, id, err := c.membershipID()
	if err != nil {
		return response{}, err
	}
	return noContent, c.svc.Remove(c.context(), account, id)
}
