package rows

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster/cmd/roster/internal/api"
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/output"
	"github.com/roster-go/roster/membership"
)

// accountNoun is what commands know of accounts.
func accountNoun() noun {
	tags := output.At("tags")
	tags.Extra = true
	return noun{
		resource: membership.ResourceAccount,
		one:      "account",
		argument: "ACCOUNT",
		path:     "/v2/accounts",
		columns: slices.Concat(firstColumns(), []output.Column{output.At("name")}, notInTables("legal_name"), []output.Column{output.At("registration_id"), output.At("external_ref")},
			notInTables("parent_id"), []output.Column{tags}, timestamps()),
		texts: []textFlag{
			{flag: "name", member: "name", usage: "`text`: what it is called"},
			{flag: "legal-name", member: "legal_name", usage: "`text`: what it is called in law"},
			{flag: "registration-id", member: "registration_id", usage: "`text`: its number in a register; no two accounts have the same"},
			{flag: "external-ref", member: "external_ref", usage: "`text`: what another system calls it"},
		},
		search: []membership.Attribute{membership.AttrName, membership.AttrLegalName, membership.AttrRegistrationID, membership.AttrExternalRef},
		keys:   []membership.Attribute{membership.AttrExternalRef, membership.AttrRegistrationID, membership.AttrName},
	}
}

// Account is `roster account`.
func Account(p *command.Program) *cobra.Command {
	n := accountNoun()
	g := command.Group("account", "List, show, make, change and delete accounts, and tag them",
		listCommand(p, n, "  roster account list --search acme\n  roster account list --filter 'gt(created_at,2026-01-31T00:00:00Z)' --sort name\n  roster account list --all -o ndjson > accounts.ndjson", accountsSpecial),
		getCommand(p, n, "  roster account get crm-1042\n  roster account get \"Acme GmbH\" -o json", accountWithTags),
		createCommand(p, n, "  roster account create --name Acme --external-ref crm-1042\n  roster account create --name \"Acme Berlin\" --parent Acme --set plan=gold", newAccountSpecial),
		updateCommand(p, n, "  roster account update crm-1042 --name \"Acme GmbH\"\n  roster account update Acme --set plan=silver --unset renewal"),
		deleteCommand(p, n, "  roster account delete crm-1042 --yes",
			"roster account delete deletes one account and its memberships. The accounts right below it become roots.", n.memberships),
		tagAccountCommand(p, "tag", http.MethodPost, "Give an account tags", "  roster account tag Acme customer partner"),
		tagAccountCommand(p, "untag", http.MethodDelete, "Take tags from an account", "  roster account untag Acme partner"))
	g.Aliases = []string{"accounts"}
	g.Long = `roster account works with accounts: in the database itself, also while a server runs on it, or through a server.

ACCOUNT is an account's id or, where exactly one account has it, its external_ref, its registration_id or its name, looked
for in this order.`
	return g
}

// accountsSpecial adds to the list of accounts what only it has.
func accountsSpecial(r *rowCommand) func(context.Context, *api.Client, *list) (preparation, error) {
	var parent, tag string
	r.Flags().StringVar(&parent, "parent", "", "only those right below this `ACCOUNT`")
	r.Flags().StringVar(&tag, "tag", "", "only those that have this `TAG`")
	r.target.completeFlag(r.Command, "parent", r.completeName)
	r.target.completeFlag(r.Command, "tag", tagNoun().completeName)
	return func(ctx context.Context, a *api.Client, l *list) (preparation, error) {
		if r.Flags().Changed("parent") {
			id, err := r.find(ctx, a, parent)
			if err != nil {
				return nil, err
			}
			l.only = append(l.only, "eq(parent_id,"+id+")")
		}
		if r.Flags().Changed("tag") {
			id, err := tagNoun().find(ctx, a, tag)
			if err != nil {
				return nil, err
			}
			l.only = append(l.only, "contains(account_tags,"+id+")")
		}
		if !r.output.HasColumns() {
			return nil, nil
		}
		l.query = url.Values{"include": {"account_tags"}}
		return withTags, nil
	}
}

// withTags gives accounts the names of their tags, for people to read.
func withTags(d api.Document, accounts []api.Row) ([]api.Row, error) {
	tags, err := d.IncludedRows("account_tags")
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, t := range tags {
		names[t.ID()] = t.Text("name")
	}
	var shown []api.Row
	for _, account := range accounts {
		had, err := account.List("relationships", "account_tags", "data")
		if err != nil {
			return nil, err
		}
		var all []string
		for _, t := range had {
			all = append(all, names[t.ID()])
		}
		if len(all) > 0 {
			account = account.With("tags", strings.Join(all, ", "), "parent_id")
		}
		shown = append(shown, account)
	}
	return shown, nil
}

// accountWithTags reads an account, and the names of its tags where they are shown.
func accountWithTags(ctx context.Context, r *rowCommand, a *api.Client, id string) (api.Row, error) {
	d, err := a.Do(ctx, api.Request{Method: http.MethodGet, Path: api.Place(r.path, id), Query: url.Values{"include": {"account_tags"}}})
	row, err := one(d, err)
	if err != nil || !r.output.HasColumns() {
		return row, err
	}
	rows, err := withTags(d, []api.Row{row})
	if err != nil {
		return row, err
	}
	return rows[0], nil
}

// newAccountSpecial adds to the making of an account what only it has.
func newAccountSpecial(r *rowCommand) func(context.Context, *api.Client, map[string]any) error {
	var parent string
	r.Flags().StringVar(&parent, "parent", "", "the `ACCOUNT` that it is right below, for ever")
	r.target.completeFlag(r.Command, "parent", r.completeName)
	return func(ctx context.Context, a *api.Client, body map[string]any) error {
		if !r.Flags().Changed("parent") {
			return nil
		}
		id, err := r.find(ctx, a, parent)
		body["parent_id"] = id
		return err
	}
}

// tagAccountCommand is the command that gives an account tags, or takes them.
func tagAccountCommand(p *command.Program, use, method, short, example string) *cobra.Command {
	n := accountNoun()
	r := newRowCommand(p, n, &cobra.Command{
		Use:     use + " ACCOUNT TAG...",
		Short:   short,
		Long:    "roster account " + use + " takes any number of tags, each by its id or its name, and shows the account's tags.",
		Example: example,
		Args: func(c *cobra.Command, args []string) error {
			return command.Arguments("the ACCOUNT", "a TAG")(c, args[:min(len(args), 2)])
		},
	})
	tags := tagNoun()
	r.output.AddTo(r.Command, nil)
	r.ValidArgsFunction = func(c *cobra.Command, before []string, begun string) ([]string, cobra.ShellCompDirective) {
		if len(before) == 0 {
			return r.target.completions(c, before, begun, n.completeName)
		}
		return r.target.completions(c, before, begun, tags.completeName)
	}
	return r.runs(func(ctx context.Context, a *api.Client, args []string) error {
		id, err := n.find(ctx, a, args[0])
		if err != nil {
			return err
		}
		var named []any
		for _, name := range args[1:] {
			tag, err := tags.find(ctx, a, name)
			if err != nil {
				return err
			}
			named = append(named, map[string]any{"type": "account_tag", "id": tag})
		}
		_, err = a.Do(ctx, api.Request{Method: method, Path: api.Place(n.path, id, "/relationships/account-tags"), Data: named})
		if err != nil {
			return err
		}
		return showAccountTags(ctx, p, a, r, id)
	})
}

// showAccountTags shows the tags that an account has.
func showAccountTags(ctx context.Context, p *command.Program, a *api.Client, r *rowCommand, account string) error {
	d, err := a.Do(ctx, api.Request{Method: http.MethodGet, Path: api.Place(r.path, account), Query: url.Values{"include": {"account_tags"}}})
	if err != nil {
		return err
	}
	tags, err := d.IncludedRows("account_tags")
	if err != nil {
		return err
	}
	w, err := r.output.Rows(p.Stdout, p.Env, tagNoun().columns)
	if err != nil {
		return err
	}
	for _, t := range tags {
		if err := w.Row(t.Without("links")); err != nil {
			return err
		}
	}
	return w.End()
}
