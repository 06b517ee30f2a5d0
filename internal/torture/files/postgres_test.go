package files_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/roster-go/roster/internal/pgtest"
	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/migrations"
	"github.com/roster-go/roster/migrations/postgres"
)

func TestMigrationsOfPostgreSQLKeepTheSamePromises(t *testing.T) {
	t.Parallel()
	result := torture.Result{Part: torture.Migrations, Promise: "A PostgreSQL schema is migrated by any number of programs at once and after a kill, and a newer one is refused",
		Method: "8 servers at once on an empty schema; the program killed while it migrates; commands on a newer schema"}
	defer func() {
		if t.Skipped() { // what pgtest has skipped is a row too
			result.Skipped = "PostgreSQL is not installed"
			torture.Report(t, result)
		}
	}()
	url := pgtest.URL(t)
	serveAtOnce(t, 8, url)
	mustBeMigrated(t, url)

	killed := 0
	result.Rounds = torture.Rounds(4, 30)
	for i := range result.Rounds {
		rng := rand.New(rand.NewPCG(uint64(i), 9))
		url := pgtest.URL(t)
		if killAfter(t, time.Duration(rng.Int64N(int64(150*time.Millisecond))), "migrate", "up", "--db", url) {
			killed++
		}
		if status, said := runRoster(t, "migrate", "up", "--db", url); status != 0 {
			t.Errorf("migrate up: exit %d: %s", status, said)
		}
		mustBeMigrated(t, url)
	}

	query(t, url, `INSERT INTO `+migrations.Table+` (version_id, is_applied) VALUES (4711, true)`)
	commands := refuseNewer(t, url, postgres.Latest())
	result.Measured = fmt.Sprintf("all 8 listened; %d killed, each recovered; %d commands refused", killed, commands)
	torture.Report(t, result)
}

// mustBeMigrated looks whether each migration was applied, once.
func mustBeMigrated(t *testing.T, url string) {
	t.Helper()
	want := strconv.FormatInt(postgres.Latest(), 10)
	got := query(t, url, `SELECT count(*)::text || ' ' || max(version_id)::text FROM `+migrations.Table+` WHERE version_id > 0`)
	if got != want+" "+want {
		t.Errorf("migrations and version: %q, want %s of each", got, want)
	}
	if status, said := runRoster(t, "migrate", "status", "--db", url); status != 0 {
		t.Errorf("migrate status: exit %d: %s", status, said)
	}
}

// query runs a statement, and returns the text that it answers with, if it does.
func query(t *testing.T, url, statement string) (text string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	rows, err := conn.Query(t.Context(), statement)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return text
}
