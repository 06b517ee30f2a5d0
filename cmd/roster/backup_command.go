package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster/sqlitestore"
)

// onFile refuses a database that is no file, for a command that is about one.
func (d *database) onFile(command, instead string) error {
	if err := d.check(); err != nil {
		return err
	}
	if onServer(d.name) {
		return usagef("%s is for SQLite files: %s", command, instead)
	}
	return d.mustExist()
}

// backupCommand is `roster backup`.
func (p *program) backupCommand() *cobra.Command {
	var db database
	var to string
	c := &cobra.Command{
		Use:   "backup --to FILE|-",
		Short: "Write a backup of a database file, also while a server runs on it",
		Long: `roster backup writes one state of a database into a new file, while any number of programs read and write it. The file
has mode 0600 and appears only when it is complete, verified and on the disk. It is itself a database: roster restore puts
it back, and every command reads it. With --to - it goes to standard output, once it was verified.`,
		Example: "  roster backup --to roster-$(date +%F).db\n  roster backup --to - | gzip > roster.db.gz",
		Args:    arguments(),
		RunE: func(c *cobra.Command, _ []string) error {
			if to == "" {
				return usagef("backup: say where to, with --to")
			}
			if err := db.onFile("backup", "back a PostgreSQL database up with pg_dump, or copy it with roster copy"); err != nil {
				return err
			}
			return p.backup(c.Context(), db.name, to)
		},
	}
	db.flag(p, c)
	c.Flags().StringVar(&to, "to", "", "`file` to write, which must not be there yet; - is standard output")
	return c
}

func (p *program) backup(ctx context.Context, db, to string) error {
	var info sqlitestore.BackupInfo
	var err error
	told := p.stdout
	if to == "-" {
		told = p.stderr
		info, err = sqlitestore.BackupTo(ctx, db, p.stdout)
	} else {
		info, err = sqlitestore.Backup(ctx, db, to)
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s is there already and was left alone: name another file", to)
	case err != nil:
		return fmt.Errorf("cannot back up: %w", err)
	}
	_, err = fmt.Fprintf(told, "backed up %s: %s, %s memberships, changes up to %d, schema version %d; verified\n",
		db, bytesText(info.Size), grouped(info.Memberships), info.LastChange, info.SchemaVersion)
	if err != nil && to != "-" {
		return outputError(err)
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
	return faultsf("there is something wrong in %s: %s; roster check says more", db, strings.Join(texts, ", "))
}
