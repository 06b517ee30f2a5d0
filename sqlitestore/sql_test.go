package sqlitestore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

const insertOrder = `INSERT INTO orders VALUES (?)`

// conn is the SQLite transaction that a service is in.
func conn(t *testing.T, in *roster.Service) sqlitestore.SQLConn {
	t.Helper()
	tx, within := in.Tx()
	c, ok := sqlitestore.SQL(tx)
	if !within || !ok {
		t.Fatal("the service is in no transaction of SQLite")
	}
	return c
}

// services are a service over each kind of store, in a database with the table orders, and what commits.
func services(t *testing.T) map[string]func(t *testing.T) (svc *roster.Service, db *sql.DB, commit func() error) {
	t.Helper()
	done := func() error { return nil }
	serve := func(st store.Store) *roster.Service { return roster.New(st, roster.Options{}) }
	return map[string]func(t *testing.T) (*roster.Service, *sql.DB, func() error){
		"Open": func(t *testing.T) (*roster.Service, *sql.DB, func() error) {
			path := filepath.Join(t.TempDir(), "roster.db")
			svc := serve(open(t, path, sqlitestore.Options{}))
			err := svc.Update(t.Context(), func(in *roster.Service) error {
				_, err := conn(t, in).ExecContext(t.Context(), `CREATE TABLE orders (name TEXT UNIQUE)`)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return svc, openWith(t, path, pragmas), done
		},
		"New": func(t *testing.T) (*roster.Service, *sql.DB, func() error) {
			db := appDB(t)
			return serve(borrow(t, db)), db, done
		},
		"InTx": func(t *testing.T) (*roster.Service, *sql.DB, func() error) {
			db := appDB(t)
			tx := begin(t, db)
			return serve(sqlitestore.InTx(tx)), db, tx.Commit
		},
	}
}

func TestSQLCommitsWithRostersRowsAndIsUndoneWithThem(t *testing.T) {
	t.Parallel()
	for name, open := range services(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			svc, db, commit := open(t)
			changedMind := errors.New("changed its mind")
			for _, outcome := range []error{changedMind, nil, changedMind} {
				err := svc.Update(t.Context(), func(in *roster.Service) error {
					a, err := in.CreateAccount(t.Context(), membership.Account{Name: "Acme"})
					if err != nil {
						return err
					}
					c := conn(t, in)
					if _, err := c.ExecContext(t.Context(), insertOrder, a.ID.String()); err != nil {
						return err
					}
					var both int // each sees what the other has written
					err = c.QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM roster_accounts)`).Scan(&both)
					if err != nil || both%2 != 0 || both == 0 {
						t.Errorf("%d rows within, %v", both, err)
					}
					return outcome
				})
				if !errors.Is(err, outcome) {
					t.Errorf("got %v, want %v", err, outcome)
				}
			}
			if err := commit(); err != nil {
				t.Fatal(err)
			}
			var own, accounts, changes int
			err := db.QueryRow(`SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM roster_accounts), (SELECT count(*) FROM roster_changes)`).
				Scan(&own, &accounts, &changes)
			if err != nil || own != 1 || accounts != 1 || changes != 1 {
				t.Errorf("%d orders, %d accounts, %d changes, %v; want 1 of each", own, accounts, changes, err)
			}
		})
	}
}

func TestSQLEndsWithItsFunction(t *testing.T) {
	t.Parallel()
	for name, open := range services(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			svc, _, _ := open(t)
			var kept sqlitestore.SQLConn
			err := svc.Update(t.Context(), func(in *roster.Service) error {
				kept = conn(t, in)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			_, exec := kept.ExecContext(t.Context(), insertOrder, "late")
			rows, query := kept.QueryContext(t.Context(), `SELECT name FROM orders`)
			if rows != nil {
				_ = rows.Close()
				_ = rows.Err()
			}
			row := kept.QueryRowContext(t.Context(), `INSERT INTO orders VALUES ('late') RETURNING name`).Scan(new(string))
			for what, err := range map[string]error{"ExecContext": exec, "QueryContext": query, "QueryRowContext": row} {
				if !errors.Is(err, store.ErrClosed) {
					t.Errorf("%s: got %v, want ErrClosed", what, err)
				}
			}
			err = svc.Update(t.Context(), func(in *roster.Service) error {
				var n int
				err := conn(t, in).QueryRowContext(t.Context(), `SELECT count(*) FROM orders`).Scan(&n)
				if n != 0 {
					t.Errorf("%d orders were written", n)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSQLObeysTheContexts(t *testing.T) {
	t.Parallel()
	svc := roster.New(borrow(t, appDB(t)), roster.Options{})
	outer, cancel := context.WithCancel(t.Context())
	err := svc.Update(outer, func(in *roster.Service) error {
		c := conn(t, in)
		ended, end := context.WithCancel(t.Context())
		end()
		if _, err := c.ExecContext(ended, insertOrder, "one"); !errors.Is(err, context.Canceled) {
			t.Errorf("a context of its own: got %v", err)
		}
		if err := c.QueryRowContext(ended, `SELECT 1`).Scan(new(int)); !errors.Is(err, context.Canceled) {
			t.Errorf("a context of its own: got %v", err)
		}
		cancel()
		if _, err := c.ExecContext(t.Context(), insertOrder, "one"); !errors.Is(err, context.Canceled) {
			t.Errorf("that of the Update: got %v", err)
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// A statement that a constraint refuses has changed nothing, and the transaction goes on.
func TestSQLThatIsRefusedIsNoFailure(t *testing.T) {
	t.Parallel()
	svc, db, _ := services(t)["Open"](t)
	err := svc.Update(t.Context(), func(in *roster.Service) error {
		c := conn(t, in)
		_, first := c.ExecContext(t.Context(), insertOrder, "one")
		_, second := c.ExecContext(t.Context(), insertOrder, "one")
		third := c.QueryRowContext(t.Context(), `INSERT INTO orders VALUES ('one') RETURNING name`).Scan(new(string))
		if first != nil || second == nil || third == nil {
			t.Errorf("got %v, %v, %v", first, second, third)
		}
		_, err := in.CreateAccount(t.Context(), membership.Account{Name: "Acme"})
		return err
	})
	if err != nil || orders(t, db) != 1 {
		t.Errorf("%v, %d orders", err, orders(t, db))
	}
}

// After a failure of the engine nothing more is written: SQLite may have undone everything, and would commit what
// follows.
func TestSQLThatFailsIsTheWholesFailure(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(context.Context, sqlitestore.SQLConn, string) error{
		"ExecContext": func(ctx context.Context, c sqlitestore.SQLConn, query string) error {
			_, err := c.ExecContext(ctx, query)
			return err
		},
		"QueryContext": func(ctx context.Context, c sqlitestore.SQLConn, query string) error {
			rows, err := c.QueryContext(ctx, query+` RETURNING 1`)
			if rows != nil {
				return errors.Join(errors.New("rows"), rows.Err(), rows.Close())
			}
			return err
		},
		"QueryRowContext": func(ctx context.Context, c sqlitestore.SQLConn, query string) error {
			return c.QueryRowContext(ctx, query+` RETURNING 1`).Scan(new(int))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := appDB(t)
			db.SetMaxOpenConns(1) // so that all have the limit below
			svc := roster.New(borrow(t, db), roster.Options{})
			var pages int
			if err := db.QueryRow(`PRAGMA page_count`).Scan(&pages); err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec(fmt.Sprintf(`PRAGMA max_page_count = %d`, pages+2)); err != nil {
				t.Fatal(err)
			}
			var full error
			err := svc.Update(t.Context(), func(in *roster.Service) error {
				c := conn(t, in)
				full = fail(t.Context(), c, `INSERT INTO orders VALUES (hex(zeroblob(1000000)))`)
				_, late := c.ExecContext(t.Context(), insertOrder, "late")
				_, later := in.CreateAccount(t.Context(), membership.Account{Name: "later"})
				if full == nil || late == nil || later == nil {
					t.Errorf("got %v, and then %v and %v", full, late, later)
				}
				return nil
			})
			if err == nil || orders(t, db) != 0 {
				t.Errorf("Update answers %v, %d orders", err, orders(t, db))
			}
		})
	}
}

func TestSQLIsOfNoOtherStore(t *testing.T) {
	t.Parallel()
	svc := roster.New(memstore.New(), roster.Options{})
	if tx, ok := svc.Tx(); ok || tx != nil {
		t.Error("a service outside of a transaction has one")
	}
	err := svc.Update(t.Context(), func(in *roster.Service) error {
		tx, within := in.Tx()
		if _, ok := sqlitestore.SQL(tx); !within || ok {
			t.Errorf("within %v, and a transaction in memory is one of SQLite: %v", within, ok)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if _, ok := sqlitestore.SQL(nil); ok {
		t.Error("no transaction is one of SQLite")
	}
}

func TestSQLRowsCanBeReadWhileRosterWrites(t *testing.T) {
	t.Parallel()
	db := appDB(t)
	svc := roster.New(borrow(t, db), roster.Options{})
	for _, name := range []string{"one", "two", "three"} {
		if _, err := db.Exec(insertOrder, name); err != nil {
			t.Fatal(err)
		}
	}
	err := svc.Update(t.Context(), func(in *roster.Service) error {
		rows, err := conn(t, in).QueryContext(t.Context(), `SELECT name FROM orders`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			if _, err := in.CreateAccount(t.Context(), membership.Account{Name: name}); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	accounts, countErr := svc.Accounts(t.Context(), membership.Query{})
	if err != nil || countErr != nil || accounts.Total != 3 {
		t.Errorf("%d accounts, %v, %v", accounts.Total, err, countErr)
	}
}

func TestSQLRefusesToEndRostersTransaction(t *testing.T) {
	t.Parallel()
	for name, open := range services(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			svc, _, _ := open(t)
			err := svc.Update(t.Context(), func(in *roster.Service) error {
				c := conn(t, in)
				for _, query := range []string{`BEGIN`, "\n commit;", `END TRANSACTION`, `ROLLBACK`} {
					_, exec := c.ExecContext(t.Context(), query)
					rows, read := c.QueryContext(t.Context(), query)
					if rows != nil {
						t.Error(rows.Close(), rows.Err())
					}
					row := c.QueryRowContext(t.Context(), query).Scan(new(int))
					if exec == nil || read == nil || row == nil || errors.Is(exec, store.ErrClosed) {
						t.Errorf("%s: %v, %v, %v", query, exec, read, row)
					}
				}
				for _, query := range []string{`SAVEPOINT mine`, insertOrder, `ROLLBACK TO mine`, `RELEASE mine`} {
					args := []any{"x"}
					if query != insertOrder {
						args = nil
					}
					if _, err := c.ExecContext(t.Context(), query, args...); err != nil {
						t.Errorf("%s: %v", query, err)
					}
				}
				_, err := in.CreateAccount(t.Context(), membership.Account{Name: "Acme"})
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// panics is a value that cannot be written.
type panics struct{}

func (panics) Value() (driver.Value, error) { panic("oops") }

func TestAPanicOfTheProgramsOwnValueReachesItsCaller(t *testing.T) {
	t.Parallel()
	for name, open := range services(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			svc, _, _ := open(t)
			for what, run := range map[string]func(c sqlitestore.SQLConn){
				"ExecContext":     func(c sqlitestore.SQLConn) { _, _ = c.ExecContext(t.Context(), insertOrder, panics{}) },
				"QueryRowContext": func(c sqlitestore.SQLConn) { _ = c.QueryRowContext(t.Context(), `SELECT ?`, panics{}).Err() },
				"QueryContext": func(c sqlitestore.SQLConn) {
					if rows, err := c.QueryContext(t.Context(), `SELECT ?`, panics{}); err == nil {
						t.Error(rows.Close(), rows.Err())
					}
				},
			} {
				if name != "Open" && what != "ExecContext" {
					continue // Why: [sql.Tx] itself can be rolled back no more, then
				}
				func() {
					defer func() {
						if got := recover(); got != "oops" {
							t.Errorf("%s: got %v", what, got)
						}
					}()
					_ = svc.Update(t.Context(), func(in *roster.Service) error {
						run(conn(t, in))
						return nil
					})
				}()
				if _, err := svc.CreateAccount(t.Context(), membership.Account{Name: "Acme"}); err != nil {
					t.Errorf("%s: afterwards: %v", what, err)
				}
			}
		})
	}
}
