package abuse_test

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

// While another process writes for long, as an import into the file does, nobody's request waits longer than one alone would.
func TestWritersDoNotQueueForLongerThanTheyWereGiven(t *testing.T) {
	t.Parallel()
	const limit = time.Second
	result := torture.Result{
		Part: torture.Abuse, Promise: "A request that waits for another process's write is answered in its time, however many wait, and has written nothing",
		Method: "requests that create accounts, all at once, while this process holds the file's write lock",
	}
	for _, c := range []struct {
		code string
		args []string
	}{
		{"busy", []string{"--busy-timeout", limit.String()}},
		{"timed_out", []string{"--busy-timeout", "1h", "--request-timeout", limit.String()}},
	} {
		path := filepath.Join(t.TempDir(), "roster.db")
		s, g := startGauged(t, append([]string{"--db", path, "--log-requests=false"}, c.args...)...)
		client := s.SignIn(t)
		before := g.now()
		var waited times
		release := holdLock(t, path)
		good := meanwhileReading(t, client, func() { waited = refusedWriters(t, client, c.code, torture.Rounds(100, 500)) })
		release()
		if most := waited.at(1); most > 10*limit { // one behind the other they would wait for minutes
			t.Errorf("%s: the last was answered after %v, each had %v", c.code, most, limit)
		}
		client.Want(t, http.StatusCreated, http.MethodPost, "/v2/accounts", namedAccount("after"))
		if n := client.Want(t, http.StatusOK, http.MethodGet, "/v2/accounts", "").Total(); n != 1 {
			t.Errorf("%s: there are %d accounts: refused ones were written", c.code, n)
		}
		client.HTTP.CloseIdleConnections()
		g.settled(before)
		result.Rounds += len(waited)
		result.Measured += fmt.Sprintf("%d writers with %v each: all 503 %s within %.1f s, readers beside them %s. ", len(waited), limit, c.code, waited.at(1).Seconds(), good)
	}
	torture.Report(t, result)
}

// holdLock has the file's write lock until release is called.
func holdLock(t *testing.T, path string) (release func()) {
	t.Helper()
	st, err := sqlitestore.Open(path, sqlitestore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	locked, done, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- st.Update(t.Context(), func(store.Tx) error {
			close(locked)
			<-done
			return nil
		})
	}()
	select {
	case <-locked:
	case err := <-ended:
		t.Fatalf("the lock was not to be had: %v", err)
	}
	release = sync.OnceFunc(func() {
		close(done)
		if err := errors.Join(<-ended, st.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(release) // where the test was given up
	return release
}

func meanwhileReading(t *testing.T, c *servertest.Client, do func()) times {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	return beside(t, done, func() error {
		r, err := c.Ask(t.Context(), http.MethodGet, "/v2/accounts", "")
		if err == nil && r.Status != http.StatusOK {
			err = fmt.Errorf("%d %s", r.Status, r.Body)
		}
		return err
	})
}

// refusedWriters are all refused with a code, and tell how long they waited for that.
func refusedWriters(t *testing.T, c *servertest.Client, code string, n int) times {
	waited := make(times, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			began := time.Now()
			r, err := c.Ask(t.Context(), http.MethodPost, "/v2/accounts", namedAccount("waiting"))
			waited[i] = time.Since(began)
			got, _ := r.Fault()
			if err != nil || r.Status != http.StatusServiceUnavailable || got != code || r.Header.Get("Retry-After") == "" {
				t.Errorf("writer %d: %d %s, %v; want 503 %s with Retry-After", i, r.Status, r.Body, err, code)
			}
		})
	}
	all.Wait()
	return waited
}
