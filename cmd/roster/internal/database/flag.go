package database

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/store"
)

// Flag is the flag --db.
type Flag struct{ Name string }

// DefaultName is the database of every command unless told otherwise.
const DefaultName = "roster.db"

// AddTo gives a command the flag, whose default the environment may change.
func (d *Flag) AddTo(p *command.Program, c *cobra.Command) {
	standard := p.Env(command.EnvDB)
	if standard == "" {
		standard = DefaultName
	}
	c.Flags().StringVar(&d.Name, "db", Shown(standard), "database `file`, or URL of a PostgreSQL database: postgres://...; also "+command.EnvDB)
	if Shown(standard) != standard { // Why: help shows the default, and may not show the password in it
		d.Name = standard
	}
}

// Check refuses what names no database.
func (d *Flag) Check() error {
	switch d.Name {
	case "":
		return exit.Usagef("--db names no file")
	case ":memory:":
		return exit.Usagef("--db names a file; a database in memory ends with the command")
	}
	return CheckName(d.Name)
}

// CheckName refuses what is neither a file's name nor a server's URL. It does not repeat it, because of the password.
func CheckName(db string) error {
	if Misnamed(db) {
		return exit.Usagef("--db is the name of a file, or a URL that begins with postgres://")
	}
	return nil
}

// Lacking reports whether there is no file of a database's name, or one with nothing in it: opening makes a new database of
// either.
func Lacking(name string) (missing, empty bool) {
	info, err := os.Stat(name)
	return errors.Is(err, os.ErrNotExist), err == nil && info.Mode().IsRegular() && info.Size() == 0
}

// Missing is the error about a database file that is not there, for a command that makes none; nil where there is one. Of a
// name that [Flag.Check] refuses it is that error.
func (d *Flag) Missing() error {
	if err := d.Check(); err != nil {
		return err
	}
	if OnServer(d.Name) {
		return nil
	}
	switch missing, empty := Lacking(d.Name); {
	case missing:
		return fmt.Errorf("there is no database %s: name another one with --db", d.Name)
	case empty:
		return fmt.Errorf("%s is empty and no database: restore a backup, or name another one with --db", d.Name)
	}
	return nil
}

// TellMade says that there is a database now, for a command that has found none.
func (d *Flag) TellMade(p *command.Program) {
	if d.Missing() == nil && !OnServer(d.Name) {
		fmt.Fprintf(p.Stderr, "made %s\n", d.Name)
	}
}

// OnFile refuses a database that is no file, for a command that is about one.
func (d *Flag) OnFile(command, instead string) error {
	if err := d.Check(); err != nil {
		return err
	}
	if OnServer(d.Name) {
		return exit.Usagef("%s is for SQLite files: %s", command, instead)
	}
	return d.Missing()
}

// WithExisting is WithService for a database that is not to be made.
func (d *Flag) WithExisting(ctx context.Context, do func(*roster.Service) error) error {
	if err := d.Missing(); err != nil {
		return err
	}
	return d.WithService(ctx, do)
}

// WithService calls do with a service over the database.
func (d *Flag) WithService(ctx context.Context, do func(*roster.Service) error) error {
	return d.WithOptions(ctx, roster.Options{}, do)
}

// WithOptions is WithService for a service that has options.
func (d *Flag) WithOptions(ctx context.Context, options roster.Options, do func(*roster.Service) error) error {
	if err := d.Check(); err != nil {
		return err
	}
	return With(ctx, d.Name, func(st store.Store) error { return do(roster.New(st, options)) })
}
