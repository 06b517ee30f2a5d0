package compat

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/roster-go/roster/internal/pgtest"

	// The tests run the program that is built from these, so the go command must not take results from before a change.
	_ "github.com/roster-go/roster/httpadapter"
	_ "github.com/roster-go/roster/memstore"
	_ "github.com/roster-go/roster/pgstore"
	_ "github.com/roster-go/roster/sqlitestore"
)

const (
	clientID     = "operator"
	clientSecret = "correct horse & battery+staple" // needs escaping in a form
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		pgtest.Stop()
		if binaryDir != "" {
			_ = os.RemoveAll(binaryDir)
		}
		os.Exit(code)
	}))
}

var binaryDir string

// binary is the path of the built program; it is built once, for the first test that asks.
var binary = sync.OnceValues(func() (string, error) {
	// A look at each source, for the same reason as the imports above.
	err := filepath.WalkDir("../cmd/roster", func(path string, _ fs.DirEntry, err error) error {
		if err == nil {
			_, err = os.Stat(path)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	if binaryDir, err = os.MkdirTemp("", "roster-compat-"); err != nil {
		return "", err
	}
	path := filepath.Join(binaryDir, "roster.exe") // a name that every platform runs
	build := exec.Command("go", "build", "-o", path, "../cmd/roster")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	return path, build.Run()
})

// server is a running `roster serve`.
type server struct {
	t       *testing.T
	url     string
	process *exec.Cmd
	killed  bool
}

// kill ends the server at once, as a power cut would.
func (s *server) kill() {
	s.t.Helper()
	s.killed = true
	if err := s.process.Process.Kill(); err != nil {
		s.t.Fatal(err)
	}
}

// onEachStore runs a test against a server with a database file, one in memory, and one on PostgreSQL.
func onEachStore(t *testing.T, test func(t *testing.T, s *server)) {
	t.Helper()
	for _, store := range []string{"sqlite", "memory", "postgres"} {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			test(t, start(t, store))
		})
	}
}

// start runs the binary on a free port until the test ends.
func start(t *testing.T, store string) *server {
	t.Helper()
	switch store {
	case "memory":
		return startTogether(t, 1, "--in-memory")[0]
	case "postgres":
		return startTogether(t, 1, "--db", pgtest.URL(t))[0]
	default:
		return startTogether(t, 1, "--db", filepath.Join(t.TempDir(), "roster.db"))[0]
	}
}

// startTogether runs the binary as often as asked, with the same arguments and at the same time.
func startTogether(t *testing.T, n int, args ...string) []*server {
	t.Helper()
	listening := make([]func() *server, n)
	for i := range n {
		listening[i] = launch(t, args...)
	}
	servers := make([]*server, n)
	for i := range n {
		servers[i] = listening[i]()
	}
	return servers
}

// launch starts the binary and returns what waits until it listens.
func launch(t *testing.T, args ...string) (listening func() *server) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	process := exec.Command(path, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)...)
	process.Env = append(os.Environ(), "ROSTER_CLIENT_ID="+clientID, "ROSTER_CLIENT_SECRET="+clientSecret)
	var log strings.Builder
	process.Stderr = &log
	stdout, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	s, lines := &server{t: t, process: process}, bufio.NewReader(stdout)
	t.Cleanup(func() {
		stop(t, process)
		_, _ = io.Copy(io.Discard, lines)
		if err := process.Wait(); err != nil && runtime.GOOS != "windows" && !s.killed {
			t.Errorf("roster serve: %v", err)
		}
		if t.Failed() {
			t.Logf("the server's log, without what went well:\n%s", regexp.MustCompile(`(?m)^.* level=INFO .*\n`).ReplaceAllString(log.String(), ""))
		}
	})
	return func() *server {
		t.Helper()
		first, err := lines.ReadString('\n')
		url, ok := strings.CutPrefix(strings.TrimSpace(first), "roster listening on ")
		if err != nil || !ok {
			t.Fatalf("roster serve says %q, %v", first, err)
		}
		s.url = url
		return s
	}
}

func stop(t *testing.T, process *exec.Cmd) {
	t.Helper()
	err := process.Process.Signal(syscall.SIGTERM)
	if runtime.GOOS == "windows" { // which has no SIGTERM
		err = process.Process.Kill()
	}
	if err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Error(err)
	}
}

// newClient makes an HTTP client that takes a redirect for an answer, because the server must not send any.
func newClient(t *testing.T) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 100
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
