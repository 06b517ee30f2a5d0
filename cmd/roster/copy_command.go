package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/roster-go/roster/store"
	"github.com/roster-go/roster/store/storecopy"
)

const copyHelp = `roster copy copies a whole database to another one, from SQLite to PostgreSQL, back, or between two of a kind.

Usage:
  roster copy --from database --to database [--resume]

Flags:
  --from database   what to copy: a file, or the URL of a PostgreSQL database: postgres://...
  --to database     where to: a URL, or a file, which is made when it is missing. It must be empty
  --resume          go on with a copy that was stopped: what is there already stays, if it is what it should be

Stop the servers on both databases first. Everything is kept: ids, times, custom fields, credentials, the change log with
its numbers. Only access tokens are not copied: clients fetch new ones. In the end the two are compared, row by row; when
they differ, or anything else went wrong, the exit status is 1. The source is only read, but brought to the version of this
program, if it is older.
`

// copyCommand is what `roster copy` was told.
type copyCommand struct {
	from, to string
	resume   bool
}

// parseCopy reads the command line. It answers errHelp, or a usageError.
func parseCopy(args []string) (copyCommand, error) {
	var c copyCommand
	fs := flag.NewFlagSet("copy", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&c.from, "from", "", "")
	fs.StringVar(&c.to, "to", "", "")
	fs.BoolVar(&c.resume, "resume", false, "")
	others, err := parseMixed(fs, args)
	switch {
	case errors.Is(err, flag.ErrHelp) || slices.Equal(others, []string{"help"}):
		return c, errHelp
	case err != nil:
		return c, usagef("%v; roster copy -h lists the flags", err)
	case len(others) > 0:
		return c, usagef("unexpected argument %q; roster copy -h lists the flags", others[0])
	case c.from == "" || c.to == "":
		return c, usagef("copy: say what to copy, with --from, and where to, with --to")
	case c.from == ":memory:" || c.to == ":memory:":
		return c, usagef("copy: :memory: is no database that would stay")
	case samePlace(c.from, c.to):
		return c, usagef("--from and --to are the same database")
	}
	return c, nil
}

// samePlace reports whether two names are those of one database, as far as can be seen without looking into them.
func samePlace(from, to string) bool {
	if onServer(from) && onServer(to) {
		a, errA := pgconn.ParseConfig(from)
		b, errB := pgconn.ParseConfig(to)
		return errA == nil && errB == nil && a.Host == b.Host && a.Port == b.Port && a.Database == b.Database &&
			a.RuntimeParams["search_path"] == b.RuntimeParams["search_path"]
	}
	a, errA := os.Stat(from)
	b, errB := os.Stat(to)
	return from == to || errA == nil && errB == nil && os.SameFile(a, b)
}

// runCopy is `roster copy`.
func runCopy(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	c, err := parseCopy(args)
	if errors.Is(err, errHelp) {
		fmt.Fprint(stdout, copyHelp)
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(c.from); !onServer(c.from) && errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("there is no database %s: name another one with --from", c.from)
	}
	return withStore(ctx, c.from, func(from store.Store) error {
		return withStore(ctx, c.to, func(to store.Store) error { return c.copy(ctx, from, to, stdout, stderr) })
	})
}

// withStore calls do with a database.
func withStore(ctx context.Context, db string, do func(store.Store) error) (err error) {
	st, err := openStore(ctx, db)
	if err != nil {
		return fmt.Errorf("cannot open %s: %w", shown(db), err)
	}
	defer func() {
		if closing := st.Close(); closing != nil && err == nil {
			err = fmt.Errorf("cannot close %s: %w", shown(db), closing)
		}
	}()
	return do(st)
}

func (c copyCommand) copy(ctx context.Context, from, to store.Store, stdout, stderr io.Writer) error {
	line := newProgressLine(stderr)
	summary, err := storecopy.Copy(ctx, from, to, storecopy.Options{Resume: c.resume, Progress: line.tell})
	line.end()
	switch {
	case errors.Is(err, storecopy.ErrNotEmpty):
		return fmt.Errorf("cannot copy to %s: %w; to go on with a copy that was stopped, say --resume", shown(c.to), err)
	case errors.Is(err, storecopy.ErrDiffers):
		return fmt.Errorf("%s is no copy of %s: %w", shown(c.to), shown(c.from), err)
	case errors.Is(err, context.Canceled):
		return errors.New("stopped; to go on, say the same with --resume")
	case err != nil:
		return fmt.Errorf("cannot go on: %w; when that is mended, say the same with --resume", err)
	}
	return printSummary(stdout, summary)
}

func printSummary(stdout io.Writer, s storecopy.Summary) error {
	table := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ROWS\tIN ALL\tCOPIED NOW")
	for _, n := range s.Counts {
		_, _ = fmt.Fprintf(table, "%s\t%d\t%d\n", n.Kind, n.Rows, n.Added)
	}
	err := table.Flush()
	if err == nil {
		_, err = fmt.Fprintf(stdout, "verified: %d rows equal\n", s.Verified)
	}
	if err != nil {
		return fmt.Errorf("cannot write to standard output: %w", err)
	}
	return nil
}
