package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roster-go/roster/cmd/roster/internal/command"
)

// fileWith makes a file in a directory of its own.
func fileWith(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestServeReadsAConfigurationFile(t *testing.T) {
	t.Parallel()
	file := fileWith(t, "roster.yaml", "in-memory: true\nbase-url: https://file.example.com\nclient-id: filed\nclient-secret: in a file\nlog-format: json\n")
	s := start(t, environment(command.EnvConfig, file, "ROSTER_LOG_FORMAT", "text"))
	s.signIn("filed", "in a file")
	account := s.createAccount("acme")
	if self := s.want(http.StatusOK, http.MethodGet, "/v2/accounts/"+account, "").At("links", "self"); self != "https://file.example.com/v2/accounts/"+account {
		t.Errorf("self is %v", self)
	}
	s.stop()
	if log := s.stderr.String(); !strings.Contains(log, "msg=listening") || strings.Contains(log, "in a file") {
		t.Errorf("the log is not the one that the environment asked for, or shows a secret:\n%s", log)
	}
}

func TestCredentialsMayComeFromFiles(t *testing.T) {
	t.Parallel()
	id, secret := fileWith(t, "id", "service\n"), fileWith(t, "secret", "kept elsewhere\r\n")
	s := start(t, environment("ROSTER_CLIENT_ID_FILE", id, command.EnvClientSecret, "of the environment"), "--in-memory", "--client-secret-file", secret)
	s.signIn("service", "kept elsewhere") // the command line wins over the environment
	if text := s.stdout.String(); !oneLine(text) {
		t.Errorf("it made credentials although it has some:\n%s", text)
	}
}

func TestAConfigurationThatCannotBeIsOneClearLine(t *testing.T) {
	t.Parallel()
	unknown := fileWith(t, "unknown.yaml", "# ours\naddrr: 127.0.0.1:0\n")
	wrong := fileWith(t, "wrong.yaml", "client-secret: 123456789012\n")
	both := fileWith(t, "both.yaml", "db: a.db\nin-memory: true\n")
	empty, lines := fileWith(t, "empty", "\n"), fileWith(t, "lines", "one\ntwo\n")
	here := filepath.Dir(unknown)
	none := environment()
	for _, c := range []struct {
		name string
		env  func(string) string
		args []string
		code int
		says []string
	}{
		{"unknown key", none, []string{"--config", unknown}, 2, []string{unknown + ":2:", `"addrr" is not known`}},
		{"wrong type", environment(command.EnvConfig, wrong), nil, 2, []string{wrong + ":1:", "client-secret must be a text"}},
		{"no such file", none, []string{"--config", filepath.Join(here, "none.yaml")}, 2, []string{"none.yaml"}},
		{"two stores in one file", none, []string{"--config", both}, 2, []string{"--db", "--in-memory"}},
		{"a variable of the wrong type", environment("ROSTER_LOG_REQUESTS", "perhaps"), nil, 2, []string{"ROSTER_LOG_REQUESTS", "perhaps", "--log-requests"}},
		{"a secret twice", environment(command.EnvClientID, "me", command.EnvClientSecret, "hush", "ROSTER_CLIENT_SECRET_FILE", lines), nil, 2, []string{"ROSTER_CLIENT_SECRET and ROSTER_CLIENT_SECRET_FILE exclude each other"}},
		{"a secret file alone", none, []string{"--client-secret-file", lines}, 2, []string{command.EnvClientID, command.EnvClientSecret}},
		{"an empty secret", environment(command.EnvClientID, "me"), []string{"--client-secret-file", empty}, 2, []string{"--client-secret-file", empty, "one line"}},
		{"a secret of two lines", environment(command.EnvClientID, "me"), []string{"--client-secret-file", lines}, 2, []string{"--client-secret-file", "one line"}},
		{"a secret that is not there", environment(command.EnvClientID, "me"), []string{"--client-secret-file", filepath.Join(here, "none")}, 2, []string{"--client-secret-file"}},
		{"a secret on the command line", none, []string{"--client-secret", "hush"}, 2, []string{"unknown flag"}},
		{"certificate alone", none, []string{"--tls-cert", lines}, 2, []string{"--tls-cert", "--tls-key"}},
		{"no certificate", none, []string{"--tls-cert", lines, "--tls-key", lines}, 1, []string{lines + " holds no certificate"}},
		{"no such certificate", none, []string{"--tls-cert", filepath.Join(here, "none.pem"), "--tls-key", lines}, 1, []string{"none.pem"}},
		{"negative timeout", none, []string{"--read-timeout", "-1s"}, 2, []string{"--read-timeout", "-1s"}},
		{"no body at all", none, []string{"--max-body-bytes", "0"}, 2, []string{"--max-body-bytes"}},
		{"no head at all", none, []string{"--max-header-bytes", "0"}, 2, []string{"--max-header-bytes"}},
		{"no account", none, []string{"--account-limit", "0"}, 2, []string{"--account-limit", "-1"}},
		{"a token that ends at once", none, []string{"--token-life", "1ms"}, 2, []string{"--token-life"}},
		{"half synchronous", none, []string{"--synchronous", "half"}, 2, []string{"--synchronous", "normal"}},
		{"a proxy that is none", none, []string{"--trusted-proxies", "10.0.0.0/8,proxy.example.com"}, 2, []string{"proxy.example.com", "10.0.0.0/8"}},
		{"a host that is none", none, []string{"--allowed-hosts", "https://example.com"}, 2, []string{"https://example.com"}},
		{"a level that is none", none, []string{"--log-level", "loud"}, 2, []string{"loud", "debug"}},
		{"permissions that are none", none, []string{"--socket-mode", "u+w"}, 2, []string{"socket-mode", "0660"}},
		{"a socket without a path", none, []string{"--addr", "unix:"}, 2, []string{"--addr", "unix:/run/roster"}},
		{"a socket without permissions", none, []string{"--addr", "unix:@roster"}, 2, []string{"--addr"}},
		{"metrics nowhere", none, []string{"--addr", "127.0.0.1:0", "--metrics-addr", "127.0.0.1"}, 2, []string{"--metrics-addr"}},
		{"metrics where somebody is", none, []string{"--addr", "127.0.0.1:0", "--metrics-addr", busyPort(t)}, 1, []string{"in use", "--metrics-addr"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := runHere(t, c.env, append([]string{"serve"}, c.args...)...)
			if code != c.code || stdout != "" || !oneLine(stderr) || strings.Contains(stderr, "hush") || strings.Contains(stderr, "123456789012") {
				t.Errorf("exit %d instead of %d, stdout %q, stderr %q", code, c.code, stdout, stderr)
			}
			for _, word := range c.says {
				if !strings.Contains(stderr, word) {
					t.Errorf("stderr does not say %q: %q", word, stderr)
				}
			}
			t.Log(strings.TrimSpace(stderr))
		})
	}
}

func TestPrintedConfigurationMasksSecretsAndIsOne(t *testing.T) {
	t.Parallel()
	file := fileWith(t, "roster.yaml", "log-level: debug\nin-memory: true\n")
	env := environment(command.EnvClientID, "me", command.EnvClientSecret, "hush", command.EnvDB, "postgres://roster:hush@db/app", command.EnvConfig, file)
	code, stdout, stderr := runHere(t, env, "serve", "--print-config", "--addr", "10.1.2.3:80", "--allowed-hosts", "a.example.com,b.example.com", "--tls-cert", "none.pem", "--tls-key", "none.pem")
	if code != 0 || stderr != "" || strings.Contains(stdout, "hush") {
		t.Fatalf("exit %d, stderr %q, stdout\n%s", code, stderr, stdout)
	}
	for _, line := range []string{
		"addr: 10.1.2.3:80 # flag",
		"allowed-hosts: [a.example.com, b.example.com] # flag",
		"client-id: me # environment, ROSTER_CLIENT_ID",
		"# client-secret: xxxxx # environment, ROSTER_CLIENT_SECRET",
		"# db: postgres://roster:xxxxx@db/app # environment, ROSTER_DB",
		"in-memory: false # file, ",
		"log-level: debug # file, ",
		`socket-mode: "0600" # default`,
	} {
		if !strings.Contains(stdout, "\n"+line) && !strings.HasPrefix(stdout, line) {
			t.Errorf("%q is missing:\n%s", line, stdout)
		}
	}
	printed := fileWith(t, "printed.yaml", stdout)
	code, again, stderr := runHere(t, environment(command.EnvClientSecret, "hush"), "serve", "--print-config", "--config", printed)
	if code != 0 || !strings.Contains(again, "addr: 10.1.2.3:80 # file, ") {
		t.Errorf("what it printed is no configuration: exit %d, %s\n%s", code, stderr, again)
	}
	for _, secret := range []string{"--in-memory", "--db"} {
		args := []string{"serve", "--print-config", secret}
		if secret == "--db" {
			args = append(args, "other.db")
		}
		_, stdout, _ := runHere(t, environment(), args...)
		if code, _, stderr := runHere(t, environment(), "serve", "--print-config", "--config", fileWith(t, "printed.yaml", stdout)); code != 0 {
			t.Errorf("%v: %s", args, stderr)
		}
	}
}

func TestAMisspeltVariableIsAWarning(t *testing.T) {
	t.Parallel()
	t.Run("process", func(t *testing.T) {
		t.Parallel()
		s, _ := startProcessWith(t, []string{"ROSTER_LOG_FROMAT=json", command.EnvDB + "=" + newDatabase(t), "ROSTER_TOKEN=hush"}, "--addr", "127.0.0.1:0")
		s.waitForLog(`(msg=listening)`) // which stands behind the warnings
		log := s.stderr.String()
		if !strings.Contains(log, "the variable ROSTER_LOG_FROMAT means nothing to roster serve: did you mean ROSTER_LOG_FORMAT?") ||
			strings.Contains(log, "ROSTER_TOKEN") || strings.Contains(log, "hush") {
			t.Errorf("%s", log)
		}
	})
}
