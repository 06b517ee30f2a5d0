package sqlitestore_test

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"modernc.org/sqlite"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/migrations"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

func TestNewSaysWhatIsWrongAndHowToMendIt(t *testing.T) {
	t.Parallel()
	without := func(pragma string) string {
		var kept []string
		for p := range strings.SplitSeq(pragmas, "&") {
			if !strings.Contains(p, pragma) {
				kept = append(kept, p)
			}
		}
		return strings.Join(kept, "&")
	}
	for name, c := range map[string]struct {
		parameters string
		says       string
	}{
		"foreign_keys": {without("foreign_keys"), "foreign_keys is off in a connection of its pool: add _pragma=foreign_keys(1) to its DSN"},
		"journal_mode": {without("journal_mode"), "journal_mode is delete in a connection of its pool: add _pragma=journal_mode(WAL) to its DSN"},
		"busy_timeout": {without("busy_timeout"), "busy_timeout is 0 in a connection of its pool: add _pragma=busy_timeout(5000) to its DSN"},
		"synchronous":  {without("synchronous") + "&_pragma=synchronous(NORMAL)", "synchronous is 1 in a connection of its pool: add _pragma=synchronous(FULL) to its DSN"},
		"encoding":     {pragmas + "&_pragma=encoding('UTF-16')", "encoding is UTF-16le in a connection of its pool: create it anew"},
		"schema":       {pragmas, fmt.Sprintf("its schema has version 0, this program works on version %d: call migrations.Up first", migrations.Latest())},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := openWith(t, filepath.Join(t.TempDir(), "app.db"), c.parameters)
			if name != "schema" {
				if err := migrations.Up(t.Context(), db); err != nil {
					t.Fatal(err)
				}
			}
			_, err := sqlitestore.New(db, sqlitestore.Options{})
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got  %v\nwant %q", err, c.says)
			}
			if err := db.Ping(); err != nil {
				t.Errorf("the database was closed: %v", err)
			}
		})
	}
}

// A PRAGMA statement reaches one connection; the one that New finds idle has it, the next one has not.
func TestNewSeesThatAPragmaWasSetOnOneConnectionOnly(t *testing.T) {
	t.Parallel()
	db := openWith(t, filepath.Join(t.TempDir(), "app.db"), strings.ReplaceAll(pragmas, "&_pragma=foreign_keys(1)", ""))
	if err := migrations.Up(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`PRAGMA foreign_keys = 1`); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlitestore.New(db, sqlitestore.Options{}); err == nil || !strings.Contains(err.Error(), "foreign_keys is off") {
		t.Errorf("got %v", err)
	}
}

func TestNewTakesWhatTheOptionsAllow(t *testing.T) {
	t.Parallel()
	db := openWith(t, filepath.Join(t.TempDir(), "app.db"), strings.ReplaceAll(pragmas, "FULL", "NORMAL"))
	if err := migrations.Up(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	st, err := sqlitestore.New(db, sqlitestore.Options{Synchronous: sqlitestore.Normal})
	if err != nil {
		t.Fatal(err)
	}
	mustInsert(t, st, "Acme")
	if err := st.Close(); err != nil {
		t.Error(err)
	}
	if err := db.Ping(); err != nil {
		t.Errorf("Close closed the borrowed database: %v", err)
	}
}

func TestNewRefusesANewerSchema(t *testing.T) {
	t.Parallel()
	db := openDB(t, "")
	if _, err := db.Exec(`INSERT INTO ` + migrations.Table + ` (version_id, is_applied) VALUES (99, 1)`); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlitestore.New(db, sqlitestore.Options{}); !errors.Is(err, migrations.ErrNewer) {
		t.Errorf("got %v", err)
	}
}

const other = "sqlite-without-functions"

var registerOther = sync.OnceFunc(func() { sql.Register(other, &sqlite.Driver{}) })

func TestNewRefusesADriverThatLacksOurFunction(t *testing.T) {
	t.Parallel()
	registerOther()
	path := filepath.Join(t.TempDir(), "app.db")
	openDB(t, path)
	db, err := sql.Open(other, "file:"+path+"?"+pragmas)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if _, err := sqlitestore.New(db, sqlitestore.Options{}); err == nil || !strings.Contains(err.Error(), "function roster_fold is missing") {
		t.Errorf("got %v", err)
	}
}

// A pool of one connection is used by one at a time, and never twice by one.
func TestNewWorksWithOneConnection(t *testing.T) {
	t.Parallel()
	db := openDB(t, "")
	db.SetMaxOpenConns(1)
	st := borrow(t, db)
	for range 2 { // the second time everything is prepared
		a, m := account("Acme"), member("Ron")
		err := st.Update(t.Context(), func(tx store.Tx) error {
			return errors.Join(tx.InsertAccount(t.Context(), a), tx.InsertMember(t.Context(), m), tx.InsertMembership(t.Context(), join(a, m)))
		})
		if err != nil {
			t.Fatal(err)
		}
		err = st.View(t.Context(), func(r store.Reader) error {
			page, err := r.ListMemberships(t.Context(), membership.Scope{Account: a.ID}, membership.Query{})
			if page.Total != 1 {
				t.Errorf("%d memberships", page.Total)
			}
			return err
		})
		if is, readErr := st.IsMember(t.Context(), a.ID, m.ID); !is || err != nil || readErr != nil {
			t.Errorf("%v, %v, %v", is, err, readErr)
		}
	}
}

// What the program writes beside the store waits for the store's lock, and the other way round.
func TestNewSharesTheFileWithItsProgram(t *testing.T) {
	t.Parallel()
	db := openDB(t, "")
	st := borrow(t, db)
	if _, err := db.Exec(`CREATE TABLE app (name TEXT)`); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		for range 20 {
			if _, err := db.Exec(`INSERT INTO app VALUES ('x')`); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for range 20 {
		mustInsert(t, st, "Acme")
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
