package roster_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"log"
	"strings"

	"github.com/google/uuid"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
)

// Bulk onboarding from a file: two rows for each line of it, of which the second refers to the first. What is refused
// keeps nothing else out.
func ExampleService_Import() {
	ctx := context.Background()
	svc := roster.New(memstore.New(), roster.Options{})
	acme := try(svc.CreateAccount(ctx, membership.Account{Name: "Acme"}))
	file := csv.NewReader(strings.NewReader("Ron Swanson,ron@example.com\nAnn Perkins,ann\nApril Ludgate,april@example.com\n"))

	var broken error // a sequence cannot say by itself why it ended
	rows := func(yield func(membership.Row) bool) {
		for {
			line, err := file.Read()
			if err != nil {
				if !errors.Is(err, io.EOF) {
					broken = err
				}
				return
			}
			member := membership.Member{ID: membership.MemberID{UUID: uuid.New()}, Name: line[0], Email: line[1]}
			if !yield(member) || !yield(membership.Membership{AccountID: acme.ID, MemberID: member.ID}) {
				return
			}
		}
	}
	imported := 0
	for result, err := range svc.Import(ctx, rows, roster.ImportOptions{}) {
		switch {
		case err != nil:
			log.Fatal(err) // of the whole: what was told before is in
		case result.Err != nil:
			fmt.Printf("row %d: %v\n", result.Index, result.Err)
		default:
			imported++
		}
	}
	fmt.Println(imported, "rows, read with", broken)
	// Output:
	// row 2: invalid field "email": must be an e-mail address such as ron@example.com
	// row 3: account member not found
	// 4 rows, read with <nil>
}
