package rows

import (
	"github.com/spf13/cobra"

	"github.com/roster-go/roster/cmd/roster/internal/command"
)

// Changes is `roster changes`.
func Changes(p *command.Program) *cobra.Command {
	g := listChanges(p, &cobra.Command{
		Use:   "changes",
		Short: "List the changes of the change log, follow them, or remove old ones",
		Long: `roster changes lists what has changed, the newest last: what happened to what, when, and on whose behalf. With --follow it
goes on with what comes, in a line for each change, until it is interrupted. It works on the database itself, also while a
server runs on it, or through a server.`,
		Example: "  roster changes --limit 20\n  roster changes --follow --type account-membership.created,account-membership.deleted\n" +
			"  roster changes --after 1042 -o ndjson",
		Args: command.NoCommand,
	})
	list := listChanges(p, &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List changes, as roster changes does by itself",
		Example: "  roster changes list --account Acme\n  roster changes list --after 0 --limit 1000 -o csv",
		Args:    command.Arguments(),
	})
	g.AddCommand(list)
	return g
}
