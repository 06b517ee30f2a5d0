package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/migrations"
	"github.com/roster-go/roster/store"
)

// never is a poll interval that no test lives to see the end of.
const never = time.Hour

// longest is how long a test waits for what comes at once.
const longest = 30 * time.Second

// embedded is the database of a program that shares it with roster, and a store in it.
func embedded(t *testing.T, path string) (*sql.DB, *Store) {
	t.Helper()
	db, err := sql.Open(driverName, strings.Replace(dsn(path, Options{}, "&_txlock=immediate"), "mode=rw", "mode=rwc", 1))
	if err == nil {
		t.Cleanup(func() { _ = db.Close() })
		err = migrations.Up(t.Context(), db)
	}
	if err != nil {
		t.Fatal(err)
	}
	st, err := New(db, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return db, st
}

var someChange = membership.Change{Type: membership.SettingsUpdated, Time: time.UnixMilli(1).UTC(), Cause: membership.CauseRequest,
	Before: membership.DefaultSettings(), After: membership.DefaultSettings()}

func appendChange(t testing.TB, st store.Store) {
	t.Helper()
	err := st.Update(context.Background(), func(tx store.Tx) error {
		_, err := tx.AppendChanges(context.Background(), []membership.Change{someChange})
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// await begins to wait for a change; what it returns ends the test when nothing comes.
func await(t *testing.T, st *Store, after int64, poll time.Duration) (woken func() time.Time) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), longest)
	var at time.Time
	done := make(chan error, 1)
	go func() {
		err := st.AwaitChanges(ctx, after, poll)
		at = time.Now()
		done <- err
	}()
	return func() time.Time {
		t.Helper()
		defer cancel()
		if err := <-done; err != nil {
			t.Fatalf("AwaitChanges: %v", err)
		}
		return at
	}
}

// pass lets time go by.
func pass(d time.Duration) { <-time.After(d) }

func TestStoresOnOneFileWakeEachOther(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "app.db")
	_, borrowed := embedded(t, path)
	owned, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = owned.Close() })
	last := int64(0)
	for _, c := range []struct{ writes, waits *Store }{{owned, borrowed}, {borrowed, owned}, {owned, owned}, {borrowed, borrowed}} {
		woken := await(t, c.waits, last, never)
		appendChange(t, c.writes)
		woken()
		last++
	}
	if err := borrowed.Close(); err != nil {
		t.Error(err)
	}
	woken := await(t, owned, last, never)
	appendChange(t, owned) // one that is left has its bell
	woken()
}

func TestAChangeThatIsThereIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	db, st := embedded(t, filepath.Join(t.TempDir(), "app.db"))
	waiting := await(t, st, 0, never) // has seen an empty log
	pass(freshest)
	if _, err := db.Exec(`INSERT INTO roster_changes (type, time, cause) VALUES ('nobody is told', 1, 'request')`); err != nil {
		t.Fatal(err)
	}
	await(t, st, 0, never)()
	appendChange(t, st)
	waiting()
}

func TestWhatAnInTxWritesIsSeenSoonAfterItsCommit(t *testing.T) {
	t.Parallel()
	const poll = 20 * time.Second
	for name, c := range map[string]struct{ before, after time.Duration }{
		"at once":                     {0, 0},
		"after a while":               {0, 40 * time.Millisecond},
		"of one who waits from later": {20 * time.Millisecond, 20 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, st := embedded(t, filepath.Join(t.TempDir(), "app.db"))
			var woken func() time.Time
			if c.before == 0 {
				woken = await(t, st, 0, poll)
			}
			tx, err := db.Begin()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = tx.Rollback() }()
			appendChange(t, InTx(tx))
			if c.before > 0 {
				pass(c.before)
				woken = await(t, st, 0, poll)
			}
			pass(c.after)
			if err := tx.Commit(); err != nil {
				t.Fatal(err)
			}
			committed := time.Now()
			took := woken().Sub(committed)
			t.Logf("seen %v after the commit", took.Round(time.Microsecond))
			if took > poll/4 { // the next look of those who expect nothing comes after half of it
				t.Errorf("seen %v after the commit", took)
			}
		})
	}
}

func TestNobodyIsToldOfWhatIsRolledBack(t *testing.T) {
	t.Parallel()
	db, st := embedded(t, filepath.Join(t.TempDir(), "app.db"))
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- st.AwaitChanges(ctx, 0, 5*time.Millisecond) }()
	for range 5 {
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		appendChange(t, InTx(tx))
		pass(5 * time.Millisecond)
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		err = st.Update(t.Context(), func(tx store.Tx) error {
			_, err := tx.AppendChanges(t.Context(), []membership.Change{someChange})
			return errors.Join(err, errors.New("changed its mind"))
		})
		if err == nil {
			t.Fatal("it was committed")
		}
	}
	if err := <-done; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the end of the context", err)
	}
	appendChange(t, st)
	page, err := st.Changes(t.Context(), membership.ChangeQuery{})
	if err != nil || len(page.Changes) != 1 || page.Last != 1 {
		t.Errorf("%+v, %v: a number is missing, or one is too many", page, err)
	}
}

// counter counts, from any number of goroutines, the statements that a store's own reads take.
type counter struct {
	source
	statements atomic.Int64
}

func (c *counter) lease(ctx context.Context, query string, slow bool) (lease, error) {
	c.statements.Add(1)
	return c.source.lease(ctx, query, slow)
}

func TestManyWhoAwaitChangesAreInNobodysWay(t *testing.T) {
	t.Parallel()
	const waiters, poll, commits = 50, 100 * time.Millisecond, 20
	st := openStore(t)
	looks := &counter{source: st}
	st.reader = reader{looks}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var seen atomic.Int64 // by all of them together
	began := time.Now()
	for range waiters {
		wg.Go(func() {
			for after := int64(0); after < commits; after++ {
				if err := st.AwaitChanges(ctx, after, poll); err != nil {
					t.Error(err)
					return
				}
				seen.Add(1)
			}
			if err := st.AwaitChanges(ctx, commits, poll); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
	}
	pass(3 * poll)
	for range commits {
		appendChange(t, st)
	}
	for seen.Load() < waiters*commits {
		pass(time.Millisecond)
	}
	pass(3 * poll)
	var busy, pages, copied int
	err := st.writer().QueryRowContext(t.Context(), `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &copied)
	if err != nil || busy != 0 || pages != 0 {
		t.Errorf("the log cannot be emptied while they wait: busy %d, %d pages, %v", busy, pages, err)
	}
	cancel()
	wg.Wait()
	// Each on its own would look four times in a poll and twice at each commit: thousands of times.
	most := 4*int64(time.Since(began)/poll+1) + 2*commits + 10
	if got := looks.statements.Load(); got > most {
		t.Errorf("%d looks, want at most %d", got, most)
	} else {
		t.Logf("%d looks of %d who wait, %d commits in %v", got, waiters, commits, time.Since(began).Round(time.Millisecond))
	}
}

func TestBellsAreGoneWithTheirStores(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "app.db")
	db, borrowed := embedded(t, path)
	owned, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	file, err := fileOf(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	users := func() int {
		bells.mu.Lock()
		defer bells.mu.Unlock()
		if b := bells.byFile[file]; b != nil {
			return b.users
		}
		return -1
	}
	if n := users(); n != 2 {
		t.Errorf("%d stores have the bell", n)
	}
	for i, st := range []*Store{borrowed, owned} {
		if err := errors.Join(st.Close(), st.Close()); err != nil {
			t.Error(err)
		}
		if n := users(); n != []int{1, -1}[i] {
			t.Errorf("%d stores have the bell", n)
		}
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	appendChange(t, InTx(tx)) // nobody hears it
	if err := tx.Commit(); err != nil || users() != -1 {
		t.Errorf("%v, %d stores have the bell", err, users())
	}
}

func TestCloseEndsTheWaitsOfItsStoreOnly(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "app.db")
	_, borrowed := embedded(t, path)
	owned, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = owned.Close() })
	goesOn := await(t, owned, 0, never)
	ended := make(chan error, 10)
	for range cap(ended) {
		go func() { ended <- borrowed.AwaitChanges(context.WithoutCancel(t.Context()), 0, never) }()
	}
	pass(5 * time.Millisecond)
	if err := borrowed.Close(); err != nil {
		t.Error(err)
	}
	for range cap(ended) {
		if err := <-ended; !errors.Is(err, store.ErrClosed) {
			t.Errorf("got %v", err)
		}
	}
	appendChange(t, owned)
	goesOn()
}

func TestATransactionAwaitsNothing(t *testing.T) {
	t.Parallel()
	db, _ := embedded(t, filepath.Join(t.TempDir(), "app.db"))
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if err := InTx(tx).AwaitChanges(t.Context(), 0, 0); !errors.Is(err, errAwaitInTx) {
		t.Errorf("got %v", err)
	}
}
