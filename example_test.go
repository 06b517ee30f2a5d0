package roster_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
)

// Memberships in memory: for unit tests, and for data that may end with the program.
func Example() {
	ctx := context.Background()
	svc := roster.New(memstore.New(), roster.Options{})
	acme, _ := svc.CreateAccount(ctx, membership.Account{Name: "Acme"})
	ron, _ := svc.CreateMember(ctx, membership.Member{Name: "Ron Swanson", Email: "ron@example.com"})
	_, _ = svc.Add(ctx, acme.ID, ron.ID)

	isMember, _ := svc.IsMember(ctx, acme.ID, ron.ID)
	_, err := svc.Add(ctx, acme.ID, ron.ID)
	fmt.Println(isMember, errors.Is(err, membership.ErrAlreadyMember))
	// Output: true true
}

// Every member of an account whose address ends in example.com, however many pages that is.
func ExampleService_AllMemberships() {
	ctx := context.Background()
	svc := roster.New(memstore.New(), roster.Options{})
	acme, err := svc.CreateAccount(ctx, membership.Account{Name: "Acme"})
	if err != nil {
		log.Fatal(err)
	}
	for _, email := range []string{"ron@example.com", "ann@example.org", "april@example.com"} {
		m, err := svc.CreateMember(ctx, membership.Member{Name: email, Email: email})
		if err != nil {
			log.Fatal(err)
		}
		if _, err := svc.Add(ctx, acme.ID, m.ID); err != nil {
			log.Fatal(err)
		}
	}

	found := 0
	query := membership.Query{Filter: membership.All(membership.ILike(membership.AttrMemberEmail, "*@example.com"))}
	for m, err := range svc.AllMemberships(ctx, membership.Scope{Account: acme.ID}, query) {
		if err != nil {
			log.Fatal(err)
		}
		if m.AccountID == acme.ID {
			found++
		}
	}
	fmt.Println(found)
	// Output: 2
}

// Several use cases in one transaction: the account, its owner and the membership exist together or not at all.
func ExampleService_Update() {
	ctx := context.Background()
	svc := roster.New(memstore.New(), roster.Options{})

	signUp := func(company, email string) error {
		return svc.Update(ctx, func(svc *roster.Service) error {
			account, err := svc.CreateAccount(ctx, membership.Account{Name: company, RegistrationID: company})
			if err != nil {
				return err
			}
			owner, err := svc.CreateMember(ctx, membership.Member{Name: email, Email: email})
			if err != nil {
				return err
			}
			_, err = svc.Add(ctx, account.ID, owner.ID)
			return err
		})
	}
	fmt.Println(signUp("Acme", "ron@example.com"))
	fmt.Println(signUp("Initech", "not an address"))

	accounts, err := svc.Accounts(ctx, membership.Query{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(accounts.Total, "account:", accounts.Items[0].Name)
	// Output:
	// <nil>
	// invalid field "email": must be an e-mail address such as ron@example.com
	// 1 account: Acme
}

// What a refusal carries: which limit it was, and how much of it is used.
func ExampleService_Add_limits() {
	ctx := context.Background()
	svc := roster.New(memstore.New(), roster.Options{AccountLimit: 1})
	acme, err := svc.CreateAccount(ctx, membership.Account{Name: "Acme"})
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{"Ron", "Ann"} {
		m, err := svc.CreateMember(ctx, membership.Member{Name: name})
		if err != nil {
			log.Fatal(err)
		}
		_, err = svc.Add(ctx, acme.ID, m.ID)
		if refusal, ok := errors.AsType[*membership.Error](err); ok {
			fmt.Println(name, "is refused:", refusal.Cause, refusal.Used, "of", refusal.Limit)
		}
	}
	// Output: Ann is refused: account is full 1 of 1
}
