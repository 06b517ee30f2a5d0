package pgstore_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/pgtest"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/pgstore"
	"github.com/roster-go/roster/store"
)

// The connection is cut while the commit is under way: whatever became of it, the member joins once and the caller is told so.
func TestALostCommitIsLookedFor(t *testing.T) {
	t.Parallel()
	for name, moment := range map[string]cut{"before the server has it": beforeServer, "behind the server": afterServer} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			through, url := between(t, pgtest.URL(t))
			svc := roster.New(open(t, url, pgstore.Options{}), roster.Options{})
			account := must(svc.CreateAccount(t.Context(), membership.Account{Name: "Acme"}))(t)
			for n := range 10 {
				member := must(svc.CreateMember(t.Context(), membership.Member{Name: fmt.Sprint("Ron ", n)}))(t)
				var cuts atomic.Int32
				through.on(func(message []byte) cut {
					if isCommit(message) && cuts.Add(1) == 1 {
						return moment
					}
					return pass
				})
				joined, err := svc.Add(t.Context(), account.ID, member.ID)
				if err != nil {
					t.Fatalf("Add: %v", err)
				}
				if found := must(svc.Membership(t.Context(), account.ID, joined.ID))(t); found != joined {
					t.Errorf("what is there is %+v, and not %+v", found, joined)
				}
				if cuts.Load() == 0 {
					t.Error("no commit was cut off")
				}
			}
			end := must(svc.CreateAccount(t.Context(), membership.Account{Name: "the end"}))(t)
			created := 0
			for c, err := range svc.Changes(t.Context(), 0, roster.ChangeOptions{}) {
				if err != nil {
					t.Fatal(err)
				}
				if c.Type == membership.MembershipCreated {
					created++
				}
				if c.AccountID == end.ID {
					break
				}
			}
			if created != 10 {
				t.Errorf("%d memberships were created, want 10", created)
			}
		})
	}
}

// When nobody can be asked any more, the answer is that it is not known, and not that it failed.
func TestACommitThatCannotBeLookedFor(t *testing.T) {
	t.Parallel()
	through, url := between(t, pgtest.URL(t))
	st := open(t, url, pgstore.Options{Patience: 50 * time.Millisecond})
	svc := roster.New(st, roster.Options{})
	through.on(func(message []byte) cut {
		if isCommit(message) {
			go through.cutAll(true)
			return beforeServer
		}
		return pass
	})
	_, err := svc.CreateAccount(t.Context(), membership.Account{Name: "Acme"})
	if !errors.Is(err, store.ErrOutcomeUnknown) {
		t.Errorf("CreateAccount: %v, want %v", err, store.ErrOutcomeUnknown)
	}
	_, err = svc.CreateAccount(t.Context(), membership.Account{Name: "Acme"})
	if !errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrOutcomeUnknown) {
		t.Errorf("CreateAccount without a server: %v, want %v", err, store.ErrUnavailable)
	}
	if _, err := svc.Accounts(t.Context(), membership.Query{}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Accounts without a server: %v, want %v", err, store.ErrUnavailable)
	}
}

// A write without a change in the log leaves nothing to look for.
func TestALostCommitWithoutChanges(t *testing.T) {
	t.Parallel()
	through, url := between(t, pgtest.URL(t))
	st := open(t, url, pgstore.Options{})
	var cuts atomic.Int32
	through.on(func(message []byte) cut {
		if isCommit(message) && cuts.Add(1) == 1 {
			return afterServer
		}
		return pass
	})
	err := st.Update(t.Context(), func(tx store.Tx) error { return tx.SetConsumerPosition(t.Context(), "c", 7) })
	if !errors.Is(err, store.ErrOutcomeUnknown) {
		t.Errorf("Update: %v, want %v", err, store.ErrOutcomeUnknown)
	}
	through.on(nil)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for position := int64(0); position != 7; { // the server has got the commit, and will carry it out
		if position, err = st.ConsumerPosition(ctx, "c"); err != nil {
			t.Fatal(err)
		}
	}
}

// Connections that are lost before the commit cost nothing but time, whoever has them.
func TestLostConnectionsAreNotNoticed(t *testing.T) {
	t.Parallel()
	through, url := between(t, pgtest.URL(t))
	svc := roster.New(open(t, url, pgstore.Options{}), roster.Options{})
	for n := range 50 {
		if n%5 == 4 {
			through.cutAll(false)
		}
		account, err := svc.CreateAccount(t.Context(), membership.Account{Name: fmt.Sprint("Acme ", n)})
		if err != nil {
			t.Fatalf("CreateAccount: %v", err)
		}
		if n%7 == 6 {
			through.cutAll(false)
		}
		if _, err := svc.Account(t.Context(), account.ID); err != nil {
			t.Fatalf("Account: %v", err)
		}
		var ran int
		err = svc.Update(t.Context(), func(svc *roster.Service) error {
			if ran++; ran == 1 {
				through.cutAll(false)
			}
			_, err := svc.UpdateAccount(t.Context(), account.ID, membership.AccountUpdate{Name: new("renamed")})
			return err
		})
		if err != nil {
			t.Fatalf("Update: %v", err)
		}
	}
}

// The end of a context ends the wait for an answer, and the server is not left with the work.
func TestAContextEndsAWait(t *testing.T) {
	t.Parallel()
	pool := openPool(t)
	st := borrow(t, pool)
	svc := roster.New(st, roster.Options{})
	account := must(svc.CreateAccount(t.Context(), membership.Account{Name: "Acme"}))(t)
	member := must(svc.CreateMember(t.Context(), membership.Member{Name: "Ron"}))(t)
	tx := begin(t, pool, "read committed")
	if _, err := tx.Exec(t.Context(), `SELECT 1 FROM roster_accounts WHERE id = $1 FOR UPDATE`, account.ID.String()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := svc.Add(ctx, account.ID, member.ID); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Add: %v, want %v", err, context.DeadlineExceeded)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := svc.Add(t.Context(), account.ID, member.ID); err != nil {
		t.Errorf("Add after the lock was gone: %v", err)
	}
}

// must gives what a call answers with, which must not fail.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// Where commits wait for a standby that is not there, a change that only the primary has is not acknowledged: a failover would
// lose it.
func TestACommitThatNoStandbyHas(t *testing.T) {
	t.Parallel()
	cluster := pgtest.StartCluster(t, 0)
	open(t, cluster.URL, pgstore.Options{}) // which makes the tables
	execute(t, poolOf(t, cluster.URL), `ALTER SYSTEM SET synchronous_standby_names = 'missing'`)
	execute(t, poolOf(t, cluster.URL), `SELECT pg_reload_conf()`)
	for names := ""; names != "missing"; { // a new connection each time, because an old one may be late to notice
		if err := poolOf(t, cluster.URL).QueryRow(t.Context(), `SHOW synchronous_standby_names`).Scan(&names); err != nil {
			t.Fatal(err)
		}
	}
	svc := roster.New(open(t, cluster.URL, pgstore.Options{Patience: time.Millisecond}), roster.Options{})
	for name, end := range map[string]func(ctx context.Context, cancel func()){
		"the context ends": func(_ context.Context, cancel func()) { cancel() },
		"the backend ends": func(ctx context.Context, _ func()) {
			execute(t, poolOf(t, cluster.URL), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`)
		},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		done := make(chan error, 1)
		go func() {
			_, err := svc.CreateAccount(ctx, membership.Account{Name: name})
			done <- err
		}()
		pool := poolOf(t, cluster.URL)
		for waiting := 0; waiting == 0 && len(done) == 0; {
			if err := pool.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`).Scan(&waiting); err != nil {
				t.Fatal(err)
			}
		}
		end(ctx, cancel)
		if err := <-done; !errors.Is(err, store.ErrOutcomeUnknown) {
			t.Errorf("%s: CreateAccount: %v, want %v", name, err, store.ErrOutcomeUnknown)
		}
		cancel()
	}
}

// All connections are lost while each is in a commit: the look at what became of them needs connections, too.
func TestManyLostCommits(t *testing.T) {
	t.Parallel()
	through, url := between(t, pgtest.URL(t))
	svc := roster.New(open(t, url, pgstore.Options{MaxConns: 2}), roster.Options{})
	var cuts atomic.Int32
	through.on(func(message []byte) cut {
		if isCommit(message) && cuts.Add(1) <= 4 {
			return afterServer
		}
		return pass
	})
	errs := make(chan error, 8)
	for n := range cap(errs) {
		go func() {
			_, err := svc.CreateAccount(t.Context(), membership.Account{Name: fmt.Sprint("Acme ", n)})
			errs <- err
		}()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Errorf("CreateAccount: %v", err)
		}
	}
	if page := must(svc.Accounts(t.Context(), membership.Query{}))(t); page.Total != cap(errs) {
		t.Errorf("there are %d accounts, want %d", page.Total, cap(errs))
	}
}

// Close does not wait for those who await changes.
func TestCloseEndsAwaiting(t *testing.T) {
	t.Parallel()
	st := open(t, pgtest.URL(t), pgstore.Options{})
	awaited := make(chan error, 3)
	for range cap(awaited) {
		go func() { awaited <- st.AwaitChanges(context.Background(), 0, time.Hour) }()
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	for range cap(awaited) {
		if err := <-awaited; !errors.Is(err, store.ErrClosed) {
			t.Errorf("AwaitChanges: %v", err)
		}
	}
}

// A program that reads the log only within Updates sees what was committed before.
func TestTheLogWithinUpdates(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	svc := roster.New(st, roster.Options{})
	for n := range 3 {
		must(svc.CreateAccount(t.Context(), membership.Account{Name: fmt.Sprint("Acme ", n)}))(t)
	}
	seen := 0
	for seen < 3 { // transactions of other tests may hold it back
		err := st.Update(t.Context(), func(tx store.Tx) error {
			page, err := tx.Changes(t.Context(), membership.ChangeQuery{})
			seen = len(page.Changes)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
