package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/pgstore"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

// A database is named by a file, which is SQLite's, or by a URL, which is a PostgreSQL server's.

// onServer reports whether a database is named by a URL.
func onServer(db string) bool {
	return strings.HasPrefix(db, "postgres://") || strings.HasPrefix(db, "postgresql://")
}

// actor is whom the change log names for what a command does on a database itself.
func (p *program) actor() string {
	if user := p.env("USER"); user != "" {
		return "cli:" + user
	}
	return "cli"
}

// outage is how long a server that went away is waited for: less than a client waits for an answer.
const outage = 20 * time.Second

// openStore opens a database. A file is made when it is missing.
func openStore(ctx context.Context, db string) (store.Store, error) {
	if onServer(db) {
		st, err := pgstore.Open(ctx, db, pgstore.Options{Patience: outage})
		if err != nil {
			return nil, fmt.Errorf("cannot open %s: %w", shown(db), err)
		}
		return st, nil
	}
	return sqlitestore.Open(db, sqlitestore.Options{})
}

// passwords finds them in a URL: behind the user's name, and as a parameter. Why not package net/url: it does not know URLs of
// several hosts.
var passwords = regexp.MustCompile(`(://[^/?@:]*:)[^/?]*(@)|([?&](?:ssl)?password=)[^&]*`)

// shown is a database's name without its password.
func shown(db string) string {
	if !onServer(db) {
		return db
	}
	return passwords.ReplaceAllString(db, "${1}${3}xxxxx${2}")
}

// database is the flag --db.
type database struct{ name string }

// defaultDB is the database of every command unless told otherwise.
const defaultDB = "roster.db"

// flag gives a command the flag, whose default the environment may change.
func (d *database) flag(p *program, c *cobra.Command) {
	standard := p.env(envDB)
	if standard == "" {
		standard = defaultDB
	}
	c.Flags().StringVar(&d.name, "db", shown(standard), "database `file`, or URL of a PostgreSQL database: postgres://...; also "+envDB)
	if onServer(standard) { // Why: help shows the default, and may not show the password in it
		d.name = standard
	}
}

// check refuses what names no database.
func (d *database) check() error {
	switch d.name {
	case "":
		return usagef("--db names no file")
	case ":memory:":
		return usagef("--db names a file; a database in memory ends with the command")
	}
	return nil
}

// mustExist looks for a database file that is not to be made.
func (d *database) mustExist() error {
	if onServer(d.name) {
		return nil
	}
	if _, err := os.Stat(d.name); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("there is no database %s: name another one with --db", d.name)
	}
	return nil
}

// withExisting is withService for a database that is not to be made.
func (d *database) withExisting(ctx context.Context, do func(*roster.Service) error) error {
	if err := errors.Join(d.check(), d.mustExist()); err != nil {
		return err
	}
	return d.withService(ctx, do)
}

// withService calls do with a service over the database.
func (d *database) withService(ctx context.Context, do func(*roster.Service) error) error {
	return d.withOptions(ctx, roster.Options{}, do)
}

// withOptions is withService for a service that has options.
func (d *database) withOptions(ctx context.Context, options roster.Options, do func(*roster.Service) error) error {
	if err := d.check(); err != nil {
		return err
	}
	return withStore(ctx, d.name, func(st store.Store) error { return do(roster.New(st, options)) })
}

// withStore calls do with a database.
func withStore(ctx context.Context, db string, do func(store.Store) error) (err error) {
	st, err := openStore(ctx, db)
	if err != nil {
		return err
	}
	defer func() {
		if closing := st.Close(); closing != nil && err == nil {
			err = fmt.Errorf("cannot close %s: %w", shown(db), closing)
		}
	}()
	return do(st)
}
