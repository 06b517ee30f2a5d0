//go:build unix

package main

import (
	"database/sql"
	"os/exec"
	"testing"

	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/internal/servertest"
)

// locked keeps everybody from reading a database until the test ends.
func locked(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(t.Context(), "PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
}

// What takes long is a file that somebody has locked.
func TestSystemdWaitsForTheCheckAtTheStartAndASignalEndsIt(t *testing.T) {
	t.Parallel()
	path := withAcme(t)
	locked(t, path)
	sd := newSystemd(t)
	s := newServerUnderTest(t)
	program := servertest.Program(t)
	process := exec.Command(program, "serve", "--addr", "127.0.0.1:0", "--db", path)
	process.Env = append(process.Environ(), "NOTIFY_SOCKET="+sd.path)
	process.Stdout, process.Stderr = s.stdout, s.stderr
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(s.ended)
		_ = process.Wait()
		s.code = process.ProcessState.ExitCode()
	}()
	s.cancel = func() { _ = process.Process.Kill() }
	t.Cleanup(func() { s.stop() })

	sd.waitFor(t, s, `(EXTEND_TIMEOUT_USEC=30000000\nSTATUS=checking `+path+`)`)
	terminate(t, process)
	<-s.ended
	if s.code != exit.OK || s.stdout.String() != "" || s.stderr.String() != "" {
		t.Errorf("exit %d: %s%s", s.code, s.stdout, s.stderr)
	}
}
