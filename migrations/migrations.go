// Package migrations brings a database to the tables that roster's stores work on.
//
// sqlitestore.Open calls [Up] for the file it owns. A program that shares its database with roster calls Up where it
// runs its own migrations, and then sqlitestore.New:
//
//	if err := migrations.Up(ctx, db); err != nil { ... }
//
// or runs the files of [FS] with a goose of its own that records them in [Table] (goose.WithTableName). Migrations only go forward. Each one is a transaction, so that a
// program that is killed in the middle leaves the step before. They are recorded in a table of their own, [Table],
// and so never meet the migrations of the program around them, goose or not.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

// Table is the table that records which migrations have been applied.
const Table = "roster_schema_version"

// ErrNewer says that the database was migrated by a newer program. This one must not touch it.
var ErrNewer = errors.New("the database is newer than this program")

//go:embed sqlite/*.sql
var files embed.FS

// FS has the migrations for SQLite, in goose's format: one file each, named by version.
func FS() fs.FS {
	sub, err := fs.Sub(files, "sqlite")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}

// Latest is the version that this program works on.
func Latest() int64 { return LatestOf(FS()) }

// LatestOf is the greatest version of a folder of migrations.
func LatestOf(migrations fs.FS) int64 {
	names, err := fs.Glob(migrations, "*.sql")
	if err != nil || len(names) == 0 {
		panic("no migrations") // they are embedded
	}
	// Sorted by name, and the names begin with the version.
	number, _, _ := strings.Cut(names[len(names)-1], "_")
	version, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		panic(err)
	}
	return version
}

// How often Up tries, and how long it waits in between at least and at most.
const (
	attempts = 20
	minWait  = 5 * time.Millisecond
	maxWait  = 25 * time.Millisecond
)

// Up brings the database to the version [Latest]; when it is there already, nothing happens. Any number of programs
// may do so at once. A newer database is refused with [ErrNewer] and left alone.
func Up(ctx context.Context, db *sql.DB) error {
	var err error
	for attempt := range attempts {
		if attempt > 0 {
			if err := pause(ctx); err != nil {
				return err
			}
		}
		// Why again at each attempt: another program may have done it meanwhile.
		var current int64
		if current, err = Check(ctx, db); err == nil && current == Latest() {
			return nil
		}
		if err == nil {
			err = apply(ctx, db)
		}
		if err == nil {
			return nil
		}
		if ctx.Err() != nil || !contended(err) {
			break
		}
	}
	if ctxErr := ctx.Err(); ctxErr != nil {
		return ctxErr
	}
	return err
}

// Queryer reads from a database: *sql.DB, *sql.Conn and *sql.Tx do.
type Queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Check returns the database's version like [Version], and [ErrNewer] when it is above [Latest].
func Check(ctx context.Context, db Queryer) (int64, error) {
	current, err := Version(ctx, db)
	if err != nil {
		return 0, err
	}
	return current, RefuseNewer(current, Latest())
}

// RefuseNewer answers with [ErrNewer] for a database whose version is above the latest that the program knows.
func RefuseNewer(current, latest int64) error {
	if current > latest {
		return fmt.Errorf("%w: it has version %d, the program knows up to version %d; use the newer program", ErrNewer, current, latest)
	}
	return nil
}

const (
	selectHasTable = `SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '` + Table + `')`
	selectVersion  = `SELECT coalesce(max(version_id), 0) FROM ` + Table + ` WHERE is_applied`
)

// Version is the last migration that was applied to the database: 0 when it has none of roster's tables yet.
func Version(ctx context.Context, db Queryer) (int64, error) {
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

// apply runs the migrations that are missing. The provider is not closed, because that would close db.
func apply(ctx context.Context, db *sql.DB) error {
	if err := ensureTable(ctx, db); err != nil {
		return fmt.Errorf("create the table of versions: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, FS(),
		goose.WithTableName(Table),
		// The program around us may have registered migrations of its own.
		goose.WithDisableGlobalRegistry(true),
	)
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// ensureTable creates the table of versions. Goose would too, but without the lock: of two programs that do so at once
// one would fail, and goose would sleep a second before it looked again.
func ensureTable(ctx context.Context, db *sql.DB) (err error) {
	versions, err := database.NewStore(database.DialectSQLite3, Table)
	if err != nil {
		return err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, `BEGIN IMMEDIATE`); err != nil {
		return err
	}
	if err = createTable(ctx, conn, versions); err == nil {
		_, err = conn.ExecContext(ctx, `COMMIT`)
	}
	if err != nil {
		// Why without ctx: the connection goes back to its owner, and must not take the transaction along.
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`)
	}
	return err
}

func createTable(ctx context.Context, conn *sql.Conn, versions database.Store) error {
	var exists bool
	if err := conn.QueryRowContext(ctx, selectHasTable).Scan(&exists); err != nil || exists {
		return err
	}
	if err := versions.CreateVersionTable(ctx, conn); err != nil {
		return err
	}
	return versions.Insert(ctx, conn, database.InsertRequest{Version: 0})
}

// contended reports whether another program that migrates at the same time may be the reason. SQLite has no lock that
// would span goose's steps, so two programs may both begin, and one of them then finds a lock, a table or a version
// that was not there when it looked.
func contended(err error) bool {
	const (
		sqliteError      = 1 // "table already exists" has no code of its own
		sqliteBusy       = 5
		sqliteLocked     = 6
		sqliteConstraint = 19
	)
	var coded interface{ Code() int }
	if !errors.As(err, &coded) {
		return false
	}
	switch coded.Code() & 0xff { // the primary code is in the low byte
	case sqliteError, sqliteBusy, sqliteLocked, sqliteConstraint:
		return true
	}
	return false
}

// pause waits a little, differently long each time, so that programs that met once do not meet again.
func pause(ctx context.Context) error {
	timer := time.NewTimer(minWait + rand.N(maxWait-minWait))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
