package compat

import (
	"bufio"
	"errors"
	"io"
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

	// The tests run the program that is built from these, so the go command must not take results from before a change.
	_ "github.com/roster-go/roster/httpadapter"
	_ "github.com/roster-go/roster/memstore"
	_ "github.com/roster-go/roster/sqlitestore"
)

const (
	clientID     = "operator"
	clientSecret = "correct horse & battery+staple" // needs escaping in a form
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if binaryDir != "" {
			_ = os.RemoveAll(binaryDir)
		}
		os.Exit(code)
	}))
}

var binaryDir string

// binary is the path of the built program; it is built once, for the first test that asks.
var binary = sync.OnceValues(func() (string, error) {
	sources, err := filepath.Glob("../cmd/roster/*.go")
	if err != nil {
		return "", err
	}
	for _, file := range sources { // a look at each of them, for the same reason as the imports above
		if _, err := os.Stat(file); err != nil {
			return "", err
		}
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
	t   *testing.T
	url string
}

// onEachStore runs a test against a server with a database file and against one in memory.
func onEachStore(t *testing.T, test func(t *testing.T, s *server)) {
	t.Helper()
	for _, store := range []string{"sqlite", "memory"} {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			test(t, start(t, store))
		})
	}
}

// start runs the binary on a free port until the test ends.
func start(t *testing.T, store string) *server {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"serve", "--addr", "127.0.0.1:0"}
	if store == "memory" {
		args = append(args, "--in-memory")
	} else {
		args = append(args, "--db", filepath.Join(t.TempDir(), "roster.db"))
	}
	process := exec.Command(path, args...)
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
	lines := bufio.NewReader(stdout)
	first, err := lines.ReadString('\n')
	t.Cleanup(func() {
		stop(t, process)
		_, _ = io.Copy(io.Discard, lines)
		if err := process.Wait(); err != nil && runtime.GOOS != "windows" {
			t.Errorf("roster serve: %v", err)
		}
		if t.Failed() {
			t.Logf("the server's log, without what went well:\n%s", regexp.MustCompile(`(?m)^.* level=INFO .*\n`).ReplaceAllString(log.String(), ""))
		}
	})
	url, ok := strings.CutPrefix(strings.TrimSpace(first), "roster listening on ")
	if err != nil || !ok {
		t.Fatalf("roster serve says %q, %v", first, err)
	}
	return &server{t, url}
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
