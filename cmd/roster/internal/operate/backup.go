package operate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/database"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/cmd/roster/internal/terminal"
	"github.com/roster-go/roster/sqlitestore"
)

// Backup is `roster backup`.
func Backup(p *command.Program) *cobra.Command {
	var db database.Flag
	var to string
	c := &cobra.Command{
		Use:   "backup --to FILE|-",
		Short: "Write a backup of a database file, also while a server runs on it",
		Long: `roster backup writes one state of a database into a new file, while any number of programs read and write it. The file
has mode 0600 and appears only when it is complete, verified and on the disk. It is itself a database: roster restore puts
it back, and every command reads it. With --to - it goes to standard output, once it was verified.`,
		Example: "  roster backup --to roster-$(date +%F).db\n  roster backup --to - | gzip > roster.db.gz",
		Args:    command.Arguments(),
		RunE: func(c *cobra.Command, _ []string) error {
			if to == "" {
				return exit.Usagef("backup: say where to, with --to")
			}
			if err := db.OnFile("backup", "back a PostgreSQL database up with pg_dump, or copy it with roster copy"); err != nil {
				return err
			}
			return backup(c.Context(), p, db.Name, to)
		},
	}
	db.AddTo(p, c)
	c.Flags().StringVar(&to, "to", "", "`file` to write, which must not be there yet; - is standard output")
	return c
}

func backup(ctx context.Context, p *command.Program, db, to string) error {
	var info sqlitestore.BackupInfo
	var err error
	told := p.Stdout
	if to == "-" {
		told = p.Stderr
		info, err = sqlitestore.BackupTo(ctx, db, p.Stdout)
	} else {
		info, err = sqlitestore.Backup(ctx, db, to)
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s is there already and was left alone: name another file", to)
	case err != nil:
		return fmt.Errorf("cannot back up: %w", err)
	}
	_, err = fmt.Fprintf(told, "backed up %s: %s, %s, changes up to %d, schema version %d; verified\n",
		db, terminal.Bytes(info.Size), terminal.Counted(info.Memberships, "membership"), info.LastChange, info.SchemaVersion)
	if err != nil && to != "-" {
		return exit.OutputError(err)
	}
	return faultsOf(db, info.Report)
}

// faultsOf is the error about what a check has found; nil where that is nothing.
func faultsOf(db string, r sqlitestore.Report) error {
	if r.Sound() {
		return nil
	}
	var texts []string
	for _, f := range r.Findings {
		texts = append(texts, f.Text)
	}
	return exit.Faultsf("there is something wrong in %s: %s; roster check says more", db, strings.Join(texts, ", "))
}
