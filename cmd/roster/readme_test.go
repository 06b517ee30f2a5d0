package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestReadmeSessionWorks pastes the README's session into a shell, against a server of this test's own.
func TestReadmeSessionWorks(t *testing.T) {
	t.Parallel()
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell")
	}
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("no curl")
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	const address = "http://127.0.0.1:8080"
	block := regexp.MustCompile("(?s)```sh\n(api=" + regexp.QuoteMeta(address) + "\n.*?)```").FindSubmatch(readme)
	if block == nil {
		t.Fatalf("the README has no session that begins with api=%s", address)
	}

	s := start(t, environment(envClientID, "reader", envClientSecret, "README"), "--in-memory")
	session := exec.CommandContext(t.Context(), shell, "-e", "-c", strings.ReplaceAll(string(block[1]), address, s.url))
	session.Env = append(os.Environ(), envClientID+"=reader", envClientSecret+"=README")
	out, err := session.CombinedOutput()
	if err != nil || !strings.Contains(string(out), `"type":"account_membership"`) || strings.Contains(string(out), `"errors"`) {
		t.Errorf("%v: %s\n%s", err, out, s.stderr)
	}
}
