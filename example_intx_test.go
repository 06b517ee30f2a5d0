package roster_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/migrations"
	"github.com/roster-go/roster/sqlitestore"
)

// Memberships in your own transaction: your row and the membership commit together, or neither does.
func ExampleService_In() {
	ctx := context.Background()
	dir := try(os.MkdirTemp("", "roster-example"))
	defer os.RemoveAll(dir)
	db := openYourDatabase(ctx, filepath.Join(dir, "app.db"))
	defer db.Close()
	svc := roster.New(try(sqlitestore.New(db, sqlitestore.Options{})), roster.Options{})

	acme := try(svc.CreateAccount(ctx, membership.Account{Name: "Acme"}))
	ron := try(svc.CreateMember(ctx, membership.Member{Name: "Ron Swanson"}))

	tx := try(db.BeginTx(ctx, nil))
	defer tx.Rollback()
	try(tx.ExecContext(ctx, `INSERT INTO projects (name, owner) VALUES (?, ?)`, "Pit 46", ron.ID.UUID[:]))
	try(svc.In(sqlitestore.InTx(tx)).Add(ctx, acme.ID, ron.ID))
	if err := tx.Commit(); err != nil {
		log.Fatal(err)
	}

	var owner string // of your row, from roster's table: both keep ids as 16 bytes
	err := db.QueryRowContext(ctx, `SELECT m.name FROM projects p JOIN roster_members m ON m.id = p.owner`).Scan(&owner)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(owner, try(svc.IsMember(ctx, acme.ID, ron.ID)))
	// Output: Ron Swanson true
}

// openYourDatabase is what your program does anyway, with the settings that roster asks for in the DSN.
func openYourDatabase(ctx context.Context, path string) *sql.DB {
	db := try(sql.Open("sqlite", "file:"+filepath.ToSlash(path)+
		"?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)"))
	if err := migrations.Up(ctx, db); err != nil {
		log.Fatal(err)
	}
	try(db.ExecContext(ctx, `CREATE TABLE projects (name TEXT, owner BLOB REFERENCES roster_members (id))`))
	return db
}

func try[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
