package httpadapter

import "github.com/roster-go/roster/membership"

const (
	profileType      = "password_profile"
	profilesSuffix   = "/password-profiles"
	profilesPath     = realmPath + profilesSuffix
	profileInPattern = profilesSuffix + "/{profile}"
)

var profileRoutes = []route{
	create(profilesSuffix, createProfile),
	read(profilesSuffix, listProfiles),
	read(profileInPattern, on((*call).profileID, getProfile)),
	update(profileInPattern, on((*call).profileID, updateProfile)),
	remove(profileInPattern, on((*call).profileID, deleteProfile)),
}

func (e *encoder) profile(p membership.PasswordProfile) {
	e.begin(p.ID.UUID, profileType)
	e.name("name").text(p.Name)
	e.name("username_format").text(string(p.UsernameFormat))
	e.name("enable_one_time_password_token").flag(p.EnableOneTimePasswordToken)
	e.flatTimestamps(p.CreatedAt, p.UpdatedAt)
	e.links(place{names: profilesPath, id: p.ID.UUID})
	e.close()
}

// profileChange reads what a body says about a password profile.
func (b *body) profileChange() membership.PasswordProfileUpdate {
	return membership.PasswordProfileUpdate{
		Name:                       b.change("name"),
		UsernameFormat:             (*membership.UsernameFormat)(b.change("username_format")),
		EnableOneTimePasswordToken: b.flag("enable_one_time_password_token"),
	}
}

func createProfile(c *call) (response, error) {
	b, err := c.body(profileType)
	if err != nil {
		return response{}, err
	}
	given := b.profileChange()
	// Why with a format: only one that is given can be at fault here; the service has the default.
	rules := given.Apply(membership.PasswordProfile{UsernameFormat: membership.UsernameAny}).Validate()
	if err := b.err(rules); err != nil {
		return response{}, err
	}
	p, err := c.svc.CreatePasswordProfile(c.context(), given.Apply(membership.PasswordProfile{}))
	return c.created(answer(c, p, err, (*encoder).profile))
}

func listProfiles(c *call) (response, error) {
	return list(c, membership.ResourcePasswordProfile, place{names: profilesPath}, c.svc.PasswordProfiles, (*encoder).profile)
}

func getProfile(c *call, id membership.PasswordProfileID) (response, error) {
	p, err := c.svc.PasswordProfile(c.context(), id)
	return answer(c, p, err, (*encoder).profile)
}

func updateProfile(c *call, id membership.PasswordProfileID) (response, error) {
	b, err := c.body(profileType)
	if err != nil {
		return response{}, err
	}
	u := b.profileChange()
	if err := b.err(nil); err != nil {
		return response{}, err
	}
	p, err := c.svc.UpdatePasswordProfile(c.context(), id, u)
	return answer(c, p, err, (*encoder).profile)
}

func deleteProfile(c *call, id membership.PasswordProfileID) (response, error) {
	return noContent, c.svc.DeletePasswordProfile(c.context(), id)
}
