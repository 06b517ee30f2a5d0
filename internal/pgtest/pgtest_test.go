package pgtest_test

import (
	"context"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/roster-go/roster/internal/pgtest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		pgtest.Stop()
		os.Exit(code)
	}))
}

// connect opens a connection that is closed after the test.
func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// execute runs a statement.
func execute(t *testing.T, conn *pgx.Conn, statement string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// answer is what a query for one value answers.
func answer[V any](t *testing.T, conn *pgx.Conn, query string) V {
	t.Helper()
	var value V
	if err := conn.QueryRow(t.Context(), query).Scan(&value); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return value
}

func TestEveryURLHasAnEmptySchemaOfItsOwn(t *testing.T) {
	t.Parallel()
	first, second := connect(t, pgtest.URL(t)), connect(t, pgtest.URL(t))
	execute(t, first, "CREATE TABLE things (id int PRIMARY KEY)")
	if found := answer[bool](t, second, "SELECT to_regclass('things') IS NOT NULL"); found {
		t.Error("the second schema has the table of the first")
	}
	execute(t, second, "CREATE TABLE things (name text PRIMARY KEY)")
}

func TestAcknowledgedRowsSurviveTheEndOfThePrimary(t *testing.T) {
	t.Parallel()
	cluster := pgtest.StartCluster(t, 2, "work_mem=5MB")
	conn := connect(t, cluster.URL)
	if got := answer[string](t, conn, "SHOW work_mem"); got != "5MB" {
		t.Errorf("work_mem is %s, want the setting that was asked for", got)
	}
	if got := answer[string](t, conn, "SHOW fsync"); got != "on" {
		t.Errorf("fsync is %s", got)
	}
	execute(t, conn, "CREATE TABLE rounds (id int PRIMARY KEY)")
	execute(t, conn, "INSERT INTO rounds VALUES (0)")
	for round := range 2 {
		cluster.KillPrimary()
		if _, err := conn.Exec(t.Context(), "SELECT 1"); err == nil {
			t.Fatal("the primary still answers")
		}
		cluster.Promote()
		conn = connect(t, cluster.URL)
		if got := answer[int](t, conn, "SELECT count(*) FROM rounds"); got != round+1 {
			t.Fatalf("%d rows after %d failovers", got, round+1)
		}
		cluster.Rejoin()
		if got := answer[int](t, conn, "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'quorum'"); got != 2 {
			t.Fatalf("%d synchronous standbys after everybody is back", got)
		}
		if _, err := conn.Exec(t.Context(), "INSERT INTO rounds VALUES ($1)", round+1); err != nil {
			t.Fatal(err)
		}
	}
}
