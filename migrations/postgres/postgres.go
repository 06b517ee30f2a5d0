// Package postgres brings a PostgreSQL database to the tables that pgstore works on. It is to PostgreSQL what package
// migrations is to SQLite.
//
// pgstore.Open calls [Up]. A program that shares its database with roster calls pgstore.Migrate, or Up with a *sql.DB, where
// it runs its own migrations; or it runs the files of [FS] with a goose of its own that records them in migrations.Table.
// Tables are made in the first schema of the connection's search_path.
package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/roster-go/roster/migrations"
)

//go:embed *.sql
var files embed.FS

// FS has the migrations for PostgreSQL, in goose's format: one file each, named by version.
func FS() fs.FS { return files }

// Latest is the version that this program works on.
func Latest() int64 { return migrations.LatestOf(files) }

// How often a program looks whether another one, which migrates, has ended, and for how long.
const (
	lockPoll = time.Second
	lockWait = 10 * time.Minute
)

// Up brings the database to the version [Latest]; when it is there already, nothing happens. Any number of programs may do so
// at once: one migrates, holding an advisory lock of the session, and the others wait for it, looking once a second. A
// connection pooler between the two must keep sessions (not transactions). A newer database is refused with
// migrations.ErrNewer and left alone.
func Up(ctx context.Context, db *sql.DB) error {
	current, err := Check(ctx, db)
	if err != nil || current == Latest() {
		return err
	}
	locker, err := newLocker(ctx, db)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, FS(),
		goose.WithTableName(migrations.Table),
		goose.WithSessionLocker(locker),
		// The program around us may have registered migrations of its own.
		goose.WithDisableGlobalRegistry(true),
	)
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	// The provider is not closed, because that would close db.
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

const selectSchema = `SELECT coalesce(current_schema(), '')`

// newLocker makes a lock of roster's own, for the schema: programs that work in other schemas do not wait for each other.
func newLocker(ctx context.Context, db *sql.DB) (lock.SessionLocker, error) {
	var schema string
	if err := db.QueryRowContext(ctx, selectSchema).Scan(&schema); err != nil {
		return nil, fmt.Errorf("read the schema's name: %w", err)
	}
	if schema == "" {
		return nil, errors.New("no schema of the search_path exists: create one, or name another")
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(migrations.Table + " " + schema)) // which never fails
	return lock.NewPostgresSessionLocker(
		lock.WithLockID(int64(h.Sum64())), //nolint:gosec // any number of 64 bits will do
		lock.WithLockTimeout(uint64(lockPoll/time.Second), uint64(lockWait/lockPoll)),
	)
}

// Check returns the database's version like [Version], and migrations.ErrNewer when it is above [Latest].
func Check(ctx context.Context, db migrations.Queryer) (int64, error) {
	current, err := Version(ctx, db)
	if err != nil {
		return 0, err
	}
	return current, migrations.RefuseNewer(current, Latest())
}

// Require answers with an error unless the database has the version [Latest].
func Require(ctx context.Context, db *sql.DB) error {
	version, err := Check(ctx, db)
	if err == nil && version < Latest() {
		err = fmt.Errorf("the schema has version %d, this program works on version %d: call pgstore.Migrate first", version, Latest())
	}
	return err
}

const (
	selectHasTable = `SELECT to_regclass('` + migrations.Table + `') IS NOT NULL`
	selectVersion  = `SELECT coalesce(max(version_id), 0) FROM ` + migrations.Table + ` WHERE is_applied`
)

// Version is the last migration that was applied to the database: 0 when it has none of roster's tables yet.
func Version(ctx context.Context, db migrations.Queryer) (int64, error) {
	var exists bool
	if err := db.QueryRowContext(ctx, selectHasTable).Scan(&exists); err != nil {
		return 0, fmt.Errorf("read the schema version: %w", err)
	}
	if !exists {
		return 0, nil
	}
	var version int64
	if err := db.QueryRowContext(ctx, selectVersion).Scan(&version); err != nil {
		return 0, fmt.Errorf("read the schema version: %w", err)
	}
	return version, nil
}
