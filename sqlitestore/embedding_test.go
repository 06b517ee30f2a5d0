package sqlitestore_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

// What a program around the store meets in transactions of its own. See docs/embedding.md.

func TestATransactionThatIsTooOldIsBegunAnew(t *testing.T) {
	t.Parallel()
	db := appDB(t)
	st := borrow(t, db)
	tries := 0
	hire := func() error {
		tries++
		tx, err := db.Begin() // without _txlock=immediate, which would keep the other writer out
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if err := tx.QueryRow(`SELECT count(*) FROM orders`).Scan(new(int)); err != nil {
			return err
		}
		if tries == 1 {
			mustInsert(t, st, "faster")
		}
		svc := roster.New(sqlitestore.InTx(tx), roster.Options{})
		if _, err := svc.CreateAccount(t.Context(), membership.Account{Name: "Acme"}); err != nil {
			return err
		}
		order(t, tx, "Acme's")
		return tx.Commit()
	}
	if err := hire(); !errors.Is(err, store.ErrBusy) {
		t.Errorf("got %v, want ErrBusy", err)
	}
	if err := hire(); err != nil {
		t.Errorf("begun anew: %v", err)
	}
	if got := names(t, st); !slices.Equal(got, []string{"faster", "Acme"}) || orders(t, db) != 1 {
		t.Errorf("%v and %d orders", got, orders(t, db))
	}
}

func TestARefusalLeavesTheProgramsRowsAlone(t *testing.T) {
	t.Parallel()
	db := appDB(t)
	svc := roster.New(borrow(t, db), roster.Options{AccountLimit: 1})
	tx := begin(t, db)
	order(t, tx, "before")
	in := svc.In(sqlitestore.InTx(tx))
	acme, err := in.CreateAccount(t.Context(), membership.Account{Name: "Acme"})
	if err != nil {
		t.Fatal(err)
	}
	var memberIDs []membership.MemberID
	for range 2 {
		m, err := in.CreateMember(t.Context(), membership.Member{Name: "Ron"})
		if err != nil {
			t.Fatal(err)
		}
		memberIDs = append(memberIDs, m.ID)
	}
	for i, want := range []error{nil, membership.ErrAccountFull} {
		if _, err := in.Add(t.Context(), acme.ID, memberIDs[i]); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	// Several use cases of which the last is refused are undone together, and nothing else is.
	err = in.Update(t.Context(), func(in *roster.Service) error {
		if _, err := in.CreateAccount(t.Context(), membership.Account{Name: "undone"}); err != nil {
			return err
		}
		_, err := in.Add(t.Context(), acme.ID, memberIDs[0])
		return err
	})
	if !errors.Is(err, membership.ErrAlreadyMember) {
		t.Errorf("got %v", err)
	}
	order(t, tx, "after")
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	log, err := svc.ListChanges(t.Context(), membership.ChangeQuery{})
	var types []membership.ChangeType
	for _, c := range log.Changes {
		types = append(types, c.Type)
	}
	want := []membership.ChangeType{membership.AccountCreated, membership.MemberCreated, membership.MemberCreated, membership.MembershipCreated}
	if err != nil || !slices.Equal(types, want) || orders(t, db) != 2 {
		t.Errorf("the log has %v, %v, and there are %d orders", types, err, orders(t, db))
	}
}

func TestFollowersSeeATransactionOfTheProgramOnceItIsCommitted(t *testing.T) {
	t.Parallel()
	db := appDB(t)
	svc := roster.New(borrow(t, db), roster.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := make(chan membership.Change)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for c, err := range svc.Changes(ctx, 0, roster.ChangeOptions{PollInterval: time.Hour}) {
			if err != nil {
				return
			}
			seen <- c
		}
	}()
	for _, commits := range []bool{false, true, false, true} {
		tx := begin(t, db)
		created, err := svc.In(sqlitestore.InTx(tx)).CreateAccount(t.Context(), membership.Account{Name: "Acme"})
		if err != nil {
			t.Fatal(err)
		}
		select {
		case c := <-seen:
			t.Fatalf("saw %+v before the commit", c)
		case <-time.After(10 * time.Millisecond):
		}
		if !commits {
			if err := tx.Rollback(); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		select {
		case c := <-seen:
			if c.AccountID != created.ID {
				t.Fatalf("saw %+v", c)
			}
		case <-time.After(time.Minute):
			t.Fatal("saw nothing after the commit")
		}
	}
	cancel()
	<-ended
}

// Rows of a query of the program's own may be open while roster writes, and while a write of roster's is undone.
func TestOpenRowsOfTheProgram(t *testing.T) {
	t.Parallel()
	db := appDB(t)
	tx := begin(t, db)
	for _, name := range []string{"one", "two", "three"} {
		order(t, tx, name)
	}
	in := roster.New(sqlitestore.InTx(tx), roster.Options{})
	rows, err := tx.Query(`SELECT name FROM orders`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		if _, err := in.CreateAccount(t.Context(), membership.Account{Name: "kept"}); err != nil {
			t.Fatal(err)
		}
		err := in.Update(t.Context(), func(in *roster.Service) error {
			_, err := in.CreateAccount(t.Context(), membership.Account{Name: "undone"})
			return errors.Join(err, context.Canceled)
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if rows.Err() != nil || n != 3 {
		t.Errorf("%d rows, %v", n, rows.Err())
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, borrow(t, db)); !slices.Equal(got, []string{"kept", "kept", "kept"}) {
		t.Errorf("got %v", got)
	}
}
