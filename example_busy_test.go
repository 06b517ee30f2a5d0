package roster_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/migrations"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

// A transaction that began by reading, in a database without _txlock=immediate: when somebody else writes meanwhile, it
// can never write, and is begun anew.
func ExampleService_In_busy() {
	ctx := context.Background()
	dir := try(os.MkdirTemp("", "roster-example"))
	defer os.RemoveAll(dir)
	db := try(sql.Open("sqlite", "file:"+filepath.ToSlash(filepath.Join(dir, "app.db"))+
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)"))
	defer db.Close()
	if err := migrations.Up(ctx, db); err != nil {
		fmt.Println(err)
	}
	svc := roster.New(try(sqlitestore.New(db, sqlitestore.Options{})), roster.Options{})

	attempt := func(meanwhile func()) error {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		var accounts int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM roster_accounts`).Scan(&accounts); err != nil {
			return err
		}
		meanwhile()
		name := strings.Repeat("I", accounts+1)
		if _, err := svc.In(sqlitestore.InTx(tx)).CreateAccount(ctx, membership.Account{Name: name}); err != nil {
			return err
		}
		return tx.Commit()
	}
	err := attempt(func() { try(svc.CreateAccount(ctx, membership.Account{Name: "Acme"})) })
	fmt.Println(errors.Is(err, store.ErrBusy))
	fmt.Println(attempt(func() {}))
	// Output:
	// true
	// <nil>
}
