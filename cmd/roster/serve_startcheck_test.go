package main

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
)

// refusedStart is what `roster serve` says that must not listen.
func refusedStart(t *testing.T, path string, args ...string) string {
	t.Helper()
	code, stdout, stderr := runHere(t, ownCredentials, append([]string{"serve", "--addr", "127.0.0.1:0", "--db", path}, args...)...)
	if code != exit.Failed || stdout != "" || !oneLine(stderr) {
		t.Errorf("exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	return stderr
}

func TestADamagedFileIsNotServedUnlessAskedTo(t *testing.T) {
	t.Parallel()
	path := withAcme(t)
	// Quickly found is a row that refers to none; only in full, a name that the change log does not know.
	spoil(t, path, "PRAGMA foreign_keys = 0; UPDATE roster_memberships SET member_id = zeroblob(16)")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	said := refusedStart(t, path)
	for _, word := range []string{path, "not served", "roster check", "restore a backup", "--check-at-start off"} {
		if !strings.Contains(said, word) {
			t.Errorf("it does not say %q: %s", word, said)
		}
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was changed: %v", err)
	}
	start(t, ownCredentials, "--db", path, "--check-at-start", "off")

	renamed := withAcme(t)
	spoil(t, renamed, "UPDATE roster_members SET name = 'Somebody'")
	refusedStart(t, renamed, "--check-at-start", "full")
	start(t, ownCredentials, "--db", renamed)
}

// A repair works beside the server.
func TestWrongCountersAreServedWithAWarning(t *testing.T) {
	t.Parallel()
	path := withAcme(t)
	spoil(t, path, "UPDATE roster_accounts SET membership_count = 7")
	s := start(t, ownCredentials, "--db", path)
	s.waitForLog(`(level=WARN.*roster check.*counter)`)
	ran(t, exit.OK, []string{"repaired: 1"}, "check", "--db", path, "--repair")
}

func TestTheOperatorIsToldOfANewDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	missing, empty := filepath.Join(dir, "missing.db"), filepath.Join(dir, "empty.db")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, ownCredentials, "--db", missing).waitForLog(`(level=INFO msg="made a new database")`)
	start(t, ownCredentials, "--db", empty).waitForLog(`(level=WARN msg="made a new database in a file that was empty)`)
	s := start(t, ownCredentials, "--db", withAcme(t))
	if s.stop(); strings.Contains(s.stderr.String(), "made a new") {
		t.Errorf("it says so of one that is there:\n%s", s.stderr)
	}
}

// writing begins to write into a database, and does not end before the test does.
func writing(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), "BEGIN IMMEDIATE; UPDATE roster_accounts SET name = 'never'"); err != nil {
		t.Fatal(err)
	}
}

func TestTheCheckAtTheStartNeitherWaitsForWritersNorHoldsThemUp(t *testing.T) {
	t.Parallel()
	path := withAcme(t)
	s := start(t, ownCredentials, "--db", path) // it keeps the write-ahead log in use
	writing(t, path)
	start(t, ownCredentials, "--db", path, "--check-at-start", "full", "--busy-timeout", "0")
	s.stop()
}

func TestAStopBeforeTheStartIsNoFault(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	var stdout, stderr bytes.Buffer
	path := withAcme(t)
	code := run(ctx, []string{"serve", "--addr", "127.0.0.1:0", "--db", path}, ownCredentials, strings.NewReader(""), &stdout, &stderr)
	if code != exit.OK || stdout.Len() > 0 || stderr.Len() > 0 {
		t.Errorf("exit %d, %s%s", code, &stdout, &stderr)
	}
}

func TestAFileFromBeforeIsCheckedBeforeItIsMigrated(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)
	fill(t, path, func(*roster.Service) error { return nil })
	spoil(t, path, "DROP TABLE roster_pruned_changes; DELETE FROM roster_schema_version WHERE version_id = 5;"+
		"PRAGMA foreign_keys = 0; INSERT INTO roster_memberships (id, account_id, member_id, created_at, updated_at) VALUES (randomblob(16), randomblob(16), randomblob(16), 1, 1)")
	refusedStart(t, path)
	ran(t, exit.Faults, []string{"5", "no"}, "migrate", "status", "--db", path)
}
