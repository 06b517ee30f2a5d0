package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

func accountHref(id membership.AccountID) string { return Path + "/accounts/" + id.String() }

// formPage is a page that is a form.
type formPage struct {
	Form   *form
	Action string
	Button string
	Cancel string
	Intro  string
}

// accountForm has an account's own attributes and its custom fields.
func accountForm(a membership.Account, custom []*input) *form {
	return newForm(append([]*input{
		{Name: "name", Label: "Name", Value: a.Name, Required: true},
		{Name: "legal_name", Label: "Legal name", Value: a.LegalName},
		{Name: "registration_id", Label: "Registration id", Value: a.RegistrationID, Hint: "Of one account only, such as a number in a register."},
		{Name: "external_ref", Label: "External reference", Value: a.ExternalRef, Hint: "What the account is called in another system."},
	}, custom...)...)
}

// newAccountForm has the account above it, too, which cannot be changed later.
func newAccountForm(a membership.Account, parent string, fields []membership.Field) *form {
	f := accountForm(a, newInputs(fields))
	f.Inputs = append(f.Inputs, newForm(&input{Name: "parent_id", Label: "Parent account", Value: parent,
		Hint: "The id of the account above this one; it cannot be changed later. Empty makes a root."}).Inputs...)
	return f
}

// fields are the custom fields that rows of a resource answer with.
func (c *call) fields(r membership.Resource) ([]membership.Field, error) {
	schema, err := c.svc.Schema(c.ctx(), r)
	return columns(schema), err
}

func askNewAccount(c *call) error {
	fields, err := c.fields(membership.ResourceAccount)
	if err != nil {
		return err
	}
	return c.showNewAccount(http.StatusOK, newAccountForm(membership.Account{}, c.query.Get("parent"), fields))
}

func (c *call) showNewAccount(status int, f *form) error {
	cancel := Path + "/accounts"
	if parent, err := membership.ParseAccountID(f.value("parent_id")); err == nil {
		if above, err := c.svc.Account(c.ctx(), parent); err == nil {
			cancel = accountHref(parent)
			f.input("parent_id").Hint = "Below “" + above.Name + "”; it cannot be changed later. Empty makes a root."
		}
	}
	return c.show(status, "form", page{Title: "New account", Section: "Accounts",
		Trail: []link{{"Accounts", Path + "/accounts"}},
		Body:  formPage{Form: f, Action: Path + "/accounts", Button: "Create account", Cancel: cancel}})
}

func createAccount(c *call) error {
	fields, err := c.fields(membership.ResourceAccount)
	if err != nil {
		return err
	}
	f := newAccountForm(membership.Account{}, "", fields)
	f.read(c.form)
	a := membership.Account{Name: f.value("name"), LegalName: f.value("legal_name"), RegistrationID: f.value("registration_id"),
		ExternalRef: f.value("external_ref"), Fields: given(f, fields)}
	if parent := f.value("parent_id"); parent != "" {
		if a.ParentID, err = membership.ParseAccountID(parent); err != nil {
			f.blame("parent_id", "must be the id of an account")
			return c.showNewAccount(http.StatusUnprocessableEntity, f)
		}
	}
	created, err := c.svc.CreateAccount(c.ctx(), a)
	if errors.Is(err, membership.ErrAccountNotFound) {
		f.blame("parent_id", "no account has this id")
		return c.showNewAccount(http.StatusUnprocessableEntity, f)
	}
	if status, refused := f.refusedBy(err); refused {
		return c.showNewAccount(status, f)
	}
	if err != nil {
		return err
	}
	return c.redirect(accountHref(created.ID) + "?done=account-created")
}

// accountToChange is the account that the address names, with a form for it.
func (c *call) accountToChange() (membership.Account, []membership.Field, *form, error) {
	id, err := c.accountID()
	if err != nil {
		return membership.Account{}, nil, nil, err
	}
	a, err := c.svc.Account(c.ctx(), id)
	if err != nil {
		return a, nil, nil, err
	}
	fields, err := c.fields(membership.ResourceAccount)
	return a, fields, accountForm(a, inputs(fields, a.Fields)), err
}

func askAccount(c *call) error {
	a, _, f, err := c.accountToChange()
	if err != nil {
		return err
	}
	return c.showAccountForm(http.StatusOK, a, f)
}

func (c *call) showAccountForm(status int, a membership.Account, f *form) error {
	return c.show(status, "form", page{Title: "Edit " + a.Name, Section: "Accounts",
		Trail: []link{{"Accounts", Path + "/accounts"}, {a.Name, accountHref(a.ID)}},
		Body:  formPage{Form: f, Action: accountHref(a.ID), Button: "Save", Cancel: accountHref(a.ID)}})
}

func updateAccount(c *call) error {
	a, fields, f, err := c.accountToChange()
	if err != nil {
		return err
	}
	f.read(c.form)
	_, err = c.svc.UpdateAccount(c.ctx(), a.ID, membership.AccountUpdate{
		Name: f.changed("name"), LegalName: f.changed("legal_name"), RegistrationID: f.changed("registration_id"),
		ExternalRef: f.changed("external_ref"), Fields: given(f, fields),
	})
	if status, refused := f.refusedBy(err); refused {
		return c.showAccountForm(status, a, f)
	}
	if err != nil {
		return err
	}
	return c.redirect(accountHref(a.ID) + "?done=account-saved")
}

// confirmPage asks whether something is really to be done.
type confirmPage struct {
	Question string
	Points   []string // what goes along
	Error    string
	Action   string
	Button   string
	Cancel   string
	Hidden   url.Values
}

func askDeleteAccount(c *call) error { return c.showDeleteAccount(http.StatusOK, "") }

func (c *call) showDeleteAccount(status int, problem string) error {
	id, err := c.accountID()
	if err != nil {
		return err
	}
	var a membership.Account
	var members int
	var children membership.Page[membership.Account]
	err = c.svc.View(c.ctx(), func(in *roster.Service) (err error) {
		if a, err = in.Account(c.ctx(), id); err != nil {
			return err
		}
		if members, err = usage(c.ctx(), in, membership.Scope{Account: id}); err != nil {
			return err
		}
		children, err = in.Accounts(c.ctx(), childrenOf(id, -1))
		return err
	})
	if err != nil {
		return err
	}
	points := []string{"It has no memberships."}
	if members > 0 {
		points = []string{fmt.Sprintf("%s ends with it; the members themselves stay.", count(members, "membership"))}
		if members > 1 {
			points[0] = fmt.Sprintf("%s end with it; the members themselves stay.", count(members, "membership"))
		}
	}
	if children.Total > 0 {
		points = append(points, fmt.Sprintf("%s right below it: none of them is deleted, and each becomes a root.", count(children.Total, "account")))
	}
	return c.show(status, "confirm", page{Title: "Delete " + a.Name, Section: "Accounts",
		Trail: []link{{"Accounts", Path + "/accounts"}, {a.Name, accountHref(id)}},
		Body: confirmPage{Question: "Delete the account “" + a.Name + "”?", Points: points, Error: problem,
			Action: accountHref(id) + "/delete", Button: "Delete account", Cancel: accountHref(id)}})
}

func deleteAccount(c *call) error {
	id, err := c.accountID()
	if err != nil {
		return err
	}
	err = c.svc.DeleteAccount(c.ctx(), id)
	f := newForm()
	if status, refused := f.refusedBy(err); refused {
		return c.showDeleteAccount(status, f.Error)
	}
	if err != nil {
		return err
	}
	return c.redirect(Path + "/accounts?done=account-deleted")
}

// childrenOf asks for the accounts right below another one.
func childrenOf(id membership.AccountID, limit int) membership.Query {
	return membership.Query{
		Filter: membership.All(membership.Eq(membership.AttrParentID, membership.IDValue(id.UUID))),
		Order:  membership.Order{By: membership.AttrName},
		Limit:  limit,
	}
}
