package main

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster/membership"
)

// memberNoun is what commands know of members.
func memberNoun() noun {
	return noun{
		resource: membership.ResourceMember,
		one:      "member",
		argument: "MEMBER",
		path:     "/v2/account-members",
		columns: slices.Concat(firstColumns(), []column{at("name"), at("email")},
			notInTables("given_name", "middle_name", "family_name"), timestamps()),
		texts: []textFlag{
			{flag: "name", member: "name", usage: "`text`: what they are called"},
			{flag: "email", member: "email", usage: "`text`: their e-mail address"},
			{flag: "given-name", member: "given_name", usage: "`text`: their given name"},
			{flag: "middle-name", member: "middle_name", usage: "`text`: their middle name"},
			{flag: "family-name", member: "family_name", usage: "`text`: their family name"},
		},
		search: []membership.Attribute{membership.AttrName, membership.AttrEmail, membership.AttrGivenName, membership.AttrFamilyName},
		keys:   []membership.Attribute{membership.AttrEmail, membership.AttrName},
	}
}

// memberCommand is `roster member`.
func (p *program) memberCommand() *cobra.Command {
	n := memberNoun()
	g := group("member", "List, show, make, change and delete members: people",
		p.listCommand(n, "  roster member list --search ron\n  roster member list --sort email -o csv > members.csv", nil),
		p.getCommand(n, "  roster member get ron@example.com", plainly),
		p.createCommand(n, "  roster member create --name Ron --email ron@example.com", nil),
		p.updateCommand(n, "  roster member update ron@example.com --family-name Weasley"),
		p.deleteCommand(n, "  roster member delete ron@example.com --yes",
			"roster member delete deletes one member, their memberships and their logins.", n.memberships))
	g.Aliases = []string{"members"}
	g.Long = `roster member works with members: in the database itself, also while a server runs on it, or through a server.

MEMBER is a member's id or, where exactly one member has it, their e-mail address or their name, looked for in this order.`
	return g
}
