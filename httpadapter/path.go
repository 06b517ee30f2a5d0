package httpadapter

import "github.com/roster-go/roster/membership"

// on reads a resource's id from the path for what a route does with the resource.
func on[ID any](find func(*call) (ID, error), serve func(*call, ID) (response, error)) func(*call) (response, error) {
	return func(c *call) (response, error) {
		id, err := find(c)
		if err != nil {
			return response{}, err
		}
		return serve(c, id)
	}
}

// pathID is the id at a wildcard of the path. What is no id at all is the id of no resource, and so is the zero id: a
// membership.Scope would take it for one that is not set.
func pathID[ID interface{ IsZero() bool }](
	c *call, name string, parse func(string) (ID, error), unknown error,
) (ID, error) {
	id, err := parse(c.request.PathValue(name))
	if err != nil || id.IsZero() {
		return id, unknown
	}
	return id, nil
}

func (c *call) accountID() (membership.AccountID, error) {
	return pathID(c, "account", membership.ParseAccountID, membership.ErrAccountNotFound)
}

func (c *call) memberID() (membership.MemberID, error) {
	return pathID(c, "member", membership.ParseMemberID, membership.ErrMemberNotFound)
}

func (c *call) tagID() (membership.TagID, error) {
	return pathID(c, "tag", membership.ParseTagID, membership.ErrTagNotFound)
}

func (c *call) flowID() (membership.FlowID, error) {
	return pathID(c, "flow", membership.ParseFlowID, membership.ErrFlowNotFound)
}

func (c *call) fieldID() (membership.FieldID, error) {
	return pathID(c, "field", membership.ParseFieldID, membership.ErrFieldNotFound)
}

// userID is the user in the path. Users of the realm and account members are the same people with the same ids.
func (c *call) userID() (membership.MemberID, error) {
	return pathID(c, "user", membership.ParseMemberID, membership.ErrMemberNotFound)
}

func (c *call) profileID() (membership.PasswordProfileID, error) {
	return pathID(c, "profile", membership.ParsePasswordProfileID, membership.ErrPasswordProfileNotFound)
}

// inAccount is a membership in the path, and its account.
type inAccount struct {
	account membership.AccountID
	id      membership.MembershipID
}

func (c *call) membershipID() (inAccount, error) {
	account, err := c.accountID()
	// Why no error: the zero id is no membership's, and the store tells first when the account is unknown.
	id, _ := membership.ParseMembershipID(c.request.PathValue("membership"))
	return inAccount{account, id}, err
}

// ofUser is a login in the path, and its user.
type ofUser struct {
	user membership.MemberID
	id   membership.LoginID
}

func (c *call) loginID() (ofUser, error) {
	user, err := c.userID()
	// Why no error: as with memberships.
	id, _ := membership.ParseLoginID(c.request.PathValue("login"))
	return ofUser{user, id}, err
}
