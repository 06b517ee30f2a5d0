package sqlitestore_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roster-go/roster/sqlitestore"
)

// applicationID is what a file is marked with.
func applicationID(t *testing.T, path string) (id int64) {
	t.Helper()
	if err := openWith(t, path, pragmas).QueryRow(`PRAGMA application_id`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}

// made is a database file in which statements were run.
func made(t *testing.T, statements ...string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "made.db")
	alter(t, path, statements...)
	return path
}

// alter runs statements in a file that nobody has open, without the checks of foreign keys.
func alter(t *testing.T, path string, statements ...string) {
	t.Helper()
	db := openWith(t, path, "_pragma=foreign_keys(0)")
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOpenMarksAFileOfItsOwn(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	open(t, path, sqlitestore.Options{})
	if id := applicationID(t, path); id != sqlitestore.ApplicationID {
		t.Errorf("a new file has application id %d", id)
	}
	file, err := os.ReadFile(made(t, `PRAGMA application_id = 1919906676`, `CREATE TABLE a (b)`))
	if err != nil || string(file[68:72]) != "rost" {
		t.Errorf("in the file it is %q, %v", file[68:72], err)
	}
}

func TestOpenMarksAFileFromBeforeFilesWereMarked(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	if err := firstVersion(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path, sqlitestore.Options{})
	if id := applicationID(t, path); id != sqlitestore.ApplicationID {
		t.Errorf("it has application id %d", id)
	}
}

func TestADatabaseOfTheProgramsOwnIsNotMarked(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "app.db")
	db := openDB(t, path)
	borrow(t, db)
	if id := applicationID(t, path); id != 0 {
		t.Errorf("New: it has application id %d", id)
	}
	if _, err := db.Exec(`CREATE TABLE projects (id)`); err != nil {
		t.Fatal(err)
	}
	open(t, path, sqlitestore.Options{})
	if id := applicationID(t, path); id != 0 {
		t.Errorf("Open of a shared file: it has application id %d", id)
	}
	if _, err := db.Exec(`PRAGMA application_id = 4711`); err != nil {
		t.Fatal(err)
	}
	open(t, path, sqlitestore.Options{})
	if id := applicationID(t, path); id != 4711 {
		t.Errorf("Open of another program's file that it shares: it has application id %d", id)
	}
}

func TestOpenRefusesAnotherProgramsFile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ path, says string }{
		"with tables":    {made(t, `CREATE TABLE songs (id)`, `CREATE TABLE singers (id)`), "it has 2 tables, of which none is roster's"},
		"that is marked": {made(t, `PRAGMA application_id = 0x47504b47`), "another program's (application id 0x47504b47)"},
		"that is both":   {made(t, `PRAGMA application_id = 0x47504b47`, `CREATE TABLE songs (id)`), "it has 1 tables"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, err := os.ReadFile(c.path)
			if err != nil {
				t.Fatal(err)
			}
			_, err = sqlitestore.Open(c.path, sqlitestore.Options{})
			if !errors.Is(err, sqlitestore.ErrNotRoster) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "name another file") {
				t.Errorf("got %v, want it to say %q", err, c.says)
			}
			if after, err := os.ReadFile(c.path); err != nil || string(after) != string(before) {
				t.Errorf("the file was changed, %v", err)
			}
		})
	}
}
