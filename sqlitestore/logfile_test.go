package sqlitestore_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/roster-go/roster/migrations"
	"github.com/roster-go/roster/sqlitestore"
)

// opens is what Open says of a file.
func opens(path string) error {
	st, err := sqlitestore.Open(path, sqlitestore.Options{})
	if err == nil {
		err = st.Close()
	}
	return err
}

// SQLite would delete the log, and what was written last may be nowhere else.
func TestALogWithoutItsFileIsRefusedAndKept(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(path string) error{
		"missing": os.Remove,
		"empty":   func(path string) error { return os.Truncate(path, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := crashed(t)
			done(t, spoil(path))
			before := files(t, path)
			_, checking := sqlitestore.Check(t.Context(), path, sqlitestore.CheckOptions{})
			_, counting := sqlitestore.Stats(t.Context(), path)
			_, backing := sqlitestore.Backup(t.Context(), path, filepath.Join(t.TempDir(), "to.db"))
			for what, err := range map[string]error{"Open": opens(path), "Check": checking, "Stats": counting, "Backup": backing} {
				if !errors.Is(err, sqlitestore.ErrDamaged) || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "-wal") {
					t.Errorf("%s: got %v", what, err)
				}
			}
			if after := files(t, path); len(after) != len(before) || after[filepath.Base(path)+"-wal"] != before[filepath.Base(path)+"-wal"] {
				t.Errorf("something was changed: %v", after)
			}
		})
	}
}

func TestCheckFindsThatALogWasRemoved(t *testing.T) {
	t.Parallel()
	path := newWorld(t)
	done(t, os.WriteFile(path+"-wal", nil, 0o600))
	done(t, os.WriteFile(path+"-shm", make([]byte, 32<<10), 0o600))
	mustBeSound(t, path)
	done(t, os.Remove(path+"-wal"))
	if kinds := kindsOf(check(t, path)); !slices.Contains(kinds, sqlitestore.FindingLogFile) {
		t.Errorf("found %v", kinds)
	}
}

// A checkpoint writes pages that the log has. What ends it, a loss of power or a limit on files, may do so within a page.
func TestAPageThatTheLogHasMayBeCut(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	st := open(t, path, sqlitestore.Options{})
	mustInsert(t, st, "Acme")
	done(t, st.Close())
	db := openWith(t, path, pragmas)
	for _, statement := range []string{`PRAGMA wal_autocheckpoint = 0`, `CREATE TABLE roster_large (x)`, `INSERT INTO roster_large VALUES (randomblob(100000))`} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	copied := copiedWithLog(t, path)
	info, err := os.Stat(copied)
	done(t, err)
	done(t, os.Truncate(copied, info.Size()+1000)) // the first page behind the file's end, not to its end
	if kinds := kindsOf(check(t, copied)); slices.Contains(kinds, sqlitestore.FindingDamage) {
		t.Errorf("found %v", kinds)
	}
	done(t, opens(copied))

	alone := copiedWithLog(t, path)
	done(t, os.Remove(alone+"-wal"))
	done(t, os.Truncate(alone, info.Size()+1000))
	if err := opens(alone); !errors.Is(err, sqlitestore.ErrDamaged) {
		t.Errorf("without its log: got %v", err)
	}
}

// copiedWithLog copies a database that nobody writes, and its log.
func copiedWithLog(t *testing.T, path string) (copied string) {
	t.Helper()
	copied = filepath.Join(t.TempDir(), "copied.db")
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(path + suffix)
		done(t, err)
		done(t, os.WriteFile(copied+suffix, content, 0o600))
	}
	return copied
}

// Opened to write, it would become one with a write-ahead log.
func TestOpenLeavesANewerFileAsItIs(t *testing.T) {
	t.Parallel()
	path := backedUp(t, newWorld(t))
	alter(t, path, `INSERT INTO `+migrations.Table+` (version_id, is_applied) VALUES (99, 1)`)
	before := files(t, path)
	if err := opens(path); !errors.Is(err, migrations.ErrNewer) {
		t.Errorf("got %v", err)
	}
	if after := files(t, path); len(after) != len(before) || after[filepath.Base(path)] != before[filepath.Base(path)] {
		t.Error("it was changed")
	}
}
