package sqlitestore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"
	"testing/synctest"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/roster-go/roster/migrations"
	"github.com/roster-go/roster/store"
)

// sick is a database of which some commits fail, as they do when the disk refuses to bring the log to the disk.
type sick struct {
	database
	failures int // how many more
	commits  int
	code     int    // what they fail with; 0 is SQLITE_IOERR_FSYNC
	disjoint int    // how many savepoints fail
	failing  func() // called when one fails; may be nil
}

type sickTransaction struct {
	transaction
	db *sick
}

// sicken makes the next commits of a store fail.
func sicken(st *Store, commits int) *sick {
	db := &sick{database: st.db, failures: commits}
	st.db = db
	return db
}

func (d *sick) update(ctx context.Context) (transaction, error) {
	tx, err := d.database.update(ctx)
	return sickTransaction{tx, d}, err
}

func (t sickTransaction) commit() error {
	t.db.commits++
	if t.db.failures > 0 {
		t.db.failures--
		if t.db.failing != nil {
			t.db.failing()
		}
		t.end()
		return driverError(cmp.Or(t.db.code, sqlite3.SQLITE_IOERR_FSYNC))
	}
	return t.transaction.commit()
}

func (t sickTransaction) run(ctx context.Context, query string) error {
	if query == beginSavepoint && t.db.disjoint > 0 {
		t.db.disjoint--
		return driverError(sqlite3.SQLITE_IOERR_READ)
	}
	return t.transaction.run(ctx, query)
}

// driverError is one of the driver's, which gives nobody a way to make one.
func driverError(code int) error {
	err := &sqlite.Error{}
	field := reflect.ValueOf(err).Elem().FieldByName("code")
	reflect.NewAt(field.Type(), field.Addr().UnsafePointer()).Elem().SetInt(int64(code))
	return err
}

// TestAFailedCommitIsBuriedOrItsOutcomeIsUnknown has a commit fail behind which its transaction may lie in the log.
func TestAFailedCommitIsBuriedOrItsOutcomeIsUnknown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		failures    int
		want, ready error
	}{
		{"and the next one writes over it", 1, store.ErrStorageFailed, nil},
		{"and so does the next one", 2, store.ErrOutcomeUnknown, nil},
		{"and so do all that follow", 100, store.ErrOutcomeUnknown, store.ErrStorageFailed},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for kind, st := range stores(t) {
				db := sicken(st, c.failures)
				if err := st.Update(t.Context(), writes("a")); !errors.Is(err, c.want) || db.commits != 2 {
					t.Errorf("%s: got %v after %d commits, want %v after 2", kind, err, db.commits, c.want)
				}
				if got := names(t, st); got != "" {
					t.Errorf("%s: there is %s", kind, got)
				}
				if err := st.Ready(t.Context()); !errors.Is(err, c.ready) {
					t.Errorf("%s: Ready answers %v, want %v", kind, err, c.ready)
				}
			}
		})
	}
}

// TestAFailedCommitOfSeveralIsTriedAgainUnlessItsOutcomeIsUnknown: to try again could do everything twice.
func TestAFailedCommitOfSeveralIsTriedAgainUnlessItsOutcomeIsUnknown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		failures int
		want     error
		there    string
	}{
		{"buried", 1, nil, "a b"},
		{"unknown", 2, store.ErrOutcomeUnknown, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			st := openStore(t)
			sicken(st, c.failures)
			refusal := errors.New("no")
			expect := func(fn func(store.Tx) error, want error) func(func(func(store.Tx) error) error) {
				return func(update func(func(store.Tx) error) error) {
					if err := update(fn); !errors.Is(err, want) {
						t.Errorf("got %v, want %v", err, want)
					}
				}
			}
			togetherWith(t, st, c.want,
				expect(writes("a"), c.want), expect(writes("b"), c.want),
				expect(func(store.Tx) error { return refusal }, refusal))
			if got := names(t, st); got != c.there {
				t.Errorf("there are %q, want %q", got, c.there)
			}
		})
	}
}

// TestOnlyACommitIsBuried: what never was to be committed is nowhere, and its outcome is known.
func TestOnlyACommitIsBuried(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	db := sicken(st, 0)
	db.disjoint = 1
	together(t, st, func(update func(func(store.Tx) error) error) {
		if err := update(writes("a")); err != nil {
			t.Error(err)
		}
	})
	if got := names(t, st); got != "a" || db.commits != 2 {
		t.Errorf("there are %q after %d commits, want one for each", got, db.commits)
	}
}

// TestWhichFailuresOfACommitLeaveSomethingBehind: all that may come once its end was written.
func TestWhichFailuresOfACommitLeaveSomethingBehind(t *testing.T) {
	t.Parallel()
	for code, buried := range map[int]bool{
		sqlite3.SQLITE_IOERR_FSYNC:           true,
		sqlite3.SQLITE_IOERR_SHMSIZE:         true,
		sqlite3.SQLITE_IOERR_SHMMAP:          true,
		sqlite3.SQLITE_IOERR_NOMEM:           true,
		sqlite3.SQLITE_NOMEM:                 true,
		sqlite3.SQLITE_IOERR_WRITE:           false,
		sqlite3.SQLITE_FULL:                  false,
		sqlite3.SQLITE_BUSY:                  false,
		sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: false,
	} {
		st := openStore(t)
		db := sicken(st, 1)
		db.code = code
		err := st.Update(t.Context(), writes("a"))
		if got := db.commits == 2; got != buried || err == nil || errors.Is(err, store.ErrOutcomeUnknown) {
			t.Errorf("%d: %d commits, %v", code, db.commits, err)
		}
	}
}

// TestBuryingDoesNotWaitForeverForABorrowedPool has the pool's only connection taken away when the commit has failed.
func TestBuryingDoesNotWaitForeverForABorrowedPool(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "roster.db")
		db, err := sql.Open(driverName, fileURI(path)+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)")
		if err != nil {
			t.Fatal(err)
		}
		db.SetMaxOpenConns(1)
		if err := migrations.Up(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		st, err := New(db, Options{})
		if err != nil {
			t.Fatal(err)
		}
		sick := sicken(st, 1)
		taken := make(chan *sql.Conn, 1)
		sick.failing = func() {
			go func() {
				conn, err := db.Conn(context.Background())
				if err != nil {
					t.Error(err)
				}
				taken <- conn
			}()
			for db.Stats().WaitCount == 0 {
				runtime.Gosched()
			}
		}
		if err := st.Update(t.Context(), writes("a")); !errors.Is(err, store.ErrOutcomeUnknown) {
			t.Errorf("got %v", err)
		}
		if err := errors.Join((<-taken).Close(), st.Close(), db.Close()); err != nil {
			t.Error(err)
		}
	})
}

// TestAnUnknownOutcomeIsToldAlsoToWhoNoLongerWaits: any other error would say that nothing was written.
func TestAnUnknownOutcomeIsToldAlsoToWhoNoLongerWaits(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	db := sicken(st, 2)
	ctx, cancel := context.WithCancel(t.Context())
	db.failing = cancel
	if err := st.Update(ctx, writes("a")); !errors.Is(err, store.ErrOutcomeUnknown) {
		t.Errorf("got %v", err)
	}
}

// TestRewritingTheHeaderWritesAndChangesNothing: a commit that SQLite left out would bury nothing.
func TestRewritingTheHeaderWritesAndChangesNothing(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	frames := func() (n int) {
		var busy, copied int
		if err := st.writer().QueryRowContext(t.Context(), `PRAGMA wal_checkpoint(PASSIVE)`).Scan(&busy, &n, &copied); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if _, err := st.writer().ExecContext(t.Context(), setUserVersion+"-7"); err != nil {
		t.Fatal(err)
	}
	frames() // what is in the log is copied: the next commit begins it anew
	if err := rewriteHeader(t.Context(), st.db); err != nil {
		t.Fatal(err)
	}
	var version int
	if err := st.writer().QueryRowContext(t.Context(), selectUserVersion).Scan(&version); err != nil || version != -7 {
		t.Errorf("the version is %d, %v", version, err)
	}
	if n := frames(); n != 1 {
		t.Errorf("%d pages were written", n)
	}
}
