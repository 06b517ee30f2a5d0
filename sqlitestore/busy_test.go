package sqlitestore_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

// lock takes the write lock as another process would, on a connection of its own, until the test or unlock ends it.
func lock(t *testing.T, path string) (unlock func()) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&"+pragmas)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	unlock = func() {
		_ = tx.Rollback()
		_ = db.Close()
	}
	t.Cleanup(unlock)
	return unlock
}

func TestAnotherProcessIsWaitedForAsLongAsConfigured(t *testing.T) {
	t.Parallel()
	for _, wait := range []time.Duration{-1, 60 * time.Millisecond} {
		path := filepath.Join(t.TempDir(), "roster.db")
		st := open(t, path, sqlitestore.Options{BusyTimeout: wait})
		unlock := lock(t, path)
		started := time.Now()
		err := insert(t, st, account("Acme"))
		if took := time.Since(started); !errors.Is(err, store.ErrBusy) || took < wait {
			t.Errorf("got %v after %v, want ErrBusy after %v", err, took, wait)
		}
		if _, err := st.ListAccounts(t.Context(), membership.Query{}); err != nil {
			t.Errorf("reading waited too: %v", err)
		}
		unlock()
		mustInsert(t, st, "Acme")
	}
}

func TestAnotherProcessThatEndsItsWriteLetsUsWrite(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	st := open(t, path, sqlitestore.Options{BusyTimeout: time.Minute})
	unlock := lock(t, path)
	done := make(chan error)
	go func() { done <- insert(t, st, account("Acme")) }()
	unlock()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestTheContextEndsTheWaitForAnotherProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	owned := open(t, filepath.Join(dir, "roster.db"), sqlitestore.Options{BusyTimeout: time.Hour})
	lock(t, filepath.Join(dir, "roster.db"))
	app := filepath.Join(dir, "app.db")
	openDB(t, app)
	borrowed := borrow(t, openWith(t, app, "_pragma=busy_timeout(3600000)&"+pragmas[len("_pragma=busy_timeout(5000)&"):]))
	lock(t, app)
	for name, st := range map[string]store.Store{"Open": owned, "New": borrowed} {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		err := st.Update(ctx, func(store.Tx) error { return errors.New("fn was run") })
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, store.ErrBusy) {
			t.Errorf("%s: got %v", name, err)
		}
		cancel()
	}
}

func TestTheContextEndsTheWaitForAnotherWriter(t *testing.T) {
	t.Parallel()
	for name, st := range map[string]store.Store{"Open": openStore(t), "New": borrow(t, openDB(t, "")), "InTx": sqlitestore.InTx(begin(t, openDB(t, "")))} {
		ctx, cancel := context.WithCancel(t.Context())
		waiting := make(chan error)
		err := st.Update(t.Context(), func(store.Tx) error {
			go func() { waiting <- st.Update(ctx, func(store.Tx) error { return errors.New("fn was run") }) }()
			cancel()
			if err := <-waiting; !errors.Is(err, context.Canceled) {
				t.Errorf("%s: got %v", name, err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestTheContextEndsTheWaitForAReader(t *testing.T) {
	t.Parallel()
	st := open(t, filepath.Join(t.TempDir(), "roster.db"), sqlitestore.Options{ReadConns: 1})
	ctx, cancel := context.WithCancel(t.Context())
	err := st.View(t.Context(), func(store.Reader) error {
		waiting := make(chan error)
		go func() {
			_, err := st.Settings(ctx)
			waiting <- err
		}()
		cancel()
		if err := <-waiting; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// A slow list is interrupted, and the connection is as good as new.
func TestTheContextEndsAList(t *testing.T) {
	t.Parallel()
	const rows = 1000
	st := openStore(t)
	err := st.Update(t.Context(), func(tx store.Tx) error {
		for range rows {
			if err := tx.InsertAccount(t.Context(), account(strings.Repeat("Acme", 500))); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var slow membership.AnyOf
	for range membership.MaxFilterTerms {
		slow = append(slow, membership.ILike(membership.AttrName, "*nothing*"))
	}
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		if _, err := st.ListAccounts(ctx, membership.Query{Filter: membership.Filter{slow}}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		cancel()
		if page, err := st.ListAccounts(t.Context(), membership.Query{}); err != nil || page.Total != rows {
			t.Errorf("%d, %v", page.Total, err)
		}
	}
}

// A call that is made while Close waits for its caller is refused instead of waiting for Close.
func TestCloseAndACallFromWithinDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	for name, st := range map[string]store.Store{"Open": openStore(t), "New": borrow(t, openDB(t, "")), "InTx": sqlitestore.InTx(begin(t, openDB(t, "")))} {
		closed := make(chan error)
		err := st.View(t.Context(), func(r store.Reader) error {
			go func() { closed <- st.Close() }()
			// Until Close waits, a call from within would get in, or wait for this View; with a context that has
			// ended it does neither.
			ended, cancel := context.WithCancel(t.Context())
			cancel()
			for {
				if _, err := st.Settings(ended); errors.Is(err, store.ErrClosed) {
					break
				}
			}
			if _, err := st.Settings(t.Context()); !errors.Is(err, store.ErrClosed) {
				t.Errorf("%s: got %v", name, err)
			}
			_, err := r.Settings(t.Context()) // what was running goes on
			return err
		})
		if err := errors.Join(err, <-closed, st.Close()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// All who wait in the queue wait for the other process, not only the one at its head.
func TestEveryWriterWaitsForAnotherProcessAsLongAsConfiguredHoweverManyThereAre(t *testing.T) {
	t.Parallel()
	const wait, writers = 400 * time.Millisecond, 20
	path := filepath.Join(t.TempDir(), "roster.db")
	st := open(t, path, sqlitestore.Options{BusyTimeout: wait})
	unlock := lock(t, path)
	errs := make(chan error, writers)
	began := time.Now()
	for range writers {
		go func() { errs <- insert(t, st, account("Acme")) }()
	}
	for range writers {
		if err := <-errs; !errors.Is(err, store.ErrBusy) {
			t.Errorf("got %v, want ErrBusy", err)
		}
	}
	if took := time.Since(began); took > writers/2*wait { // one behind the other they would need 20 times as long
		t.Errorf("the last was refused after %v", took)
	}
	unlock()
	mustInsert(t, st, "Acme")
}
