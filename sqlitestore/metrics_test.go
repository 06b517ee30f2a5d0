package sqlitestore_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

func TestMetricsCountWhatWasCommitted(t *testing.T) {
	t.Parallel()
	st := open(t, filepath.Join(t.TempDir(), "roster.db"), sqlitestore.Options{})
	if got := st.Metrics(); got.Updates != 0 || got.Transactions != 0 {
		t.Errorf("a new store: got %+v", got)
	}
	mustInsert(t, st, "Acme")
	refused := errors.New("refused")
	if err := st.Update(t.Context(), func(store.Tx) error { return refused }); !errors.Is(err, refused) {
		t.Fatal(err)
	}
	got := st.Metrics()
	if got.Updates != 1 || got.Transactions != 1 || got.Groups[0] != 1 || got.Busy != 0 || got.WALSize == 0 {
		t.Errorf("one update and one that was refused: got %+v", got)
	}
}

func TestMetricsTellHowManyUpdatesShareATransaction(t *testing.T) {
	t.Parallel()
	st := open(t, filepath.Join(t.TempDir(), "roster.db"), sqlitestore.Options{Synchronous: sqlitestore.Normal})
	const writers, each = 64, 8
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for range each {
				if err := insert(t, st, account("Acme")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	got := st.Metrics()
	var transactions, least, most uint64
	for i, bound := range sqlitestore.GroupBounds() {
		transactions += got.Groups[i]
		most += got.Groups[i] * uint64(bound)
		if i > 0 {
			least += got.Groups[i] * uint64(sqlitestore.GroupBounds()[i-1]+1)
		} else {
			least += got.Groups[i]
		}
	}
	if got.Updates != writers*each || got.Transactions != transactions || got.Updates < least || got.Updates > most {
		t.Errorf("%d updates in %d transactions, by groups %v: from %d to %d updates", got.Updates, got.Transactions, got.Groups, least, most)
	}
	if got.Transactions >= got.Updates {
		t.Errorf("none of %d updates shared a transaction", got.Updates)
	}
}

func TestMetricsCountWhoFoundTheDatabaseLocked(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	st := open(t, path, sqlitestore.Options{BusyTimeout: -1})
	unlock := lock(t, path)
	if err := insert(t, st, account("Acme")); !errors.Is(err, store.ErrBusy) {
		t.Fatal(err)
	}
	unlock()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := st.Update(ended, func(store.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if got := st.Metrics(); got.Busy != 1 || got.Updates != 0 {
		t.Errorf("got %+v", got)
	}
}
