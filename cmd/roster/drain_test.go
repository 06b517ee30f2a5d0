package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

var drainingLine = regexp.MustCompile(`(msg=draining)`)

// hangingRequest is a request whose body the server is waiting for.
type hangingRequest struct {
	body   *io.PipeWriter
	done   chan struct{} // closed when there is an answer; status or err are set then
	status int
	err    error
}

// hang sends the head of a request and returns when its handler waits for the body.
func (s *server) hang(ctx context.Context, path string) *hangingRequest {
	s.t.Helper()
	reading := make(chan struct{})
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{Got100Continue: func() { close(reading) }})
	body, w := io.Pipe()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	req.Header.Set("Expect", "100-continue") // the server says so when somebody reads the body
	s.client.Transport.(*http.Transport).ExpectContinueTimeout = time.Minute
	h := &hangingRequest{body: w, done: make(chan struct{})}
	go func() {
		defer close(h.done)
		res, err := s.client.Do(req)
		if err != nil {
			h.err = err
			return
		}
		h.status = res.StatusCode
		_, h.err = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
	}()
	select {
	case <-reading:
	case <-h.done:
		s.t.Fatalf("the request did not wait for its body: %d %v", h.status, h.err)
	}
	return h
}

func TestRequestInFlightIsFinishedBeforeTheEnd(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)
	s := start(t, ownCredentials, "--db", path, "--drain-timeout", "1m")
	s.signIn("operator", "correct horse battery staple")
	account := s.createAccount("acme")
	ron := s.createMember("ron")
	list := "/v2/accounts/" + account + "/account-memberships"

	h := s.hang(t.Context(), list)
	s.cancel()
	if _, ok := s.stderr.WaitFor(drainingLine, s.ended); !ok {
		t.Fatalf("it ended with a request in flight: %s", s.stderr)
	}
	if _, err := io.WriteString(h.body, membershipBody(ron)); err != nil {
		t.Fatal(err)
	}
	_ = h.body.Close()
	<-h.done
	if h.err != nil || h.status != http.StatusCreated {
		t.Fatalf("the request in flight: %d %v", h.status, h.err)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("exit %d: %s", code, s.stderr)
	}
	if _, err := s.try(http.MethodGet, "/healthz", ""); err == nil {
		t.Error("it answers after its end")
	}

	again := start(t, ownCredentials, "--db", path)
	again.signIn("operator", "correct horse battery staple")
	if total := again.want(http.StatusOK, http.MethodGet, list, "").At("meta", "results", "total"); total != 1.0 {
		t.Errorf("%v memberships instead of the one that was in flight", total)
	}
}

func TestRequestThatTakesTooLongIsCutOff(t *testing.T) {
	t.Parallel()
	s := start(t, ownCredentials, "--in-memory", "--drain-timeout", "20ms")
	s.signIn("operator", "correct horse battery staple")
	h := s.hang(t.Context(), "/v2/accounts")
	code := s.stop()
	_ = h.body.CloseWithError(io.ErrUnexpectedEOF)
	<-h.done
	if code != 1 || !strings.Contains(s.stderr.String(), "roster: requests were still running after 20ms and were cut off\n") {
		t.Errorf("exit %d: %s", code, s.stderr)
	}
}

func TestSecondSignalEndsTheProcessAtOnce(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no SIGTERM to send")
	}
	s, process := startProcess(t, newDatabase(t), "--drain-timeout", "1h")
	s.signIn("operator", "correct horse battery staple")
	ctx, cancel := context.WithCancel(t.Context())
	h := s.hang(ctx, "/v2/accounts")
	defer func() {
		cancel()
		_ = h.body.Close()
		<-h.done
	}()

	terminate(t, process)
	if _, ok := s.stderr.WaitFor(drainingLine, s.ended); !ok {
		t.Fatalf("the first signal ended it: %s", s.stderr)
	}
	// The first signal gives the second one its default meaning a moment after it was noticed.
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		select {
		case <-again.C:
			terminate(t, process)
		case <-s.ended:
			if strings.Contains(s.stderr.String(), "msg=stopped") {
				t.Errorf("it drained: %s", s.stderr)
			}
			return
		}
	}
}

func terminate(t *testing.T, process *exec.Cmd) {
	t.Helper()
	if err := process.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
}

func TestSignalDrainsTheProcess(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no SIGTERM to send")
	}
	s, process := startProcess(t, newDatabase(t))
	s.want(http.StatusOK, http.MethodGet, "/readyz", "")
	terminate(t, process)
	<-s.ended
	if s.code != 0 || !strings.Contains(s.stderr.String(), "msg=stopped") {
		t.Errorf("exit %d: %s", s.code, s.stderr)
	}
}

func TestReadinessFailsBeforeThePortCloses(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no SIGTERM to send")
	}
	s, process := startProcess(t, newDatabase(t), "--drain-delay", "1h")
	terminate(t, process)
	if _, ok := s.stderr.WaitFor(drainingLine, s.ended); !ok {
		t.Fatalf("it ended before its delay: %s", s.stderr)
	}
	s.client.CloseIdleConnections() // a new connection has to find the port open
	if got, err := s.try(http.MethodGet, "//readyz", ""); err != nil || got.Status != http.StatusServiceUnavailable {
		t.Errorf("/readyz answers %d, %v", got.Status, err)
	}
	if err := process.Process.Kill(); err != nil {
		t.Error(err)
	}
	<-s.ended
}
