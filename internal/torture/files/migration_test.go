package files_test

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"

	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/migrations"
)

// earlier is a database file as the program of a version left it: with every row of a world that the tables of that time had
// room for.
func earlier(t *testing.T, world []byte, version int64) (path string, rows map[string][]string) {
	t.Helper()
	dir := t.TempDir()
	path, source := filepath.Join(dir, "roster.db"), filepath.Join(dir, "world.db")
	write(t, source, world)
	db := openDB(t, path)
	p, err := goose.NewProvider(goose.DialectSQLite3, db, migrations.FS(), goose.WithTableName(migrations.Table), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`ATTACH DATABASE ? AS world`, source); err != nil {
		t.Fatal(err)
	}
	for _, table := range list(t, db, `SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name GLOB 'roster_*' AND name <> '`+migrations.Table+`'`) {
		columns := strings.Join(columnsOf(t, db, table), ", ")
		for _, statement := range []string{
			`DELETE FROM main.` + table, `INSERT INTO main.` + table + ` (` + columns + `) SELECT ` + columns + ` FROM world.` + table,
		} {
			if _, err := db.Exec(statement); err != nil {
				t.Fatalf("%s: %v", statement, err)
			}
		}
	}
	if version >= 3 { // fields have indexes since then
		for _, statement := range list(t, db, `SELECT sql FROM world.sqlite_schema WHERE type = 'index' AND name GLOB 'roster_field_*'`) {
			execute(t, path, statement)
		}
	}
	for _, table := range []string{"accounts", "members"} { // what triggers have counted, and was copied too
		statement := `UPDATE main.roster_` + table + ` AS t SET membership_count = (SELECT w.membership_count FROM world.roster_` + table + ` w WHERE w.id = t.id)`
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Exec(`DETACH DATABASE world; PRAGMA journal_mode = WAL`); err != nil {
		t.Fatal(err)
	}
	return path, dump(t, db, nil)
}

// openDB is one connection to a file that makes nothing of its own.
func openDB(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	return db
}

func list(t *testing.T, db *sql.DB, query string) (all []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func columnsOf(t *testing.T, db *sql.DB, table string) []string {
	t.Helper()
	return list(t, db, `SELECT name FROM pragma_table_info('`+table+`', 'main') ORDER BY cid`)
}

// dump is what is in roster's tables, by table and columns: of all that there are, or of those that were there before.
func dump(t *testing.T, db *sql.DB, before map[string][]string) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	add := func(table string, columns string) {
		key := table + ": " + columns
		all[key] = list(t, db, `SELECT quote(`+strings.ReplaceAll(columns, ", ", `) || ' ' || quote(`)+`) FROM `+table+` ORDER BY 1`)
	}
	for key := range before {
		table, columns, _ := strings.Cut(key, ": ")
		add(table, columns)
	}
	if before == nil {
		for _, table := range list(t, db, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'roster_*' AND name <> '`+migrations.Table+`'`) {
			add(table, strings.Join(columnsOf(t, db, table), ", "))
		}
	}
	return all
}

// mustBeUpgraded looks whether a file has the latest version, is sound, and has every row that it had.
func mustBeUpgraded(t *testing.T, path string, rows map[string][]string) {
	t.Helper()
	db := openDB(t, path)
	defer db.Close()
	if version, err := migrations.Version(t.Context(), db); err != nil || version != migrations.Latest() {
		t.Errorf("version %d, %v", version, err)
	}
	for key, got := range dump(t, db, rows) {
		if !slices.Equal(got, rows[key]) {
			t.Errorf("%s: %d rows before, %d after, or other ones", key, len(rows[key]), len(got))
		}
	}
	if status, said := runRoster(t, "check", "--db", path); status != 0 {
		t.Errorf("check: exit %d: %s", status, said)
	}
}

// runRoster runs the program to its end.
func runRoster(t *testing.T, args ...string) (status int, said string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), servertest.Program(t), args...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

func TestServeUpgradesEveryEarlierVersion(t *testing.T) {
	t.Parallel()
	w := newWorlds(t)
	sum := 0
	for version := int64(1); version < migrations.Latest(); version++ {
		path, rows := earlier(t, w.file, version)
		for _, r := range rows {
			sum += len(r)
		}
		if status, said := runRoster(t, "migrate", "status", "--db", path); status != 4 {
			t.Errorf("migrate status of version %d: exit %d, %s", version, status, said)
		}
		servertest.Start(t, "--db", path).Stop()
		mustBeUpgraded(t, path, rows)
	}
	torture.Report(t, torture.Result{Part: torture.Migrations, Promise: "A database of every earlier version is upgraded with every row",
		Method: "served by the program, and compared", Rounds: int(migrations.Latest()) - 1, Measured: fmt.Sprintf("%d rows compared", sum)})
}

// migrateUntil is a child that is killed when a commit is about to happen.
func migrateUntil(args []string) error {
	left, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	sqlite.RegisterConnectionHook(func(c sqlite.ExecQuerierContext, _ string) error {
		// A tiny cache makes SQLite write what is not committed.
		if _, err := c.ExecContext(context.Background(), "PRAGMA cache_size = 1", nil); err != nil {
			return err
		}
		c.(sqlite.HookRegisterer).RegisterCommitHook(func() int32 {
			if left--; left == 0 {
				self, _ := os.FindProcess(os.Getpid())
				_ = self.Kill()
				select {}
			}
			return 0
		})
		return nil
	})
	db, err := sql.Open("sqlite", args[0])
	if err != nil {
		return err
	}
	defer db.Close()
	return migrations.Up(context.Background(), db)
}

func TestAMigrationThatIsKilledLeavesTheStepBefore(t *testing.T) {
	t.Parallel()
	w := newWorlds(t)
	var killed atomic.Int64
	t.Cleanup(func() { // when all have ended
		torture.Report(t, torture.Result{Part: torture.Migrations, Promise: "A migration that is killed leaves the step before, and the next start goes on",
			Method: "killed before every commit of every upgrade, and at any moment", Rounds: int(killed.Load()), Measured: "every row compared each time"})
	})
	for version := int64(1); version < migrations.Latest(); version++ {
		// The first commit is that of who looks for the table of versions, each one behind it is a migration.
		for commit := int64(1); version+commit-1 <= migrations.Latest(); commit++ {
			t.Run(fmt.Sprintf("from %d before commit %d", version, commit), func(t *testing.T) {
				t.Parallel()
				path, rows := earlier(t, w.file, version)
				if err := torture.Child(t, "migrate until", path, strconv.FormatInt(commit, 10)).Run(); err == nil {
					t.Fatal("it was not killed")
				}
				killed.Add(1)
				db := openDB(t, path)
				if got, err := migrations.Version(t.Context(), db); err != nil || got != version+max(commit-2, 0) {
					t.Errorf("it left version %d, %v", got, err)
				}
				db.Close()
				mustGoOn(t, path, rows)
			})
		}
	}
	for i := range torture.Rounds(6, 60) {
		t.Run(fmt.Sprintf("at any moment %d", i), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(uint64(i), 8))
			path, rows := earlier(t, w.file, 1+rng.Int64N(migrations.Latest()-1))
			if killAfter(t, time.Duration(rng.Int64N(int64(60*time.Millisecond))), "migrate", "up", "--db", path) {
				killed.Add(1)
			}
			mustGoOn(t, path, rows)
		})
	}
}

// mustGoOn upgrades what a kill has left.
func mustGoOn(t *testing.T, path string, rows map[string][]string) {
	t.Helper()
	if status, said := runRoster(t, "migrate", "up", "--db", path); status != 0 {
		t.Fatalf("migrate up: exit %d: %s", status, said)
	}
	mustBeUpgraded(t, path, rows)
}

// killAfter runs the program and kills it after a while, unless it has ended.
func killAfter(t *testing.T, wait time.Duration, args ...string) (killed bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	err := exec.CommandContext(ctx, servertest.Program(t), args...).Run()
	return err != nil && ctx.Err() != nil
}

func TestManyProcessesMayMigrateAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorlds(t)
	const processes = 8
	versions := []int64{0, 1}
	if torture.Full() {
		versions = []int64{0, 0, 0, 1, 2, 3, 4}
	}
	for _, version := range versions {
		path, rows := filepath.Join(t.TempDir(), "roster.db"), map[string][]string{}
		if version > 0 {
			path, rows = earlier(t, w.file, version)
		}
		serveAtOnce(t, processes, path)
		mustBeUpgraded(t, path, rows)
	}
	torture.Report(t, torture.Result{Part: torture.Migrations, Promise: "Any number of programs may open a new or an old database at once",
		Method: "8 servers started at once on a new file, and on files of earlier versions", Rounds: len(versions), Measured: "all of them listened"})
}

// serveAtOnce starts servers, waits until all of them listen, and stops them.
func serveAtOnce(t *testing.T, processes int, db string) {
	t.Helper()
	var listening []func() *servertest.Server
	for range processes {
		listening = append(listening, servertest.Launch(t, servertest.Options{Args: []string{"--db", db}}))
	}
	var servers []*servertest.Server
	for _, wait := range listening {
		servers = append(servers, wait())
	}
	for _, s := range servers {
		s.Stop()
	}
}

func TestANewerSchemaIsRefusedByAllAndLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorlds(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "roster.db")
	write(t, path, w.file)
	execute(t, path, "PRAGMA journal_mode = DELETE", "INSERT INTO "+migrations.Table+" (version_id, is_applied) VALUES (4711, 1)")
	before := contents(t, dir)
	n := refuseNewer(t, path, migrations.Latest(), "check", "backup --to "+filepath.Join(dir, "backup.db"), "stats")
	if after := contents(t, dir); len(after) != 1 || after["roster.db"] != before["roster.db"] {
		t.Errorf("the file was changed, or something lies beside it: %v", slices.Collect(maps.Keys(after)))
	}
	torture.Report(t, torture.Result{Part: torture.Migrations, Promise: "A database of a newer program is refused with a line that names both versions, and is left alone",
		Method: "opened with commands of the program", Rounds: n})
}

// refuseNewer runs commands on a database of version 4711.
func refuseNewer(t *testing.T, db string, latest int64, more ...string) (commands int) {
	t.Helper()
	all := append([]string{"serve --addr 127.0.0.1:0", "migrate up", "migrate status", "account list", "account create --name x", "export", "credentials list"}, more...)
	for _, command := range all {
		status, said := runRoster(t, append(strings.Fields(command), "--db", db)...)
		if status != 1 || !strings.Contains(said, "4711") || !strings.Contains(said, fmt.Sprintf("version %d", latest)) || strings.Count(said, "\n") != 1 {
			t.Errorf("%s: exit %d, %s", command, status, said)
		}
	}
	return len(all)
}

// theirs are migrations of a program that shares its database, in goose's own table.
var theirs = fstest.MapFS{
	"00001_app.sql":  {Data: []byte("-- +goose Up\nCREATE TABLE app (id INTEGER PRIMARY KEY);\n")},
	"00002_more.sql": {Data: []byte("-- +goose Up\nALTER TABLE app ADD COLUMN name TEXT;\nINSERT INTO app VALUES (1, 'theirs');\n")},
}

// migrateShared is a child that migrates a shared database: "ours", or "theirs" with a goose of its own.
func migrateShared(args []string) error {
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(args[1])+"?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)")
	if err != nil {
		return err
	}
	defer db.Close()
	if args[0] == "ours" {
		return migrations.Up(context.Background(), db)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, theirs, goose.WithDisableGlobalRegistry(true))
	if err == nil {
		_, err = p.Up(context.Background())
	}
	return err
}

func TestTheMigrationsOfTheProgramAroundUsAreNotMet(t *testing.T) {
	t.Parallel()
	orders := map[string][][]string{
		"theirs first": {{"theirs"}, {"ours"}}, "ours first": {{"ours"}, {"theirs"}}, "at once": {{"ours", "theirs", "ours", "ours", "ours"}},
	}
	rounds := torture.Rounds(2, 20)
	for name, order := range orders {
		for range rounds {
			path := filepath.Join(t.TempDir(), "app.db")
			if name == "at once" { // Why: for a change to WAL SQLite does not always wait for others, and their goose does not try again
				execute(t, path, "PRAGMA journal_mode = WAL")
			}
			for _, together := range order {
				var running []*exec.Cmd
				for _, who := range together {
					cmd := torture.Child(t, "migrate shared", who, path)
					if err := cmd.Start(); err != nil {
						t.Fatal(err)
					}
					running = append(running, cmd)
				}
				for _, cmd := range running {
					if err := cmd.Wait(); err != nil {
						t.Errorf("%s: %v", name, err)
					}
				}
			}
			db := openDB(t, path)
			version, err := migrations.Version(t.Context(), db)
			their := list(t, db, `SELECT max(version_id) || ' ' || (SELECT name FROM app) FROM goose_db_version`)
			if err != nil || version != migrations.Latest() || !slices.Equal(their, []string{"2 theirs"}) {
				t.Errorf("%s: ours %d, %v; theirs %v", name, version, err, their)
			}
			if status, said := runRoster(t, "check", "--db", path); status != 0 {
				t.Errorf("%s: check: exit %d: %s", name, status, said)
			}
		}
	}
	torture.Report(t, torture.Result{Part: torture.Migrations, Promise: "A program that shares its database with roster keeps its own migrations, in whatever order both migrate",
		Method: "its own goose in the same file, before ours, after ours, and at once with 4 of ours on a file in WAL mode", Rounds: len(orders) * rounds})
}
