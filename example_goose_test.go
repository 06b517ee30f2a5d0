package roster_test

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"testing/fstest"

	"github.com/pressly/goose/v3"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/migrations"
	"github.com/roster-go/roster/sqlitestore"
)

// Your migrations and roster's in one file, both with goose: each has a table of versions of its own.
func ExampleService_In_goose() {
	ctx := context.Background()
	dir := try(os.MkdirTemp("", "roster-example"))
	defer os.RemoveAll(dir)
	db := try(sql.Open("sqlite", "file:"+filepath.ToSlash(filepath.Join(dir, "app.db"))+"?_txlock=immediate"+
		"&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)"))
	defer db.Close()

	// Roster's come first: a table of yours refers to them.
	migrate(ctx, db, migrations.FS(), goose.WithTableName(migrations.Table))
	migrate(ctx, db, fstest.MapFS{"00001_projects.sql": {Data: []byte(`-- +goose Up
CREATE TABLE projects (name TEXT, owner BLOB REFERENCES roster_members (id));`)}})

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
	fmt.Println(try(svc.IsMember(ctx, acme.ID, ron.ID)))
	// Output: true
}

// migrate runs goose over some files. Do not close the provider: that would close your database.
func migrate(ctx context.Context, db *sql.DB, files fs.FS, opts ...goose.ProviderOption) {
	provider := try(goose.NewProvider(goose.DialectSQLite3, db, files, append(opts, goose.WithDisableGlobalRegistry(true))...))
	try(provider.Up(ctx))
}
