package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// program is what every command works with: the environment and the streams.
type program struct {
	env    func(string) string
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

// The groups that help shows commands in.
const (
	groupServe   = "serve"
	groupData    = "data"
	groupOperate = "operate"
)

// root is the command line: every command that there is.
func (p *program) root() *cobra.Command {
	root := group("roster", "Keeps account memberships: which members belong to which accounts")
	root.Long = `roster keeps account memberships: which members (people) belong to which accounts (organisations).

roster serve needs no flags: it keeps its data in roster.db in the working directory, listens on 127.0.0.1:8080,
and prints the credentials that it makes on its first start.`
	root.SilenceErrors, root.SilenceUsage = true, true
	root.Version = version()
	root.SetVersionTemplate("{{.Version}}\n")
	root.AddGroup(
		&cobra.Group{ID: groupServe, Title: "Serve:"},
		&cobra.Group{ID: groupData, Title: "Work with a database or a server:"},
		&cobra.Group{ID: groupOperate, Title: "Look after a database:"},
	)
	in := func(id string, commands ...*cobra.Command) {
		for _, c := range commands {
			c.GroupID = id
		}
		root.AddCommand(commands...)
	}
	in(groupServe, p.serveCommand(), p.credentialsCommand())
	in(groupData, p.accountCommand(), p.memberCommand(), p.membershipCommand(), p.tagCommand(), p.fieldCommand(), p.settingsCommand(),
		p.changesCommand())
	in(groupOperate, p.importCommand(), p.exportCommand(), p.backupCommand(), p.restoreCommand(), p.checkCommand(), p.statsCommand(),
		p.migrateCommand(), p.copyCommand())
	root.AddCommand(p.versionCommand())
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usagef("%v; %s -h lists the flags", err, c.CommandPath())
	})
	return root
}

// group is a command that has others below it and does nothing by itself.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{Use: use, Short: short, Args: cobra.ArbitraryArgs, RunE: runGroup, DisableFlagsInUseLine: true}
	g.AddCommand(commands...)
	return g
}

// runGroup says which commands there are.
func runGroup(g *cobra.Command, args []string) error {
	switch {
	case len(args) > 0 && args[0] == "help":
		return g.Help()
	case len(args) == 0:
		return usagef("%sa command is missing: there %s", inGroup(g), commandNames(g))
	}
	g.SuggestionsMinimumDistance = 2
	if likely := g.SuggestionsFor(args[0]); len(likely) > 0 {
		return usagef("%sunknown command %q: did you mean %s? There %s", inGroup(g), args[0], strings.Join(likely, " or "), commandNames(g))
	}
	return usagef("%sunknown command %q: there %s", inGroup(g), args[0], commandNames(g))
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

// arguments makes sure that a command has as many arguments as it has names for them.
func arguments(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) > len(names):
			return usagef("unexpected argument %q; %s -h says what there is", args[len(names)], c.CommandPath())
		case len(args) < len(names):
			return usagef("%s: %s is missing; %[1]s -h says what there is", c.CommandPath(), names[len(args)])
		}
		return nil
	}
}

// outputError is what becomes of a standard output that takes nothing more.
func outputError(err error) error {
	if err != nil {
		return fmt.Errorf("cannot write to standard output: %w", err)
	}
	return nil
}
