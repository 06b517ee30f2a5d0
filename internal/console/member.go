package console

import (
	"context"
	"net/http"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

var memberRoutes = []route{
	read("/members", listMembers),
	write("/members", createMember),
	ask("/members/new", askNewMember),
	read("/members/{member}", showMember),
	write("/members/{member}", updateMember),
	ask("/members/{member}/edit", askMember),
	ask("/members/{member}/delete", askDeleteMember),
	write("/members/{member}/delete", deleteMember),
}

func memberHref(id membership.MemberID) string { return Path + "/members/" + id.String() }

// memberID is the member that the address names.
func (c *call) memberID() (membership.MemberID, error) {
	id, err := membership.ParseMemberID(c.r.PathValue("member"))
	if err != nil {
		return id, errNoPage
	}
	return id, nil
}

// memberFilter finds members by what people know them by.
func memberFilter(l list) membership.Filter {
	return l.filter(membership.AttrID, membership.AttrName, membership.AttrEmail, membership.AttrGivenName, membership.AttrFamilyName)
}

// membersPage is the page's own data.
type membersPage struct {
	List list
	Rows []memberOfList
}

// memberOfList is a member with the number of accounts that they are in.
type memberOfList struct {
	membership.Member
	Accounts int
}

func listMembers(c *call) error {
	p := membersPage{List: newList(Path+"/members", c.query, "name")}
	err := c.svc.View(c.ctx(), func(in *roster.Service) error {
		q, err := p.List.query(membership.ResourceMember, memberFilter(p.List))
		if err != nil {
			return err
		}
		found, err := in.Members(c.ctx(), q)
		if err != nil {
			return err
		}
		p.List.Total = found.Total
		for _, m := range found.Items {
			used, err := usage(c.ctx(), in, membership.Scope{Member: m.ID})
			if err != nil {
				return err
			}
			p.Rows = append(p.Rows, memberOfList{m, used})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.show(http.StatusOK, "members", page{Title: "Members", Section: "Members", Body: p})
}

// memberPage is everything about a member, with a page of their accounts.
type memberPage struct {
	Member membership.Member
	Facts  []fact

	List    list
	Columns []membership.Field
	Rows    []membershipOfMember
	Used    int
	Limit   int
}

// membershipOfMember is a membership in the table of a member's accounts.
type membershipOfMember struct {
	membership.Membership
	Account membership.Account
	Values  []membership.Value
	Href    string
}

func showMember(c *call) error {
	id, err := c.memberID()
	if err != nil {
		return err
	}
	p := memberPage{List: newList(memberHref(id), c.query, "-created_at")}
	err = c.svc.View(c.ctx(), func(in *roster.Service) error {
		if err := p.readMember(c.ctx(), in, id); err != nil {
			return err
		}
		return p.readAccounts(c.ctx(), in)
	})
	if err != nil {
		return err
	}
	return c.show(http.StatusOK, "member", page{Title: p.Member.Name, Section: "Members",
		Trail: []link{{"Members", Path + "/members"}}, Body: p})
}

// readMember reads everything but the accounts.
func (p *memberPage) readMember(ctx context.Context, in *roster.Service, id membership.MemberID) (err error) {
	if p.Member, err = in.Member(ctx, id); err != nil {
		return err
	}
	schema, err := in.Schema(ctx, membership.ResourceMember)
	if err != nil {
		return err
	}
	p.Facts = facts(columns(schema), p.Member.Fields)
	settings, err := in.Settings(ctx)
	if err != nil {
		return err
	}
	p.Limit = settings.MembershipLimit
	p.Used, err = usage(ctx, in, membership.Scope{Member: id})
	return err
}

// readAccounts reads the page of accounts that is asked for.
func (p *memberPage) readAccounts(ctx context.Context, in *roster.Service) error {
	schema, err := in.Schema(ctx, membership.ResourceMembership)
	if err != nil {
		return err
	}
	p.Columns = columns(schema)
	filter := p.List.filter(membership.AttrAccountID, membership.AttrAccountName)
	q, err := p.List.query(membership.ResourceMembership, filter, schema.Enabled()...)
	if err != nil {
		return err
	}
	found, err := in.Memberships(ctx, membership.Scope{Member: p.Member.ID}, q)
	if err != nil {
		return err
	}
	p.List.Total = found.Total
	ids := make([]membership.AccountID, 0, len(found.Items))
	for _, m := range found.Items {
		ids = append(ids, m.AccountID)
	}
	accounts, err := ordered(ctx, in, ids)
	byID := map[membership.AccountID]membership.Account{}
	for _, a := range accounts {
		byID[a.ID] = a
	}
	for _, m := range found.Items {
		row := membershipOfMember{Membership: m, Account: byID[m.AccountID], Href: membershipHref(m)}
		for _, f := range p.Columns {
			row.Values = append(row.Values, m.Fields.Value(f.Slug))
		}
		p.Rows = append(p.Rows, row)
	}
	return err
}
