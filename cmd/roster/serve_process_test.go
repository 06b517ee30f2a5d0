package main

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

var anyListeningLine = regexp.MustCompile(`^roster listening on (\S+)\n`)

// startProcessWith runs the built program with an environment of its own and no file that others know, and waits until it
// says where it listens.
func startProcessWith(t *testing.T, env []string, args ...string) (*server, *exec.Cmd) {
	t.Helper()
	return startCommand(t, env, func(binary string) *exec.Cmd { return exec.Command(binary, append([]string{"serve"}, args...)...) })
}

// startCommand is startProcessWith for a command that becomes the program.
func startCommand(t *testing.T, env []string, command func(binary string) *exec.Cmd) (*server, *exec.Cmd) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	s := newServerUnderTest(t)
	process := command(path)
	process.Dir = t.TempDir()
	process.Env = append(os.Environ(), env...)
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
	s.waitForLine()
	return s, process
}

// startAnywhere is start for a server that does not listen on a port without TLS.
func startAnywhere(t *testing.T, env func(string) string, args ...string) *server {
	t.Helper()
	s := newServerUnderTest(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.cancel = cancel
	go func() {
		defer close(s.ended)
		s.code = run(ctx, append([]string{"serve"}, args...), env, strings.NewReader(""), s.stdout, s.stderr)
	}()
	t.Cleanup(func() { s.stop() })
	s.waitForLine()
	return s
}

func (s *server) waitForLine() {
	s.t.Helper()
	var ok bool
	if s.url, ok = s.stdout.waitFor(anyListeningLine, s.ended); !ok {
		s.t.Fatalf("roster serve ended with %d: %s", s.code, s.stderr)
	}
}

// waitForLog waits until the log matches, and returns the first group.
func (s *server) waitForLog(pattern string) string {
	s.t.Helper()
	group, ok := s.stderr.waitFor(regexp.MustCompile(pattern), s.ended)
	if !ok {
		s.t.Fatalf("it ended with %d before the log had %s: %s", s.code, pattern, s.stderr)
	}
	return group
}
