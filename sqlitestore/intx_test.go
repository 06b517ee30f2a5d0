package sqlitestore_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

// appDB is a program's database with a table of its own.
func appDB(t *testing.T) *sql.DB {
	t.Helper()
	db := openDB(t, "")
	if _, err := db.Exec(`CREATE TABLE orders (name TEXT)`); err != nil {
		t.Fatal(err)
	}
	return db
}

func order(t *testing.T, tx *sql.Tx, name string) {
	t.Helper()
	if _, err := tx.Exec(`INSERT INTO orders VALUES (?)`, name); err != nil {
		t.Fatal(err)
	}
}

func orders(t *testing.T, db *sql.DB) int {
	t.Helper()
	var n int
	if err := db.QueryRow(`SELECT count(*) FROM orders`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestInTxCommitsWithTheTransaction(t *testing.T) {
	t.Parallel()
	db := appDB(t)
	tx := begin(t, db)
	order(t, tx, "before")
	in := sqlitestore.InTx(tx)
	mustInsert(t, in, "Acme")
	order(t, tx, "after")
	if got := names(t, in); !slices.Equal(got, []string{"Acme"}) {
		t.Errorf("within the transaction: %v", got)
	}
	st := borrow(t, db)
	if got := names(t, st); got != nil {
		t.Errorf("before the commit others see %v", got)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, st); !slices.Equal(got, []string{"Acme"}) || orders(t, db) != 2 {
		t.Errorf("after the commit: %v and %d orders", got, orders(t, db))
	}
}

func TestInTxIsRolledBackWithTheTransaction(t *testing.T) {
	t.Parallel()
	db := appDB(t)
	tx := begin(t, db)
	order(t, tx, "one")
	mustInsert(t, sqlitestore.InTx(tx), "Acme")
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, borrow(t, db)); got != nil || orders(t, db) != 0 {
		t.Errorf("%v and %d orders", got, orders(t, db))
	}
}

// However an Update fails, it undoes itself and nothing else.
func TestInTxFailureLeavesTheTransactionAlive(t *testing.T) {
	t.Parallel()
	changedMind := errors.New("changed its mind")
	for name, fail := range map[string]func(t *testing.T, st store.Store, half func(store.Tx)){
		"error": func(t *testing.T, st store.Store, half func(store.Tx)) {
			err := st.Update(t.Context(), func(tx store.Tx) error {
				half(tx)
				return changedMind
			})
			if !errors.Is(err, changedMind) {
				t.Errorf("got %v", err)
			}
		},
		"panic": func(t *testing.T, st store.Store, half func(store.Tx)) {
			defer func() {
				if got := recover(); got != changedMind { //nolint:errorlint // the very same
					t.Errorf("recovered %v", got)
				}
			}()
			_ = st.Update(t.Context(), func(tx store.Tx) error {
				half(tx)
				panic(changedMind)
			})
		},
		"goexit": func(t *testing.T, st store.Store, half func(store.Tx)) {
			done := make(chan struct{})
			go func() {
				defer close(done)
				_ = st.Update(t.Context(), func(tx store.Tx) error {
					half(tx)
					runtime.Goexit()
					return nil
				})
			}()
			<-done
		},
		"ended context": func(t *testing.T, st store.Store, half func(store.Tx)) {
			ctx, cancel := context.WithCancel(t.Context())
			err := st.Update(ctx, func(tx store.Tx) error {
				half(tx)
				cancel()
				return nil
			})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := appDB(t)
			tx := begin(t, db)
			order(t, tx, "before")
			st := sqlitestore.InTx(tx)
			mustInsert(t, st, "kept")
			fail(t, st, func(tx store.Tx) {
				if err := tx.InsertAccount(t.Context(), account("undone")); err != nil {
					t.Error(err)
				}
			})
			mustInsert(t, st, "also kept")
			order(t, tx, "after")
			if err := tx.Commit(); err != nil {
				t.Fatal(err)
			}
			if got := names(t, borrow(t, db)); !slices.Equal(got, []string{"kept", "also kept"}) || orders(t, db) != 2 {
				t.Errorf("%v and %d orders", got, orders(t, db))
			}
		})
	}
}

func TestInTxEndsWithItsTransaction(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*sql.Tx) error{"commit": (*sql.Tx).Commit, "rollback": (*sql.Tx).Rollback} {
		tx := begin(t, openDB(t, ""))
		st := sqlitestore.InTx(tx)
		if _, err := st.Settings(t.Context()); err != nil { // so that a statement is prepared
			t.Fatal(err)
		}
		if err := end(tx); err != nil {
			t.Fatal(err)
		}
		_, read := st.Settings(t.Context())
		view := st.View(t.Context(), func(store.Reader) error { return nil })
		update := insert(t, st, account("Acme"))
		for _, err := range []error{read, view, update} {
			if !errors.Is(err, store.ErrClosed) {
				t.Errorf("after %s: %v, want ErrClosed", name, err)
			}
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestInTxCloseLeavesTheTransactionAlive(t *testing.T) {
	t.Parallel()
	db := appDB(t)
	tx := begin(t, db)
	st := sqlitestore.InTx(tx)
	mustInsert(t, st, "Acme")
	for range 2 {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := insert(t, st, account("late")); !errors.Is(err, store.ErrClosed) {
		t.Errorf("got %v", err)
	}
	order(t, tx, "one")
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, borrow(t, db)); !slices.Equal(got, []string{"Acme"}) || orders(t, db) != 1 {
		t.Errorf("%v and %d orders", got, orders(t, db))
	}
}

func TestInTxRefusesAConnectionThatWouldNotKeepRowsSound(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "app.db")
	openDB(t, path)
	for parameters, says := range map[string]string{
		"":      "foreign_keys is off in this transaction's connection: add _pragma=foreign_keys(1) to its DSN",
		pragmas: "call migrations.Up first",
	} {
		file := path
		if parameters != "" {
			file = filepath.Join(t.TempDir(), "empty.db")
		}
		tx := begin(t, openWith(t, file, parameters))
		if err := insert(t, sqlitestore.InTx(tx), account("Acme")); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want it to say %q", err, says)
		}
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
	}
}

// A transaction that read before somebody else wrote cannot write any more; its program has to begin anew.
func TestInTxSaysThatATransactionIsTooOld(t *testing.T) {
	t.Parallel()
	db := appDB(t)
	tx := begin(t, db)
	if err := tx.QueryRow(`SELECT count(*) FROM orders`).Scan(new(int)); err != nil {
		t.Fatal(err)
	}
	mustInsert(t, borrow(t, db), "Acme")
	err := insert(t, sqlitestore.InTx(tx), account("late"))
	if !errors.Is(err, store.ErrBusy) || !strings.Contains(err.Error(), "with a new transaction") {
		t.Errorf("got %v", err)
	}
}

// The program's savepoints and ours nest.
func TestInTxWithinASavepointOfTheProgram(t *testing.T) {
	t.Parallel()
	db := appDB(t)
	tx := begin(t, db)
	st := sqlitestore.InTx(tx)
	mustInsert(t, st, "kept")
	for _, query := range []string{`SAVEPOINT roster_update`, `INSERT INTO orders VALUES ('undone')`} {
		if _, err := tx.Exec(query); err != nil {
			t.Fatal(err)
		}
	}
	mustInsert(t, st, "undone")
	if _, err := tx.Exec(`ROLLBACK TO roster_update`); err != nil {
		t.Fatal(err)
	}
	mustInsert(t, st, "also kept")
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, borrow(t, db)); !slices.Equal(got, []string{"kept", "also kept"}) || orders(t, db) != 0 {
		t.Errorf("%v and %d orders", got, orders(t, db))
	}
}

// What is refused within a savepoint of ours has not been written, and the rest is.
func TestInTxReportsRefusalsLikeAnyStore(t *testing.T) {
	t.Parallel()
	st := sqlitestore.InTx(begin(t, openDB(t, "")))
	a := mustInsert(t, st, "Acme")
	if err := insert(t, st, a); !errors.Is(err, membership.ErrDuplicateID) {
		t.Errorf("got %v", err)
	}
	if got := names(t, st); !slices.Equal(got, []string{"Acme"}) {
		t.Errorf("got %v", got)
	}
}
