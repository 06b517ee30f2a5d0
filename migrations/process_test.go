package migrations_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"modernc.org/sqlite"

	"github.com/roster-go/roster/migrations"
)

// The test binary runs itself as a child when this says what for.
const (
	childTask   = "ROSTER_TEST_MIGRATIONS_CHILD"
	childPath   = "ROSTER_TEST_MIGRATIONS_PATH"
	childCommit = "ROSTER_TEST_MIGRATIONS_COMMIT"
)

// child does a child's task and reports whether there was one.
func child(task string) bool {
	switch task {
	case "up":
		os.Exit(childUp())
	case "stop":
		childStopsAtCommit()
	}
	return task != ""
}

func childUp() int {
	db, err := openFile(os.Getenv(childPath))
	if err == nil {
		defer func() { _ = db.Close() }()
		fmt.Println("ready")
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
		err = migrations.Up(context.Background(), db)
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// childStopsAtCommit says so and stops for ever when its given commit is about to happen.
func childStopsAtCommit() {
	left, _ := strconv.Atoi(os.Getenv(childCommit))
	sqlite.RegisterConnectionHook(func(c sqlite.ExecQuerierContext, _ string) error {
		// A tiny cache makes SQLite write what is not committed into the file.
		if _, err := c.ExecContext(context.Background(), "PRAGMA cache_size = 1", nil); err != nil {
			return err
		}
		c.(sqlite.HookRegisterer).RegisterCommitHook(func() int32 {
			if left--; left == 0 {
				fmt.Println("stopped")
				select {}
			}
			return 0
		})
		return nil
	})
	db, err := openFile(os.Getenv(childPath))
	if err == nil {
		err = migrations.Up(context.Background(), db)
	}
	fmt.Println("done", err)
}

func command(t *testing.T, task, path string, env ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(append(os.Environ(), childTask+"="+task, childPath+"="+path), env...)
	return cmd
}

func TestProcessesThatOpenANewFileAtOnceAllSucceed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	var start, all sync.WaitGroup
	release := make(chan struct{})
	for range 4 {
		cmd := command(t, "up", path)
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		start.Add(1)
		all.Go(func() {
			lines := bufio.NewScanner(stdout)
			lines.Scan() // ready
			start.Done()
			<-release
			_, _ = stdin.Write([]byte("go\n"))
			for lines.Scan() {
				t.Error(lines.Text())
			}
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
	start.Wait()
	close(release)
	all.Wait()
	up(t, open(t, path))
}

func TestUpRecoversFromAKillInTheMiddle(t *testing.T) {
	t.Parallel()
	// The first commit makes the table of versions, each one after it is a migration.
	for commit := range int(migrations.Latest()) + 1 {
		t.Run(fmt.Sprintf("before commit %d", commit+1), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "roster.db")
			cmd := command(t, "stop", path, childCommit+"="+strconv.Itoa(commit+1))
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			line, _ := bufio.NewReader(stdout).ReadString('\n')
			if line != "stopped\n" {
				t.Errorf("the child said %q", line)
			}
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			db := open(t, path)
			if version, err := migrations.Version(t.Context(), db); err != nil || version != max(int64(commit)-1, 0) {
				t.Errorf("version %d, %v after the kill", version, err)
			}
			up(t, db)
			var check string
			if err := db.QueryRow(`PRAGMA integrity_check`).Scan(&check); err != nil || check != "ok" {
				t.Errorf("integrity: %s, %v", check, err)
			}
		})
	}
}
