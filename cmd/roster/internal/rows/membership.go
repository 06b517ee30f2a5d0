package rows

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster/cmd/roster/internal/api"
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/cmd/roster/internal/output"
	"github.com/roster-go/roster/membership"
)

// membershipsPath is where the memberships of an account or of a member are, below it.
const membershipsPath = "/account-memberships"

// The columns of the two sides of a membership, beside their ids.
const (
	accountNameColumn = string(membership.AttrAccountName)
	memberNameColumn  = string(membership.AttrMemberName)
	memberEmailColumn = string(membership.AttrMemberEmail)
)

// membershipNoun is what commands know of memberships.
func membershipNoun() noun {
	side := func(name string) output.Column {
		c := output.At(name)
		c.Extra = true
		return c
	}
	return noun{
		resource: membership.ResourceMembership,
		one:      "membership",
		argument: "ACCOUNT MEMBER",
		columns: slices.Concat(firstColumns(), notInTables("account_id", "account_member_id"),
			[]output.Column{side(accountNameColumn), side(memberNameColumn), side(memberEmailColumn)}, timestamps()),
		search: []membership.Attribute{membership.AttrAccountName, membership.AttrMemberName, membership.AttrMemberEmail},
	}
}

// without is the noun with fewer columns in tables.
func (n noun) without(names ...string) noun {
	n.columns = slices.Clone(n.columns)
	for i, c := range n.columns {
		n.columns[i].Hidden = c.Hidden || slices.Contains(names, c.Name)
	}
	return n
}

// Membership is `roster membership`.
func Membership(p *command.Program) *cobra.Command {
	g := command.Group("membership", "List, show, add, change and remove memberships, and see what became of them",
		listMembershipsCommand(p), getMembershipCommand(p), addMembershipCommand(p), updateMembershipCommand(p),
		removeMembershipCommand(p), membershipHistoryCommand(p), unassignedCommand(p))
	g.Aliases = []string{"memberships"}
	g.Long = `roster membership works with who belongs to what: in the database itself, also while a server runs on it, or through a
server.

ACCOUNT is an account's id or, where exactly one account has it, its external_ref, its registration_id or its name. MEMBER
is a member's id or, where exactly one member has it, their e-mail address or their name.`
	return g
}

// pairCommand is a command about the membership of a member in an account.
type pairCommand struct{ *rowCommand }

func newPairCommand(p *command.Program, c *cobra.Command) pairCommand {
	c.Use += " ACCOUNT MEMBER"
	c.Args = command.Arguments("the ACCOUNT", "the MEMBER")
	r := newRowCommand(p, membershipNoun(), c)
	r.target.completeArguments(c, accountNoun().completeName, memberNoun().completeName)
	return pairCommand{r}
}

// runsOn lets the command do something with the pair that it is told of.
func (c pairCommand) runsOn(do func(ctx context.Context, a *api.Client, in pair) error) *cobra.Command {
	return c.runs(func(ctx context.Context, a *api.Client, args []string) error {
		in, err := findPair(ctx, a, args)
		if err != nil {
			return err
		}
		return do(ctx, a, in)
	})
}

// runsOnMembership lets the command do something with the membership that the pair has.
func (c pairCommand) runsOnMembership(do func(ctx context.Context, a *api.Client, in pair, row api.Row) error) *cobra.Command {
	return c.runsOn(func(ctx context.Context, a *api.Client, in pair) error {
		row, err := in.membership(ctx, a)
		if err != nil {
			return err
		}
		return do(ctx, a, in, row)
	})
}

// pair is an account and a member, by their ids.
type pair struct{ account, member string }

func findPair(ctx context.Context, a *api.Client, args []string) (found pair, err error) {
	if found.account, err = accountNoun().find(ctx, a, args[0]); err != nil {
		return pair{}, err
	}
	found.member, err = memberNoun().find(ctx, a, args[1])
	return found, err
}

// path is where the account's memberships are.
func (p pair) path() string { return api.Place(accountNoun().path, p.account, membershipsPath) }

// membership reads the one of the pair.
func (p pair) membership(ctx context.Context, a *api.Client) (api.Row, error) {
	d, err := a.Do(ctx, api.Request{Method: http.MethodGet, Path: p.path(), Query: url.Values{"filter": {"eq(account_member_id," + p.member + ")"}}})
	if err != nil {
		return api.Row{}, err
	}
	rows, err := d.Rows()
	if err != nil {
		return api.Row{}, err
	}
	if len(rows) == 0 {
		return api.Row{}, exit.Refusedf("the member does not belong to the account: roster membership add makes them")
	}
	return rows[0], nil
}

// showMembership shows a membership; for people, with the names of both sides.
func (r *rowCommand) showMembership(ctx context.Context, a *api.Client, in pair, row api.Row, err error) error {
	if err != nil {
		return err
	}
	row = inAccount(row.Without("links"), in.account)
	if !r.output.HasColumns() {
		return r.show(ctx, a, row, nil)
	}
	account, err := accountNoun().get(ctx, a, in.account)
	if err != nil {
		return err
	}
	member, err := memberNoun().get(ctx, a, in.member)
	if err != nil {
		return err
	}
	return r.show(ctx, a, withMember(withAccount(row, account), member), nil)
}

// inAccount gives a membership the id of its account, which the API leaves to the path.
func inAccount(row api.Row, account string) api.Row { return row.With("account_id", account, "type") }

func withAccount(row, account api.Row) api.Row {
	return row.With(accountNameColumn, account.Text("name"), "")
}

func withMember(row, member api.Row) api.Row {
	return row.With(memberNameColumn, member.Text("name"), "").With(memberEmailColumn, member.Text("email"), "")
}

func getMembershipCommand(p *command.Program) *cobra.Command {
	r := newPairCommand(p, &cobra.Command{
		Use:     "get",
		Aliases: []string{"show"},
		Short:   "Show the membership of a member in an account",
		Example: "  roster membership get Acme ron@example.com",
	})
	r.shows()
	return r.runsOnMembership(func(ctx context.Context, a *api.Client, in pair, row api.Row) error {
		return r.showMembership(ctx, a, in, row, nil)
	})
}

func addMembershipCommand(p *command.Program) *cobra.Command {
	var set setFlags
	r := newPairCommand(p, &cobra.Command{
		Use:     "add",
		Aliases: []string{"create"},
		Short:   "Make a member belong to an account",
		Example: "  roster membership add Acme ron@example.com\n  roster membership add Acme ann@example.com --set role=admin",
	})
	r.shows()
	set.flags(r.Command, &r.target, r.resource, true)
	return r.runsOn(func(ctx context.Context, a *api.Client, in pair) error {
		body := r.body()
		body["account_member_id"] = in.member
		if err := set.put(ctx, a, r.resource, body); err != nil {
			return err
		}
		row, err := one(a.Do(ctx, api.Request{Method: http.MethodPost, Path: in.path(), Data: body}))
		return r.showMembership(ctx, a, in, row, err)
	})
}

func updateMembershipCommand(p *command.Program) *cobra.Command {
	var set setFlags
	r := newPairCommand(p, &cobra.Command{
		Use:     "update",
		Aliases: []string{"set"},
		Short:   "Change custom fields of a membership",
		Example: "  roster membership update Acme ron@example.com --set role=admin\n  roster membership update Acme ron@example.com --unset title",
	}).shows()
	set.flags(r.Command, &r.target, r.resource, false)
	return r.runs(func(ctx context.Context, a *api.Client, args []string) error {
		if len(set.set)+len(set.unset) == 0 {
			return exit.Usagef("membership update: say what is to change, with --set SLUG=VALUE or --unset SLUG")
		}
		in, err := findPair(ctx, a, args)
		if err != nil {
			return err
		}
		row, err := in.membership(ctx, a)
		if err != nil {
			return err
		}
		body := r.body()
		if err := set.put(ctx, a, r.resource, body); err != nil {
			return err
		}
		row, err = one(a.Do(ctx, api.Request{Method: http.MethodPut, Path: api.Place(in.path(), row.ID()), Data: body}))
		return r.showMembership(ctx, a, in, row, err)
	})
}

func removeMembershipCommand(p *command.Program) *cobra.Command {
	r := newPairCommand(p, &cobra.Command{
		Use:     "remove",
		Aliases: []string{"rm", "delete"},
		Short:   "End the membership of a member in an account",
		Long:    "roster membership remove ends a membership, and leaves the account and the member. It does not ask.",
		Example: "  roster membership remove Acme ron@example.com",
	})
	return r.runsOnMembership(func(ctx context.Context, a *api.Client, in pair, row api.Row) error {
		if _, err := a.Do(ctx, api.Request{Method: http.MethodDelete, Path: api.Place(in.path(), row.ID())}); err != nil {
			return err
		}
		_, err := fmt.Fprintf(p.Stdout, "removed membership %s\n", row.ID())
		return exit.OutputError(err)
	})
}
