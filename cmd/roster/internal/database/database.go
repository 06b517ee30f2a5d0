// Package database is the database that a command works with itself: the flag that names it, and how it is opened. One
// is named by a file, which is SQLite's, or by a URL, which is a PostgreSQL server's.
package database

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/pgstore"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

// OnServer reports whether a database is named by a URL.
func OnServer(db string) bool {
	scheme, _, isURL := strings.Cut(db, "://")
	return isURL && (strings.EqualFold(scheme, "postgres") || strings.EqualFold(scheme, "postgresql"))
}

// Misnamed reports whether a name is neither, but was meant to be a server's: another scheme, or a list of parameters. Why not a
// file: its name would be everywhere, with the password.
func Misnamed(db string) bool {
	return !OnServer(db) && (strings.Contains(db, "://") || parameters.MatchString(db))
}

var parameters = regexp.MustCompile(`(?i)(^|\s)(host|user|password|dbname)\s*=|^\s*postgres(ql)?:`)

// Actor is whom the change log names for what a command does on a database itself.
func Actor(p *command.Program) string {
	if user := p.Env("USER"); user != "" {
		return "cli:" + user
	}
	return "cli"
}

// outage is how long a server that went away is waited for: less than a client waits for an answer.
const outage = 20 * time.Second

// Open opens a database. A file is made when it is missing.
func Open(ctx context.Context, db string) (store.Store, error) {
	if OnServer(db) {
		st, err := pgstore.Open(ctx, db, pgstore.Options{Patience: outage})
		if err != nil {
			return nil, fmt.Errorf("cannot open %s: %w", Shown(db), err)
		}
		return st, nil
	}
	return sqlitestore.Open(db, sqlitestore.Options{})
}

// passwords finds them in a URL: behind the user's name, and as a parameter. Why not package net/url: it does not know URLs of
// several hosts. Why up to the last @, wherever that is: somebody's password has a slash or a question mark in it that ought to
// be escaped, and better too little is shown than that.
var passwords = regexp.MustCompile(`(?i)(://[^/?@:]*:).*(@)|([?&](?:ssl)?password=)[^&]*`)

// Shown is a database's name without its password, and a mask for one that is [Misnamed].
func Shown(db string) string {
	if Misnamed(db) {
		return "xxxxx"
	}
	if !OnServer(db) {
		return db
	}
	return passwords.ReplaceAllString(db, "${1}${3}xxxxx${2}")
}

// With calls do with a database.
func With(ctx context.Context, db string, do func(store.Store) error) (err error) {
	st, err := Open(ctx, db)
	if err != nil {
		return err
	}
	defer func() {
		if closing := st.Close(); closing != nil && err == nil {
			err = fmt.Errorf("cannot close %s: %w", Shown(db), closing)
		}
	}()
	return do(st)
}
