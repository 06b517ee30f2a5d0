package console

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

var membershipRoutes = []route{
	ask("/accounts/{account}/add", askJoin),
	ask("/accounts/{account}/add/{member}", askJoinMember),
	write("/accounts/{account}/memberships", join),
	read("/accounts/{account}/memberships/{membership}", showMembership),
	write("/accounts/{account}/memberships/{membership}", updateMembership),
	ask("/accounts/{account}/memberships/{membership}/remove", askRemove),
	write("/accounts/{account}/memberships/{membership}/remove", remove),
}

func membershipHref(m membership.Membership) string {
	return accountHref(m.AccountID) + "/memberships/" + m.ID.String()
}

// What forms about memberships send besides custom fields, whose slugs have no dots.
const (
	joiningName = "console.member" // who is to join
	listName    = "console.list"   // the state of the list that a row was edited in; missing on the membership's own page
)

// joinPage lists the members who do not belong to an account yet.
type joinPage struct {
	Account membership.Account
	List    list
	Rows    []membership.Member
	Asks    bool // joining takes another page, because there are custom fields
	Error   string
	Used    int
	Limit   int
}

func askJoin(c *call) error {
	id, err := c.accountID()
	if err != nil {
		return err
	}
	return c.showJoin(http.StatusOK, id, c.query, "")
}

func (c *call) showJoin(status int, id membership.AccountID, query url.Values, problem string) error {
	p := joinPage{List: newList(accountHref(id)+"/add", query, "name"), Error: problem, Limit: c.console.opts.AccountLimit}
	err := c.svc.View(c.ctx(), func(in *roster.Service) (err error) {
		if p.Account, err = in.Account(c.ctx(), id); err != nil {
			return err
		}
		if p.Used, err = usage(c.ctx(), in, membership.Scope{Account: id}); err != nil {
			return err
		}
		schema, err := in.Schema(c.ctx(), membership.ResourceMembership)
		if err != nil {
			return err
		}
		p.Asks = len(schema.Enabled()) > 0
		q, err := p.List.query(membership.ResourceMember, memberFilter(p.List))
		if err != nil {
			return err
		}
		found, err := in.UnassignedMembers(c.ctx(), id, q)
		p.Rows, p.List.Total = found.Items, found.Total
		return err
	})
	if err != nil {
		return err
	}
	return c.show(status, "join", page{Title: "Add a member to " + p.Account.Name, Section: "Accounts",
		Trail: []link{{"Accounts", Path + "/accounts"}, {p.Account.Name, accountHref(id)}}, Body: p})
}

// joining is who is about to join what.
type joining struct {
	account membership.Account
	member  membership.Member
	fields  []membership.Field
}

// joining looks up who is about to join what.
func (c *call) joining(member string) (j joining, err error) {
	account, err := c.accountID()
	if err != nil {
		return j, err
	}
	id, err := membership.ParseMemberID(member)
	if err != nil {
		return j, errNoPage
	}
	if j.account, err = c.svc.Account(c.ctx(), account); err != nil {
		return j, err
	}
	if j.member, err = c.svc.Member(c.ctx(), id); err != nil {
		return j, err
	}
	j.fields, err = c.fields(membership.ResourceMembership)
	return j, err
}

// form asks for the custom fields of the membership.
func (j joining) form() *form {
	f := newForm(newInputs(j.fields)...)
	f.Inputs = append(f.Inputs, &input{Name: joiningName, Kind: kindHidden, Value: j.member.ID.String()})
	return f
}

func askJoinMember(c *call) error {
	j, err := c.joining(c.r.PathValue("member"))
	if err != nil {
		return err
	}
	return c.showJoining(http.StatusOK, j, j.form())
}

func (c *call) showJoining(status int, j joining, f *form) error {
	return c.show(status, "form", page{Title: "Add " + j.member.Name + " to " + j.account.Name, Section: "Accounts",
		Trail: []link{{"Accounts", Path + "/accounts"}, {j.account.Name, accountHref(j.account.ID)}, {"Add a member", accountHref(j.account.ID) + "/add"}},
		Body: formPage{Form: f, Action: accountHref(j.account.ID) + "/memberships", Button: "Add member",
			Cancel: accountHref(j.account.ID) + "/add"}})
}

func join(c *call) error {
	j, err := c.joining(c.form.Get(joiningName))
	if err != nil {
		return err
	}
	f := j.form()
	f.read(c.form)
	_, err = c.svc.CreateMembership(c.ctx(), membership.Membership{AccountID: j.account.ID, MemberID: j.member.ID, Fields: given(f, j.fields)})
	if errors.Is(err, membership.ErrAlreadyMember) {
		err = &membership.Error{Cause: membership.ErrAlreadyMember, Detail: j.member.Name + " belongs to " + j.account.Name}
	}
	if status, refused := f.refusedBy(err); refused {
		if len(j.fields) == 0 {
			return c.showJoin(status, j.account.ID, url.Values{}, f.Error)
		}
		return c.showJoining(status, j, f)
	}
	if err != nil {
		return err
	}
	return c.redirect(accountHref(j.account.ID) + "?done=joined")
}

// membershipIDs are the account and the membership that the address names.
func (c *call) membershipIDs() (membership.AccountID, membership.MembershipID, error) {
	account, err := c.accountID()
	if err != nil {
		return account, membership.MembershipID{}, err
	}
	id, err := membership.ParseMembershipID(c.r.PathValue("membership"))
	if err != nil {
		return account, id, errNoPage
	}
	return account, id, nil
}

func updateMembership(c *call) error {
	account, id, err := c.membershipIDs()
	if err != nil {
		return err
	}
	m, err := c.svc.Membership(c.ctx(), account, id)
	if err != nil {
		return err
	}
	fields, err := c.fields(membership.ResourceMembership)
	if err != nil {
		return err
	}
	f := newForm(inputs(fields, m.Fields)...)
	f.read(c.form)
	_, err = c.svc.UpdateMembership(c.ctx(), account, id, membership.MembershipUpdate{Fields: given(f, fields)})
	state, inList := c.form[listName]
	if !inList {
		return c.membershipSaved(m, f, err)
	}
	query, _ := url.ParseQuery(state[0]) // what cannot be read is left out, which shows more
	l := membersList(account, query)
	if status, refused := f.refusedBy(err); refused {
		return c.account(status, account, accountState{list: l, editing: id, edit: f})
	}
	if err != nil {
		return err
	}
	return c.redirect(l.href("done", "saved") + "#m-" + id.String())
}

// membershipSaved answers a form of the membership's own page.
func (c *call) membershipSaved(m membership.Membership, f *form, err error) error {
	if status, refused := f.refusedBy(err); refused {
		return c.membershipPage(status, m.AccountID, m.ID, f)
	}
	if err != nil {
		return err
	}
	return c.redirect(membershipHref(m) + "?done=saved")
}

func askRemove(c *call) error {
	account, id, err := c.membershipIDs()
	if err != nil {
		return err
	}
	m, err := c.svc.Membership(c.ctx(), account, id)
	if err != nil {
		return err
	}
	j, err := c.joining(m.MemberID.String())
	if err != nil {
		return err
	}
	points := []string{"The member and the account both stay."}
	if len(j.fields) > 0 {
		points = append(points, "What the fields of the membership say goes with it.")
	}
	return c.show(http.StatusOK, "confirm", page{Title: "Remove " + j.member.Name, Section: "Accounts",
		Trail: []link{{"Accounts", Path + "/accounts"}, {j.account.Name, accountHref(account)}},
		Body: confirmPage{Question: "Remove " + j.member.Name + " from " + j.account.Name + "?", Points: points,
			Action: membershipHref(m) + "/remove", Button: "Remove member", Cancel: accountHref(account)}})
}

func remove(c *call) error {
	account, id, err := c.membershipIDs()
	if err != nil {
		return err
	}
	if err := c.svc.Remove(c.ctx(), account, id); err != nil {
		return err
	}
	return c.redirect(accountHref(account) + "?done=removed")
}
