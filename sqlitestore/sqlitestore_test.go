package sqlitestore_test

import (
	"database/sql"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/migrations"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
	"github.com/roster-go/roster/store/storetest"
)

func TestMain(m *testing.M) {
	if task := os.Getenv(childTask); task != "" {
		os.Exit(child(task))
	}
	goleak.VerifyTestMain(m)
}

func TestOpen(t *testing.T) {
	t.Parallel()
	storetest.Run(t, openStore)
}

func TestNew(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t testing.TB) store.Store { return borrow(t, openDB(t, "")) })
}

func TestInTx(t *testing.T) {
	t.Parallel()
	storetest.RunSequential(t, func(t testing.TB) store.Store { return sqlitestore.InTx(begin(t, openDB(t, ""))) })
}

func FuzzAgainstMemory(f *testing.F) {
	storetest.Differential(f, openStore, func(testing.TB) store.Store { return memstore.New() })
}

func BenchmarkStore(b *testing.B) { storetest.Bench(b, openStore) }

// closeAtEnd closes what a test opened, which must succeed.
func closeAtEnd(t testing.TB, opened io.Closer) {
	t.Helper()
	t.Cleanup(func() {
		if err := opened.Close(); err != nil {
			t.Error(err)
		}
	})
}

func openStore(t testing.TB) store.Store {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "roster.db"), sqlitestore.Options{})
}

func open(t testing.TB, path string, opts sqlitestore.Options) *sqlitestore.Store {
	t.Helper()
	st, err := sqlitestore.Open(path, opts)
	if err != nil {
		t.Fatal(err)
	}
	closeAtEnd(t, st)
	return st
}

// pragmas is what New asks for.
const pragmas = "_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)"

// openDB is a program's own database, migrated. An empty path is a new file.
func openDB(t testing.TB, path string) *sql.DB {
	t.Helper()
	if path == "" {
		path = filepath.Join(t.TempDir(), "app.db")
	}
	db := openWith(t, path, pragmas)
	if err := migrations.Up(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	return db
}

func openWith(t testing.TB, path, parameters string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?"+parameters)
	if err != nil {
		t.Fatal(err)
	}
	closeAtEnd(t, db)
	return db
}

func borrow(t testing.TB, db *sql.DB) *sqlitestore.Store {
	t.Helper()
	st, err := sqlitestore.New(db, sqlitestore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	closeAtEnd(t, st)
	return st
}

func begin(t testing.TB, db *sql.DB) *sql.Tx {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() })
	return tx
}

// account is one that can be inserted.
func account(name string) membership.Account {
	now := membership.Timestamp(time.Now())
	return membership.Account{ID: membership.AccountID{UUID: uuid.Must(uuid.NewV7())}, Name: name, CreatedAt: now, UpdatedAt: now}
}

// member is one that can be inserted.
func member(name string) membership.Member {
	now := membership.Timestamp(time.Now())
	return membership.Member{ID: membership.MemberID{UUID: uuid.Must(uuid.NewV7())}, Name: name, CreatedAt: now, UpdatedAt: now}
}

// join is the membership of the two.
func join(a membership.Account, m membership.Member) membership.Membership {
	now := membership.Timestamp(time.Now())
	return membership.Membership{ID: membership.MembershipID{UUID: uuid.Must(uuid.NewV7())}, AccountID: a.ID, MemberID: m.ID, CreatedAt: now, UpdatedAt: now}
}

// insert inserts an account in an Update of its own.
func insert(t testing.TB, st store.Store, a membership.Account) error {
	t.Helper()
	return st.Update(t.Context(), func(tx store.Tx) error { return tx.InsertAccount(t.Context(), a) })
}

func mustInsert(t testing.TB, st store.Store, name string) membership.Account {
	t.Helper()
	a := account(name)
	if err := insert(t, st, a); err != nil {
		t.Fatal(err)
	}
	return a
}

// names are all accounts' names, the oldest first.
func names(t testing.TB, st store.Store) []string {
	t.Helper()
	page, err := st.ListAccounts(t.Context(), membership.Query{Order: membership.Order{By: membership.AttrID}})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, a := range page.Items {
		all = append(all, a.Name)
	}
	return all
}
