//go:build unix

package main

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/creack/pty"

	"github.com/roster-go/roster/cmd/roster/internal/api"
)

// terminal is a terminal of so many columns, and the side of it where people type.
func terminal(t *testing.T, columns uint16) (keyboard, tty *os.File) {
	t.Helper()
	keyboard, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no terminal: %v", err)
	}
	t.Cleanup(func() {
		_ = keyboard.Close()
		_ = tty.Close()
	})
	if err := pty.Setsize(tty, &pty.Winsize{Rows: 24, Cols: columns}); err != nil {
		t.Fatal(err)
	}
	return keyboard, tty
}

func TestDeletingAsksWhoSitsAtTheTerminal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typed string
		code  int
		left  int
	}{
		{"y\n", exitOK, 0},
		{"Yes\n", exitOK, 0},
		{"n\n", exitError, 1},
		{"\n", exitError, 1},
		{"yessir\n", exitError, 1},
	} {
		t.Run(strings.TrimSpace(c.typed), func(t *testing.T) {
			t.Parallel()
			env := environment(envDB, newDatabase(t))
			s := shell{t, env}
			s.must("account", "create", "--name", "Acme")
			s.must("member", "create", "--name", "Ron", "--email", "ron@example.com")
			s.must("membership", "add", "Acme", "Ron")
			keyboard, tty := terminal(t, 80)
			if _, err := keyboard.WriteString(c.typed); err != nil {
				t.Fatal(err)
			}
			stderr := newTranscript()
			code := run(t.Context(), []string{"account", "delete", "Acme"}, env, tty, newTranscript(), stderr)
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
	env := environment(envDB, newDatabase(t))
	s := shell{t, env}
	s.must("tag", "create", "--name", "customer")
	keyboard, tty := terminal(t, 80)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stderr := newTranscript()
	ended := make(chan struct{})
	code := 0
	go func() {
		defer close(ended)
		code = run(ctx, []string{"tag", "delete", "customer"}, env, tty, newTranscript(), stderr)
	}()
	stderr.waitFor(regexp.MustCompile(`(\[y/N\]) `), ended)
	cancel()
	<-ended
	if code != exitError || !strings.Contains(stderr.String(), "nothing was deleted") {
		t.Errorf("exit %d, %q", code, stderr)
	}
	s.must("tag", "get", "customer")
	_, _ = keyboard.WriteString("\n") // lets the reader go
}

func TestATerminalIsFilledAndNotOverfilled(t *testing.T) {
	t.Parallel()
	_, tty := terminal(t, 60)
	if n := tableWidth(tty, environment()); n != 60 {
		t.Errorf("a terminal of 60 columns has %d", n)
	}
	if n := tableWidth(tty, environment("COLUMNS", "72")); n != 72 {
		t.Errorf("told to use 72 columns, it uses %d", n)
	}
	if n := tableWidth(newTranscript(), environment("COLUMNS", "72")); n != 0 {
		t.Errorf("what is no terminal has %d columns", n)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if _, isTerminal := terminalWidth(null); isTerminal {
		t.Error("the device that swallows everything is no terminal")
	}
}

func TestJSONIsForPeopleOnATerminal(t *testing.T) {
	t.Parallel()
	keyboard, tty := terminal(t, 60)
	o := output{format: formatJSON}
	w, err := o.rows(tty, environment(), []column{at("id")})
	if err != nil {
		t.Fatal(err)
	}
	var one api.Row = row(t, `{"id":"1"}`)
	if err := w.row(one); err != nil {
		t.Fatal(err)
	}
	if err := w.end(); err != nil {
		t.Fatal(err)
	}
	const want = "[\r\n  {\r\n    \"id\": \"1\"\r\n  }\r\n]\r\n"
	got := make([]byte, len(want))
	for n := 0; n < len(got); {
		more, err := keyboard.Read(got[n:])
		if err != nil {
			t.Fatal(err)
		}
		n += more
	}
	if string(got) != want {
		t.Errorf("shown is %q", got)
	}
}
