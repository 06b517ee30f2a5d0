package command

import (
	"github.com/spf13/cobra"

	"github.com/roster-go/roster/cmd/roster/internal/exit"
)

// Arguments makes sure that a command has as many arguments as it has names for them.
func Arguments(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) > len(names):
			return exit.Usagef("unexpected argument %q; %s -h says what there is", args[len(names)], c.CommandPath())
		case len(args) < len(names):
			return exit.Usagef("%s: %s is missing; %[1]s -h says what there is", c.CommandPath(), names[len(args)])
		}
		return nil
	}
}
