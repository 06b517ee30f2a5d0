package httpadapter

import (
	"time"

	"github.com/roster-go/roster/membership"
)

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

type userJSON struct {
	personJSON
	Meta userMeta `json:"meta"`
	linked
}

type userMeta struct {
	flatMeta
	CreationStatus string `json:"creation_status"`
}

// flatMeta is the meta member of what is below a realm.
type flatMeta struct {
	CreatedAt string `json:"created_at"`
	UpdatedAt string `json:"updated_at"`
}

func flatTimestamps(createdAt, updatedAt time.Time) flatMeta {
	return flatMeta(timestamps(createdAt, updatedAt).Timestamps)
}

// user spells a member as a user, who has no custom fields: those are the account member's.
func (c *call) user(m membership.Member) userJSON {
	return userJSON{
		personJSON: person(userType, m),
		Meta:       userMeta{flatTimestamps(m.CreatedAt, m.UpdatedAt), "COMPLETE"},
		linked:     c.linked(userPath(m.ID)),
	}
}

func userPath(id membership.MemberID) string { return usersPath + "/" + id.String() }

func createUser(c *call) (response, error) {
	m, err := c.addMember(userType)
	return created(answer(m, err, c.user))
}

func listUsers(c *call) (response, error) {
	return list(c, membership.ResourceMember, usersPath, c.svc.Members, c.user)
}

func getUser(c *call, id membership.MemberID) (response, error) {
	m, err := c.svc.Member(c.context(), id)
	return answer(m, err, c.user)
}

func updateUser(c *call, id membership.MemberID) (response, error) {
	m, err := c.changeMember(id, userType)
	return answer(m, err, c.user)
}
