package rows

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/output"
	"github.com/roster-go/roster/membership"
)

// memberNoun is what commands know of members.
func memberNoun() noun {
	return noun{
		resource: membership.ResourceMember,
		one:      "member",
		argument: "MEMBER",
		path:     "/v2/account-members",
		columns: slices.Concat(firstColumns(), []output.Column{output.At("name"), output.At("email")},
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

// Member is `roster member`.
func Member(p *command.Program) *cobra.Command {
	n := memberNoun()
	g := command.Group("member", "List, show, make, change and delete members: people",
		listCommand(p, n, "  roster member list --search ron\n  roster member list --sort email -o csv > members.csv", nil),
		getCommand(p, n, "  roster member get ron@example.com", plainly),
		createCommand(p, n, "  roster member create --name Ron --email ron@example.com", nil),
		updateCommand(p, n, "  roster member update ron@example.com --family-name Weasley"),
		deleteCommand(p, n, "  roster member delete ron@example.com --yes",
			"roster member delete deletes one member, their memberships and their logins.", n.memberships))
	g.Aliases = []string{"members"}
	g.Long = `roster member works with members: in the database itself, also while a server runs on it, or through a server.

MEMBER is a member's id or, where exactly one member has it, their e-mail address or their name, looked for in this order.`
	return g
}
