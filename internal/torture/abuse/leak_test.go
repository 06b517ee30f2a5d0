package abuse_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/roster-go/roster/internal/pgtest"
	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
)

// What a process may have more of at the end.
const (
	mostMegabytes  = 5
	mostFiles      = 2
	mostGoroutines = 3
)

// leaks are what a process has more of than it may.
func (s steadiness) leaks() (what []string) {
	if s.Megabytes >= mostMegabytes {
		what = append(what, fmt.Sprintf("%.1f MB", s.Megabytes))
	}
	if n := s.Files[1] - s.Files[0]; n > mostFiles {
		what = append(what, fmt.Sprintf("%d files", n))
	}
	if n := s.Goroutines[1] - s.Goroutines[0]; n > mostGoroutines {
		what = append(what, fmt.Sprintf("%d goroutines", n))
	}
	return what
}

// String is what was measured.
func (s steadiness) String() string {
	kind := "resident"
	if !s.Resident {
		kind = "heap"
	}
	return fmt.Sprintf("%+.1f MB %s, files %d to %d, goroutines %d to %d", s.Megabytes, kind, s.Files[0], s.Files[1], s.Goroutines[0], s.Goroutines[1])
}

// steadinessOf measures some work in a process of its own. Why: what other tests use meanwhile is not to count.
func steadinessOf(t *testing.T, work string, times int, database string) (s steadiness) {
	t.Helper()
	out, err := torture.Child(t, "leaking", work, strconv.Itoa(times), database).Output()
	if err == nil {
		err = json.Unmarshal(out, &s)
	}
	if err != nil {
		t.Fatalf("%s: %v: %s", work, err, out)
	}
	return s
}

func TestTheSameWorkAgainAndAgainLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		work, what, store string
		times             int
	}{
		{"operations", "operations", "memory", torture.Rounds(5_000, 200_000)},
		{"operations", "operations", "SQLite", torture.Rounds(5_000, 200_000)},
		{"operations", "operations", "PostgreSQL", torture.Rounds(2_400, 200_000)},
		{"open", "opened and closed", "memory", torture.Rounds(50, 1000)},
		{"open", "opened and closed", "SQLite", torture.Rounds(50, 1000)},
		{"open", "opened and closed", "PostgreSQL", torture.Rounds(15, 1000)},
		{"borrow", "stores in a database of the program's", "SQLite", torture.Rounds(50, 1000)},
		{"follow", "waits for changes", "memory", torture.Rounds(50, 1000)},
		{"follow", "waits for changes", "SQLite", torture.Rounds(50, 1000)},
		{"follow", "waits for changes", "PostgreSQL", torture.Rounds(50, 1000)},
	} {
		t.Run(c.work+" "+c.store, func(t *testing.T) {
			t.Parallel()
			database := map[string]func() string{
				"memory":     func() string { return "" },
				"SQLite":     func() string { return filepath.Join(t.TempDir(), "roster.db") },
				"PostgreSQL": func() string { return pgtest.URL(t) },
			}[c.store]()
			each := 1
			if c.work == "operations" {
				each = opsAtOnce
			}
			s := steadinessOf(t, c.work, (c.times+each-1)/each, database)
			if leaks := s.leaks(); leaks != nil {
				t.Errorf("it leaves %v behind: %v", leaks, s)
			}
			if s.Times*each < c.times {
				t.Errorf("it was done %d times, want %d", s.Times*each, c.times)
			}
			torture.Report(t, torture.Result{
				Part: torture.Leaks, Promise: "Memory, files and goroutines stay what they were", Where: c.what + ", " + c.store,
				Method: "a process of its own; memory after a collection, 20 samples, a straight line through them", Rounds: s.Times * each,
				Measured: s.String(),
			})
		})
	}
}

// The control: what measures the others sees a leak.
func TestALeakIsSeen(t *testing.T) {
	t.Parallel()
	for work, want := range map[string]string{"leak-memory": "MB", "leak-files": "files", "leak-goroutines": "goroutines"} {
		s := steadinessOf(t, work, 100, "")
		if work == "leak-files" && s.Files[0] < 0 {
			continue // the system does not tell
		}
		leaks := s.leaks()
		if len(leaks) != 1 || !strings.Contains(leaks[0], want) {
			t.Errorf("%s: seen are %v in %v, want %s", work, leaks, s, want)
		}
	}
}

// Clients of the server come and go, also in the middle of what they are at.
func TestClientsThatComeAndGoLeaveNothingBehindInTheServer(t *testing.T) {
	t.Parallel()
	cycles := torture.Rounds(50, 1000)
	s, g := startGauged(t, "--db", filepath.Join(t.TempDir(), "roster.db"), "--log-requests=false")
	c := s.SignIn(t)
	come := func(n int) {
		for range n {
			comeAndGo(t, s, c.Token)
		}
	}
	come(cycles / 2)
	if _, right := g.until(streams, func(now float64) bool { return now == 0 }); !right {
		t.Error("streams stay open")
	}
	before, warm := g.now(), g.collected()
	come(cycles)
	if _, right := g.until(streams, func(now float64) bool { return now == 0 }); !right {
		t.Error("streams stay open")
	}
	g.settled(before)
	grown := g.collected() - warm
	if grown >= mostMegabytes {
		t.Errorf("it grew by %.1f MB", grown)
	}
	torture.Report(t, torture.Result{
		Part: torture.Leaks, Promise: "Clients that come and go leave nothing behind in the server", Rounds: cycles,
		Method:   "each with a connection and a token of its own, an event stream that it drops, a body that it never finishes",
		Measured: fmt.Sprintf("%+.1f MB after %d of %s; files and goroutines as before", grown, cycles, megabytes(warm)),
	})
}

// comeAndGo is a client that signs in, follows the changes, writes one, starts a request and hangs up.
func comeAndGo(t *testing.T, s *servertest.Server, token string) {
	t.Helper()
	c := s.SignIn(t)
	defer c.HTTP.CloseIdleConnections()
	auth := " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\n"
	listener, unfinished := dial(t, s), dial(t, s)
	id := c.Want(t, http.StatusCreated, http.MethodPost, "/v2/accounts", namedAccount("come")).Text("data", "id")
	listener.Send("GET /v1/changes" + auth + "Accept: text/event-stream\r\n\r\n")
	if line, err := listener.Reader.ReadString('\n'); err != nil || !strings.Contains(line, " 200 ") {
		t.Errorf("an event stream: %s, %v", line, err)
	}
	unfinished.Send("POST /v2/accounts" + auth + "Content-Length: 100\r\n\r\n{")
	_, _ = listener.Close(), unfinished.Close()
	c.Want(t, http.StatusNoContent, http.MethodDelete, "/v2/accounts/"+id, "")
}
