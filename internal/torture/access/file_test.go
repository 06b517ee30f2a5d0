//go:build unix

package access_test

import (
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
)

// openly runs a command with a mask that takes nothing away: what it keeps to itself, it keeps by itself.
func openly(cmd *exec.Cmd) {
	cmd.Args = append([]string{"sh", "-c", `umask 000; exec "$0" "$@"`, cmd.Path}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
}

// seenFiles are all files that were in a folder and those below, also for a moment, by their path, each with the most that
// others might do with it.
type seenFiles struct {
	root string
	mu   sync.Mutex
	all  map[string]fs.FileMode
}

func (s *seenFiles) look() {
	_ = filepath.WalkDir(s.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Type() == fs.ModeSymlink {
			return nil //nolint:nilerr // it is gone already
		}
		if info, err := d.Info(); err == nil {
			s.mu.Lock()
			s.all[path] |= info.Mode().Perm()
			s.mu.Unlock()
		}
		return nil
	})
}

// watch looks again and again until the test ends.
func watch(t *testing.T, root string) *seenFiles {
	t.Helper()
	s := &seenFiles{root: root, all: map[string]fs.FileMode{}}
	stop, done := make(chan struct{}), make(chan struct{})
	ticks := time.NewTicker(500 * time.Microsecond)
	go func() {
		defer close(done)
		for {
			s.look()
			select {
			case <-stop:
				return
			case <-ticks.C:
			}
		}
	}()
	t.Cleanup(func() {
		ticks.Stop()
		close(stop)
		<-done
	})
	return s
}

// files are all of them.
func (s *seenFiles) files() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.all))
}

// open are the files that others could do something with.
func (s *seenFiles) open() (paths []string) {
	s.look()
	s.mu.Lock()
	defer s.mu.Unlock()
	for path, mode := range s.all {
		if mode&0o077 != 0 {
			paths = append(paths, fmt.Sprintf("%s %v", path, mode))
		}
	}
	return paths
}

// TestFilesAreTheirOwnersOnly runs everything that makes a file, without a mask, in folders that everybody may enter.
func TestFilesAreTheirOwnersOnly(t *testing.T) {
	t.Parallel()
	dir := shortDir(t)
	temp := filepath.Join(dir, "tmp")
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{dir, temp} {
		if err := os.Chmod(folder, fs.ModeSticky|0o777); err != nil {
			t.Fatal(err)
		}
	}
	seen := watch(t, dir)
	at := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) string {
		if err := os.WriteFile(at(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return at(name)
	}
	server := servertest.Launch(t, servertest.Options{
		Args:  []string{"--db", at("roster.db"), "--metrics-addr", "unix:" + at("metrics.sock")},
		Env:   []string{"TMPDIR=" + temp},
		Setup: openly,
	})()
	client := server.SignIn(t)
	newKeep(t, client)
	client.Want(t, http.StatusOK, http.MethodGet, "/v2/accounts", "")
	socket := servertest.Launch(t, servertest.Options{Args: []string{"--addr", "unix:" + at("api.sock"), "--in-memory"}, Setup: openly})()

	refused := write("refused.ndjson", `{"type":"account","name":"Acme"}`+"\n"+`{"type":"account"}`+"\n")
	write("victim", "precious")
	for _, link := range []string{"link.db", "link.ndjson", "forced.ndjson"} {
		if err := os.Symlink(at("victim"), at(link)); err != nil {
			t.Fatal(err)
		}
	}
	program, ran := servertest.Program(t), 0
	run := func(stdin string, args ...string) int {
		t.Helper()
		ran++
		cmd := exec.CommandContext(t.Context(), program, args...)
		openly(cmd)
		cmd.Env, cmd.Dir, cmd.Stdin = []string{"TMPDIR=" + temp, "HOME=" + dir, "PATH=" + os.Getenv("PATH")}, dir, strings.NewReader(stdin)
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatalf("%v: %v: %s", args, err, out)
		}
		return cmd.ProcessState.ExitCode()
	}
	for _, args := range [][]string{
		{"backup", "--to", "backup.db"}, {"backup", "--to", "-"}, {"export", "--to", "all.ndjson"}, {"export", "--to", "forced.ndjson", "--force"},
		{"export", "--format", "csv", "--type", "account", "--to", "accounts.csv"},
		{"restore", "backup.db", "--db", "restored.db"}, {"restore", "backup.db", "--db", "restored.db", "--force"},
		{"copy", "--from", "backup.db", "--to", "copied.db"}, {"check", "--repair", "--db", "restored.db"},
		{"account", "create", "--name", "Acme", "--db", "made.db"}, {"credentials", "create", "--db", "restored.db"}, {"stats"},
	} {
		if code := run("", args...); code != 0 {
			t.Errorf("roster %v ends with %d", args, code)
		}
	}
	for _, args := range [][]string{
		{"import", refused, "--report", "report.ndjson", "--db", "imported.db"}, {"import", refused, "--atomic", "--report", "report.csv", "--db", "imported.db"},
		{"import", refused, "--dry-run", "--db", "none.db"}, {"import", "-", "--format", "ndjson", "--db", "imported.db"},
		{"backup", "--to", "link.db"}, {"export", "--to", "link.ndjson"}, {"restore", "backup.db", "--db", "link.db"},
	} {
		if code := run(`{"type":"account"}`+"\n", args...); code == 0 {
			t.Errorf("roster %v did not refuse", args)
		}
	}
	server.Stop()
	socket.Stop()
	if text, err := os.ReadFile(at("victim")); err != nil || string(text) != "precious" {
		t.Errorf("what a link leads to was changed: %.60q, %v", text, err)
	}
	for _, path := range seen.open() {
		t.Errorf("others may use %s", path)
	}
	for _, folder := range []string{dir, temp} {
		if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o777 || info.Mode()&fs.ModeSticky == 0 {
			t.Errorf("%s has become %v, %v", folder, info.Mode(), err)
		}
	}
	for _, name := range []string{"roster.db", "roster.db-wal", "roster.db-shm", "backup.db", "all.ndjson", "forced.ndjson", "accounts.csv", "restored.db", "copied.db",
		"made.db", "imported.db", "report.ndjson", "report.csv", "metrics.sock", "api.sock"} {
		if made := seen.files(); !slices.Contains(made, at(name)) {
			t.Errorf("%s was not made, or not seen: %v", name, made)
		}
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	files := len(seen.files())
	write("control", "")
	if err := os.Chmod(at("control"), 0o644); err != nil || len(seen.open()) != 1 {
		t.Errorf("a file that others may read is not noticed: %v", err)
	}
	torture.Report(t, torture.Result{Part: torture.Access, Rounds: ran + 2,
		Promise:  "Files and sockets that roster makes are 0600, whatever the umask, and no link leads it to another file",
		Method:   "every command that makes files, umask 000, shared folders that are looked at all the time, links in place of targets",
		Measured: fmt.Sprintf("%d files, those for a moment among them", files)})
}

// shortDir is a folder whose path is short enough for a socket's.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "roster-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
