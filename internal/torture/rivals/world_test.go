package rivals_test

import (
	"database/sql"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/pgtest"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/migrations"
	"github.com/roster-go/roster/pgstore"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

// ownDSN is what a program opens its own database with, as sqlitestore.New asks for it.
const ownDSN = "?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)"

// openFile opens a database file until the test ends.
func openFile(t testing.TB, path string) *sqlitestore.Store {
	t.Helper()
	st, err := sqlitestore.Open(path, sqlitestore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	closeAtEnd(t, st)
	return st
}

// openProgram is a program's own database in a new file, migrated.
func openProgram(t testing.TB) (path string, db *sql.DB) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "app.db")
	db, err := sql.Open("sqlite", "file:"+path+ownDSN)
	if err == nil {
		closeAtEnd(t, db)
		err = migrations.Up(t.Context(), db)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path, db
}

// postgresConns are few, because many tests run at once on one server.
const postgresConns = 8

// openPostgres opens a PostgreSQL database until the test ends.
func openPostgres(t testing.TB, url string) *pgstore.Store {
	t.Helper()
	st, err := pgstore.Open(t.Context(), url, pgstore.Options{MaxConns: postgresConns})
	if err != nil {
		t.Fatal(err)
	}
	closeAtEnd(t, st)
	return st
}

// openPool is a program's own pool on a new PostgreSQL database, migrated.
func openPool(t testing.TB) (url string, pool *pgxpool.Pool) {
	t.Helper()
	url = pgtest.URL(t)
	pool, err := pgxpool.New(t.Context(), url)
	if err == nil {
		t.Cleanup(pool.Close)
		err = pgstore.Migrate(t.Context(), pool)
	}
	if err != nil {
		t.Fatal(err)
	}
	return url, pool
}

func closeAtEnd(t testing.TB, c interface{ Close() error }) {
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
}

// fill imports rows.
func fill(t testing.TB, st store.Store, rows ...membership.Row) {
	t.Helper()
	svc := roster.New(st, roster.Options{})
	for imported, err := range svc.Import(t.Context(), slices.Values(rows), roster.ImportOptions{}) {
		if err != nil || imported.Err != nil {
			t.Fatalf("row %d: %v, %v", imported.Index, imported.Err, err)
		}
	}
}

// newAccounts and newMembers make rows, and their ids as texts.
func newAccounts(n int) (rows []membership.Row, ids []string) {
	for range n {
		id := uuid.New()
		rows = append(rows, membership.Account{ID: membership.AccountID{UUID: id}, Name: "account " + id.String()})
		ids = append(ids, id.String())
	}
	return rows, ids
}

func newMembers(n int) (rows []membership.Row, ids []string) {
	for range n {
		id := uuid.New()
		rows = append(rows, membership.Member{ID: membership.MemberID{UUID: id}, Name: "member " + id.String()})
		ids = append(ids, id.String())
	}
	return rows, ids
}
