package httpadapter

import (
	"context"
	"errors"

	"github.com/roster-go/roster/membership"
)

const (
	loginType       = "user_authentication_password_profile_info"
	loginsSuffix    = "/user-authentication-password-profile-info"
	loginsInPattern = userInPattern + loginsSuffix
	loginInPattern  = loginsInPattern + "/{login}"
)

var loginRoutes = []route{
	create(loginsInPattern, on((*call).userID, createLogin)),
	read(loginsInPattern, on((*call).userID, listLogins)),
	read(loginInPattern, on((*call).loginID, getLogin)),
	update(loginInPattern, on((*call).loginID, updateLogin)),
	remove(loginInPattern, on((*call).loginID, deleteLogin)),
}

// login spells everything but the password, which no answer has.
func (e *encoder) login(l membership.Login) {
	e.begin(l.ID.UUID, loginType)
	e.name(profileField).id(l.ProfileID.UUID)
	e.name("username").text(l.Username)
	e.flatTimestamps(l.CreatedAt, l.UpdatedAt)
	e.links(place{usersPath, l.MemberID.UUID, loginsSuffix, l.ID.UUID})
	e.close()
}

const profileField = "password_profile_id"

func createLogin(c *call, user membership.MemberID) (response, error) {
	b, err := c.body(loginType)
	if err != nil {
		return response{}, err
	}
	l := membership.Login{MemberID: user, Username: b.text("username")}
	if profile := requiredID(b, profileField, membership.ParsePasswordProfileID); profile != nil {
		l.ProfileID = *profile
	}
	password := b.text("password")
	// Why a profile without rules: the service asks the login's own.
	rules := errors.Join(l.Validate(membership.PasswordProfile{}), membership.CheckPassword(password))
	if err := b.err(rules); err != nil {
		return response{}, err
	}
	l, err = c.svc.CreateLogin(c.context(), l, password)
	if errors.Is(err, membership.ErrPasswordProfileNotFound) {
		err = inBody(err, profileField)
	}
	return c.created(answer(c, l, err, (*encoder).login))
}

func listLogins(c *call, user membership.MemberID) (response, error) {
	return list(c, membership.ResourceLogin, userPlace(user).to(loginsSuffix),
		func(ctx context.Context, q membership.Query) (membership.Page[membership.Login], error) {
			return c.svc.Logins(ctx, user, q)
		}, (*encoder).login)
}

func getLogin(c *call, of ofUser) (response, error) {
	l, err := c.svc.Login(c.context(), of.user, of.id)
	return answer(c, l, err, (*encoder).login)
}

func updateLogin(c *call, of ofUser) (response, error) {
	b, err := c.body(loginType)
	if err != nil {
		return response{}, err
	}
	u := membership.LoginUpdate{
		ProfileID: bodyID(b, profileField, membership.ParsePasswordProfileID),
		Username:  b.change("username"),
		Password:  b.change("password"),
	}
	if err := b.err(nil); err != nil {
		return response{}, err
	}
	l, err := c.svc.UpdateLogin(c.context(), of.user, of.id, u)
	return answer(c, l, err, (*encoder).login)
}

func deleteLogin(c *call, of ofUser) (response, error) {
	return noContent, c.svc.DeleteLogin(c.context(), of.user, of.id)
}
