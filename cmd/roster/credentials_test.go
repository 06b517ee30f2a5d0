package main

import (
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

func TestFirstStartPrintsCredentialsOnceAndTheyKeepWorking(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)

	first := start(t, environment(), "--db", path)
	first.want(http.StatusOK, http.MethodGet, "/healthz", "") // what is printed is printed before the first answer
	id, _ := first.stdout.waitFor(printedID, first.ended)
	secret, _ := first.stdout.waitFor(printedSecret, first.ended)
	first.signIn(id, secret)
	account := first.createAccount("acme")
	if code := first.stop(); code != 0 {
		t.Fatalf("exit %d: %s", code, first.stderr)
	}

	second := start(t, environment(), "--db", path)
	second.want(http.StatusOK, http.MethodGet, "/healthz", "")
	if text := second.stdout.String(); !oneLine(text) {
		t.Errorf("the second start prints more than where it listens:\n%s", text)
	}
	second.token = first.token
	second.want(http.StatusOK, http.MethodGet, "/v2/accounts/"+account, "") // the token outlives the process, too
	second.signIn(id, secret)
	second.want(http.StatusOK, http.MethodGet, "/v2/accounts/"+account, "")

	for _, s := range []*server{first, second} {
		if log := s.stderr.String(); strings.Contains(log, secret) || strings.Contains(log, s.token) {
			t.Errorf("the log shows a secret:\n%s", log)
		}
	}
}

func TestPrintedCurlLineGetsAToken(t *testing.T) {
	t.Parallel()
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("no curl")
	}
	s := start(t, environment(), "--in-memory")
	s.want(http.StatusOK, http.MethodGet, "/healthz", "")
	line, _ := s.stdout.waitFor(regexp.MustCompile(`(?m)^ *curl (.*)$`), s.ended)
	out, err := exec.CommandContext(t.Context(), curl, strings.Fields(line)...).Output()
	if err != nil || !strings.Contains(string(out), `"access_token"`) {
		t.Errorf("curl %s: %v: %s", line, err, out)
	}
}

func TestCredentialsFromTheEnvironmentAreUsedAndNotStored(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)
	s := start(t, ownCredentials, "--db", path)
	s.signIn("operator", "correct horse battery staple")
	s.createAccount("acme")
	if text := s.stdout.String(); !oneLine(text) {
		t.Errorf("it prints more than where it listens:\n%s", text)
	}
	if status, body := s.askToken("operator", "wrong"); status != http.StatusUnauthorized {
		t.Errorf("a wrong secret: %d %s", status, body)
	}
	s.stop()
	if strings.Contains(s.stderr.String(), "battery") {
		t.Errorf("the log shows the secret:\n%s", s.stderr)
	}

	// With others they are worth nothing, and nor are the tokens that they got.
	other := start(t, environment(envClientID, "someone", envClientSecret, "else"), "--db", path)
	if status, body := other.askToken("operator", "correct horse battery staple"); status != http.StatusUnauthorized {
		t.Errorf("credentials of an earlier start: %d %s", status, body)
	}
	other.token = s.token
	other.want(http.StatusUnauthorized, http.MethodGet, "/v2/accounts", "")
}

func TestOtherMachinesAreServedWithTheOperatorsCredentials(t *testing.T) {
	t.Parallel()
	s := start(t, ownCredentials, "--in-memory", "--addr", "0.0.0.0:0") // the last --addr counts
	s.url = strings.NewReplacer("[::]", "127.0.0.1", "0.0.0.0", "127.0.0.1").Replace(s.url)
	s.signIn("operator", "correct horse battery staple")
	s.want(http.StatusOK, http.MethodGet, "/v2/accounts", "")
}
