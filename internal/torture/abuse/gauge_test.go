package abuse_test

import (
	"fmt"
	"math"
	"net/http"
	"regexp"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
)

// gauges is what a server says of itself, at the address of its metrics, which it answers even when all other connections
// are taken.
type gauges struct {
	t      testing.TB
	server *servertest.Server
	client *servertest.Client
}

// What a server says of itself.
const (
	goroutines = "go_goroutines"
	openFiles  = "process_open_fds"
	resident   = "process_resident_memory_bytes"
	inFlight   = "roster_http_requests_in_flight"
	streams    = "roster_event_streams"
)

// startGauged starts a server with an address of metrics, and finds it.
func startGauged(t testing.TB, args ...string) (*servertest.Server, gauges) {
	t.Helper()
	return gaugesOf(t, servertest.Start(t, gauged(args...)...))
}

func gauged(args ...string) []string {
	return append([]string{"--metrics-addr", "127.0.0.1:0"}, args...)
}

func gaugesOf(t testing.TB, s *servertest.Server) (*servertest.Server, gauges) {
	t.Helper()
	return s, gauges{t, s, &servertest.Client{URL: s.Operations(), HTTP: servertest.NewHTTPClient(t)}}
}

// get is the value of a gauge; NaN where this system has none.
func (g gauges) get(name string) float64 {
	g.t.Helper()
	body := g.client.Want(g.t, http.StatusOK, http.MethodGet, "/metrics", "").Body
	match := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindSubmatch(body)
	if match == nil {
		return math.NaN()
	}
	value, err := strconv.ParseFloat(string(match[1]), 64)
	if err != nil {
		g.t.Fatal(err)
	}
	return value
}

// until waits until a gauge is as it should be, and reports whether it came to be.
func (g gauges) until(name string, isRight func(float64) bool) (last float64, right bool) {
	g.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(servertest.WireTimeout); ; {
		if last = g.get(name); math.IsNaN(last) || isRight(last) {
			return last, true
		}
		if time.Now().After(deadline) {
			return last, false
		}
		<-tick.C
	}
}

// settled fails the test unless goroutines, files and requests go back to what they were, give or take what the connections
// of the tests' own good clients are.
func (g gauges) settled(before map[string]float64) {
	g.t.Helper()
	const some = 20
	for name, was := range before {
		if last, right := g.until(name, func(now float64) bool { return now <= was+some }); !right {
			g.t.Errorf("%s was %v and stays %v", name, was, last)
		}
	}
}

// now is the state to settle to.
func (g gauges) now() map[string]float64 {
	return map[string]float64{goroutines: g.get(goroutines), openFiles: g.get(openFiles), inFlight: g.get(inFlight)}
}

// collected is a server's resident memory, in MB, once it has given back what it does not use: the least of some looks, because
// the Go runtime gives back slowly. The heap profile collects garbage when it is asked to; it leaves some of its own, so it is
// not asked often.
func (g gauges) collected() float64 {
	g.t.Helper()
	for range 3 {
		g.client.Want(g.t, http.StatusOK, http.MethodGet, "/debug/pprof/heap?gc=1", "")
	}
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	least := g.get(resident)
	for range torture.Rounds(4, 40) {
		<-tick.C
		least = min(least, g.get(resident))
	}
	return least / (1 << 20)
}

// megabytes spells a memory size, which not all systems tell.
func megabytes(mb float64) string {
	if math.IsNaN(mb) {
		return "not told on " + runtime.GOOS
	}
	return fmt.Sprintf("%.0f MB", mb)
}
