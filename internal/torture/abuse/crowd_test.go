package abuse_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
)

// crowd opens connections that do nothing.
func crowd(t *testing.T, s *servertest.Server, n int) (all []net.Conn, leave func()) {
	t.Helper()
	leave = func() {
		for _, conn := range all {
			_ = conn.Close()
		}
	}
	t.Cleanup(leave)
	for range n {
		ctx, cancel := context.WithTimeout(t.Context(), servertest.WireTimeout)
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address(s))
		cancel()
		if err != nil {
			t.Fatalf("connection %d: %v", len(all), err)
		}
		all = append(all, conn)
	}
	return all, leave
}

func TestIdleConnectionsCostLittleAndNobodyElseATurn(t *testing.T) {
	t.Parallel()
	n := torture.Rounds(500, 10_000)
	s, g := startGauged(t, "--db", filepath.Join(t.TempDir(), "roster.db"), "--max-connections", "0", "--log-requests=false",
		"--read-header-timeout", "5m", "--read-timeout", "5m", "--idle-timeout", "5m")
	c := s.SignIn(t)
	before, empty := g.now(), g.collected()
	request := "GET /v2/accounts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + c.Token + "\r\n\r\n"
	all, leave := crowd(t, s, n)
	for i, conn := range all {
		if i%2 == 0 { // half of them have asked for something, the others have never said a word
			w := smallWire(conn)
			w.Send(request)
			if r, _ := w.Answer(http.MethodGet); r.Status != http.StatusOK {
				t.Fatalf("connection %d: %d", i, r.Status)
			}
		}
	}
	held, _ := g.until(goroutines, func(now float64) bool { return now >= float64(n) })
	full := g.collected()
	var fresh times
	for range torture.Rounds(50, 500) { // each on a connection of its own
		began := time.Now()
		other := s.NewClient(t)
		other.Token = c.Token
		other.Want(t, http.StatusCreated, http.MethodPost, "/v2/accounts", namedAccount("new"))
		other.HTTP.CloseIdleConnections()
		fresh = append(fresh, time.Since(began))
	}
	leave()
	g.settled(before)
	if each := (full - empty) * 1024 / float64(n); each > 100 {
		t.Errorf("a connection costs %.0f KB", each)
	}
	torture.Report(t, torture.Result{
		Part: torture.Abuse, Promise: "Idle connections cost little, and a new one is served as if they were not there", Rounds: n,
		Method: "connections that say nothing or have said something once; writes on new ones beside them",
		Measured: fmt.Sprintf("%d idle connections (%.0f goroutines): %s instead of %s; a connection and a write beside them: %s; all given back",
			n, held, megabytes(full), megabytes(empty), fresh),
	})
}

var allTaken = regexp.MustCompile(`msg="all connections are taken[^"]*" max-connections=(\d+)`)

// The server has more clients than it may have files open: those behind the limit wait, the database has what it needs.
func TestMoreConnectionsThanFilesStopNeitherTheDatabaseNorTheServer(t *testing.T) {
	t.Parallel()
	result := torture.Result{
		Part: torture.Abuse, Promise: "With more connections than the process may have files, the database goes on, the log says so, and those who wait are served in the end",
		Method: "a server under ulimit -n 256, 400 connections; then they leave", Rounds: 400,
	}
	if runtime.GOOS == "windows" {
		torture.Skip(t, result, "Windows has no limit of open files")
	}
	s, g := gaugesOf(t, servertest.Launch(t, servertest.Options{
		Args: gauged("--db", filepath.Join(t.TempDir(), "roster.db"), "--log-requests=false", "--read-header-timeout", "5m"),
		Setup: func(cmd *exec.Cmd) {
			inner := append([]string{"-c", `ulimit -n 256 && exec "$0" "$@"`}, cmd.Args...)
			*cmd = exec.Cmd{Path: "/bin/sh", Args: append([]string{"sh"}, inner...), Env: cmd.Env, Stdout: cmd.Stdout, Stderr: cmd.Stderr}
		},
	})())
	c := s.SignIn(t) // its connection is one of those that are served
	before := g.now()
	_, leave := crowd(t, s, 400)
	most, said := s.Log.WaitFor(allTaken, s.Ended())
	if !said {
		t.Fatalf("the log does not say that all connections are taken:\n%s", s.Log)
	}
	for range 50 {
		c.Want(t, http.StatusCreated, http.MethodPost, "/v2/accounts", namedAccount("meanwhile"))
		c.Want(t, http.StatusOK, http.MethodGet, "/v2/accounts?filter=like(name,*while)", "")
	}
	used := g.get(openFiles)
	if n := strings.Count(s.Log.String(), "all connections are taken"); n != 1 { // Why before they leave: it is said again once half of the places have been free
		t.Errorf("the log says it %d times", n)
	}

	late := s.NewClient(t)
	late.Token = c.Token
	served := make(chan error, 1)
	go func() {
		r, err := late.Ask(t.Context(), http.MethodGet, "/v2/accounts", "")
		if err == nil && r.Status != http.StatusOK {
			err = fmt.Errorf("%d %s", r.Status, r.Body)
		}
		served <- err
	}()
	leave()
	if err := <-served; err != nil {
		t.Errorf("who waited for a connection: %v", err)
	}
	late.HTTP.CloseIdleConnections()
	g.settled(before)
	if strings.Contains(s.Log.String(), "too many open files") {
		t.Errorf("files ran out:\n%s", s.Log)
	}
	result.Measured = fmt.Sprintf("%s connections were taken and %.0f of 256 files open; 50 writes and 50 lists meanwhile; said once", most, used)
	torture.Report(t, result)
}

func TestManyEventStreamsHearOfAChangeAndGoWithoutATrace(t *testing.T) {
	t.Parallel()
	n := torture.Rounds(100, 1000)
	s, g := startGauged(t, "--db", filepath.Join(t.TempDir(), "roster.db"), "--log-requests=false")
	c := s.SignIn(t)
	before, empty := g.now(), g.collected()
	all, leave := crowd(t, s, n)
	readers := make([]wire, n)
	for i, conn := range all {
		_ = conn.SetDeadline(time.Now().Add(2 * servertest.WireTimeout))
		readers[i] = smallWire(conn)
		readers[i].Send("GET /v1/changes HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nAuthorization: Bearer " + c.Token + "\r\n\r\n")
	}
	if open, right := g.until(streams, func(now float64) bool { return now == float64(n) }); !right {
		t.Fatalf("%v streams are open", open)
	}
	full := g.collected()
	began := time.Now()
	c.Want(t, http.StatusCreated, http.MethodPost, "/v2/accounts", namedAccount("heard"))
	wrote := time.Since(began)
	var heard times
	for i, w := range readers {
		for line := ""; !strings.Contains(line, `"heard"`); {
			var err error
			if line, err = w.Reader.ReadString('\n'); err != nil {
				t.Fatalf("stream %d: %v", i, err)
			}
		}
		heard = append(heard, time.Since(began))
	}
	leave()
	if left, right := g.until(streams, func(now float64) bool { return now == 0 }); !right {
		t.Errorf("%v streams stay", left)
	}
	g.settled(before)
	torture.Report(t, torture.Result{
		Part: torture.Abuse, Promise: "Any number of event streams hear of a change, and are gone when their clients are", Rounds: n,
		Method: "clients of /v1/changes that wait, a write, and then they hang up",
		Measured: fmt.Sprintf("%d streams: %s instead of %s; a write beside them took %.1f ms, the last heard of it after %.0f ms; all given back",
			n, megabytes(full), megabytes(empty), float64(wrote.Microseconds())/1000, float64(heard.at(1).Milliseconds())),
	})
}
