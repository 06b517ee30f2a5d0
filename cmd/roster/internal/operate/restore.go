package operate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/database"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

// Restore is `roster restore`.
func Restore(p *command.Program) *cobra.Command {
	var db database.Flag
	var force bool
	c := &cobra.Command{
		Use:   "restore BACKUP",
		Short: "Put a backup in the place of a database file",
		Long: `roster restore checks a backup in full, copies it, checks the copy, and puts that in the place of the database. Whatever
happens meanwhile, there is the old database or the new one, whole. A database that is there is kept unless --force is given;
then every program that has it open must be stopped first. The backup stays as it is.`,
		Example: "  roster restore roster-2026-01-31.db --db roster.db\n  roster restore roster-2026-01-31.db --db roster.db --force",
		Args:    command.Arguments("the backup's file"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := db.Check(); err != nil {
				return err
			}
			if database.OnServer(db.Name) || database.OnServer(args[0]) {
				return exit.Usagef("restore is for SQLite files: restore a PostgreSQL database with pg_restore, or copy it with roster copy")
			}
			return restore(c.Context(), p, args[0], db.Name, force)
		},
	}
	db.AddTo(p, c)
	c.Flags().BoolVar(&force, "force", false, "overwrite the database that is there, which is lost")
	return c
}

func restore(ctx context.Context, p *command.Program, backup, db string, force bool) error {
	report, err := sqlitestore.Restore(ctx, backup, db, sqlitestore.RestoreOptions{Force: force})
	switch {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s is there already and was left alone: name another --db, or say --force to lose it", db)
	case errors.Is(err, store.ErrBusy):
		return fmt.Errorf("%s is in use and was left alone: stop the programs that have it open; %w", db, err)
	case err != nil:
		return fmt.Errorf("cannot restore: %w", err)
	}
	if _, err := fmt.Fprintf(p.Stdout, "restored %s from %s, schema version %d; checked\n", db, backup, report.SchemaVersion); err != nil {
		return exit.OutputError(err)
	}
	return faultsOf(db, report)
}
