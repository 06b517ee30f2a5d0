package sqlitestore

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/roster-go/roster/store"
)

// Who comes while another process is being waited for has all of its own time, and no more.
func TestAWriterThatComesLateIsNotRefusedWithTheOthers(t *testing.T) {
	t.Parallel()
	const wait = 4 * time.Second
	path := filepath.Join(t.TempDir(), "roster.db")
	st, err := Open(path, Options{BusyTimeout: wait})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	other, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()

	first, last := make(chan error, 1), make(chan error, 1)
	err = other.Update(t.Context(), func(store.Tx) error {
		go func() { first <- st.Update(context.Background(), writes("first")) }()
		for !st.queue.hasLeader() {
			runtime.Gosched()
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := st.Update(ctx, writes("impatient")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("one whose context ends before: got %v", err)
		}
		go func() { last <- st.Update(context.Background(), writes("last")) }()
		for st.queue.len() == 0 && len(last) == 0 {
			runtime.Gosched()
		}
		if err := <-first; !errors.Is(err, store.ErrBusy) {
			t.Errorf("the first: got %v, want ErrBusy", err)
		}
		return nil
	})
	if err := errors.Join(err, <-last); err != nil {
		t.Errorf("the last: %v", err)
	}
	if got := names(t, st); got != "last" {
		t.Errorf("there are %s", got)
	}
}

func (q *queue) hasLeader() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.busy
}
