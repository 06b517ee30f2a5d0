package command

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/roster-go/roster/cmd/roster/internal/exit"
)

// Group is a command that has others below it and does nothing by itself.
func Group(use, short string, commands ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{Use: use, Short: short, Args: cobra.ArbitraryArgs, RunE: runGroup, DisableFlagsInUseLine: true}
	g.AddCommand(commands...)
	return g
}

// NoCommand refuses the name of a command that there is not, for a command that does something without one.
func NoCommand(c *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case args[0] == "help":
		return pflag.ErrHelp
	}
	return runGroup(c, args)
}

// runGroup says which commands there are.
func runGroup(g *cobra.Command, args []string) error {
	switch {
	case len(args) > 0 && args[0] == "help":
		return g.Help()
	case len(args) == 0:
		return exit.Usagef("%sa command is missing: there %s", inGroup(g), commandNames(g))
	}
	g.SuggestionsMinimumDistance = 2
	if likely := g.SuggestionsFor(args[0]); len(likely) > 0 {
		return exit.Usagef("%sunknown command %q: did you mean %s? There %s", inGroup(g), args[0], strings.Join(likely, " or "), commandNames(g))
	}
	return exit.Usagef("%sunknown command %q: there %s", inGroup(g), args[0], commandNames(g))
}

func inGroup(g *cobra.Command) string {
	if !g.HasParent() {
		return ""
	}
	return g.Name() + ": "
}

// commandNames lists the commands below one, as the end of a sentence.
func commandNames(g *cobra.Command) string {
	var names []string
	for _, c := range g.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	if len(names) == 1 {
		return "is " + names[0]
	}
	return fmt.Sprintf("are %s and %s", strings.Join(names[:len(names)-1], ", "), names[len(names)-1])
}
