//go:build unix

package main

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/cmd/roster/internal/terminal/terminaltest"
	"github.com/roster-go/roster/internal/servertest"
)

func TestDeletingAsksWhoSitsAtTheTerminal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typed string
		code  int
		left  int
	}{
		{"y\n", exit.OK, 0},
		{"Yes\n", exit.OK, 0},
		{"n\n", exit.Failed, 1},
		{"\n", exit.Failed, 1},
		{"yessir\n", exit.Failed, 1},
	} {
		t.Run(strings.TrimSpace(c.typed), func(t *testing.T) {
			t.Parallel()
			env := environment(command.EnvDB, newDatabase(t))
			s := shell{t, env}
			s.must("account", "create", "--name", "Acme")
			s.must("member", "create", "--name", "Ron", "--email", "ron@example.com")
			s.must("membership", "add", "Acme", "Ron")
			keyboard, tty := terminaltest.Open(t, 80)
			if _, err := keyboard.WriteString(c.typed); err != nil {
				t.Fatal(err)
			}
			stderr := new(servertest.Log)
			code := run(t.Context(), []string{"account", "delete", "Acme"}, env, tty, new(servertest.Log), stderr)
			if code != c.code || !strings.HasPrefix(stderr.String(), "delete the account Acme and its 1 membership? [y/N] ") {
				t.Errorf("exit %d, %q", code, stderr)
			}
			if left := strings.Count(s.must("account", "list", "-o", "ndjson"), "\n"); left != c.left {
				t.Errorf("%d accounts are left", left)
			}
		})
	}
}

func TestAQuestionIsInterrupted(t *testing.T) {
	t.Parallel()
	env := environment(command.EnvDB, newDatabase(t))
	s := shell{t, env}
	s.must("tag", "create", "--name", "customer")
	keyboard, tty := terminaltest.Open(t, 80)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stderr := new(servertest.Log)
	ended := make(chan struct{})
	code := 0
	go func() {
		defer close(ended)
		code = run(ctx, []string{"tag", "delete", "customer"}, env, tty, new(servertest.Log), stderr)
	}()
	stderr.WaitFor(regexp.MustCompile(`(\[y/N\]) `), ended)
	cancel()
	<-ended
	if code != exit.Failed || !strings.Contains(stderr.String(), "nothing was deleted") {
		t.Errorf("exit %d, %q", code, stderr)
	}
	s.must("tag", "get", "customer")
	_, _ = keyboard.WriteString("\n") // lets the reader go
}
