package pgstore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/pgtest"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/pgstore"
)

// world is an account, and members who want to join it.
func world(t *testing.T, svc *roster.Service, members int) (membership.AccountID, []membership.MemberID) {
	t.Helper()
	account := must(svc.CreateAccount(t.Context(), membership.Account{Name: "Acme"}))(t)
	ids := make([]membership.MemberID, members)
	for i := range ids {
		ids[i] = must(svc.CreateMember(t.Context(), membership.Member{Name: fmt.Sprint("Member ", i)}))(t).ID
	}
	return account.ID, ids
}

// Two programs let 7 into an account of 7, each member once.
func TestSeveralStoresKeepTheLimit(t *testing.T) {
	t.Parallel()
	const seats, members = 7, 12
	url := pgtest.URL(t)
	limited := roster.Options{AccountLimit: seats}
	a, b := roster.New(open(t, url, pgstore.Options{}), limited), roster.New(open(t, url, pgstore.Options{}), limited)
	account, ids := world(t, a, members)
	var mu sync.Mutex
	joined := map[membership.MemberID]int{}
	var wg sync.WaitGroup
	for _, svc := range []*roster.Service{a, a, b, b} {
		for _, id := range ids {
			wg.Go(func() {
				_, err := svc.Add(t.Context(), account, id)
				switch {
				case err == nil:
					mu.Lock()
					joined[id]++
					mu.Unlock()
				case !errors.Is(err, membership.ErrAccountFull) && !errors.Is(err, membership.ErrAlreadyMember):
					t.Errorf("Add: %v", err)
				}
			})
		}
	}
	wg.Wait()
	page := must(b.Memberships(t.Context(), membership.Scope{Account: account}, membership.Query{}))(t)
	if page.Total != seats || len(joined) != seats {
		t.Errorf("the account has %d members, and %d were told so; want %d", page.Total, len(joined), seats)
	}
	for id, times := range joined {
		if times != 1 {
			t.Errorf("member %v joined %d times", id, times)
		}
	}
}

// The same within transactions of the program's own, which PostgreSQL runs as READ COMMITTED unless told otherwise.
func TestTransactionsOfTheProgramKeepTheLimit(t *testing.T) {
	t.Parallel()
	const seats, members = 5, 20
	pool := openPool(t)
	limited := roster.Options{AccountLimit: seats}
	svc := roster.New(borrow(t, pool), limited)
	account, ids := world(t, svc, members)
	var wg sync.WaitGroup
	for _, id := range ids {
		wg.Go(func() {
			tx, err := pool.Begin(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			_, err = svc.In(pgstore.InTx(tx)).Add(t.Context(), account, id)
			if err != nil && !errors.Is(err, membership.ErrAccountFull) {
				t.Errorf("Add: %v", err)
			}
			if err := tx.Commit(t.Context()); err != nil {
				t.Errorf("Commit: %v", err)
			}
		})
	}
	wg.Wait()
	if page := must(svc.Memberships(t.Context(), membership.Scope{Account: account}, membership.Query{}))(t); page.Total != seats {
		t.Errorf("the account has %d members, want %d", page.Total, seats)
	}
}

// A follower of one store is woken by what another commits, and does not wait for its poll.
func TestAFollowerIsWokenByAnotherProgram(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	here, there := open(t, url, pgstore.Options{}), roster.New(open(t, url, pgstore.Options{}), roster.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for after := int64(0); after < 10; {
		woken := make(chan error, 1)
		go func() { woken <- here.AwaitChanges(ctx, after, time.Hour) }()
		must(there.CreateAccount(ctx, membership.Account{Name: "Acme"}))(t)
		if err := <-woken; err != nil {
			t.Fatalf("AwaitChanges: %v", err)
		}
		after = must(here.Changes(ctx, membership.ChangeQuery{Limit: -1}))(t).Last
	}
}

// A number is not shown while a smaller one may still come.
func TestNoSmallerNumberAppearsLater(t *testing.T) {
	t.Parallel()
	pool := openPool(t)
	st := borrow(t, pool)
	svc := roster.New(st, roster.Options{})
	slow := begin(t, pool, pgx.ReadCommitted)
	inSlow := svc.In(pgstore.InTx(slow))
	first := must(inSlow.CreateAccount(t.Context(), membership.Account{Name: "first"}))(t)
	second := must(svc.CreateAccount(t.Context(), membership.Account{Name: "second"}))(t)
	if page := must(svc.ListChanges(t.Context(), membership.ChangeQuery{}))(t); len(page.Changes) != 0 || page.Last != 0 {
		t.Errorf("the log shows %d changes while a smaller number may still come", len(page.Changes))
	}
	err := svc.View(t.Context(), func(svc *roster.Service) error {
		page, err := svc.ListChanges(t.Context(), membership.ChangeQuery{})
		if len(page.Changes) != 0 {
			t.Errorf("a View shows %d changes while a smaller number may still come", len(page.Changes))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := slow.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	var order []membership.AccountID
	for c, err := range svc.Changes(t.Context(), 0, roster.ChangeOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		if order = append(order, c.AccountID); len(order) == 2 {
			break
		}
	}
	if order[0] != first.ID || order[1] != second.ID {
		t.Errorf("the changes come as %v, want %v before %v", order, first.ID, second.ID)
	}
}

// What the program writes in roster's transaction is committed with it or not at all.
func TestStatementsOfTheProgram(t *testing.T) {
	t.Parallel()
	pool := openPool(t)
	svc := roster.New(borrow(t, pool), roster.Options{})
	execute(t, pool, `CREATE TABLE projects (account uuid REFERENCES roster_accounts (id), name text)`)
	var account membership.Account
	project := func(fail error) error {
		return svc.Update(t.Context(), func(svc *roster.Service) (err error) {
			if account, err = svc.CreateAccount(t.Context(), membership.Account{Name: "Acme"}); err != nil {
				return err
			}
			tx, _ := svc.Tx()
			conn, ok := pgstore.SQL(tx)
			if !ok {
				return errors.New("no connection")
			}
			if _, err := conn.Exec(t.Context(), `INSERT INTO projects VALUES ($1, 'Park')`, account.ID.String()); err != nil {
				return err
			}
			var n int
			if err := conn.QueryRow(t.Context(), []any{&n}, `SELECT count(*) FROM projects WHERE account = $1`, account.ID.String()); err != nil || n != 1 {
				t.Errorf("the transaction sees %d projects, %v", n, err)
			}
			return fail
		})
	}
	changedMind := errors.New("changed its mind")
	if err := project(changedMind); !errors.Is(err, changedMind) {
		t.Errorf("Update: %v", err)
	}
	if err := project(nil); err != nil {
		t.Errorf("Update: %v", err)
	}
	var n int
	if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM projects`).Scan(&n); err != nil || n != 1 {
		t.Errorf("there are %d projects, %v, want 1", n, err)
	}
	// What refers to an account keeps it, and the transaction goes on.
	err := svc.Update(t.Context(), func(svc *roster.Service) error {
		if err := svc.DeleteAccount(t.Context(), account.ID); !errors.Is(err, membership.ErrReferenced) {
			t.Errorf("DeleteAccount: %v, want %v", err, membership.ErrReferenced)
		}
		return nil
	})
	if err != nil {
		t.Errorf("Update: %v", err)
	}
	err = svc.Update(t.Context(), func(svc *roster.Service) error {
		tx, _ := svc.Tx()
		conn, _ := pgstore.SQL(tx)
		_, err := conn.Exec(t.Context(), `INSERT INTO nowhere VALUES (1)`)
		if err == nil {
			t.Error("a statement that is wrong was run")
		}
		return nil // whatever the function makes of it
	})
	if err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("Update after a statement that failed: %v", err)
	}
}

func execute(t testing.TB, pool *pgxpool.Pool, query string, args ...any) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

// Texts may be longer than an index entry can be.
func TestLongTexts(t *testing.T) {
	t.Parallel()
	svc := roster.New(openStore(t), roster.Options{})
	long := func(first rune) string {
		var b strings.Builder
		b.WriteRune(first)
		for b.Len() < 4*(membership.MaxTextLength-40) {
			b.WriteString("😀") // 4 bytes each
			b.WriteString(uuid.NewString()[:1])
		}
		return string([]rune(b.String())[:membership.MaxTextLength-1]) + string(first)
	}
	names := []string{long('a'), long('b'), long('c')}
	for _, name := range []string{names[2], names[0], names[1]} {
		must(svc.CreateAccount(t.Context(), membership.Account{Name: name, LegalName: name, ExternalRef: name}))(t)
		must(svc.CreateMember(t.Context(), membership.Member{Name: name, GivenName: name}))(t)
		must(svc.CreateTag(t.Context(), membership.Tag{Name: name}))(t)
		if _, err := svc.CreateTag(t.Context(), membership.Tag{Name: name}); !errors.Is(err, membership.ErrTagNameTaken) {
			t.Errorf("CreateTag of the same name: %v", err)
		}
		if err := svc.SetConsumer(t.Context(), membership.Consumer{Name: name}); err != nil {
			t.Errorf("SetConsumer: %v", err)
		}
	}
	page := must(svc.Accounts(t.Context(), membership.Query{Order: membership.Order{By: membership.AttrName}}))(t)
	for i, a := range page.Items {
		if a.Name != names[i] {
			t.Errorf("account %d by name is %.10q..., want %.10q...", i, a.Name, names[i])
		}
	}
	filter := membership.All(membership.Eq(membership.AttrExternalRef, membership.TextValue(names[1])))
	if found := must(svc.Accounts(t.Context(), membership.Query{Filter: filter}))(t); found.Total != 1 || found.Items[0].Name != names[1] {
		t.Errorf("%d accounts have the reference", found.Total)
	}
}

// A unique index of the program's own is nothing that trying again could get past.
func TestARuleOfTheProgramsOwn(t *testing.T) {
	t.Parallel()
	pool := openPool(t)
	svc := roster.New(borrow(t, pool), roster.Options{})
	execute(t, pool, `CREATE UNIQUE INDEX ON roster_members (lower(email))`)
	must(svc.CreateMember(t.Context(), membership.Member{Name: "Ron", Email: "ron@example.com"}))(t)
	_, err := svc.CreateMember(t.Context(), membership.Member{Name: "Ron", Email: "RON@example.com"})
	if err == nil || !strings.Contains(err.Error(), "the program's own") {
		t.Errorf("CreateMember: %v", err)
	}
}
