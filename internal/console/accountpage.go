package console

import (
	"context"
	"net/http"
	"net/url"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

// accountPage is everything about an account, with a page of its members.
type accountPage struct {
	Account   membership.Account
	Facts     []fact
	Ancestors []membership.Account // from the root to the parent
	Children  membership.Page[membership.Account]
	Tags      []membership.Tag
	KnownTags []membership.Tag
	TagForm   *form

	List    list
	Columns []membership.Field
	Rows    []memberRow
	Used    int
	Limit   int // below 0 none
}

// memberRow is a membership in the table of an account's members.
type memberRow struct {
	membership.Membership
	Member   membership.Member
	Values   []membership.Value
	Form     *form // where the row is being edited
	EditHref string
	Href     string
}

// FormID is the id of the form that the row's inputs belong to.
func (r memberRow) FormID() string { return "edit-" + r.ID.String() }

// childrenShown is how many of the accounts below are on the page of the account above.
const childrenShown = 12

// accountState is what the page shows besides what is stored.
type accountState struct {
	list    list
	editing membership.MembershipID // the row that has inputs
	edit    *form                   // with what was typed into them; nil for what is stored
	tags    *form
}

func membersList(id membership.AccountID, query url.Values) list {
	return newList(accountHref(id), query, "-created_at")
}

func showAccount(c *call) error {
	id, err := c.accountID()
	if err != nil {
		return err
	}
	state := accountState{list: membersList(id, c.query), tags: newTagForm()}
	if c.session.scopes.Has(membership.ScopeWrite) && c.query.Get("edit") != "" {
		if state.editing, err = membership.ParseMembershipID(c.query.Get("edit")); err != nil {
			return errNoPage
		}
	}
	return c.account(http.StatusOK, id, state)
}

// account shows an account.
func (c *call) account(status int, id membership.AccountID, state accountState) error {
	if state.tags == nil {
		state.tags = newTagForm()
	}
	p := accountPage{List: state.list, TagForm: state.tags, Limit: c.console.opts.AccountLimit}
	err := c.svc.View(c.ctx(), func(in *roster.Service) error {
		if err := p.readAccount(c.ctx(), in, id); err != nil {
			return err
		}
		return p.readMembers(c.ctx(), in)
	})
	if err != nil {
		return err
	}
	for i := range p.Rows {
		if row := &p.Rows[i]; row.ID == state.editing {
			row.edit(p.Columns, state.edit)
		}
	}
	trail := []link{{"Accounts", Path + "/accounts"}}
	for _, above := range p.Ancestors {
		trail = append(trail, link{above.Name, accountHref(above.ID)})
	}
	return c.show(status, "account", page{Title: p.Account.Name, Section: "Accounts", Trail: trail, Body: p})
}

// readAccount reads everything but the members.
func (p *accountPage) readAccount(ctx context.Context, in *roster.Service, id membership.AccountID) (err error) {
	if p.Account, err = in.Account(ctx, id); err != nil {
		return err
	}
	schema, err := in.Schema(ctx, membership.ResourceAccount)
	if err != nil {
		return err
	}
	p.Facts = facts(columns(schema), p.Account.Fields)
	relations, err := in.AccountRelations(ctx, []membership.AccountID{id})
	if err != nil {
		return err
	}
	p.Tags = relations[id].Tags
	if p.Ancestors, err = ordered(ctx, in, relations[id].Ancestors); err != nil {
		return err
	}
	if p.Children, err = in.Accounts(ctx, childrenOf(id, childrenShown)); err != nil {
		return err
	}
	known, err := in.Tags(ctx, membership.Query{Order: membership.Order{By: membership.AttrName}, Limit: 200})
	p.KnownTags = known.Items
	return err
}

// ordered looks accounts up, and answers with those that exist in the order of their ids.
func ordered(ctx context.Context, in *roster.Service, ids []membership.AccountID) ([]membership.Account, error) {
	found, err := in.AccountsByID(ctx, ids)
	byID := make(map[membership.AccountID]membership.Account, len(found))
	for _, a := range found {
		byID[a.ID] = a
	}
	all := make([]membership.Account, 0, len(found))
	for _, id := range ids {
		if a, ok := byID[id]; ok {
			all = append(all, a)
		}
	}
	return all, err
}

// readMembers reads the page of members that is asked for, and how many there are in all.
func (p *accountPage) readMembers(ctx context.Context, in *roster.Service) error {
	schema, err := in.Schema(ctx, membership.ResourceMembership)
	if err != nil {
		return err
	}
	p.Columns = columns(schema)
	scope := membership.Scope{Account: p.Account.ID}
	if p.Used, err = usage(ctx, in, scope); err != nil {
		return err
	}
	filter := p.List.filter(membership.AttrMemberID, membership.AttrMemberName, membership.AttrMemberEmail)
	q, err := p.List.query(membership.ResourceMembership, filter, schema.Enabled()...)
	if err != nil {
		return err
	}
	found, err := in.Memberships(ctx, scope, q)
	if err != nil {
		return err
	}
	p.List.Total = found.Total
	ids := make([]membership.MemberID, 0, len(found.Items))
	for _, m := range found.Items {
		ids = append(ids, m.MemberID)
	}
	members, err := membersByID(ctx, in, ids)
	for _, m := range found.Items {
		p.Rows = append(p.Rows, p.row(m, members[m.MemberID]))
	}
	return err
}

func (p *accountPage) row(m membership.Membership, member membership.Member) memberRow {
	row := memberRow{Membership: m, Member: member, Href: membershipHref(m),
		EditHref: p.List.href("edit", m.ID.String()) + "#m-" + m.ID.String()}
	for _, f := range p.Columns {
		row.Values = append(row.Values, m.Fields.Value(f.Slug))
	}
	return row
}

// edit gives the row inputs.
func (r *memberRow) edit(columns []membership.Field, typed *form) {
	r.Form = typed
	if typed == nil {
		r.Form = newForm(inputs(columns, r.Fields)...)
		if len(r.Form.Inputs) > 0 {
			r.Form.Inputs[0].Focus = true
		}
	}
	for _, i := range r.Form.Inputs {
		i.FormID = r.FormID()
	}
}

// membersByID looks members up.
func membersByID(ctx context.Context, in *roster.Service, ids []membership.MemberID) (map[membership.MemberID]membership.Member, error) {
	found, err := in.MembersByID(ctx, ids)
	byID := make(map[membership.MemberID]membership.Member, len(found))
	for _, m := range found {
		byID[m.ID] = m
	}
	return byID, err
}
