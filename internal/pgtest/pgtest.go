// Package pgtest gives tests a PostgreSQL server: one of the test process's own, with an empty schema per test (URL), or
// a primary with standbys to be killed and promoted (StartCluster). scripts/postgres-cluster runs the servers; they are
// removed when the process ends, however it ends.
//
// Where PostgreSQL is not installed, tests are skipped; with CI=true in the environment they fail. With
// ROSTER_TEST_POSTGRES=url in the environment, URL makes its schemas on that server, and drops them.
package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// patience is how long the script may take for anything.
const patience = 3 * time.Minute

// installed is nil when the script finds what it needs.
var installed = sync.OnceValue(func() error {
	if runtime.GOOS == "windows" {
		return errors.New("PostgreSQL is not started on Windows: set ROSTER_TEST_POSTGRES to the URL of a server")
	}
	_, err := cluster("binaries")
	return err
})

// Installed is nil where this package can start servers, else why it cannot.
func Installed() error { return installed() }

// require skips the test for which there is no PostgreSQL. Why not with CI=true: there, nobody would see it.
func require(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case os.Getenv("CI") == "true" && runtime.GOOS != "windows":
		t.Fatal(err)
	default:
		t.Skip(err)
	}
}

// URL is where a new and empty schema is, which nobody else knows: a connection URL of which search_path is that schema.
func URL(t testing.TB) string {
	t.Helper()
	server, shared := os.Getenv("ROSTER_TEST_POSTGRES"), true
	if server == "" {
		require(t, installed())
		var err error
		if server, err = own.start(); err != nil {
			t.Fatal(err)
		}
		shared = false
	}
	schema := "test_" + strings.ToLower(rand.Text())
	if err := execute(server, "CREATE SCHEMA "+schema); err != nil {
		t.Fatal(err)
	}
	if shared { // what a test leaves on a server of ours goes with the server
		t.Cleanup(func() {
			if err := execute(server, "SET lock_timeout = '30s'", "DROP SCHEMA "+schema+" CASCADE"); err != nil {
				t.Error(err)
			}
		})
	}
	if strings.Contains(server, "?") {
		return server + "&search_path=" + schema
	}
	return server + "?search_path=" + schema
}

// execute runs statements on a connection of their own.
func execute(url string, statements ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// Stop removes the server that URL has started, if it has; without Stop it outlives the process by a second. With goleak it goes
// into goleak.Cleanup:
//
//	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) { pgtest.Stop(); os.Exit(code) }))
func Stop() { own.stop() }

// server is a single one that this process starts when it is asked for.
type server struct {
	mu  sync.Mutex
	dir string
	url string
	err error
}

var own server

func (s *server) start() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dir == "" && s.err == nil {
		s.dir, s.url, s.err = startIn("--standbys", "0", "--unsafe-fast")
	}
	return s.url, s.err
}

func (s *server) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dir == "" {
		return
	}
	if _, err := cluster("remove", s.dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	s.dir, s.url = "", ""
}

// startIn starts a cluster in a new folder.
func startIn(options ...string) (dir, url string, err error) {
	// Why not t.TempDir: it is inside a folder that is closed to the user as whom root's servers run.
	if dir, err = os.MkdirTemp("", "roster-pg-"); err != nil {
		return "", "", err
	}
	args := append([]string{"start", dir, "--while", strconv.Itoa(os.Getpid())}, options...)
	if url, err = cluster(args...); err != nil {
		_ = os.RemoveAll(dir)
		return "", "", err
	}
	return dir, url, nil
}

// cluster runs scripts/postgres-cluster and returns the last line that it printed.
func cluster(args ...string) (string, error) {
	path, err := script()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...) //nolint:gosec // our own script
	var stderr strings.Builder
	cmd.Stderr = &stderr
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("postgres-cluster %s: %w\n%s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1], nil
}

// script finds postgres-cluster by where this file was when it was compiled, or, with -trimpath, where the module is.
var script = sync.OnceValues(func() (string, error) {
	_, file, _, _ := runtime.Caller(0)
	path := filepath.Join(filepath.Dir(file), "..", "..", "scripts", "postgres-cluster")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/roster-go/roster").Output()
	if err != nil {
		return "", fmt.Errorf("where the module is: %w", err)
	}
	return filepath.Join(strings.TrimSpace(string(root)), "scripts", "postgres-cluster"), nil
})
