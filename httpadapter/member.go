package httpadapter

import "github.com/roster-go/roster/membership"

const (
	memberType    = "account_member"
	membersPath   = "/v2/account-members"
	memberPattern = membersPath + "/{member}"
)

var memberRoutes = []route{
	create(membersPath, createMember),
	read(membersPath, listMembers),
	read(memberPattern, getMember),
	update(memberPattern, updateMember),
	remove(memberPattern, deleteMember),
}

type memberJSON struct {
	ID         string   `json:"id"`
	Type       string   `json:"type"`
	Name       string   `json:"name"`
	Email      string   `json:"email,omitempty"` // Why not null: the API describes it as a string and nothing else.
	GivenName  *string  `json:"given_name"`
	MiddleName *string  `json:"middle_name"`
	FamilyName *string  `json:"family_name"`
	Meta       meta     `json:"meta"`
	Links      selfLink `json:"links"`
}

func (c *call) member(m membership.Member) memberJSON {
	return memberJSON{
		ID:         m.ID.String(),
		Type:       memberType,
		Name:       m.Name,
		Email:      m.Email,
		GivenName:  orNull(m.GivenName),
		MiddleName: orNull(m.MiddleName),
		FamilyName: orNull(m.FamilyName),
		Meta:       timestamps(m.CreatedAt, m.UpdatedAt),
		Links:      selfLink{c.base + memberPath(m.ID)},
	}
}

// oneMember answers with a member, unless there is none because of an error.
func (c *call) oneMember(m membership.Member, err error) (response, error) {
	data := c.member(m)
	return one(data, data.Links, nil), err
}

func memberPath(id membership.MemberID) string { return membersPath + "/" + id.String() }

// memberID is the member in the path. What is no id at all is the id of no member, and so is the
// zero id, which means every member to some calls of the service.
func (c *call) memberID() (membership.MemberID, error) {
	id, err := membership.ParseMemberID(c.request.PathValue("member"))
	if err != nil || id.IsZero() {
		return id, membership.ErrMemberNotFound
	}
	return id, nil
}

func createMember(c *call) (response, error) {
	b, err := c.body(memberType)
	if err != nil {
		return response{}, err
	}
	m := membership.Member{
		Name:       b.text("name"),
		Email:      b.text("email"),
		GivenName:  b.text("given_name"),
		MiddleName: b.text("middle_name"),
		FamilyName: b.text("family_name"),
	}
	if err := b.err(m.Validate()); err != nil {
		return response{}, err
	}
	m, err = c.svc.CreateMember(c.context(), m)
	return created(c.oneMember(m, err))
}

func listMembers(c *call) (response, error) {
	return list(c, membership.ResourceMember, membersPath, c.svc.Members, c.member)
}

func getMember(c *call) (response, error) {
	id, err := c.memberID()
	if err != nil {
		return response{}, err
	}
	return c.oneMember(c.svc.Member(c.context(), id))
}

func updateMember(c *call) (response, error) {
	id, err := c.memberID()
	if err != nil {
		return response{}, err
	}
	b, err := c.body(memberType)
	if err != nil {
		return response{}, err
	}
	u := membership.MemberUpdate{
		Name:       b.change("name"),
		Email:      b.change("email"),
		GivenName:  b.change("given_name"),
		MiddleName: b.change("middle_name"),
		FamilyName: b.change("family_name"),
	}
	if err := b.err(nil); err != nil {
		return response{}, err
	}
	return c.oneMember(c.svc.UpdateMember(c.context(), id, u))
}

func deleteMember(c *call) (response, error) {
	id, err := c.memberID()
	if err != nil {
		return response{}, err
	}
	return noContent, c.svc.DeleteMember(c.context(), id)
}
