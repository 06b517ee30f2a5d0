package roster_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
)

// busyStore refuses its first writes.
type busyStore struct {
	store.Store
	busy int
	err  error
}

func (b *busyStore) Update(ctx context.Context, fn func(store.Tx) error) error {
	if b.busy > 0 {
		b.busy--
		return b.err
	}
	return b.Store.Update(ctx, fn)
}

func TestConsumeGoesOnAfterTheStoreWasBusyOrFull(t *testing.T) {
	t.Parallel()
	for _, cause := range []error{store.ErrBusy, store.ErrUnavailable, store.ErrStorageFull, store.ErrOutcomeUnknown} {
		t.Run(cause.Error(), func(t *testing.T) {
			t.Parallel()
			assertConsumeGoesOn(t, cause)
		})
	}
}

func assertConsumeGoesOn(t *testing.T, cause error) {
	t.Helper()
	st := &busyStore{Store: memstore.New(), err: cause}
	svc := roster.New(st, roster.Options{})
	if _, err := svc.CreateAccount(t.Context(), membership.Account{Name: "Acme"}); err != nil {
		t.Fatal(err)
	}
	first, last, err := svc.ChangeBounds(t.Context())
	if err != nil || first != 1 || last != 1 {
		t.Fatalf("the log is from %d to %d, %v", first, last, err)
	}
	st.busy = 3
	seen := 0
	opts := roster.ConsumeOptions{ChangeOptions: roster.ChangeOptions{Stop: true}, MaxWait: time.Microsecond,
		Failed: func(membership.Change, error, int, time.Duration) { t.Error("nothing failed") }}
	err = svc.Consume(t.Context(), "c", func(context.Context, *roster.Service, membership.Change) error { seen++; return nil }, opts)
	if err != nil || seen != 1 || st.busy != 0 {
		t.Errorf("%d changes, %v, busy %d times more", seen, err, st.busy)
	}
}

// Who ends a consumer does not wait for a writer that takes its time, although the position would have to be moved.
func TestConsumeEndsBesideALongWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := memstore.New()
		svc := roster.New(st, roster.Options{})
		if _, err := svc.CreateAccount(t.Context(), membership.Account{Name: "Acme"}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended, release := make(chan error, 1), make(chan struct{})
		go func() { ended <- svc.Consume(ctx, "c", nil, only(membership.FlowDeleted)) }()
		synctest.Wait() // it has seen that the one change does not matter
		go func() { _ = st.Update(context.WithoutCancel(ctx), func(store.Tx) error { <-release; return nil }) }()
		synctest.Wait()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		close(release)
	})
}
