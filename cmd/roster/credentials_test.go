package main

import (
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/internal/servertest"
)

func TestFirstStartPrintsCredentialsOnceAndTheyKeepWorking(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)

	first := start(t, environment(), "--db", path)
	first.want(http.StatusOK, http.MethodGet, "/healthz", "") // what is printed is printed before the first answer
	id, _ := first.stdout.WaitFor(printedID, first.ended)
	secret, _ := first.stdout.WaitFor(printedSecret, first.ended)
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
	line, _ := s.stdout.WaitFor(regexp.MustCompile(`(?m)^ *curl (.*)$`), s.ended)
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
	other := start(t, environment(command.EnvClientID, "someone", command.EnvClientSecret, "else"), "--db", path)
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

func TestPrintedExportLinesSetTheEnvironment(t *testing.T) {
	t.Parallel()
	s := start(t, environment(), "--in-memory")
	s.want(http.StatusOK, http.MethodGet, "/healthz", "")
	lines := regexp.MustCompile(`(?m)^ *export (ROSTER_CLIENT_(?:ID|SECRET))=([A-Za-z0-9_-]+)$`).FindAllStringSubmatch(s.stdout.String(), -1)
	if len(lines) != 2 || lines[0][1] != command.EnvClientID || lines[1][1] != command.EnvClientSecret {
		t.Fatalf("not two lines to paste:\n%s", s.stdout)
	}
	s.signIn(lines[0][2], lines[1][2])
}

// create runs `roster credentials create`.
func createCredentials(t *testing.T, args ...string) (id, secret string) {
	t.Helper()
	code, stdout, stderr := runHere(t, environment(), append([]string{"credentials", "create"}, args...)...)
	ids, secrets := printedID.FindStringSubmatch(stdout), printedSecret.FindStringSubmatch(stdout)
	if code != 0 || stderr != "" || ids == nil || secrets == nil {
		t.Fatalf("credentials create %v: exit %d, stdout %q, stderr %q", args, code, stdout, stderr)
	}
	return ids[1], secrets[1]
}

func TestCredentialsAreMadeListedAndRevokedWhileTheServerRuns(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)
	s := start(t, ownCredentials, "--db", path)

	both, bothSecret := createCredentials(t, "--db", path)
	reader, readerSecret := createCredentials(t, "--scope", "read", "--db", path)
	writer, writerSecret := createCredentials(t, "--db", path, "--scope", "write, write")

	code, list, stderr := runHere(t, environment(), "credentials", "list", "--db", path)
	pattern := `^CLIENT ID +SCOPES +CREATED AT\n` + both + ` +read,write +\S+Z\n` + reader + ` +read +\S+Z\n` + writer + ` +write +\S+Z\n$`
	if code != 0 || stderr != "" || !regexp.MustCompile(pattern).MatchString(list) {
		t.Errorf("exit %d, stderr %q:\n%s", code, stderr, list)
	}
	for _, secret := range []string{bothSecret, readerSecret, writerSecret} {
		if strings.Contains(list, secret) {
			t.Errorf("the list shows a secret:\n%s", list)
		}
	}

	s.signIn(both, bothSecret)
	account := s.createAccount("acme")
	s.signIn(writer, writerSecret)
	s.want(http.StatusForbidden, http.MethodGet, "/v2/accounts/"+account, "")
	s.createAccount("initech")
	s.signIn(reader, readerSecret)
	s.want(http.StatusOK, http.MethodGet, "/v2/accounts/"+account, "")
	s.want(http.StatusForbidden, http.MethodDelete, "/v2/accounts/"+account, "")

	code, stdout, stderr := runHere(t, environment(), "credentials", "revoke", reader, "--db", path)
	if code != 0 || stderr != "" || !oneLine(stdout) || !strings.Contains(stdout, reader) {
		t.Errorf("revoke: exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	s.want(http.StatusUnauthorized, http.MethodGet, "/v2/accounts/"+account, "")
	if status, body := s.askToken(reader, readerSecret); status != http.StatusUnauthorized {
		t.Errorf("revoked credentials: %d %s", status, body)
	}
	s.signIn(both, bothSecret) // the others are as they were
}

func TestCredentialsThatNobodySawAreTakenBack(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)
	stderr := new(servertest.Log)
	code := run(t.Context(), []string{"credentials", "create", "--db", path}, environment(), nil, brokenWriter{}, stderr)
	if code != 1 || !oneLine(stderr.String()) {
		t.Errorf("exit %d, stderr %q", code, stderr)
	}
	if _, list, _ := runHere(t, environment(), "credentials", "list", "--db", path); !oneLine(list) {
		t.Errorf("credentials are left:\n%s", list)
	}
	code = run(t.Context(), []string{"credentials", "list", "--db", path}, environment(), nil, brokenWriter{}, stderr)
	if code != 1 {
		t.Errorf("a list that nobody reads: exit %d", code)
	}
}

func TestOtherMachinesAreServedFromADatabaseWithCredentials(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)
	id, secret := createCredentials(t, "--db", path)
	s := start(t, environment(), "--db", path, "--addr", "0.0.0.0:0")
	s.url = strings.NewReplacer("[::]", "127.0.0.1", "0.0.0.0", "127.0.0.1").Replace(s.url)
	s.signIn(id, secret)
	s.want(http.StatusOK, http.MethodGet, "/v2/accounts", "")
	if text := s.stdout.String(); !oneLine(text) {
		t.Errorf("it prints more than where it listens:\n%s", text)
	}
}

// TestStoredCredentialsKeepTheirScopesInTheEnvironment pastes the lines that are printed into the shell that serves.
func TestStoredCredentialsKeepTheirScopesInTheEnvironment(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)
	id, secret := createCredentials(t, "--db", path, "--scope", "read")
	s := start(t, environment(command.EnvClientID, id, command.EnvClientSecret, secret), "--db", path)
	s.signIn(id, secret)
	s.want(http.StatusOK, http.MethodGet, "/v2/accounts", "")
	s.want(http.StatusForbidden, http.MethodPost, "/v2/accounts", `{"data":{"type":"account","name":"acme"}}`)
	fill(t, path, func(svc *roster.Service) error { return svc.RevokeCredential(t.Context(), id) })
	s.want(http.StatusUnauthorized, http.MethodGet, "/v2/accounts", "")
	s.stop()

	other, _ := createCredentials(t, "--db", path)
	code, stdout, stderr := runHere(t, environment(command.EnvClientID, other, command.EnvClientSecret, "hush"), "serve", "--db", path, "--addr", "127.0.0.1:0")
	if code != 2 || stdout != "" || !oneLine(stderr) || !strings.Contains(stderr, command.EnvClientSecret) || strings.Contains(stderr, "hush") {
		t.Errorf("with another secret: exit %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}
