// Package servertest builds the program and runs `roster serve` as a process of its own, for the tests that drive it from
// outside, and that kill it.
package servertest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"sync"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/roster-go/roster/internal/pgtest"

	// Tests run the program that is built from these, so the go command must not take results from before a change.
	_ "github.com/roster-go/roster/httpadapter"
	_ "github.com/roster-go/roster/internal/console"
	_ "github.com/roster-go/roster/internal/transfer"
	_ "github.com/roster-go/roster/memstore"
	_ "github.com/roster-go/roster/pgstore"
	_ "github.com/roster-go/roster/sqlitestore"
)

// The credentials of every server, unless its environment has others.
const (
	ClientID     = "operator"
	ClientSecret = "correct horse & battery+staple" // needs escaping in a form
)

var folder string // where the program was built

// Given is the variable with the path of a program that another process of the test has built.
const Given = "ROSTER_TEST_PROGRAM"

// build makes the program once, for the first test that asks.
var build = sync.OnceValues(func() (string, error) {
	if given := os.Getenv(Given); given != "" {
		return given, nil
	}
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	source := filepath.Join(root, "cmd", "roster")
	// A look at each source, for the same reason as the imports above.
	err = filepath.WalkDir(source, func(path string, _ fs.DirEntry, err error) error {
		if err == nil {
			_, err = os.Stat(path)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	if folder, err = os.MkdirTemp("", "roster-program-"); err != nil {
		return "", err
	}
	path := filepath.Join(folder, "roster.exe") // a name that every platform runs
	cmd := exec.Command("go", "build", "-o", path, source)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// moduleRoot is the folder with go.mod above the one that the test runs in.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			err = errors.New("no go.mod above the test")
		}
	}
	return "", err
}

// Program is the path of the built program.
func Program(t testing.TB) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatalf("building roster: %v", err)
	}
	return path
}

// Main is the TestMain of a package that runs the program: it fails when a goroutine is left behind, removes what was built, and
// stops the PostgreSQL server that its tests have started. It does not return.
func Main(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		pgtest.Stop()
		if folder != "" {
			_ = os.RemoveAll(folder)
		}
		os.Exit(code)
	}))
}

// Server is a running `roster serve`.
type Server struct {
	URL     string
	Process *exec.Cmd
	Log     *Log // what it writes to standard error

	t       testing.TB
	killed  bool
	ended   chan struct{}
	secrets secrets
}

// Options say how a server runs. The zero value is a server on 127.0.0.1 with the credentials of this package.
type Options struct {
	Args  []string        // behind `serve --addr 127.0.0.1:0`; --db is the caller's
	Env   []string        // behind the test's own environment
	Setup func(*exec.Cmd) // what is to be done with the command before it starts
}

// Start runs a server until the test ends, and waits until it listens.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	return Launch(t, Options{Args: args})()
}

// Launch starts a server and returns what waits until it listens.
func Launch(t testing.TB, o Options) (listening func() *Server) {
	t.Helper()
	cmd := exec.Command(Program(t), append([]string{"serve", "--addr", "127.0.0.1:0"}, o.Args...)...)
	cmd.Env = append(append(os.Environ(), "ROSTER_CLIENT_ID="+ClientID, "ROSTER_CLIENT_SECRET="+ClientSecret), o.Env...)
	stdout := &Log{}
	s := &Server{Process: cmd, Log: &Log{}, t: t, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = stdout, s.Log
	s.secrets.add(ClientSecret)
	if o.Setup != nil {
		o.Setup(cmd)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var exit error
	go func() {
		exit = cmd.Wait()
		close(s.ended)
	}()
	t.Cleanup(func() {
		s.signal()
		<-s.ended
		if exit != nil && runtime.GOOS != "windows" && !s.killed {
			t.Errorf("roster serve: %v", exit)
		}
		for _, shown := range s.secrets.in(stdout.String() + s.Log.String()) {
			t.Errorf("the server's log shows a secret, %s", shown)
		}
		if t.Failed() {
			t.Logf("the server's log, without what went well:\n%s", goneWell.ReplaceAllString(s.Log.String(), ""))
		}
	})
	return func() *Server {
		t.Helper()
		var ok bool
		if s.URL, ok = stdout.WaitFor(listeningLine, s.ended); ok {
			return s
		}
		select {
		case <-s.ended:
			s.killed = true // its exit status is told here
			t.Fatalf("roster serve ended before it listened: %v\n%s%s", exit, stdout, s.Log)
		default:
			t.Fatalf("roster serve does not listen\n%s%s", stdout, s.Log)
		}
		return nil
	}
}

var (
	listeningLine = regexp.MustCompile(`(?m)^roster listening on (\S+)$`)
	// Both forms of the log have it.
	operationsLine = regexp.MustCompile(`"metrics and profiles"[ ,]"?url"?[=:]"?([^\s"]+)`)
	goneWell       = regexp.MustCompile(`(?m)^.*( level=INFO |"level":"INFO").*\n`)
)

// Kill ends the server at once, as a crash would, and waits for its end.
func (s *Server) Kill() {
	s.t.Helper()
	s.killed = true
	if err := s.Process.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Fatal(err)
	}
	<-s.ended
}

// Stop asks the server to end, as an operator would, and waits for its end.
func (s *Server) Stop() {
	s.t.Helper()
	s.signal()
	<-s.ended
}

func (s *Server) signal() {
	s.t.Helper()
	err := s.Process.Process.Signal(syscall.SIGTERM)
	if runtime.GOOS == "windows" { // which has no SIGTERM
		err = s.Process.Process.Kill()
	}
	if err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Error(err)
	}
}

// Operations is the URL of the server's metrics and profiles, which has to be asked for: --metrics-addr 127.0.0.1:0.
func (s *Server) Operations() string {
	s.t.Helper()
	url, ok := s.Log.WaitFor(operationsLine, s.ended)
	if !ok {
		s.t.Fatalf("roster serve does not say where its metrics are:\n%s", s.Log)
	}
	return url
}

// Ended is closed when the process has ended.
func (s *Server) Ended() <-chan struct{} { return s.ended }
