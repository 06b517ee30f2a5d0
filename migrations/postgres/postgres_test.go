package postgres_test

import (
	"database/sql"
	"errors"
	"flag"
	"os"
	"strings"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"go.uber.org/goleak"

	"github.com/roster-go/roster/internal/pgtest"
	"github.com/roster-go/roster/migrations"
	"github.com/roster-go/roster/migrations/postgres"
)

var update = flag.Bool("update", false, "write the golden schema anew")

func TestMain(m *testing.M) {
	flag.Parse()
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		pgtest.Stop()
		os.Exit(code)
	}))
}

func openDB(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", url)
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

func TestUpByManyAtOnce(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	var wg sync.WaitGroup
	for range 8 { // each with connections of its own, as programs have
		db := openDB(t, url)
		wg.Go(func() {
			if err := postgres.Up(t.Context(), db); err != nil {
				t.Errorf("Up: %v", err)
			}
		})
	}
	wg.Wait()
	db := openDB(t, url)
	version, err := postgres.Check(t.Context(), db)
	if err != nil || version != postgres.Latest() {
		t.Errorf("Check answers %d, %v, want %d", version, err, postgres.Latest())
	}
	if err := postgres.Up(t.Context(), db); err != nil {
		t.Errorf("Up, once more: %v", err)
	}
	var held int
	if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
		AND pid IN (SELECT pid FROM pg_stat_activity WHERE state = 'idle')`).Scan(&held); err != nil || held != 0 {
		t.Errorf("%d advisory locks are held after Up, %v", held, err)
	}
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	db := openDB(t, pgtest.URL(t))
	if err := postgres.Require(t.Context(), db); err == nil || !strings.Contains(err.Error(), "call pgstore.Migrate first") {
		t.Errorf("Require on an empty schema: %v", err)
	}
	if err := postgres.Up(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), `INSERT INTO `+migrations.Table+` (version_id, is_applied) VALUES (9999, true)`); err != nil {
		t.Fatal(err)
	}
	if err := postgres.Up(t.Context(), db); !errors.Is(err, migrations.ErrNewer) || !strings.Contains(err.Error(), "9999") {
		t.Errorf("Up: %v", err)
	}
}

func TestNoSchemaToMigrate(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	db := openDB(t, url[:strings.LastIndex(url, "search_path=")]+"search_path=nowhere")
	if err := postgres.Up(t.Context(), db); err == nil || !strings.Contains(err.Error(), "search_path") {
		t.Errorf("Up without a schema: %v", err)
	}
}

// What stands in the catalogue, one line each, so that a migration's effect can be read in a diff.
const selectSchema = `
SELECT 'table ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
	|| CASE WHEN a.attcollation <> 0 THEN ' collate ' || (SELECT collname FROM pg_collation WHERE oid = a.attcollation) ELSE '' END
	|| CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
	|| coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'v') AND c.relname <> '` + migrations.Table + `'
UNION ALL
SELECT 'index ' || replace(pg_get_indexdef(i.indexrelid), current_schema() || '.', '') FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relname NOT LIKE '` + migrations.Table + `%'
UNION ALL
SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = current_schema()::regnamespace AND conrelid::regclass::text <> '` + migrations.Table + `'
UNION ALL
SELECT 'trigger ' || replace(pg_get_triggerdef(t.oid), current_schema() || '.', '') FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal
UNION ALL
SELECT 'function ' || proname || '(' || pg_get_function_arguments(oid) || ') ' || provolatile::text || ' '
	|| replace(regexp_replace(prosrc, '\s+', ' ', 'g'), current_schema(), '')
FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
UNION ALL
SELECT 'view ' || viewname || ' ' || regexp_replace(definition, '\s+', ' ', 'g') FROM pg_views WHERE schemaname = current_schema()
ORDER BY 1`

func TestGoldenSchema(t *testing.T) {
	t.Parallel()
	db := openDB(t, pgtest.URL(t))
	if err := postgres.Up(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	rows, err := db.QueryContext(t.Context(), selectSchema)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got strings.Builder
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		got.WriteString(line + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/schema.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("the schema is another one than in %s; go test ./migrations/postgres -update writes it anew. It is:\n%s", golden, got.String())
	}
}
