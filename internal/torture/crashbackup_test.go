package torture_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/sqlitestore"
)

// TestABackupThatIsKilledIsWholeOrNotThere kills `roster backup` at random moments of the time that it takes.
func TestABackupThatIsKilledIsWholeOrNotThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	database := filepath.Join(dir, "roster.db")
	importRows(t, database, torture.Rounds(300, 3000))
	want, err := sqlitestore.Stats(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if said, err := backup(t, database, filepath.Join(dir, "whole.db")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	takes := time.Since(began)

	rounds, whole, left := torture.Rounds(4, 40), 0, 0
	for n := range rounds {
		to := filepath.Join(dir, fmt.Sprintf("backup-%d.db", n))
		killBackup(t, backup(t, database, to), time.Duration(rand.Int64N(int64(takes))))
		if _, err := os.Stat(to); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		whole++
		checkDatabase(t, to)
		if got, err := sqlitestore.Stats(t.Context(), to); err != nil || got.Memberships != want.Memberships || got.LastChange != want.LastChange {
			t.Errorf("the backup has %d memberships of %d, %v", got.Memberships, want.Memberships, err)
		}
	}
	checkDatabase(t, database)
	left = countParts(t, dir)
	if said, err := backup(t, database, filepath.Join(dir, "again.db")).CombinedOutput(); err != nil {
		t.Errorf("a backup after those that were killed: %v: %s", err, said)
	}
	torture.Report(t, torture.Result{
		Part: torture.Crash, Promise: "A backup that is killed is there as a whole or not at all, and the database is unharmed",
		Method: "`roster backup` killed at a random moment of the time that it takes; `roster check` on both", Rounds: rounds,
		Measured: fmt.Sprintf("%d whole, %d not there; %d drafts left, which are called .part", whole, rounds-whole, left),
	})
}

func backup(t *testing.T, database, to string) *exec.Cmd {
	t.Helper()
	return exec.CommandContext(t.Context(), servertest.Program(t), "backup", "--db", database, "--to", to)
}

func killBackup(t *testing.T, cmd *exec.Cmd, after time.Duration) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-time.NewTimer(after).C
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // an error when it was killed
}

// countParts counts what killed backups have left. Nothing else of theirs may lie there.
func countParts(t *testing.T, dir string) (n int) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		switch name := e.Name(); {
		case strings.Contains(name, ".part"):
			n++
		case !strings.HasSuffix(name, ".db") && !strings.HasPrefix(name, "roster."):
			t.Errorf("a killed backup left %s", name)
		}
	}
	return n
}

// importRows makes a database with some times five accounts.
func importRows(t *testing.T, database string, times int) {
	t.Helper()
	var rows strings.Builder
	for range times {
		some, _ := newRows("Acme")
		rows.WriteString(some)
	}
	file := database + ".ndjson"
	if err := os.WriteFile(file, []byte(rows.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.CommandContext(t.Context(), servertest.Program(t), "import", "--db", database, file).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
}
