package abuse_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
)

// slow is a client that takes its time.
type slow struct {
	name  string
	first string // what it sends at once
	drip  string // what it sends after that, again and again
	deaf  bool   // it reads nothing until the server is rid of it
}

// writeTimeout is the longest of the limits of the test's server.
const writeTimeout = 4 * time.Second

func TestAClientThatTakesItsTimeIsCutOff(t *testing.T) {
	t.Parallel()
	s, g := startGauged(t, "--in-memory", "--read-header-timeout", "1s", "--read-timeout", "2s", "--request-timeout", "2s",
		"--write-timeout", writeTimeout.String(), "--idle-timeout", "2s", "--log-requests=false")
	c := s.SignIn(t)
	auth := "Host: x\r\nAuthorization: Bearer " + c.Token + "\r\n"
	document := "GET /openapi.yaml HTTP/1.1\r\nHost: x\r\n\r\n"
	kinds := []slow{
		{name: "says nothing"},
		{name: "stops within the head", first: "GET /v2/accounts HTTP/1.1\r\n" + auth},
		{name: "drips its head", first: "GET /v2/accounts HTTP/1.1\r\n" + auth, drip: "X: a\r\n"},
		{name: "stops within the body", first: "POST /v2/accounts HTTP/1.1\r\n" + auth + "Content-Length: 1000\r\n\r\n{"},
		{name: "drips its body", first: "POST /v2/accounts HTTP/1.1\r\n" + auth + "Content-Length: 1000\r\n\r\n{", drip: " "},
		{name: "drips chunks", first: "POST /v2/accounts HTTP/1.1\r\n" + auth + "Transfer-Encoding: chunked\r\n\r\n", drip: "1\r\n \r\n"},
		{name: "keeps a connection for nothing", first: document},
		{name: "does not read", first: strings.Repeat(document, 200), deaf: true}, // far more than any buffer on the way holds
	}
	before := g.now()
	each := torture.Rounds(5, 200)
	began := time.Now()
	var all sync.WaitGroup
	for _, kind := range kinds {
		for range each {
			w := dial(t, s)
			all.Go(func() { w.dawdle(t, kind) })
		}
	}
	good := meanwhileReading(t, c, all.Wait)
	took := time.Since(began)
	g.settled(before)
	torture.Report(t, torture.Result{
		Part: torture.Abuse, Promise: "A client that sends or reads too slowly is cut off, and everybody else is served meanwhile",
		Method: "heads, bodies and chunks that drip or stop, idle connections, answers that nobody reads", Rounds: len(kinds) * each,
		Measured: fmt.Sprintf("%d slow clients, all gone after %.1f s (longest limit %s); beside them %s; goroutines and files as before", len(kinds)*each, took.Seconds(), writeTimeout, good),
	})
}

// dawdle is slow until the server ends the connection.
func (w wire) dawdle(t *testing.T, kind slow) {
	defer func() { _ = w.Close() }()
	if kind.deaf {
		w.deaf(t, kind)
		return
	}
	w.Send(kind.first)
	ended := make(chan bool, 1)
	go func() { ended <- w.ended() }()
	drip := time.NewTicker(50 * time.Millisecond)
	defer drip.Stop()
	for {
		select {
		case cut := <-ended:
			if !cut {
				t.Errorf("who %s is still there after %v", kind.name, servertest.WireTimeout)
			}
			return
		case <-drip.C:
			w.Send(kind.drip)
		}
	}
}

// deaf sends its requests and waits until the server has given up on the answers, which is when its own sending fails: a reader
// would be no longer deaf.
func (w wire) deaf(t *testing.T, kind slow) {
	w.Send(kind.first)
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for began := time.Now(); time.Since(began) < servertest.WireTimeout; <-again.C {
		if _, err := w.Write([]byte("\r\n")); err != nil {
			if took := time.Since(began); took < writeTimeout/2 {
				t.Errorf("who %s was cut off after %v: its requests were at fault", kind.name, took)
			}
			return
		}
	}
	t.Errorf("who %s is still there after %v", kind.name, servertest.WireTimeout)
}

// beside does something again and again until a channel is closed, and at least once; each must go well.
func beside(t *testing.T, until <-chan struct{}, do func() error) times {
	t.Helper()
	var all times
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		began := time.Now()
		if err := do(); err != nil {
			t.Errorf("meanwhile: %v", err)
		}
		all = append(all, time.Since(began))
		select {
		case <-until:
			return all
		case <-tick.C:
		}
	}
}
