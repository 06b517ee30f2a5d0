package storetest

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

func useAfterFunction(t *testing.T, st store.Store) {
	populate(t, st, 1, 1)
	var reader store.Reader
	must(t, "View", st.View(t.Context(), func(r store.Reader) error { reader = r; return nil }))
	for name, err := range readEverything(t.Context(), reader) {
		wantErr(t, name+" of a View that is over", err, store.ErrClosed)
	}
	var tx store.Tx
	must(t, "Update", st.Update(t.Context(), func(inner store.Tx) error { tx = inner; return nil }))
	for name, err := range readEverything(t.Context(), tx) {
		wantErr(t, name+" of an Update that is over", err, store.ErrClosed)
	}
	for name, err := range writeEverything(t.Context(), tx) {
		wantErr(t, name+" of an Update that is over", err, store.ErrClosed)
	}
	is, err := st.Account(t.Context(), accountID(0))
	must(t, "Account", err)
	equal(t, "an account after all this", is, account(0))
}

func useAfterClose(t *testing.T, st store.Store) {
	populate(t, st, 1, 1)
	must(t, "Close", st.Close())
	must(t, "a second Close", st.Close())
	for name, err := range readEverything(t.Context(), st) {
		wantErr(t, name+" after Close", err, store.ErrClosed)
	}
	ran := false
	wantErr(t, "View after Close", st.View(t.Context(), func(store.Reader) error { ran = true; return nil }), store.ErrClosed)
	wantErr(t, "Update after Close", st.Update(t.Context(), func(store.Tx) error { ran = true; return nil }), store.ErrClosed)
	equal(t, "whether a function ran", ran, false)
}

func closeWaits(t *testing.T, st store.Store) {
	populate(t, st, 1, 1)
	var ended atomic.Bool
	var wg sync.WaitGroup
	err := st.Update(t.Context(), func(tx store.Tx) error {
		wg.Go(func() {
			if err := st.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
			if !ended.Load() {
				t.Error("Close returned while an Update was running")
			}
		})
		for range 100 { // gives Close every chance to be wrong
			runtime.Gosched()
		}
		err := tx.InsertMembership(t.Context(), joining(0, accountID(0), memberID(0)))
		ended.Store(true)
		return err
	})
	must(t, "an Update that was running when the store was closed", err)
	wg.Wait()
	_, err = st.Account(t.Context(), accountID(0))
	wantErr(t, "Account after Close", err, store.ErrClosed)
}

// patience is how long the suite waits for what a sound store has done long ago.
const patience = 15 * time.Second

func contextEndsWhileWaiting(t *testing.T, st store.Store) {
	populate(t, st, 1, 1)
	// givesUp runs a call with a context that ends soon, and returns its error.
	givesUp := func(what string, life time.Duration, call func(ctx context.Context) error) error {
		result := make(chan error, 1)
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), life)
			defer cancel()
			result <- call(ctx)
		}()
		select {
		case err := <-result:
			return err
		case <-time.After(life + patience):
			t.Errorf("%s goes on waiting although its context has ended", what)
			return context.DeadlineExceeded
		}
	}
	const life, long = 5 * time.Millisecond, 5 * time.Second
	write(t, st, func(context.Context, store.Tx) error {
		var ran atomic.Bool
		var err error
		// A store may let Updates pass that do not meet. Then this one has run and may still come to the end of its context,
		// but not of one that is long enough.
		for longer := life; ; longer *= 10 {
			ran.Store(false)
			err = givesUp("an Update", longer, func(ctx context.Context) error {
				return st.Update(ctx, func(store.Tx) error { ran.Store(true); return ctx.Err() })
			})
			if err == nil || !ran.Load() || longer >= long {
				break
			}
		}
		if err != nil || !ran.Load() {
			wantErr(t, "an Update whose context ends while it waits", err, context.DeadlineExceeded)
			equal(t, "whether the function ran", ran.Load(), false)
		}
		err = givesUp("a read", life, func(ctx context.Context) error {
			_, err := st.Account(ctx, accountID(0))
			return err
		})
		if err != nil { // a store may let readers pass
			wantErr(t, "a read whose context ends while it waits", err, context.DeadlineExceeded)
		}
		return nil
	})
	write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.InsertAccount(ctx, account(1)) })
}

func neverBusy(t *testing.T, st store.Store) {
	populate(t, st, 1, racers)
	errs := race(racers, func(i int) error {
		for n := range 4 {
			m := joining(i, accountID(0), memberID(i))
			if err := add(t.Context(), st, membership.Limits{PerAccount: -1}, m); err != nil {
				return err
			}
			if _, err := st.ListMemberships(t.Context(), membership.Scope{Account: m.AccountID}, membership.Query{Offset: n}); err != nil {
				return err
			}
			if err := st.Update(t.Context(), func(tx store.Tx) error {
				return tx.DeleteMembership(t.Context(), m.AccountID, m.ID)
			}); err != nil {
				return err
			}
		}
		return nil
	})
	count(t, errs, nil)
	equal(t, "memberships", total(t, st, membership.Scope{All: true}), 0)
}
