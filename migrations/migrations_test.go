package migrations_test

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/pressly/goose/v3"
	"go.uber.org/goleak"

	_ "modernc.org/sqlite"

	"github.com/roster-go/roster/migrations"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

func TestMain(m *testing.M) {
	if child(os.Getenv(childTask)) {
		return
	}
	goleak.VerifyTestMain(m)
}

func TestUpMakesTheSchemaOfTheGoldenFile(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), "roster.db"))
	up(t, db)
	got := schema(t, db)
	golden := filepath.Join("testdata", "schema_sqlite.sql")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the schema is not that of %s; if that is meant, run: go test ./migrations -update\n%s", golden, got)
	}
}

func TestUpIsDoneOnce(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), "roster.db"))
	if version, err := migrations.Version(t.Context(), db); err != nil || version != 0 {
		t.Fatalf("a new file: version %d, %v; want 0", version, err)
	}
	for range 3 {
		up(t, db)
	}
	var rows int
	if err := db.QueryRow(`SELECT count(*) FROM ` + migrations.Table + ` WHERE version_id > 0`).Scan(&rows); err != nil {
		t.Fatal(err)
	}
	if version, err := migrations.Version(t.Context(), db); err != nil || version != migrations.Latest() || int64(rows) != version {
		t.Errorf("version %d, %d applied, %v; want version %d, each applied once", version, rows, err, migrations.Latest())
	}
}

func TestUpLeavesTheDatabaseOpen(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), "roster.db"))
	up(t, db)
	if err := db.Ping(); err != nil {
		t.Error(err)
	}
}

func TestUpRefusesANewerDatabase(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), "roster.db"))
	up(t, db)
	before := schema(t, db)
	if _, err := db.Exec(`INSERT INTO ` + migrations.Table + ` (version_id, is_applied) VALUES (4711, 1)`); err != nil {
		t.Fatal(err)
	}
	err := migrations.Up(t.Context(), db)
	if !errors.Is(err, migrations.ErrNewer) {
		t.Fatalf("got %v, want ErrNewer", err)
	}
	for _, says := range []string{"4711", fmt.Sprintf("version %d", migrations.Latest())} {
		if !strings.Contains(err.Error(), says) {
			t.Errorf("the error should say %q: %v", says, err)
		}
	}
	if schema(t, db) != before {
		t.Error("the schema was changed")
	}
}

func TestUpEndsWithItsContext(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), "roster.db"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := migrations.Up(ctx, db); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestUpReportsWhatIsNotContentionAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := migrations.Up(t.Context(), db); err == nil {
		t.Error("a text file was migrated")
	}
}

func TestUpFromManyGoroutinesWithConnectionsOfTheirOwn(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	var all sync.WaitGroup
	for range 4 {
		db := open(t, path)
		all.Go(func() {
			if err := migrations.Up(t.Context(), db); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// The embedder's goose uses its default table, in the same file, before and after ours.
func TestUpLeavesTheEmbeddersOwnMigrationsAlone(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), "app.db"))
	own := fstest.MapFS{"00001_app.sql": {Data: []byte("-- +goose Up\nCREATE TABLE app (id INTEGER PRIMARY KEY);\n")}}
	embedder := func() *goose.Provider {
		p, err := goose.NewProvider(goose.DialectSQLite3, db, own, goose.WithDisableGlobalRegistry(true))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if _, err := embedder().Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	up(t, db)
	own["00002_more.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE more (id INTEGER PRIMARY KEY);\n")}
	if _, err := embedder().Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	up(t, db)
	if version, err := embedder().GetDBVersion(t.Context()); err != nil || version != 2 {
		t.Errorf("the embedder's version is %d, %v", version, err)
	}
}

func TestFSCanBeRunWithAnotherTool(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(migrations.FS(), "*.sql")
	if err != nil || int64(len(files)) != migrations.Latest() {
		t.Fatalf("%v, %v; want %d files", files, err, migrations.Latest())
	}
	db := open(t, filepath.Join(t.TempDir(), "app.db"))
	p, err := goose.NewProvider(goose.DialectSQLite3, db, migrations.FS(), goose.WithTableName(migrations.Table))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	up(t, db) // and Up agrees that nothing is left to do
}

func open(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := openFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func openFile(path string) (*sql.DB, error) {
	return sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)")
}

func up(t *testing.T, db *sql.DB) {
	t.Helper()
	if err := migrations.Up(t.Context(), db); err != nil {
		t.Fatal(err)
	}
}

// schema is what sqlite_schema says, in the order of creation.
func schema(t *testing.T, db *sql.DB) string {
	t.Helper()
	rows, err := db.Query(`SELECT sql FROM sqlite_schema WHERE sql <> '' AND name <> 'sqlite_sequence' ORDER BY rowid`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var b strings.Builder
	for rows.Next() {
		var sql string
		if err := rows.Scan(&sql); err != nil {
			t.Fatal(err)
		}
		b.WriteString(sql + ";\n\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
