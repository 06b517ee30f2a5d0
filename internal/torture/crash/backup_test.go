package crash_test

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
	fillBackup(t, database, torture.Rounds(300, 3000))
	want, err := sqlitestore.Stats(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	complete := filepath.Join(dir, "complete.db")
	began := time.Now()
	if said, err := backup(t, database, complete).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	takes := time.Since(began)

	rounds, whole := torture.Rounds(4, 40), 0
	for n := range rounds {
		to := filepath.Join(dir, fmt.Sprintf("backup-%d.db", n))
		if n%2 == 0 { // while it copies
			killCopy(t, backup(t, database, to), to, rand.Int64N(copied(complete)))
		} else {
			killBackup(t, backup(t, database, to), time.Duration(rand.Int64N(int64(takes*5/4))))
		}
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
	left := countParts(t, dir)
	if said, err := backup(t, database, filepath.Join(dir, "again.db")).CombinedOutput(); err != nil {
		t.Errorf("a backup after those that were killed: %v: %s", err, said)
	}
	torture.Report(t, torture.Result{
		Part: torture.Crash, Promise: "A backup that is killed is there as a whole or not at all, and the database is unharmed",
		Method: "`roster backup` killed when so much was copied, or so much time had gone by; `roster check` on both", Rounds: rounds,
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

// killCopy kills a backup once it has written so many bytes, under whatever name.
func killCopy(t *testing.T, cmd *exec.Cmd, to string, bytes int64) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // an error when it was killed
	}()
	for copied(to) <= bytes {
		select {
		case <-ended:
			t.Errorf("the backup ended with %d of %d bytes", copied(to), bytes)
			return
		default:
		}
	}
	_ = cmd.Process.Kill()
	<-ended
}

// copied is how large a backup is, or what is to become one.
func copied(to string) (bytes int64) {
	drafts, _ := filepath.Glob(filepath.Join(filepath.Dir(to), "."+filepath.Base(to)+".*.part"))
	for _, name := range append(drafts, to) {
		if info, err := os.Stat(name); err == nil {
			bytes = max(bytes, info.Size())
		}
	}
	return bytes
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
		case strings.HasSuffix(name, ".part"):
			n++
		case strings.HasSuffix(name, ".part-journal"): // SQLite's own, of such a draft
		case !strings.HasSuffix(name, ".db") && !strings.HasPrefix(name, "roster."):
			t.Errorf("a killed backup left %s", name)
		}
	}
	return n
}

// fillBackup makes a database with some times five accounts.
func fillBackup(t *testing.T, database string, times int) {
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
