package rows

import (
	"context"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster/cmd/roster/internal/api"
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/membership"
)

func listMembershipsCommand(p *command.Program) *cobra.Command {
	var account, member string
	n := membershipNoun()
	c := listCommand(p, n, "  roster membership list --account Acme\n  roster membership list --account Acme --filter 'eq(role,admin)' -o csv\n  roster membership list --member ron@example.com",
		func(r *rowCommand) func(context.Context, *api.Client, *list) (preparation, error) {
			r.Flags().StringVar(&account, "account", "", "the memberships of this `ACCOUNT`")
			r.Flags().StringVar(&member, "member", "", "the memberships of this `MEMBER`")
			r.target.completeFlag(r.Command, "account", accountNoun().completeName)
			r.target.completeFlag(r.Command, "member", memberNoun().completeName)
			return func(ctx context.Context, a *api.Client, l *list) (preparation, error) {
				return membershipsSpecial(ctx, a, l, r.output.HasColumns(), account, member)
			}
		})
	c.Short = "List the memberships of an account or of a member, the newest first"
	check := c.PreRunE
	c.PreRunE = func(c *cobra.Command, args []string) error {
		if account == "" && member == "" {
			return exit.Usagef("membership list: say whose, with --account, --member or both")
		}
		return check(c, args)
	}
	return c
}

// membershipsSpecial says where the list is, and what makes its rows complete.
func membershipsSpecial(ctx context.Context, a *api.Client, l *list, people bool, account, member string) (preparation, error) {
	var accountID, memberID string
	var err error
	if account != "" {
		if accountID, err = accountNoun().find(ctx, a, account); err != nil {
			return nil, err
		}
	}
	if member != "" {
		if memberID, err = memberNoun().find(ctx, a, member); err != nil {
			return nil, err
		}
	}
	if accountID == "" {
		l.path = api.Place(memberNoun().path, memberID, membershipsPath)
		l.noun = l.noun.without(memberNameColumn, memberEmailColumn)
		l.noun.search = []membership.Attribute{membership.AttrAccountName}
		if people {
			l.query = url.Values{"include": {"account"}}
		}
		return membershipsOfMember, nil
	}
	if memberID != "" {
		l.only = append(l.only, "eq(account_member_id,"+memberID+")")
	}
	l.path = api.Place(accountNoun().path, accountID, membershipsPath)
	l.noun = l.noun.without(accountNameColumn)
	l.noun.search = []membership.Attribute{membership.AttrMemberName, membership.AttrMemberEmail}
	if people {
		l.query = url.Values{"include": {"account_member"}}
	}
	return func(d api.Document, rows []api.Row) ([]api.Row, error) {
		return membershipsOfAccount(d, rows, accountID)
	}, nil
}

// byID are included rows by their ids.
func byID(d api.Document, name string) (map[string]api.Row, error) {
	rows, err := d.IncludedRows(name)
	all := map[string]api.Row{}
	for _, row := range rows {
		all[row.ID()] = row
	}
	return all, err
}

func membershipsOfMember(d api.Document, rows []api.Row) ([]api.Row, error) {
	accounts, err := byID(d, "accounts")
	for i, row := range rows {
		id := row.Text("relationships", "account", "data", "id")
		rows[i] = inAccount(row, id)
		if account, ok := accounts[id]; ok {
			rows[i] = withAccount(rows[i], account)
		}
	}
	return rows, err
}

func membershipsOfAccount(d api.Document, rows []api.Row, account string) ([]api.Row, error) {
	members, err := byID(d, "account_members")
	for i, row := range rows {
		rows[i] = inAccount(row, account)
		if member, ok := members[row.Text("account_member_id")]; ok {
			rows[i] = withMember(rows[i], member)
		}
	}
	return rows, err
}

func unassignedCommand(p *command.Program) *cobra.Command {
	n := memberNoun()
	var account string
	c := listCommand(p, n, "  roster membership unassigned Acme --search ron", func(*rowCommand) func(context.Context, *api.Client, *list) (preparation, error) {
		return func(ctx context.Context, a *api.Client, l *list) (preparation, error) {
			id, err := accountNoun().find(ctx, a, account)
			l.path = api.Place(accountNoun().path, id, membershipsPath, "unassigned-account-members")
			return nil, err
		}
	})
	c.Use, c.Aliases = "unassigned ACCOUNT", nil
	c.Short = "List the members that do not belong to an account, the newest first"
	check := c.PreRunE
	c.Args = command.Arguments("the ACCOUNT")
	c.PreRunE = func(c *cobra.Command, args []string) error {
		account = args[0]
		return check(c, args)
	}
	return c
}
