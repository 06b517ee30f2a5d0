package rivals_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/internal/history"
	"github.com/roster-go/roster/internal/pgtest"
	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/pgstore"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

// victim is what is cut off while it works: a service, and what shows whether it has left something behind.
type victim struct {
	svc *roster.Service
	// write makes a row, or several that belong together, of which the account has the key for its name. nil means writeOne.
	write func(ctx context.Context, key string, several bool) error
	// idle tells what is in use although nobody uses it.
	idle func() error
	// rival writes as somebody else, who does not wait for a lock.
	rival func(ctx context.Context) error
	// places are how many can read at the same time; 0 where any number can.
	places int
	// neighbour, where there is one, writes as somebody else for as long as others are cut off, so that they wait for a lock.
	neighbour *roster.Service
	// tried tells the neighbour that a write has come to its end.
	tried chan struct{}
	// slow is how many times fewer writes the short form has.
	slow int
}

var victims = map[string]func(t *testing.T) *victim{
	"memory": func(t *testing.T) *victim { return newVictim(t, memstore.New()) },
	"SQLite": func(t *testing.T) *victim {
		path := filepath.Join(t.TempDir(), "roster.db")
		v := newVictim(t, openFile(t, path))
		v.rival, v.neighbour = impatient(path), roster.New(openFile(t, path), roster.Options{})
		v.places = max(runtime.GOMAXPROCS(0), 2)
		return v
	},
	"SQLite, a program's database": func(t *testing.T) *victim {
		path, db := openProgram(t)
		st, err := sqlitestore.New(db, sqlitestore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		v := newVictim(t, st)
		v.rival, v.idle, v.neighbour = impatient(path), unused(db), roster.New(openFile(t, path), roster.Options{})
		return v
	},
	"SQLite, a program's transactions": func(t *testing.T) *victim {
		path, db := openProgram(t)
		st, err := sqlitestore.New(db, sqlitestore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		v := newVictim(t, st)
		v.rival, v.idle, v.write, v.slow = impatient(path), unused(db), (&outer{svc: v.svc, db: db}).write, 4
		return v
	},
	"PostgreSQL": func(t *testing.T) *victim {
		v := newVictim(t, openPostgres(t, pgtest.URL(t)))
		v.slow, v.places = 4, postgresConns
		return v
	},
	"PostgreSQL, a program's pool": func(t *testing.T) *victim {
		url, pool := openPool(t)
		st, err := pgstore.New(t.Context(), pool, pgstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		v := newVictim(t, st)
		v.rival = func(ctx context.Context) error {
			other, err := pgstore.Open(ctx, url, pgstore.Options{})
			if err != nil {
				return err
			}
			return errors.Join(writeOne(ctx, roster.New(other, roster.Options{}), "a rival", true), other.Close())
		}
		v.slow, v.places = 4, int(pool.Config().MaxConns)
		v.idle = func() error {
			if n := pool.Stat().AcquiredConns(); n > 0 {
				return fmt.Errorf("%d connections are in use", n)
			}
			return nil
		}
		return v
	},
	"HTTP": func(t *testing.T) *victim {
		path := filepath.Join(t.TempDir(), "roster.db")
		v := newVictim(t, openFile(t, path))
		server := httptest.NewServer(httpadapter.New(v.svc, httpadapter.Options{AllowAnonymous: true}))
		t.Cleanup(server.Close)
		client := &servertest.Client{URL: server.URL, HTTP: servertest.NewHTTPClient(t)}
		v.rival = impatient(path)
		v.idle = func() error {
			server.Close() // which waits for the requests that nobody waits for any more
			return nil
		}
		v.write = func(ctx context.Context, key string, _ bool) error { return post(ctx, client, key) }
		return v
	},
}

func newVictim(t *testing.T, st store.Store) *victim {
	svc := roster.New(st, roster.Options{})
	t.Cleanup(func() { closePromptly(t, st) })
	v := &victim{slow: 1, svc: svc, tried: make(chan struct{}, hasteners), idle: func() error { return nil }, rival: func(context.Context) error { return nil }}
	v.write = func(ctx context.Context, key string, several bool) error { return writeOne(ctx, svc, key, several) }
	return v
}

// closePromptly fails when something keeps the store from closing.
func closePromptly(t *testing.T, st store.Store) {
	closed := make(chan error, 1)
	go func() { closed <- st.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("the store does not close: somebody is still in it")
	}
}

// impatient writes with another store on the file, which waits for no lock.
func impatient(path string) func(context.Context) error {
	return func(ctx context.Context) error {
		st, err := sqlitestore.Open(path, sqlitestore.Options{BusyTimeout: -1})
		if err != nil {
			return err
		}
		return errors.Join(writeOne(ctx, roster.New(st, roster.Options{}), "a rival", true), st.Close())
	}
}

// unused looks at the statistics of a pool.
func unused(db *sql.DB) func() error {
	return func() error {
		if n := db.Stats().InUse; n > 0 {
			return fmt.Errorf("%d connections are in use", n)
		}
		return nil
	}
}

// writeOne makes an account, or an account, a member and a membership in one transaction.
func writeOne(ctx context.Context, svc *roster.Service, key string, several bool) error {
	if !several {
		_, err := svc.CreateAccount(ctx, membership.Account{Name: key})
		return err
	}
	return svc.Update(ctx, func(in *roster.Service) error {
		account, err := in.CreateAccount(ctx, membership.Account{Name: key})
		if err != nil {
			return err
		}
		member, err := in.CreateMember(ctx, membership.Member{Name: key})
		if err != nil {
			return err
		}
		_, err = in.Add(ctx, account.ID, member.ID)
		return err
	})
}

// outer writes within transactions of the program's own, which go on, whatever becomes of roster's part.
type outer struct {
	svc *roster.Service
	db  *sql.DB
	mu  sync.Mutex // the program's own order: who waits for the lock in SQLite may wait too long
}

func (o *outer) write(ctx context.Context, key string, several bool) (err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	tx, err := o.db.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	in := o.svc.In(sqlitestore.InTx(tx))
	if err := writeOne(context.WithoutCancel(ctx), in, "before "+key, false); err != nil {
		return fmt.Errorf("before the write that may be cut off: %w", err)
	}
	refused := writeOne(ctx, in, key, several)
	if err := writeOne(context.WithoutCancel(ctx), in, "behind "+key, true); err != nil {
		return fmt.Errorf("behind the write that may be cut off: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return refused
}

// errRefused says that a server has answered, and not with success.
var errRefused = errors.New("refused")

// post makes an account through the API. A request that is cut off may have been carried out.
func post(ctx context.Context, client *servertest.Client, key string) error {
	r, err := client.Ask(ctx, http.MethodPost, "/v2/accounts", `{"data": {"type": "account", "name": "`+key+`", "legal_name": "x"}}`)
	if err != nil {
		return fmt.Errorf("%w: %w", store.ErrOutcomeUnknown, err)
	}
	if code, _ := r.Fault(); code == "outcome_unknown" {
		return store.ErrOutcomeUnknown
	}
	if r.Status != http.StatusCreated {
		return fmt.Errorf("%w: %d %s", errRefused, r.Status, r.Body)
	}
	return nil
}

// ended tells the neighbour that somebody's write has come to its end.
func (v *victim) ended() {
	select {
	case v.tried <- struct{}{}:
	default:
	}
}

// longestHold is how long the neighbour has the lock at most: far shorter than others wait for it.
const longestHold = time.Second

// hold waits until so many writes have ended, and returns how many have.
func (v *victim) hold(ctx context.Context, writes int) (ended int) {
	for len(v.tried) > 0 { // those that ended before
		<-v.tried
	}
	ctx, cancel := context.WithTimeout(ctx, longestHold)
	defer cancel()
	for ended < writes {
		select {
		case <-v.tried:
			ended++
		case <-ctx.Done():
			return ended
		}
	}
	return ended
}

// besides does something while the neighbour writes: it has the lock from before the beginning, each time until so many writes
// have ended, and again only once another has. Why: SQLite's lock knows no queue, and whoever takes it again at once can keep
// everybody else waiting until they give up.
func (v *victim) besides(t *testing.T, writes int, do func()) {
	t.Helper()
	if v.neighbour == nil {
		do()
		return
	}
	ctx, cancel := context.WithCancel(t.Context())
	began := make(chan struct{})
	met := 0
	var writing sync.WaitGroup
	writing.Go(func() {
		begun := sync.OnceFunc(func() { close(began) })
		for n, err := 0, error(nil); err == nil || errors.Is(err, store.ErrBusy); n++ {
			err = v.neighbour.Update(ctx, func(in *roster.Service) error {
				begun()
				met += v.hold(ctx, writes)
				return writeOne(ctx, in, fmt.Sprint("a neighbour ", n), false)
			})
			begun()
			if err != nil && !errors.Is(err, store.ErrBusy) && !errors.Is(err, context.Canceled) {
				t.Errorf("the neighbour: %v", err)
			}
			select {
			case <-v.tried:
			case <-ctx.Done():
			}
		}
	})
	<-began
	do()
	cancel()
	writing.Wait()
	t.Logf("%d writes ended while a neighbour had the lock", met)
	if met == 0 {
		t.Error("no write ended while a neighbour had the lock, so nothing is proven of those who wait for it")
	}
}

// found is what there is in the end: how often each key is an account's name, a member's, and of an account with a member.
type found struct{ accounts, members, joined map[string]int }

func (v *victim) find(t *testing.T) found {
	t.Helper()
	f := found{map[string]int{}, map[string]int{}, map[string]int{}}
	names := map[membership.AccountID]string{}
	for a, err := range v.svc.AllAccounts(t.Context(), membership.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		f.accounts[a.Name]++
		names[a.ID] = a.Name
	}
	for m, err := range v.svc.AllMembers(t.Context(), membership.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		f.members[m.Name]++
	}
	for m, err := range v.svc.AllMemberships(t.Context(), membership.Scope{All: true}, membership.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		f.joined[names[m.AccountID]]++
	}
	return f
}

// checkIdle looks for what was left behind: connections, locks, places in queues.
func (v *victim) checkIdle(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := v.idle()
	for err != nil && ctx.Err() == nil { // Why again: pools close broken connections behind the caller's back
		runtime.Gosched()
		err = v.idle()
	}
	if err != nil {
		t.Error(err)
	}
	if err := v.rival(ctx); err != nil {
		t.Errorf("somebody else cannot write at once: %v", err)
	}
	v.fillPlaces(ctx, t)
	var mu sync.Mutex
	var faults []error
	history.AtOnce(8*runtime.GOMAXPROCS(0), func(n int) { // more than there are connections
		err := v.svc.View(ctx, func(in *roster.Service) error {
			_, err := in.Accounts(ctx, membership.Query{})
			return err
		})
		err = errors.Join(err, writeOne(ctx, v.svc, fmt.Sprint("afterwards ", n), true))
		mu.Lock()
		defer mu.Unlock()
		faults = append(faults, err)
	})
	if err := errors.Join(faults...); err != nil {
		t.Errorf("what comes afterwards fails: %v", err)
	}
}

// fillPlaces reads from every place at the same time: none of them may be taken by somebody who is gone.
func (v *victim) fillPlaces(ctx context.Context, t *testing.T) {
	t.Helper()
	var arrived sync.WaitGroup
	arrived.Add(v.places)
	all := make(chan struct{})
	go func() {
		arrived.Wait()
		close(all)
	}()
	history.AtOnce(v.places, func(int) {
		there := sync.OnceFunc(arrived.Done)
		defer there()
		err := v.svc.View(ctx, func(in *roster.Service) error {
			_, err := in.Settings(ctx)
			there()
			select {
			case <-all:
			case <-ctx.Done():
				err = ctx.Err()
			}
			return err
		})
		if err != nil {
			t.Errorf("there are %d places, and one of them is taken: %v", v.places, err)
		}
	})
}
