package roster_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
)

// Who has joined and left an account: first what has happened, then what happens.
func ExampleService_Changes() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	svc := roster.New(memstore.New(), roster.Options{})
	acme := try(svc.CreateAccount(ctx, membership.Account{Name: "Acme"}))
	ron := try(svc.CreateMember(ctx, membership.Member{Name: "Ron Swanson"}))
	joined := try(svc.As("leslie").Add(ctx, acme.ID, ron.ID))

	opts := roster.ChangeOptions{
		Account: acme.ID,
		Types:   []membership.ChangeType{membership.MembershipCreated, membership.MembershipDeleted},
	}
	for c, err := range svc.Changes(ctx, 0, opts) {
		if err != nil { // context.Canceled in the end
			fmt.Println(err)
			break
		}
		fmt.Println(c.Sequence, c.Type, "by", c.Actor)
		switch c.Type {
		case membership.MembershipCreated:
			if err := svc.As("ron").Remove(ctx, acme.ID, joined.ID); err != nil {
				log.Fatal(err)
			}
		case membership.MembershipDeleted:
			before := c.Before.(membership.Membership)
			fmt.Println("it was Ron's:", before.MemberID == ron.ID, "and it is no more:", c.After == nil)
			stop()
		}
	}
	// Output:
	// 3 account-membership.created by leslie
	// 4 account-membership.deleted by ron
	// it was Ron's: true and it is no more: true
	// context canceled
}

// What became of a membership, also when it has ended.
func ExampleService_History() {
	ctx := context.Background()
	svc := roster.New(memstore.New(), roster.Options{})
	acme := try(svc.CreateAccount(ctx, membership.Account{Name: "Acme"}))
	ron := try(svc.CreateMember(ctx, membership.Member{Name: "Ron Swanson"}))
	joined := try(svc.As("leslie").Add(ctx, acme.ID, ron.ID))
	if err := svc.As("chris").DeleteMember(ctx, ron.ID); err != nil {
		log.Fatal(err)
	}
	for _, c := range try(svc.History(ctx, joined.ID)) {
		fmt.Println(c.Type, "by", c.Actor, "because of a", c.Cause)
	}
	// Output:
	// account-membership.created by leslie because of a request
	// account-membership.deleted by chris because of a cascade
}

// A log that is kept for 30 days, and a reader who was away for longer: it takes stock anew and goes on from there.
func ExampleService_ListChanges_pruned() {
	ctx := context.Background()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	month := membership.Retention{MaxAge: 30 * 24 * time.Hour}
	svc := roster.New(memstore.New(), roster.Options{Retention: month, Clock: func() time.Time { return now }})
	for _, name := range []string{"Acme", "Initech"} {
		try(svc.CreateAccount(ctx, membership.Account{Name: name}))
	}
	now = now.AddDate(0, 2, 0)
	try(svc.CreateAccount(ctx, membership.Account{Name: "Globex"}))
	fmt.Println(try(svc.PruneChanges(ctx, month)), "changes are gone")

	_, err := svc.ListChanges(ctx, membership.ChangeQuery{After: 1})
	if pruned, ok := errors.AsType[*membership.Error](err); ok && errors.Is(err, membership.ErrPruned) {
		fmt.Println("the first that is left is", pruned.First)
	}

	// The stock and the end of the log as they are together: what comes behind it is what the stock lacks.
	err = svc.View(ctx, func(svc *roster.Service) error {
		accounts, err := svc.Accounts(ctx, membership.Query{})
		if err != nil {
			return err
		}
		_, end, err := svc.ChangeBounds(ctx)
		fmt.Println(accounts.Total, "accounts, and on behind", end)
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// 2 changes are gone
	// the first that is left is 3
	// 3 accounts, and on behind 3
}
