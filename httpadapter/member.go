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

// person begins what a member is as a member and as a user of the realm.
func (e *encoder) person(m membership.Member, resourceType string) {
	e.begin(m.ID.UUID, resourceType)
	e.name("name").text(m.Name)
	if m.Email != "" { // Why not null: the API describes it as a string and nothing else.
		e.name("email").text(m.Email)
	}
	e.name("given_name").textOrNull(m.GivenName)
	e.name("middle_name").textOrNull(m.MiddleName)
	e.name("family_name").textOrNull(m.FamilyName)
}

// memberChange reads what a body says about a member, but for its custom fields.
func (b *body) memberChange() membership.MemberUpdate {
	return membership.MemberUpdate{
		Name:       b.change("name"),
		Email:      b.change("email"),
		GivenName:  b.change("given_name"),
		MiddleName: b.change("middle_name"),
		FamilyName: b.change("family_name"),
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
	u := b.memberChange()
	v := values{b, membership.ResourceMember, false, nil}
	return written(c, v, func(svc *roster.Service, given membership.Fields) (membership.Member, error) {
		u.Fields = given
		return svc.UpdateMember(c.context(), id, u)
	})
}

func (e *encoder) member(m membership.Member) {
	e.person(m, memberType)
	e.timestamps(m.CreatedAt, m.UpdatedAt)
	e.links(memberPlace(m.ID))
	e.fields(m.Fields)
	e.close()
}

func memberPlace(id membership.MemberID) place { return place{names: membersPath, id: id.UUID} }

func createMember(c *call) (response, error) {
	m, err := c.addMember(memberType)
	return c.created(answer(c, m, err, (*encoder).member))
}

func listMembers(c *call) (response, error) {
	return list(c, membership.ResourceMember, place{names: membersPath}, c.svc.Members, (*encoder).member)
}

func getMember(c *call, id membership.MemberID) (response, error) {
	m, err := c.svc.Member(c.context(), id)
	return answer(c, m, err, (*encoder).member)
}

func updateMember(c *call, id membership.MemberID) (response, error) {
	m, err := c.changeMember(id, memberType)
	return answer(c, m, err, (*encoder).member)
}

func deleteMember(c *call, id membership.MemberID) (response, error) {
	return noContent, c.svc.DeleteMember(c.context(), id)
}
