package rows

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/output"
	"github.com/roster-go/roster/membership"
)

// tagNoun is what commands know of account tags.
func tagNoun() noun {
	return noun{
		resource: membership.ResourceTag,
		one:      "tag",
		argument: "TAG",
		path:     "/v2/account-tags",
		columns:  slices.Concat(firstColumns(), []output.Column{output.At("name"), output.At("description")}, timestamps()),
		texts: []textFlag{
			{flag: "name", member: "name", usage: "`text`: what it is called; no two tags have the same"},
			{flag: "description", member: "description", usage: "`text`: what it means"},
		},
		search: []membership.Attribute{membership.AttrName},
		keys:   []membership.Attribute{membership.AttrName},
	}
}

// Tag is `roster tag`.
func Tag(p *command.Program) *cobra.Command {
	n := tagNoun()
	g := command.Group("tag", "List, show, make, change and delete tags for accounts",
		listCommand(p, n, "  roster tag list --sort name", nil),
		getCommand(p, n, "  roster tag get customer", plainly),
		createCommand(p, n, "  roster tag create --name customer --description \"pays for something\"", nil),
		updateCommand(p, n, "  roster tag update customer --name client"),
		deleteCommand(p, n, "  roster tag delete customer --yes",
			"roster tag delete deletes one tag, and takes it from every account that has it.", nil))
	g.Aliases = []string{"tags"}
	g.Long = `roster tag works with the tags that accounts can have; roster account tag and untag give and take them.

TAG is a tag's id or its name.`
	return g
}
