package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/roster-go/roster/cmd/roster/internal/command"
)

// documentedSession finds the shell, and the session in a document that it is to be given: what the pattern captures.
func documentedSession(t *testing.T, document, pattern string) (shell, session string) {
	t.Helper()
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell")
	}
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("no curl")
	}
	text, err := os.ReadFile("../../" + document)
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile(pattern).FindSubmatch(text)
	if block == nil {
		t.Fatalf("%s has no session like %s", document, pattern)
	}
	return shell, string(block[1])
}

// TestReadmeSessionWorks pastes the README's session into a shell, against a server of this test's own.
func TestReadmeSessionWorks(t *testing.T) {
	t.Parallel()
	const address = "http://127.0.0.1:8080"
	shell, script := documentedSession(t, "README.md", "(?s)```sh\n(api="+regexp.QuoteMeta(address)+"\n.*?)```")

	s := start(t, environment(command.EnvClientID, "reader", command.EnvClientSecret, "README"), "--in-memory")
	session := exec.CommandContext(t.Context(), shell, "-e", "-c", strings.ReplaceAll(script, address, s.url))
	session.Env = append(os.Environ(), command.EnvClientID+"=reader", command.EnvClientSecret+"=README")
	out, err := session.CombinedOutput()
	if err != nil || !strings.Contains(string(out), `"type":"account_membership"`) || strings.Contains(string(out), `"errors"`) {
		t.Errorf("%v: %s\n%s", err, out, s.stderr)
	}
}
