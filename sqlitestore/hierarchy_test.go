package sqlitestore_test

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// family inserts an account and so many accounts, each below the one before.
func family(t *testing.T, st store.Store, below int) []membership.Account {
	t.Helper()
	all := []membership.Account{mustInsert(t, st, "root")}
	for n := range below {
		a := account("child")
		a.ParentID = all[n].ID
		if err := insert(t, st, a); err != nil {
			t.Fatal(err)
		}
		all = append(all, a)
	}
	return all
}

func remove(ctx context.Context, st store.Store, a membership.Account, at time.Time) error {
	return st.Update(ctx, func(tx store.Tx) error { return tx.DeleteAccount(ctx, a.ID, at) })
}

func execute(t *testing.T, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.Exec(query, args...); err != nil {
		t.Fatal(err)
	}
}

func TestAccountsAboveAndBelowAreDeletedInAnyOrder(t *testing.T) {
	t.Parallel()
	for name, order := range map[string][]int{"from above": {0, 1, 2}, "from below": {2, 1, 0}, "from the middle": {1, 0, 2}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := borrow(t, openDB(t, ""))
			all := family(t, st, 2)
			err := st.Update(t.Context(), func(tx store.Tx) error {
				for _, n := range order {
					if err := tx.DeleteAccount(t.Context(), all[n].ID, all[n].UpdatedAt); err != nil {
						return err
					}
				}
				return nil
			})
			if got := names(t, st); err != nil || got != nil {
				t.Errorf("%v, and %v are left", err, got)
			}
		})
	}
}

// A program may have rows of its own that refer to accounts.
func TestAnAccountThatCannotBeDeletedKeepsItsChildren(t *testing.T) {
	t.Parallel()
	for _, action := range []string{"", "ON DELETE NO ACTION", "ON DELETE RESTRICT"} {
		t.Run("with "+cmp.Or(action, "nothing said"), func(t *testing.T) {
			t.Parallel()
			keepsItsChildren(t, action)
		})
	}
}

func keepsItsChildren(t *testing.T, action string) {
	t.Helper()
	db := openDB(t, "")
	st := borrow(t, db)
	all := family(t, st, 1)
	execute(t, db, `CREATE TABLE invoices (account_id BLOB REFERENCES roster_accounts (id) `+action+`)`)
	execute(t, db, `INSERT INTO invoices VALUES (?)`, all[0].ID.UUID[:])
	err := st.Update(t.Context(), func(tx store.Tx) error {
		if err := tx.DeleteAccount(t.Context(), all[0].ID, time.UnixMilli(1)); !errors.Is(err, membership.ErrReferenced) {
			t.Errorf("got %v, want %v", err, membership.ErrReferenced)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := st.Account(t.Context(), all[1].ID); err != nil || got != all[1] {
		t.Errorf("the child: got %+v, %v; want %+v", got, err, all[1])
	}
}

func TestDeletingWithSQLMakesRootsOfTheChildrenToo(t *testing.T) {
	t.Parallel()
	db := openDB(t, "")
	st := borrow(t, db)
	all := family(t, st, 1)
	execute(t, db, `DELETE FROM roster_accounts WHERE id = ?`, all[0].ID.UUID[:])
	want := all[1]
	want.ParentID = membership.AccountID{}
	if got, err := st.Account(t.Context(), want.ID); err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

// Only somebody who writes with SQL can make a circle. It must not hold up whoever reads.
func TestACircleOfAccountsIsClimbedOnce(t *testing.T) {
	t.Parallel()
	db := openDB(t, "")
	st := borrow(t, db)
	all := family(t, st, 2)
	execute(t, db, `UPDATE roster_accounts SET parent_id = ? WHERE id = ?`, all[2].ID.UUID[:], all[0].ID.UUID[:])
	relations, err := st.AccountRelations(t.Context(), []membership.AccountID{all[1].ID})
	if got := len(relations[all[1].ID].Ancestors); err != nil || got != 3 {
		t.Errorf("%d ancestors, %v; want 3", got, err)
	}
	if err := remove(t.Context(), st, all[0], all[0].UpdatedAt); err != nil {
		t.Error(err)
	}
	if _, err := db.Exec(`UPDATE roster_accounts SET parent_id = id`); err == nil {
		t.Error("an account became its own parent")
	}
}
