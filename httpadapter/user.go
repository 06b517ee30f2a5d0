package httpadapter

import "github.com/roster-go/roster/membership"

const (
	userType      = "user_authentication_info"
	usersSuffix   = "/user-authentication-info"
	usersPath     = realmPath + usersSuffix
	userInPattern = usersSuffix + "/{user}"
)

// userRoutes are those of the realm's users, who are the account members.
var userRoutes = []route{
	create(usersSuffix, createUser),
	read(usersSuffix, listUsers),
	read(userInPattern, on((*call).userID, getUser)),
	update(userInPattern, on((*call).userID, updateUser)),
	remove(userInPattern, on((*call).userID, deleteMember)),
}

// user spells a member as a user, who has no custom fields: those are the account member's.
func (e *encoder) user(m membership.Member) {
	e.person(m, userType)
	e.name("meta").open()
	e.times(m.CreatedAt, m.UpdatedAt)
	e.name("creation_status").text("COMPLETE")
	e.close()
	e.links(userPlace(m.ID))
	e.close()
}

func userPlace(id membership.MemberID) place { return place{names: usersPath, id: id.UUID} }

func createUser(c *call) (response, error) {
	m, err := c.addMember(userType)
	return c.created(answer(c, m, err, (*encoder).user))
}

func listUsers(c *call) (response, error) {
	return list(c, membership.ResourceMember, place{names: usersPath}, c.svc.Members, (*encoder).user)
}

func getUser(c *call, id membership.MemberID) (response, error) {
	m, err := c.svc.Member(c.context(), id)
	return answer(c, m, err, (*encoder).user)
}

func updateUser(c *call, id membership.MemberID) (response, error) {
	m, err := c.changeMember(id, userType)
	return answer(c, m, err, (*encoder).user)
}
