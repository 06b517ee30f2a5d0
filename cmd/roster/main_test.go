package main

import (
	"bytes"
	"context"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/internal/servertest"
)

func TestMain(m *testing.M) { servertest.Main(m) }

// environment makes an environment of pairs of name and value.
func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// runHere runs a command that ends by itself.
func runHere(t *testing.T, env func(string) string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, env, strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

func TestVersionNamesTheProgramAndTheToolchain(t *testing.T) {
	t.Parallel()
	for _, spelling := range []string{"version", "--version"} {
		code, stdout, stderr := runHere(t, environment(), spelling)
		if code != 0 || stderr != "" || !regexp.MustCompile(`^roster \S+ \(.*go1\..*\)\n$`).MatchString(stdout) {
			t.Errorf("roster %s: exit %d, stdout %q, stderr %q", spelling, code, stdout, stderr)
		}
	}
}

func TestHelpNamesEveryCommandAndEveryFlag(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args [][]string
		says []string
	}{
		{[][]string{{"help"}, {"-h"}, {"--help"}}, []string{"roster serve", "credentials", "changes", "copy", "version"}},
		{[][]string{{"credentials", "-h"}, {"credentials", "help"}, {"help", "credentials"}}, []string{"create", "list", "revoke"}},
		{[][]string{{"credentials", "create", "-h"}, {"help", "credentials", "create"}}, []string{"--scope", "read,write", "--db", "roster.db", "Examples:"}},
		{[][]string{{"changes", "prune", "-h"}}, []string{"--older-than", "--keep", "2160h"}},
		{[][]string{{"copy", "-h"}, {"copy", "--from", "a", "--help"}, {"help", "copy"}}, []string{"--from", "--to", "--resume", "postgres://"}},
		{[][]string{{"serve", "-h"}, {"help", "serve"}}, []string{"--addr", "127.0.0.1:8080", "--db", "roster.db", "--in-memory", "--base-url",
			"--trust-forwarded", "--drain-timeout", "10s", "--log-format", "--changes-max-age", "--changes-max-count",
			command.EnvClientID, command.EnvClientSecret, command.EnvChangesMaxAge, command.EnvChangesMaxCount}},
	} {
		for _, args := range c.args {
			code, stdout, stderr := runHere(t, environment(), args...)
			if code != 0 || stderr != "" {
				t.Errorf("roster %v: exit %d, stderr %q", args, code, stderr)
			}
			for _, word := range c.says {
				if !strings.Contains(stdout, word) {
					t.Errorf("roster %v does not mention %s:\n%s", args, word, stdout)
				}
			}
		}
	}
}

// brokenWriter is an output that nobody reads any more.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestServeEndsWhenItCannotSayWhereItListens(t *testing.T) {
	t.Parallel()
	stderr := new(servertest.Log)
	code := run(t.Context(), []string{"serve", "--in-memory", "--addr", "127.0.0.1:0"}, environment(), nil, brokenWriter{}, stderr)
	if code != 1 || !strings.Contains(stderr.String(), "standard output") {
		t.Errorf("exit %d, stderr %q", code, stderr)
	}
}

func TestServeEndsAtOnceWhenItsContextHasEnded(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	stdout, stderr := new(servertest.Log), new(servertest.Log)
	code := run(ctx, []string{"serve", "--in-memory", "--addr", "127.0.0.1:0"}, environment(command.EnvClientID, "id", command.EnvClientSecret, "secret"), nil, stdout, stderr)
	if code != 0 {
		t.Errorf("exit %d, stderr %q", code, stderr)
	}
}
