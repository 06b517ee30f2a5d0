package operate

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver pgx
	"github.com/spf13/cobra"

	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/database"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/cmd/roster/internal/output"
	"github.com/roster-go/roster/migrations"
	"github.com/roster-go/roster/migrations/postgres"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

// Migrate is `roster migrate`.
func Migrate(p *command.Program) *cobra.Command {
	return command.Group("migrate", "Bring a database to this program's version, or see which it has", migrateUpCommand(p), migrateStatusCommand(p))
}

func migrateUpCommand(p *command.Program) *cobra.Command {
	var db database.Flag
	c := &cobra.Command{
		Use:   "up",
		Short: "Bring a database to the version that this program works on",
		Long: `roster migrate up applies the migrations that a database does not have yet, each in a transaction. roster serve and all commands
that write do so by themselves: this is for those who want to see it done, after a backup. There is no way back.`,
		Example: "  roster backup --to before.db && roster migrate up",
		Args:    command.Arguments(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := errors.Join(db.Check(), db.Missing()); err != nil {
				return err
			}
			return migrateUp(c.Context(), p, db.Name)
		},
	}
	db.AddTo(p, c)
	return c
}

func migrateUp(ctx context.Context, p *command.Program, db string) error {
	before, err := schemaVersion(ctx, db)
	if err != nil {
		return err
	}
	if err := database.With(ctx, db, func(store.Store) error { return nil }); err != nil {
		return err
	}
	after, err := schemaVersion(ctx, db)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Stdout, "%s: schema version %d, it was %d\n", database.Shown(db), after, before)
	return exit.OutputError(err)
}

func migrateStatusCommand(p *command.Program) *cobra.Command {
	var db database.Flag
	var a output.ReportFlag
	c := &cobra.Command{
		Use:   "status",
		Short: "See which version a database has, and which migrations it lacks",
		Long: `roster migrate status reads the version of a database and changes nothing. The exit status is 4 when there are migrations to
apply.`,
		Example: "  roster migrate status --db /var/lib/roster/roster.db",
		Args:    command.Arguments(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := errors.Join(a.Check(), db.Check(), db.Missing()); err != nil {
				return err
			}
			return migrateStatus(c.Context(), p, db.Name, a)
		},
	}
	db.AddTo(p, c)
	a.AddTo(c)
	return c
}

// migrationJSON is one migration, for programs.
type migrationJSON struct {
	Version int64  `json:"version"`
	Name    string `json:"name"`
	Applied bool   `json:"applied"`
}

func migrateStatus(ctx context.Context, p *command.Program, db string, a output.ReportFlag) error {
	version, err := schemaVersion(ctx, db)
	if err != nil {
		return err
	}
	files := migrations.FS()
	if database.OnServer(db) {
		files = postgres.FS()
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return err
	}
	all := make([]migrationJSON, len(names))
	pending := 0
	for i, name := range names {
		all[i].Name = name
		if _, err := fmt.Sscanf(name, "%d_", &all[i].Version); err != nil {
			return fmt.Errorf("the migration %s has no version: %w", name, err)
		}
		if all[i].Applied = all[i].Version <= version; !all[i].Applied {
			pending++
		}
	}
	err = a.Write(p.Stdout, all, func(t io.Writer) {
		fmt.Fprintln(t, "VERSION\tMIGRATION\tAPPLIED")
		for _, m := range all {
			fmt.Fprintf(t, "%d\t%s\t%s\n", m.Version, m.Name, map[bool]string{true: "yes", false: "no"}[m.Applied])
		}
	})
	if err == nil && pending > 0 {
		return exit.Faultsf("%s lacks %d migrations: roster migrate up applies them", database.Shown(db), pending)
	}
	return err
}

// schemaVersion reads the version of a database, and changes nothing.
func schemaVersion(ctx context.Context, db string) (int64, error) {
	if !database.OnServer(db) {
		return sqlitestore.SchemaVersion(ctx, db)
	}
	server, err := sql.Open("pgx", db)
	if err != nil {
		return 0, fmt.Errorf("cannot open %s: %w", database.Shown(db), err)
	}
	version, err := postgres.Check(ctx, server)
	if err = errors.Join(err, server.Close()); err != nil {
		return 0, fmt.Errorf("cannot read the version of %s: %w", database.Shown(db), err)
	}
	return version, nil
}
