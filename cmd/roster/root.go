package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/credentials"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/cmd/roster/internal/operate"
	"github.com/roster-go/roster/cmd/roster/internal/rows"
	"github.com/roster-go/roster/cmd/roster/internal/serve"
)

// The groups that help shows commands in.
const (
	groupServe   = "serve"
	groupData    = "data"
	groupOperate = "operate"
)

// newRoot is the command line: every command that there is.
func newRoot(p *command.Program) *cobra.Command {
	root := command.Group("roster", "Keeps account memberships: which members belong to which accounts")
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
	changes := rows.Changes(p)
	changes.AddCommand(operate.PruneChanges(p))
	in(groupServe, serve.Command(p, version()), credentials.Command(p))
	in(groupData, rows.Account(p), rows.Member(p), rows.Membership(p), rows.Tag(p), rows.Field(p), rows.Settings(p), changes)
	in(groupOperate, operate.Import(p), operate.Export(p), operate.Backup(p), operate.Restore(p), operate.Check(p), operate.Stats(p),
		operate.Migrate(p), operate.Copy(p))
	root.AddCommand(versionCommand(p))
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return exit.Usagef("%s; %s -h lists the flags", flagFault(err), c.CommandPath())
	})
	return root
}

// flagFault says what is wrong with a flag, and how it would be right instead of which function did not take it.
func flagFault(err error) string {
	text, _, isNumber := strings.Cut(err.Error(), ": strconv.Parse")
	if isNumber {
		return text + ": it must be a whole number"
	}
	text, _, isTime := strings.Cut(err.Error(), ": time: ")
	if isTime {
		return text + ": it must be like 90s, 15m or 2160h, which are 90 days"
	}
	return text
}
