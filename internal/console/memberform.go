package console

import (
	"fmt"
	"net/http"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

// memberForm has a member's own attributes and their custom fields.
func memberForm(m membership.Member, custom []*input) *form {
	return newForm(append([]*input{
		{Name: "name", Label: "Name", Value: m.Name, Required: true},
		{Name: "email", Label: "E-mail address", Value: m.Email, Mode: "email"},
		{Name: "given_name", Label: "Given name", Value: m.GivenName},
		{Name: "middle_name", Label: "Middle name", Value: m.MiddleName},
		{Name: "family_name", Label: "Family name", Value: m.FamilyName},
	}, custom...)...)
}

func askNewMember(c *call) error {
	fields, err := c.fields(membership.ResourceMember)
	if err != nil {
		return err
	}
	return c.showNewMember(http.StatusOK, memberForm(membership.Member{}, newInputs(fields)))
}

func (c *call) showNewMember(status int, f *form) error {
	return c.show(status, "form", page{Title: "New member", Section: "Members",
		Trail: []link{{"Members", Path + "/members"}},
		Body:  formPage{Form: f, Action: Path + "/members", Button: "Create member", Cancel: Path + "/members"}})
}

func createMember(c *call) error {
	fields, err := c.fields(membership.ResourceMember)
	if err != nil {
		return err
	}
	f := memberForm(membership.Member{}, newInputs(fields))
	f.read(c.form)
	created, err := c.svc.CreateMember(c.ctx(), membership.Member{
		Name: f.value("name"), Email: f.value("email"), GivenName: f.value("given_name"), MiddleName: f.value("middle_name"),
		FamilyName: f.value("family_name"), Fields: given(f, fields),
	})
	if status, refused := f.refusedBy(err); refused {
		return c.showNewMember(status, f)
	}
	if err != nil {
		return err
	}
	return c.redirect(memberHref(created.ID) + "?done=member-created")
}

// memberToChange is the member that the address names, with a form for them.
func (c *call) memberToChange() (membership.Member, []membership.Field, *form, error) {
	id, err := c.memberID()
	if err != nil {
		return membership.Member{}, nil, nil, err
	}
	m, err := c.svc.Member(c.ctx(), id)
	if err != nil {
		return m, nil, nil, err
	}
	fields, err := c.fields(membership.ResourceMember)
	return m, fields, memberForm(m, inputs(fields, m.Fields)), err
}

func askMember(c *call) error {
	m, _, f, err := c.memberToChange()
	if err != nil {
		return err
	}
	return c.showMemberForm(http.StatusOK, m, f)
}

func (c *call) showMemberForm(status int, m membership.Member, f *form) error {
	return c.show(status, "form", page{Title: "Edit " + m.Name, Section: "Members",
		Trail: []link{{"Members", Path + "/members"}, {m.Name, memberHref(m.ID)}},
		Body:  formPage{Form: f, Action: memberHref(m.ID), Button: "Save", Cancel: memberHref(m.ID)}})
}

func updateMember(c *call) error {
	m, fields, f, err := c.memberToChange()
	if err != nil {
		return err
	}
	f.read(c.form)
	_, err = c.svc.UpdateMember(c.ctx(), m.ID, membership.MemberUpdate{
		Name: f.changed("name"), Email: f.changed("email"), GivenName: f.changed("given_name"),
		MiddleName: f.changed("middle_name"), FamilyName: f.changed("family_name"), Fields: given(f, fields),
	})
	if status, refused := f.refusedBy(err); refused {
		return c.showMemberForm(status, m, f)
	}
	if err != nil {
		return err
	}
	return c.redirect(memberHref(m.ID) + "?done=member-saved")
}

func askDeleteMember(c *call) error { return c.showDeleteMember(http.StatusOK, "") }

func (c *call) showDeleteMember(status int, problem string) error {
	id, err := c.memberID()
	if err != nil {
		return err
	}
	var m membership.Member
	var used int
	var logins membership.Page[membership.Login]
	err = c.svc.View(c.ctx(), func(in *roster.Service) (err error) {
		if m, err = in.Member(c.ctx(), id); err != nil {
			return err
		}
		if used, err = usage(c.ctx(), in, membership.Scope{Member: id}); err != nil {
			return err
		}
		logins, err = in.Logins(c.ctx(), id, membership.Query{Limit: -1})
		return err
	})
	if err != nil {
		return err
	}
	points := []string{"They belong to no account."}
	if used > 0 {
		points = []string{fmt.Sprintf("Their %s goes with them; the accounts themselves stay.", count(used, "membership"))}
		if used > 1 {
			points[0] = fmt.Sprintf("Their %s go with them; the accounts themselves stay.", count(used, "membership"))
		}
	}
	if logins.Total > 0 {
		points = append(points, fmt.Sprintf("So do their usernames and passwords, in %s.", count(logins.Total, "password profile")))
	}
	return c.show(status, "confirm", page{Title: "Delete " + m.Name, Section: "Members",
		Trail: []link{{"Members", Path + "/members"}, {m.Name, memberHref(id)}},
		Body: confirmPage{Question: "Delete the member “" + m.Name + "”?", Points: points, Error: problem,
			Action: memberHref(id) + "/delete", Button: "Delete member", Cancel: memberHref(id)}})
}

func deleteMember(c *call) error {
	id, err := c.memberID()
	if err != nil {
		return err
	}
	err = c.svc.DeleteMember(c.ctx(), id)
	f := newForm()
	if status, refused := f.refusedBy(err); refused {
		return c.showDeleteMember(status, f.Error)
	}
	if err != nil {
		return err
	}
	return c.redirect(Path + "/members?done=member-deleted")
}
