package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

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

// outage is how long a server that went away is waited for: less than a client waits for an answer.
const outage = 20 * time.Second

// openStore opens a database. A file is made when it is missing.
func openStore(ctx context.Context, db string) (store.Store, error) {
	if onServer(db) {
		return pgstore.Open(ctx, db, pgstore.Options{Patience: outage})
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

// mustExist looks for a database file that is not to be made.
func mustExist(db string) error {
	if onServer(db) {
		return nil
	}
	if _, err := os.Stat(db); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("there is no database %s: name another one with --db", db)
	}
	return nil
}

// withService calls do with a service over a database.
func withService(ctx context.Context, db string, do func(*roster.Service) error) (err error) {
	st, err := openStore(ctx, db)
	if err != nil {
		return err
	}
	defer func() {
		if closing := st.Close(); closing != nil && err == nil {
			err = fmt.Errorf("cannot close %s: %w", shown(db), closing)
		}
	}()
	return do(roster.New(st, roster.Options{}))
}
