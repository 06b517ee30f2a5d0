package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

const changesHelp = `roster changes prune removes old changes from the change log, also while a server runs on the database.

Usage:
  roster changes prune [--older-than duration] [--keep number] [--db file]

Flags:
  --older-than duration   remove changes that are older than this, such as 2160h for 90 days
  --keep number           remove all but so many, the newest
  --db file               database (default roster.db), or URL of a PostgreSQL database

With both flags a change goes when either says so. The last change always stays. Whoever has not read what was removed
finds out: consumers stop with an error, and GET /v1/changes answers 410.
roster serve --changes-max-age and --changes-max-count do the same by and by.
`

// changesCommand is what `roster changes` was told.
type changesCommand struct {
	db string
	membership.Retention
}

// parseChanges reads the command line. It answers errHelp, or a usageError.
func parseChanges(args []string) (changesCommand, error) {
	if len(args) == 0 {
		return changesCommand{}, usagef("changes: a command is missing: there is prune")
	}
	switch args[0] {
	case "prune":
	case "-h", "-help", "--help", "help":
		return changesCommand{}, errHelp
	default:
		return changesCommand{}, usagef("changes: unknown command %q: there is prune", args[0])
	}
	var c changesCommand
	fs := flag.NewFlagSet("changes", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&c.db, "db", "roster.db", "")
	fs.DurationVar(&c.MaxAge, "older-than", 0, "")
	fs.IntVar(&c.MaxCount, "keep", 0, "")
	others, err := parseMixed(fs, args[1:])
	given := map[string]bool{}
	fs.Visit(func(f *flag.Flag) { given[f.Name] = true })
	switch {
	case errors.Is(err, flag.ErrHelp):
		return c, errHelp
	case err != nil:
		return c, usagef("%v; roster changes -h lists the flags", err)
	case len(others) > 0:
		return c, usagef("unexpected argument %q; roster changes -h says what there is", others[0])
	case !given["older-than"] && !given["keep"]:
		return c, usagef("changes prune: say what is to go, with --older-than, --keep or both")
	case given["older-than"] && c.MaxAge <= 0:
		return c, usagef("--older-than is %v, but must be more than 0", c.MaxAge)
	case given["keep"] && c.MaxCount <= 0:
		return c, usagef("--keep is %d, but must be at least 1: the last change always stays", c.MaxCount)
	case c.db == "":
		return c, usagef("--db names no file")
	}
	return c, nil
}

// runChanges is `roster changes`.
func runChanges(ctx context.Context, args []string, stdout io.Writer) error {
	c, err := parseChanges(args)
	if errors.Is(err, errHelp) {
		fmt.Fprint(stdout, changesHelp)
		return nil
	}
	if err != nil {
		return err
	}
	if err := mustExist(c.db); err != nil {
		return err
	}
	return withService(ctx, c.db, func(svc *roster.Service) error { return c.prune(ctx, svc, stdout) })
}

func (c changesCommand) prune(ctx context.Context, svc *roster.Service, stdout io.Writer) error {
	removed, err := svc.PruneChanges(ctx, c.Retention)
	if err != nil {
		return fmt.Errorf("cannot go on after %d changes were removed: %w", removed, err)
	}
	first, last, err := svc.ChangeBounds(ctx)
	if err != nil {
		return fmt.Errorf("removed %d changes, but cannot read what is left: %w", removed, err)
	}
	if last == 0 {
		fmt.Fprintf(stdout, "changes removed: 0, left: none\n")
		return nil
	}
	fmt.Fprintf(stdout, "changes removed: %d, left: %d to %d\n", removed, first, last)
	return nil
}
