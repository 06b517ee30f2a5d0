package operate

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/database"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/membership"
)

// PruneChanges is `roster changes prune`.
func PruneChanges(p *command.Program) *cobra.Command {
	var db database.Flag
	var keep membership.Retention
	c := &cobra.Command{
		Use:   "prune",
		Short: "Remove old changes from the change log, also while a server runs on the database",
		Long: `roster changes prune removes old changes from the change log, also while a server runs on the database.

With both flags a change goes when either says so. The last change always stays. Whoever has not read what was removed
finds out: consumers stop with an error, and GET /v1/changes answers 410.
roster serve --changes-max-age and --changes-max-count do the same by and by.`,
		Example: "  roster changes prune --older-than 2160h\n  roster changes prune --keep 100000",
		Args:    command.Arguments(),
		RunE: func(c *cobra.Command, _ []string) error {
			old, count := c.Flags().Changed("older-than"), c.Flags().Changed("keep")
			switch {
			case !old && !count:
				return exit.Usagef("changes prune: say what is to go, with --older-than, --keep or both")
			case old && keep.MaxAge <= 0:
				return exit.Usagef("--older-than is %v, but must be more than 0", keep.MaxAge)
			case count && keep.MaxCount <= 0:
				return exit.Usagef("--keep is %d, but must be at least 1: the last change always stays", keep.MaxCount)
			}
			return db.WithExisting(c.Context(), func(svc *roster.Service) error { return pruneChanges(c.Context(), p, svc, keep) })
		},
	}
	db.AddTo(p, c)
	c.Flags().DurationVar(&keep.MaxAge, "older-than", 0, "remove changes that are older than this `duration`, such as 2160h for 90 days")
	c.Flags().IntVar(&keep.MaxCount, "keep", 0, "remove all but this `number`, the newest")
	return c
}

func pruneChanges(ctx context.Context, p *command.Program, svc *roster.Service, keep membership.Retention) error {
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
	_, err = fmt.Fprintf(p.Stdout, "changes removed: %d, left: %s\n", removed, left)
	return exit.OutputError(err)
}
