package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/roster-go/roster/cmd/roster/internal/command"
)

// bySocket lets a server's client come by a unix socket.
func (s *server) bySocket(path string) {
	s.client.Transport.(*http.Transport).DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}
	s.url = "http://localhost"
}

// newSocket is a path that is short enough for a socket.
func newSocket(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "roster-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "roster.sock")
}

func TestServeListensOnAUnixSocket(t *testing.T) {
	t.Parallel()
	path := newSocket(t)
	s := startAnywhere(t, environment(), "--in-memory", "--addr", "unix:"+path, "--socket-mode", "0660")
	if s.url != "unix:"+path {
		t.Errorf("it listens on %s", s.url)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o660 {
		t.Errorf("%v %v", info, err)
	}
	s.bySocket(path)
	s.want(http.StatusOK, http.MethodGet, "/healthz", "")
	id, _ := s.stdout.WaitFor(printedID, s.ended) // only this machine reaches it, so it makes credentials
	secret, _ := s.stdout.WaitFor(printedSecret, s.ended)
	s.signIn(id, secret)
	s.createAccount("acme")
	if !strings.Contains(s.stderr.String(), "remote=unix") {
		t.Errorf("the log does not say who came by the socket:\n%s", s.stderr)
	}

	code, _, stderr := runHere(t, environment(), "serve", "--in-memory", "--addr", "unix:"+path)
	if code != 1 || !strings.Contains(stderr, path+" is in use by another program") {
		t.Errorf("a second server: exit %d, %s", code, stderr)
	}
	s.want(http.StatusOK, http.MethodGet, "/healthz", "") // whose failure took nothing away
	s.stop()
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("the socket is left: %v", err)
	}
}

// curlLine is what is printed to be pasted.
var curlLine = regexp.MustCompile(`(?m)^ *curl (.*)$`)

func TestPrintedCurlLineReachesTheSocket(t *testing.T) {
	t.Parallel()
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("no curl")
	}
	s := startAnywhere(t, environment(), "--in-memory", "--addr", "unix:"+newSocket(t))
	if _, ok := s.stdout.WaitFor(printedSecret, s.ended); !ok {
		t.Fatal(s.stderr)
	}
	line, _ := s.stdout.WaitFor(curlLine, s.ended)
	out, err := exec.CommandContext(t.Context(), curl, strings.Fields(line)...).Output()
	if err != nil || !strings.Contains(string(out), `"access_token"`) {
		t.Errorf("curl %s: %v: %s", line, err, out)
	}
}

func TestASocketThatNobodyListensOnIsReplaced(t *testing.T) {
	t.Parallel()
	path := newSocket(t)
	first, process := startProcessWith(t, []string{command.EnvClientID + "=a", command.EnvClientSecret + "=b"}, "--in-memory", "--addr", "unix:"+path)
	if err := process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-first.ended
	if _, err := os.Lstat(path); err != nil {
		t.Fatalf("the killed process left no socket: %v", err)
	}
	s := startAnywhere(t, ownCredentials, "--in-memory", "--addr", "unix:"+path)
	s.bySocket(path)
	s.want(http.StatusOK, http.MethodGet, "/readyz", "")
}

func TestAFileIsNoSocket(t *testing.T) {
	t.Parallel()
	path := fileWith(t, "data", "precious")
	code, _, stderr := runHere(t, environment(), "serve", "--in-memory", "--addr", "unix:"+path)
	if content, err := os.ReadFile(path); code != 1 || !strings.Contains(stderr, "no socket") || err != nil || string(content) != "precious" {
		t.Errorf("exit %d, %s, %q, %v", code, stderr, content, err)
	}
}
