//go:build unix

package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/creack/pty"

	"github.com/roster-go/roster/cmd/roster/internal/terminal"
	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/sqlitestore"
)

// promptText is what the shell in a terminal asks with. Why so odd: nothing else prints it.
const promptText = "first-hour> "

// typist types into a terminal, and reads what is shown there.
type typist struct {
	t        *testing.T
	keyboard *os.File
	screen   *servertest.Log
	ended    chan struct{}
}

// openTerminal runs a shell in a terminal of its own, until the test ends.
func openTerminal(t *testing.T, dir string, env []string) *typist {
	t.Helper()
	shell := exec.Command("sh", "-i")
	shell.Dir, shell.Env = dir, append(env, "PS1="+promptText, "TERM=xterm", "ENV=")
	keyboard, err := pty.StartWithSize(shell, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		t.Fatalf("no terminal: %v", err)
	}
	p := &typist{t: t, keyboard: keyboard, screen: new(servertest.Log), ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		_, _ = io.Copy(p.screen, keyboard) // until nobody has the terminal open
	}()
	t.Cleanup(func() {
		_ = shell.Process.Kill() // which hangs up on whatever runs there
		_ = shell.Wait()
		<-p.ended
		_ = keyboard.Close()
	})
	p.until(0, promptText)
	return p
}

// until waits until what is shown, behind so many bytes, ends with a text, and returns it.
func (p *typist) until(from int, text string) string {
	p.t.Helper()
	for {
		shown, changed := p.screen.Now()
		if strings.HasSuffix(shown[from:], text) {
			return shown[from:]
		}
		select {
		case <-changed:
		case <-p.ended:
			p.t.Fatalf("the terminal has ended without %q:\n%s", text, shown)
		case <-p.t.Context().Done():
			p.t.Fatalf("nothing more is shown:\n%s", shown)
		}
	}
}

// start types a line and does not wait for what it does.
func (p *typist) start(line string) {
	p.t.Helper()
	if _, err := p.keyboard.WriteString(line + "\n"); err != nil {
		p.t.Fatal(err)
	}
}

// run types a line and returns what is shown until the shell asks for the next one; and its exit status.
func (p *typist) run(line string) (shown, status string) {
	p.t.Helper()
	from := len(p.screen.String())
	p.start(line)
	shown = p.until(from, "\n"+promptText)
	from = len(p.screen.String())
	p.start("echo =$?=")
	status = regexp.MustCompile(`=(\d+)=\r`).FindStringSubmatch(p.until(from, "\n"+promptText))[1]
	return shown, status
}

// sessionOf is the block of commands of the guide that stands behind a marker.
func sessionOf(t *testing.T, guide, marker string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", guide))
	if err != nil {
		t.Fatal(err)
	}
	_, behind, found := strings.Cut(string(text), "<!-- "+marker+" -->\n```sh\n")
	block, _, ended := strings.Cut(behind, "```")
	if !found || !ended {
		t.Fatalf("docs/%s has no block behind %s", guide, marker)
	}
	return strings.Split(strings.TrimSpace(block), "\n")
}

// TestTheFirstHourOfANewUser types what docs/operating.md says into a terminal, word for word, beside another one in which
// roster serve runs.
func TestTheFirstHourOfANewUser(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program := servertest.Program(t)
	programs := t.TempDir()
	if err := os.Symlink(program, filepath.Join(programs, "roster")); err != nil {
		t.Fatal(err)
	}
	env := []string{"PATH=" + programs + ":" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "USER=ron"}
	c := newCustomers(t, dir, max(importedRows(), 25_000), false)

	// A port that is free, in place of the one that everybody has.
	server := openTerminal(t, dir, append(env, "ROSTER_ADDR=127.0.0.1:0"))
	server.start("roster serve")
	if _, ok := server.screen.WaitFor(regexp.MustCompile(`(export ROSTER_CLIENT_SECRET=\S+)`), server.ended); !ok {
		t.Fatalf("the server has ended:\n%s", server.screen)
	}

	rows := terminal.Grouped(c.accounts + c.members + c.good)
	expected := []struct {
		command string
		shows   []string
	}{
		{"roster credentials create", []string{"may read", "ROSTER_CLIENT_SECRET="}},
		{"roster import --dry-run", []string{rows, "dry run: nothing was changed"}},
		{"roster import", []string{rows, "account_membership", "100%"}},
		{"roster account list", []string{"NAME", "EXTERNAL REF", "Shop ", "3 of " + terminal.Grouped(c.accounts)}},
		{"roster membership list", []string{"@example.com", "5 of 500"}},
		{"roster membership list", []string{"7@example.com"}},
		{"roster export", []string{"exported", "everything.ndjson"}},
		{"roster backup", []string{"backed up", terminal.Grouped(c.good) + " memberships", "verified"}},
		{"roster restore", []string{"restored restored.db", "checked"}},
		{"roster check", []string{"nothing is wrong"}},
		{"roster stats", []string{terminal.Grouped(c.good) + "; a member may have 10,000"}},
	}
	session := sessionOf(t, "operating.md", "session")
	if len(session) != len(expected) {
		t.Fatalf("the guide has %d commands, the test knows %d", len(session), len(expected))
	}
	user := openTerminal(t, dir, env)
	for i, line := range session {
		want := expected[i]
		shown, status := user.run(line)
		t.Logf("%s", strings.ReplaceAll(shown, "\r\x1b[K", "\r\n")) // each state of a bar
		if !strings.HasPrefix(line, want.command) || status != "0" {
			t.Errorf("%s, where the test expects %s, ended with %s", line, want.command, status)
		}
		for _, text := range want.shows {
			if !strings.Contains(shown, text) {
				t.Errorf("%s does not show %q", line, text)
			}
		}
		if want.command == "roster import" {
			assertBarMoved(t, shown)
		}
	}

	from := len(server.screen.String())
	if _, err := server.keyboard.WriteString("\x03"); err != nil { // what Ctrl-C types
		t.Fatal(err)
	}
	if shown := server.until(from, promptText); !strings.Contains(shown, "stopped") {
		t.Errorf("the server does not say that it stopped:\n%s", shown)
	}
	before, errBefore := sqlitestore.Stats(t.Context(), filepath.Join(dir, "roster.db"))
	after, errAfter := sqlitestore.Stats(t.Context(), filepath.Join(dir, "restored.db"))
	if errBefore != nil || errAfter != nil || fmt.Sprint(before.Memberships, before.LastChange) != fmt.Sprint(after.Memberships, after.LastChange) {
		t.Errorf("%d memberships and change %d became %d and %d; %v, %v", before.Memberships, before.LastChange, after.Memberships, after.LastChange, errBefore, errAfter)
	}
}

// barLengthShown is that of the bar on a terminal.
const barLengthShown = 24

// assertBarMoved looks at the states of a progress bar: they never go back, and there are several where there was time.
func assertBarMoved(t *testing.T, shown string) {
	t.Helper()
	states := regexp.MustCompile(`\r\x1b\[Kimporting \[(#*)\.*\] (\d+)%`).FindAllStringSubmatch(shown, -1)
	seen := map[string]bool{}
	last := ""
	for _, state := range states {
		if len(state[1]) < len(last) {
			t.Errorf("the bar goes back from %d to %d", len(last), len(state[1]))
		}
		last = state[1]
		seen[state[2]] = true
	}
	least := 5
	if testing.Short() {
		least = 2
	}
	if len(seen) < least || len(last) != barLengthShown {
		t.Errorf("the bar was shown at %d places, and at last with %d of %d", len(seen), len(last), barLengthShown)
	}
}
