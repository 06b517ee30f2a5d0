package operate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/cobra"

	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/database"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/store"
	"github.com/roster-go/roster/store/storecopy"
)

// copyFlags is what `roster copy` was told.
type copyFlags struct {
	from, to string
	resume   bool
}

// Copy is `roster copy`.
func Copy(p *command.Program) *cobra.Command {
	var f copyFlags
	c := &cobra.Command{
		Use:   "copy --from DATABASE --to DATABASE",
		Short: "Copy a whole database to another one, also to or from PostgreSQL",
		Long: `roster copy copies a whole database to another one, from SQLite to PostgreSQL, back, or between two of a kind.

Stop the servers on both databases first. Everything is kept: ids, times, custom fields, credentials, the change log with
its numbers. Only access tokens are not copied: clients fetch new ones. In the end the two are compared, row by row; when
they differ, or anything else went wrong, the exit status is 1. The source is only read, but brought to the version of this
program, if it is older.`,
		Example: "  roster copy --from roster.db --to postgres://roster@db.example.com/roster",
		Args:    command.Arguments(),
		RunE:    func(c *cobra.Command, _ []string) error { return copyDatabase(c.Context(), p, f) },
	}
	c.Flags().StringVar(&f.from, "from", "", "what to copy: a file, or the URL of a PostgreSQL `database`: postgres://...")
	c.Flags().StringVar(&f.to, "to", "", "where to: a URL, or a file, which is made when it is missing. The `database` must be empty")
	c.Flags().BoolVar(&f.resume, "resume", false, "go on with a copy that was stopped: what is there already stays, if it is what it should be")
	return c
}

// check refuses what cannot be copied.
func (f copyFlags) check() error {
	switch {
	case f.from == "" || f.to == "":
		return exit.Usagef("copy: say what to copy, with --from, and where to, with --to")
	case f.from == ":memory:" || f.to == ":memory:":
		return exit.Usagef("copy: :memory: is no database that would stay")
	case database.Misnamed(f.from) || database.Misnamed(f.to):
		return exit.Usagef("copy: a database is the name of a file, or a URL that begins with postgres://")
	case samePlace(f.from, f.to):
		return exit.Usagef("--from and --to are the same database")
	}
	if _, err := os.Stat(f.from); !database.OnServer(f.from) && errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("there is no database %s: name another one with --from", f.from)
	}
	return nil
}

// samePlace reports whether two names are those of one database, as far as can be seen without looking into them.
func samePlace(from, to string) bool {
	if database.OnServer(from) && database.OnServer(to) {
		a, errA := pgconn.ParseConfig(from)
		b, errB := pgconn.ParseConfig(to)
		return errA == nil && errB == nil && a.Host == b.Host && a.Port == b.Port && a.Database == b.Database &&
			a.RuntimeParams["search_path"] == b.RuntimeParams["search_path"]
	}
	a, errA := os.Stat(from)
	b, errB := os.Stat(to)
	return from == to || errA == nil && errB == nil && os.SameFile(a, b)
}

// copyDatabase is `roster copy`.
func copyDatabase(ctx context.Context, p *command.Program, f copyFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	return database.With(ctx, f.from, func(from store.Store) error {
		return database.With(ctx, f.to, func(to store.Store) error { return copyBetween(ctx, p, f, from, to) })
	})
}

func copyBetween(ctx context.Context, p *command.Program, f copyFlags, from, to store.Store) error {
	line := newProgressLine(p.Stderr)
	summary, err := storecopy.Copy(ctx, from, to, storecopy.Options{
		Resume: f.resume, Progress: func(p storecopy.Progress) { line.tell(copied(p)) },
	})
	line.end()
	switch {
	case errors.Is(err, storecopy.ErrNotEmpty):
		return fmt.Errorf("cannot copy to %s: %w; to go on with a copy that was stopped, say --resume", database.Shown(f.to), err)
	case errors.Is(err, storecopy.ErrDiffers):
		return fmt.Errorf("%s is no copy of %s: %w", database.Shown(f.to), database.Shown(f.from), err)
	case errors.Is(err, context.Canceled):
		return errors.New("stopped; to go on, say the same with --resume")
	case err != nil:
		return fmt.Errorf("cannot go on: %w; when that is mended, say the same with --resume", err)
	}
	return printSummary(p.Stdout, summary)
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
	return exit.OutputError(err)
}
