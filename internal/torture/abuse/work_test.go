package abuse_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/migrations"
	"github.com/roster-go/roster/pgstore"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

// work is what a process does again and again, in a database, and what ends it.
type work func(database string) (do func(i int) error, end func() error, err error)

var works = map[string]work{
	"operations": operations,
	"open":       openings,
	"borrow":     borrowings,
	"follow":     followings,
	"leak-files": leakFiles, "leak-goroutines": leakGoroutines, "leak-memory": leakMemory,
}

// openDatabase opens memory for the empty name, PostgreSQL for a URL, and else a file.
func openDatabase(database string) (store.Store, error) {
	switch {
	case database == "":
		return memstore.New(), nil
	case strings.HasPrefix(database, "postgres"):
		return pgstore.Open(context.Background(), database, pgstore.Options{})
	default:
		return sqlitestore.Open(database, sqlitestore.Options{})
	}
}

// opsAtOnce is how many operations one round of operations has.
const opsAtOnce = 12

// operations leave as many rows as there were. Every round has a filter of its own, whose statement nobody else uses.
func operations(database string) (func(int) error, func() error, error) {
	st, err := openDatabase(database)
	if err != nil {
		return nil, nil, err
	}
	ctx := context.Background()
	svc := roster.New(st, roster.Options{Retention: membership.Retention{MaxCount: 100}})
	credential, _, err := svc.CreateCredential(ctx, membership.ScopeRead)
	if err != nil {
		return nil, nil, errors.Join(err, st.Close())
	}
	return func(i int) error { return operate(ctx, svc, credential.ClientID, i) }, st.Close, nil
}

func operate(ctx context.Context, svc *roster.Service, client string, i int) error {
	account, err := svc.CreateAccount(ctx, membership.Account{Name: "Acme"})
	if err != nil {
		return err
	}
	member, err := svc.CreateMember(ctx, membership.Member{Name: "Ron"})
	if err != nil {
		return err
	}
	m, err := svc.Add(ctx, account.ID, member.ID)
	if err != nil {
		return err
	}
	if _, err := svc.Add(ctx, account.ID, member.ID); !errors.Is(err, membership.ErrAlreadyMember) {
		return fmt.Errorf("joined twice: %w", err)
	}
	if is, err := svc.IsMember(ctx, account.ID, member.ID); err != nil || !is {
		return fmt.Errorf("is a member: %v, %w", is, err)
	}
	if _, err := svc.Members(ctx, membership.Query{Filter: shape(i)}); err != nil {
		return err
	}
	if _, err := svc.ListChanges(ctx, membership.ChangeQuery{Limit: -1}); err != nil && !errors.Is(err, membership.ErrPruned) {
		return err
	}
	_, token, err := svc.IssueToken(ctx, client, membership.ScopeRead, time.Hour)
	if err != nil {
		return err
	}
	if _, err := svc.CheckToken(ctx, token); err != nil {
		return err
	}
	return errors.Join(svc.RevokeToken(ctx, token), svc.Remove(ctx, account.ID, m.ID), svc.DeleteMember(ctx, member.ID), svc.DeleteAccount(ctx, account.ID))
}

// shape is a filter whose statement is another one for each of some thousand numbers.
func shape(i int) membership.Filter {
	attributes := []membership.Attribute{membership.AttrName, membership.AttrEmail, membership.AttrGivenName}
	var terms membership.AnyOf
	for range 8 {
		terms = append(terms, membership.Eq(attributes[i%len(attributes)], membership.TextValue("x")))
		i /= len(attributes)
	}
	return membership.Filter{terms}
}

// openings open a database, use it and close it.
func openings(database string) (func(int) error, func() error, error) {
	return func(i int) error {
		st, err := openDatabase(database)
		if err != nil {
			return err
		}
		_, err = roster.New(st, roster.Options{}).Members(context.Background(), membership.Query{Filter: shape(i)})
		return errors.Join(err, st.Close())
	}, func() error { return nil }, nil
}

// borrowings make a store in one database that stays open, use it and close it.
func borrowings(database string) (func(int) error, func() error, error) {
	db, err := sql.Open("sqlite", "file:"+database+"?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)")
	if err != nil {
		return nil, nil, err
	}
	if err := migrations.Up(context.Background(), db); err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return func(i int) error {
		st, err := sqlitestore.New(db, sqlitestore.Options{})
		if err != nil {
			return err
		}
		return errors.Join(operateOn(st, i), st.Close())
	}, db.Close, nil
}

func operateOn(st store.Store, i int) error {
	ctx := context.Background()
	svc := roster.New(st, roster.Options{Retention: membership.Retention{MaxCount: 100}})
	credential, _, err := svc.CreateCredential(ctx, membership.ScopeRead)
	if err != nil {
		return err
	}
	return errors.Join(operate(ctx, svc, credential.ClientID, i), svc.RevokeCredential(ctx, credential.ClientID))
}

// followings await a change that does not come, give up, and await one that does.
func followings(database string) (func(int) error, func() error, error) {
	st, err := openDatabase(database)
	if err != nil {
		return nil, nil, err
	}
	svc := roster.New(st, roster.Options{Retention: membership.Retention{MaxCount: 100}})
	return func(int) error { return follow(svc) }, st.Close, nil
}

func follow(svc *roster.Service) error {
	ctx := context.Background()
	page, err := svc.ListChanges(ctx, membership.ChangeQuery{Limit: -1})
	if pruned := (*membership.Error)(nil); errors.As(err, &pruned) && errors.Is(err, membership.ErrPruned) {
		page, err = svc.ListChanges(ctx, membership.ChangeQuery{After: pruned.First - 1, Limit: -1})
	}
	if err != nil {
		return err
	}
	last := page.Last
	impatient, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	if err := svc.AwaitChanges(impatient, last, 0); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err // without one there may be a change, which is allowed
	}
	heard := make(chan error, 1)
	go func() { heard <- svc.AwaitChanges(ctx, last, 0) }()
	account, err := svc.CreateAccount(ctx, membership.Account{Name: "Acme"})
	if err != nil {
		return err
	}
	return errors.Join(<-heard, svc.DeleteAccount(ctx, account.ID))
}

// The controls leak a little each time.

func leakFiles(string) (func(int) error, func() error, error) {
	var all []*os.File
	return func(int) error {
			f, err := os.Open(os.DevNull)
			all = append(all, f)
			return err
		}, func() error {
			for _, f := range all {
				_ = f.Close()
			}
			return nil
		}, nil
}

func leakGoroutines(string) (func(int) error, func() error, error) {
	end := make(chan struct{})
	return func(int) error {
			go func() { <-end }()
			return nil
		}, func() error {
			close(end)
			return nil
		}, nil
}

// leakMemory keeps 100 KB of each round.
func leakMemory(string) (func(int) error, func() error, error) {
	var all [][]byte
	return func(i int) error {
			kept := make([]byte, 100<<10)
			for at := range kept {
				kept[at] = byte(i)
			}
			all = append(all, kept)
			return nil
		}, func() error {
			all = nil
			return nil
		}, nil
}
