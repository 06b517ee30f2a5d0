package console

import (
	"context"
	"errors"
	"net/http"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

var accountRoutes = []route{
	read("", home),
	read("/{$}", home),
	read("/accounts", listAccounts),
	write("/accounts", createAccount),
	ask("/accounts/new", askNewAccount),
	read("/accounts/{account}", showAccount),
	write("/accounts/{account}", updateAccount),
	ask("/accounts/{account}/edit", askAccount),
	ask("/accounts/{account}/delete", askDeleteAccount),
	write("/accounts/{account}/delete", deleteAccount),
	write("/accounts/{account}/tags", tagAccount),
	write("/accounts/{account}/tags/{tag}/remove", untagAccount),
}

func home(c *call) error { return c.redirect(Path + "/accounts") }

// accountID is the account that the address names.
func (c *call) accountID() (membership.AccountID, error) {
	id, err := membership.ParseAccountID(c.r.PathValue("account"))
	if err != nil {
		return id, errNoPage
	}
	return id, nil
}

// accountRow is an account in a list.
type accountRow struct {
	membership.Account
	Tags    []membership.Tag
	Members int
	Above   string // the name of the account above it
}

// accountsPage is the page's own data.
type accountsPage struct {
	List   list
	Rows   []accountRow
	Roots  bool
	Parent *membership.Account // whose children are listed
	Tag    *membership.Tag     // that the accounts have

	RootsHref, AllHref, UntaggedHref string
}

func listAccounts(c *call) error {
	p := accountsPage{
		List:  newList(Path+"/accounts", c.query, "name", "roots", "parent", "tag"),
		Roots: c.query.Get("roots") != "",
	}
	err := c.svc.View(c.ctx(), func(in *roster.Service) error { return p.read(c.ctx(), in) })
	if err != nil {
		return err
	}
	p.RootsHref, p.AllHref = p.List.href("roots", "1", "parent", "", "page", ""), p.List.href("roots", "", "parent", "", "page", "")
	p.UntaggedHref = p.List.href("tag", "", "page", "")
	return c.show(http.StatusOK, "accounts", page{Title: "Accounts", Section: "Accounts", Body: p})
}

// read fills the page from one snapshot.
func (p *accountsPage) read(ctx context.Context, in *roster.Service) error {
	filter, err := p.filter(ctx, in)
	if err != nil {
		return err
	}
	q, err := p.List.query(membership.ResourceAccount, filter)
	if err != nil {
		return err
	}
	found, err := in.Accounts(ctx, q)
	if err != nil {
		return err
	}
	p.List.Total = found.Total
	p.Rows, err = accountRows(ctx, in, found.Items)
	return err
}

// filter is what the accounts must fulfil. It looks up what the page says about it.
func (p *accountsPage) filter(ctx context.Context, in *roster.Service) (membership.Filter, error) {
	filter := p.List.filter(membership.AttrID, membership.AttrName, membership.AttrLegalName,
		membership.AttrRegistrationID, membership.AttrExternalRef)
	if id := p.List.keep.Get("parent"); id != "" {
		parsed, err := membership.ParseAccountID(id)
		if err != nil {
			return nil, errNoPage
		}
		parent, err := in.Account(ctx, parsed)
		if err != nil {
			return nil, err
		}
		p.Parent = &parent
		filter = append(filter, membership.AnyOf{membership.Eq(membership.AttrParentID, membership.IDValue(parsed.UUID))})
	} else if p.Roots {
		filter = append(filter, membership.AnyOf{membership.IsNull(membership.AttrParentID)})
	}
	if id := p.List.keep.Get("tag"); id != "" {
		parsed, err := membership.ParseTagID(id)
		if err != nil {
			return nil, errNoPage
		}
		tag, err := in.Tag(ctx, parsed)
		if err != nil {
			return nil, err
		}
		p.Tag = &tag
		filter = append(filter, membership.AnyOf{membership.Contains(membership.AttrAccountTags, membership.IDValue(parsed.UUID))})
	}
	return filter, nil
}

// accountRows looks up what a list shows beside the accounts themselves.
func accountRows(ctx context.Context, in *roster.Service, accounts []membership.Account) ([]accountRow, error) {
	ids, parents := make([]membership.AccountID, 0, len(accounts)), []membership.AccountID{}
	for _, a := range accounts {
		ids = append(ids, a.ID)
		if !a.ParentID.IsZero() {
			parents = append(parents, a.ParentID)
		}
	}
	relations, err := in.AccountRelations(ctx, ids)
	if err != nil {
		return nil, err
	}
	names, err := accountNames(ctx, in, parents)
	if err != nil {
		return nil, err
	}
	rows := make([]accountRow, 0, len(accounts))
	for _, a := range accounts {
		used, err := usage(ctx, in, membership.Scope{Account: a.ID})
		if err != nil {
			return nil, err
		}
		rows = append(rows, accountRow{a, relations[a.ID].Tags, used, names[a.ParentID]})
	}
	return rows, nil
}

// usage is how many memberships a scope has.
func usage(ctx context.Context, in *roster.Service, scope membership.Scope) (int, error) {
	found, err := in.Memberships(ctx, scope, membership.Query{Limit: -1})
	return found.Total, err
}

// accountNames are the names of those accounts that exist.
func accountNames(ctx context.Context, in *roster.Service, ids []membership.AccountID) (map[membership.AccountID]string, error) {
	found, err := in.AccountsByID(ctx, ids)
	names := make(map[membership.AccountID]string, len(found))
	for _, a := range found {
		names[a.ID] = a.Name
	}
	return names, err
}

// tagAccount gives an account a tag by its name, and makes one where there is none of that name.
func tagAccount(c *call) error {
	id, err := c.accountID()
	if err != nil {
		return err
	}
	f := newTagForm()
	f.read(c.form)
	name := f.value("name")
	err = c.svc.Update(c.ctx(), func(in *roster.Service) error {
		tag, err := in.CreateTag(c.ctx(), membership.Tag{Name: name})
		if errors.Is(err, membership.ErrTagNameTaken) {
			tag, err = tagNamed(c.ctx(), in, name)
		}
		if err != nil {
			return err
		}
		_, err = in.TagAccount(c.ctx(), id, tag.ID)
		return err
	})
	if status, refused := f.refusedBy(err); refused {
		return c.account(status, id, accountState{list: membersList(id, c.query), tags: f})
	}
	if err != nil {
		return err
	}
	return c.redirect(accountHref(id) + "?done=tagged")
}

func newTagForm() *form { return newForm(&input{Name: "name", Label: "Tag", ID: "add-tag"}) }

// tagNamed finds the tag that has a name.
func tagNamed(ctx context.Context, in *roster.Service, name string) (membership.Tag, error) {
	found, err := in.Tags(ctx, membership.Query{Filter: membership.All(membership.Eq(membership.AttrName, membership.TextValue(name)))})
	if err != nil || len(found.Items) == 0 {
		return membership.Tag{}, errors.Join(err, membership.ErrTagNotFound)
	}
	return found.Items[0], nil
}

func untagAccount(c *call) error {
	id, err := c.accountID()
	if err != nil {
		return err
	}
	tag, err := membership.ParseTagID(c.r.PathValue("tag"))
	if err != nil {
		return errNoPage
	}
	if _, err := c.svc.UntagAccount(c.ctx(), id, tag); err != nil {
		return err
	}
	return c.redirect(accountHref(id) + "?done=untagged")
}
