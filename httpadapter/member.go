package httpadapter

import (
	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

const (
	memberType    = "account_member"
	membersPath   = "/v2/account-members"
	memberPattern = membersPath + "/{member}"
)

var memberRoutes = []route{
	create(membersPath, createMember),
	read(membersPath, listMembers),
	read(memberPattern, on((*call).memberID, getMember)),
	update(memberPattern, on((*call).memberID, updateMember)),
	remove(memberPattern, on((*call).memberID, deleteMember)),
}

// personJSON is what a member is as a member and as a user of the realm.
type personJSON struct {
	ID         string  `json:"id"`
	Type       string  `json:"type"`
	Name       string  `json:"name"`
	Email      string  `json:"email,omitempty"` // Why not null: the API describes it as a string and nothing else.
	GivenName  *string `json:"given_name"`
	MiddleName *string `json:"middle_name"`
	FamilyName *string `json:"family_name"`
}

func person(resourceType string, m membership.Member) personJSON {
	return personJSON{
		ID:         m.ID.String(),
		Type:       resourceType,
		Name:       m.Name,
		Email:      m.Email,
		GivenName:  orNull(m.GivenName),
		MiddleName: orNull(m.MiddleName),
		FamilyName: orNull(m.FamilyName),
	}
}

// addMember adds the member that a body describes.
func (c *call) addMember(resourceType string) (membership.Member, error) {
	b, err := c.body(resourceType)
	if err != nil {
		return membership.Member{}, err
	}
	m := membership.Member{
		Name:       b.text("name"),
		Email:      b.text("email"),
		GivenName:  b.text("given_name"),
		MiddleName: b.text("middle_name"),
		FamilyName: b.text("family_name"),
	}
	v := values{b, membership.ResourceMember, true, m.Validate()}
	return written(c, v, func(svc *roster.Service, given membership.Fields) (membership.Member, error) {
		m.Fields = given
		return svc.CreateMember(c.context(), m)
	})
}

// changeMember changes of a member what a body says.
func (c *call) changeMember(id membership.MemberID, resourceType string) (membership.Member, error) {
	b, err := c.body(resourceType)
	if err != nil {
		return membership.Member{}, err
	}
	u := membership.MemberUpdate{
		Name:       b.change("name"),
		Email:      b.change("email"),
		GivenName:  b.change("given_name"),
		MiddleName: b.change("middle_name"),
		FamilyName: b.change("family_name"),
	}
	v := values{b, membership.ResourceMember, false, nil}
	return written(c, v, func(svc *roster.Service, given membership.Fields) (membership.Member, error) {
		u.Fields = given
		return svc.UpdateMember(c.context(), id, u)
	})
}

type memberJSON struct {
	personJSON
	Meta meta `json:"meta"`
	linked
}

func (c *call) member(m membership.Member) resource {
	return withFields(memberJSON{
		personJSON: person(memberType, m),
		Meta:       timestamps(m.CreatedAt, m.UpdatedAt),
		linked:     c.linked(memberPath(m.ID)),
	}, m.Fields)
}

func memberPath(id membership.MemberID) string { return membersPath + "/" + id.String() }

func createMember(c *call) (response, error) {
	m, err := c.addMember(memberType)
	return created(answer(m, err, c.member))
}

func listMembers(c *call) (response, error) {
	return list(c, membership.ResourceMember, membersPath, c.svc.Members, c.member)
}

func getMember(c *call, id membership.MemberID) (response, error) {
	m, err := c.svc.Member(c.context(), id)
	return answer(m, err, c.member)
}

func updateMember(c *call, id membership.MemberID) (response, error) {
	m, err := c.changeMember(id, memberType)
	return answer(m, err, c.member)
}

func deleteMember(c *call, id membership.MemberID) (response, error) {
	return noContent, c.svc.DeleteMember(c.context(), id)
}
