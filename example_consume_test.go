package roster_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
)

// An effect in your own table, exactly once: the row and the consumer's position are committed together, however often
// the program is killed.
func ExampleService_Consume() {
	ctx := context.Background()
	dir := try(os.MkdirTemp("", "roster-example"))
	defer os.RemoveAll(dir)
	db := openYourDatabase(ctx, filepath.Join(dir, "app.db"))
	defer db.Close()
	try(db.ExecContext(ctx, `CREATE TABLE handovers (membership BLOB, at INTEGER)`))
	svc := roster.New(try(sqlitestore.New(db, sqlitestore.Options{})), roster.Options{})

	acme := try(svc.CreateAccount(ctx, membership.Account{Name: "Acme"}))
	ron := try(svc.CreateMember(ctx, membership.Member{Name: "Ron Swanson"}))
	try(svc.Add(ctx, acme.ID, ron.ID))
	if err := svc.DeleteMember(ctx, ron.ID); err != nil { // takes the membership along
		log.Fatal(err)
	}

	handOver := func(ctx context.Context, in *roster.Service, c membership.Change) error {
		tx, _ := in.Tx()
		conn, _ := sqlitestore.SQL(tx)
		_, err := conn.ExecContext(ctx, `INSERT INTO handovers (membership, at) VALUES (?, ?)`, c.MembershipID.UUID[:], c.Time.UnixMilli())
		return err
	}
	opts := roster.ConsumeOptions{
		ChangeOptions: roster.ChangeOptions{
			Types: []membership.ChangeType{membership.MembershipDeleted},
			Stop:  true, // for this example; else it goes on until ctx ends
		},
		Failed: func(c membership.Change, err error, failures int, wait time.Duration) {
			log.Printf("change %d: failure %d, again in %v: %v", c.Sequence, failures, wait, err)
		},
	}
	for range 2 { // the second time there is nothing left to do
		if err := svc.Consume(ctx, "handovers", handOver, opts); err != nil {
			log.Fatal(err)
		}
	}

	var handovers int
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM handovers`).Scan(&handovers); err != nil {
		log.Fatal(err)
	}
	fmt.Println(handovers, "handover")
	// Output: 1 handover
}

// A change that cannot be dealt with is tried again and again, until the cause is mended or somebody leaves it out.
func ExampleService_SetConsumer() {
	ctx := context.Background()
	dir := try(os.MkdirTemp("", "roster-example"))
	defer os.RemoveAll(dir)
	st := try(sqlitestore.Open(filepath.Join(dir, "roster.db"), sqlitestore.Options{}))
	defer st.Close()
	svc := roster.New(st, roster.Options{})
	try(svc.CreateAccount(ctx, membership.Account{Name: "poison"}))
	try(svc.CreateAccount(ctx, membership.Account{Name: "Acme"}))

	greet := func(_ context.Context, _ *roster.Service, c membership.Change) error {
		name := c.After.(membership.Account).Name
		if name == "poison" {
			return errors.New("cannot greet")
		}
		fmt.Println("hello", name)
		return nil
	}
	running, stop := context.WithCancel(ctx)
	opts := roster.ConsumeOptions{ChangeOptions: roster.ChangeOptions{Stop: true}}
	opts.Failed = func(c membership.Change, err error, failures int, _ time.Duration) {
		fmt.Println("change", c.Sequence, err)
		if failures == 2 { // enough: leave it out
			stop()
		}
	}
	fmt.Println(svc.Consume(running, "greeter", greet, opts))
	if err := svc.SetConsumer(ctx, membership.Consumer{Name: "greeter", Position: 1}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(svc.Consume(ctx, "greeter", greet, opts))
	// Output:
	// change 1 cannot greet
	// change 1 cannot greet
	// context canceled
	// hello Acme
	// <nil>
}
