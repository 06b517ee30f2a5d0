package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

// changesCommand is `roster changes`.
func (p *program) changesCommand() *cobra.Command {
	g := p.listChanges(&cobra.Command{
		Use:   "changes",
		Short: "List the changes of the change log, follow them, or remove old ones",
		Long: `roster changes lists what has changed, the newest last: what happened to what, when, and on whose behalf. With --follow it
goes on with what comes, in a line for each change, until it is interrupted. It works on the database itself, also while a
server runs on it, or through a server.`,
		Example: "  roster changes --limit 20\n  roster changes --follow --type account-membership.created,account-membership.deleted\n" +
			"  roster changes --after 1042 -o ndjson",
		Args: noCommand,
	})
	list := p.listChanges(&cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List changes, as roster changes does by itself",
		Example: "  roster changes list --account Acme\n  roster changes list --after 0 --limit 1000 -o csv",
		Args:    arguments(),
	})
	g.AddCommand(list, p.pruneChangesCommand())
	return g
}

// noCommand refuses the name of a command that there is not, for a command that does something without one.
func noCommand(c *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case args[0] == "help":
		return pflag.ErrHelp
	}
	return runGroup(c, args)
}

func (p *program) pruneChangesCommand() *cobra.Command {
	var db database
	var keep membership.Retention
	c := &cobra.Command{
		Use:   "prune",
		Short: "Remove old changes from the change log, also while a server runs on the database",
		Long: `roster changes prune removes old changes from the change log, also while a server runs on the database.

With both flags a change goes when either says so. The last change always stays. Whoever has not read what was removed
finds out: consumers stop with an error, and GET /v1/changes answers 410.
roster serve --changes-max-age and --changes-max-count do the same by and by.`,
		Example: "  roster changes prune --older-than 2160h\n  roster changes prune --keep 100000",
		Args:    arguments(),
		RunE: func(c *cobra.Command, _ []string) error {
			old, count := c.Flags().Changed("older-than"), c.Flags().Changed("keep")
			switch {
			case !old && !count:
				return usagef("changes prune: say what is to go, with --older-than, --keep or both")
			case old && keep.MaxAge <= 0:
				return usagef("--older-than is %v, but must be more than 0", keep.MaxAge)
			case count && keep.MaxCount <= 0:
				return usagef("--keep is %d, but must be at least 1: the last change always stays", keep.MaxCount)
			}
			return db.withExisting(c.Context(), func(svc *roster.Service) error { return p.pruneChanges(c.Context(), svc, keep) })
		},
	}
	db.flag(p, c)
	c.Flags().DurationVar(&keep.MaxAge, "older-than", 0, "remove changes that are older than this `duration`, such as 2160h for 90 days")
	c.Flags().IntVar(&keep.MaxCount, "keep", 0, "remove all but this `number`, the newest")
	return c
}

func (p *program) pruneChanges(ctx context.Context, svc *roster.Service, keep membership.Retention) error {
	removed, err := svc.PruneChanges(ctx, keep)
	if err != nil {
		return fmt.Errorf("cannot go on after %d changes were removed: %w", removed, err)
	}
	first, last, err := svc.ChangeBounds(ctx)
	if err != nil {
		return fmt.Errorf("removed %d changes, but cannot read what is left: %w", removed, err)
	}
	left := fmt.Sprintf("%d to %d", first, last)
	if last == 0 {
		left = "none"
	}
	_, err = fmt.Fprintf(p.stdout, "changes removed: %d, left: %s\n", removed, left)
	return outputError(err)
}
