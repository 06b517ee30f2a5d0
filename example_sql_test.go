package roster_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
)

// Rows of your own in roster's transaction: the other way round than Service.In, and without looking after BEGIN and
// COMMIT.
func ExampleService_Tx() {
	ctx := context.Background()
	dir := try(os.MkdirTemp("", "roster-example"))
	defer os.RemoveAll(dir)
	db := openYourDatabase(ctx, filepath.Join(dir, "app.db"))
	defer db.Close()
	svc := roster.New(try(sqlitestore.New(db, sqlitestore.Options{})), roster.Options{})
	acme := try(svc.CreateAccount(ctx, membership.Account{Name: "Acme"}))
	ron := try(svc.CreateMember(ctx, membership.Member{Name: "Ron Swanson"}))

	start := func(project string) error {
		return svc.Update(ctx, func(svc *roster.Service) error {
			tx, _ := svc.Tx()
			conn, _ := sqlitestore.SQL(tx)
			_, err := conn.ExecContext(ctx, `INSERT INTO projects (name, owner) VALUES (?, ?)`, project, ron.ID.UUID[:])
			if err != nil {
				return err
			}
			_, err = svc.Add(ctx, acme.ID, ron.ID)
			return err
		})
	}
	fmt.Println(start("Pit 46"))
	err := start("Pit 47")
	fmt.Println(errors.Is(err, membership.ErrAlreadyMember))

	var projects int
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM projects`).Scan(&projects); err != nil {
		log.Fatal(err)
	}
	fmt.Println(projects, "project")
	// Output:
	// <nil>
	// true
	// 1 project
}
