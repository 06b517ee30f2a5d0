package main

import (
	"database/sql"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/cmd/roster/internal/command"
)

func TestBadStartIsOneClearLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	busy := busyPort(t)
	text := filepath.Join(dir, "text.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("this is no database\n", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	newer := filepath.Join(dir, "newer.db")
	fill(t, newer, func(*roster.Service) error { return nil })
	makeNewer(t, newer)

	empty := filepath.Join(dir, "empty.db")
	fill(t, empty, func(*roster.Service) error { return nil })

	none := environment()
	for _, c := range []struct {
		name string
		env  func(string) string
		args []string
		code int
		says []string
	}{
		{"no command", none, nil, 2, []string{"command is missing", "serve"}},
		{"unknown command", none, []string{"sevre"}, 2, []string{`"sevre"`, "serve"}},
		{"unknown flag", none, []string{"serve", "--prot", "1"}, 2, []string{"-prot", "serve -h"}},
		{"flag without a value", none, []string{"serve", "--addr"}, 2, []string{"-addr", "serve -h"}},
		{"surplus argument", none, []string{"serve", "now"}, 2, []string{`"now"`}},
		{"unknown log format", none, []string{"serve", "--log-format", "xml"}, 2, []string{"xml", "json"}},
		{"two stores", none, []string{"serve", "--in-memory", "--db", "x.db"}, 2, []string{"--db", "--in-memory"}},
		{"empty database name", none, []string{"serve", "--db", ""}, 2, []string{"--db"}},
		{"database in memory", none, []string{"serve", "--db", ":memory:"}, 2, []string{"--in-memory"}},
		{"negative drain delay", none, []string{"serve", "--drain-delay", "-1s"}, 2, []string{"--drain-delay"}},
		{"negative drain timeout", none, []string{"serve", "--drain-timeout", "-1s"}, 2, []string{"--drain-timeout"}},
		{"negative age of changes", none, []string{"serve", "--changes-max-age", "-1h"}, 2, []string{"--changes-max-age", "-1h"}},
		{"age of changes that is none", none, []string{"serve", "--changes-max-age", "90d"}, 2, []string{"changes-max-age", "90d"}},
		{"negative number of changes", none, []string{"serve", "--changes-max-count", "-1"}, 2, []string{"--changes-max-count", "-1"}},
		{"age of changes in the environment", environment(command.EnvChangesMaxAge, "90d"), []string{"serve"}, 2, []string{command.EnvChangesMaxAge, "90d"}},
		{"number of changes in the environment", environment(command.EnvChangesMaxCount, "-5"), []string{"serve"}, 2, []string{"--changes-max-count", "-5"}},
		{"changes of a missing database", none, []string{"changes", "--db", filepath.Join(dir, "missing.db")}, 1, []string{"missing.db", "--db", "--server"}},
		{"unknown changes command", none, []string{"changes", "lst"}, 2, []string{`"lst"`, "did you mean list", "prune"}},
		{"prune nothing", none, []string{"changes", "prune"}, 2, []string{"--older-than", "--keep"}},
		{"prune nothing of a database", none, []string{"changes", "prune", "--db", empty}, 2, []string{"--older-than", "--keep"}},
		{"keep nothing", none, []string{"changes", "prune", "--keep", "0"}, 2, []string{"--keep", "last change"}},
		{"keep less than nothing", none, []string{"changes", "prune", "--keep", "-1", "--older-than", "1h"}, 2, []string{"--keep", "-1"}},
		{"keep words", none, []string{"changes", "prune", "--keep", "some"}, 2, []string{"-keep", "some", "changes prune -h"}},
		{"older than now", none, []string{"changes", "prune", "--older-than", "0s"}, 2, []string{"--older-than"}},
		{"older than the future", none, []string{"changes", "prune", "--older-than", "-1h", "--keep", "5"}, 2, []string{"--older-than", "-1h"}},
		{"surplus argument of prune", none, []string{"changes", "prune", "--keep", "1", "all"}, 2, []string{`"all"`}},
		{"prune no file", none, []string{"changes", "prune", "--keep", "1", "--db", ""}, 2, []string{"--db"}},
		{"prune a missing database", none, []string{"changes", "prune", "--keep", "1", "--db", filepath.Join(dir, "missing.db")}, 1, []string{"missing.db", "--db"}},
		{"prune no database", none, []string{"changes", "prune", "--keep", "1", "--db", text}, 1, []string{text, "database"}},
		{"base URL that is none", none, []string{"serve", "--base-url", "example.com"}, 2, []string{"--base-url", "https://"}},
		{"client id alone", environment(command.EnvClientID, "me"), []string{"serve"}, 2, []string{command.EnvClientID, command.EnvClientSecret}},
		{"client secret alone", environment(command.EnvClientSecret, "hush"), []string{"serve"}, 2, []string{command.EnvClientID, command.EnvClientSecret}},
		{"address without a port", none, []string{"serve", "--addr", "127.0.0.1"}, 2, []string{"--addr", "127.0.0.1:8080"}},
		{"port out of range", none, []string{"serve", "--addr", "127.0.0.1:99999"}, 2, []string{"--addr"}},
		{"all addresses, no credentials", none, []string{"serve", "--addr", ":0"}, 2, []string{command.EnvClientID, command.EnvClientSecret, "127.0.0.1"}},
		{"all IPv4 addresses, no credentials", none, []string{"serve", "--addr", "0.0.0.0:0"}, 2, []string{command.EnvClientID, "0.0.0.0:0"}},
		{"credentials alone", none, []string{"credentials"}, 2, []string{"create, list and revoke"}},
		{"unknown credentials command", none, []string{"credentials", "make"}, 2, []string{`"make"`, "create, list and revoke"}},
		{"unknown scope", none, []string{"credentials", "create", "--scope", "read,admin"}, 2, []string{"scope", "read,write", "credentials create -h"}},
		{"scope of a list", none, []string{"credentials", "list", "--scope", "read"}, 2, []string{"-scope"}},
		{"surplus argument of a list", none, []string{"credentials", "list", "all"}, 2, []string{`"all"`}},
		{"revoke nobody", none, []string{"credentials", "revoke"}, 2, []string{"client id", "credentials list"}},
		{"revoke two", none, []string{"credentials", "revoke", "one", "two"}, 2, []string{`"two"`}},
		{"credentials in no file", none, []string{"credentials", "list", "--db", ""}, 2, []string{"--db"}},
		{"credentials of a missing database", none, []string{"credentials", "list", "--db", filepath.Join(dir, "missing.db")}, 1, []string{"missing.db", "--db"}},
		{"revoke in a missing database", none, []string{"credentials", "revoke", "me", "--db", filepath.Join(dir, "missing.db")}, 1, []string{"missing.db", "--db"}},
		{"credentials of no database", none, []string{"credentials", "list", "--db", text}, 1, []string{text, "database"}},
		{"unknown credentials", none, []string{"credentials", "revoke", "--db", empty, "nobody"}, 3, []string{`"nobody"`, empty, "credentials list"}},
		{"all addresses, no credentials in the database", none, []string{"serve", "--addr", "0.0.0.0:0", "--db", empty}, 2, []string{command.EnvClientID, "0.0.0.0:0", "roster credentials create --db " + empty}},
		{"all addresses, no credentials in memory", none, []string{"serve", "--addr", "0.0.0.0:0", "--in-memory"}, 2, []string{command.EnvClientID}},
		{"busy port", none, []string{"serve", "--in-memory", "--addr", busy}, 1, []string{busy, "in use"}},
		{"missing directory", none, []string{"serve", "--addr", "127.0.0.1:0", "--db", filepath.Join(dir, "missing", "roster.db")}, 1, []string{filepath.Join("missing", "roster.db")}},
		{"a directory", none, []string{"serve", "--addr", "127.0.0.1:0", "--db", dir}, 1, []string{dir}},
		{"no database", none, []string{"serve", "--addr", "127.0.0.1:0", "--db", text}, 1, []string{text, "database"}},
		{"newer schema", none, []string{"serve", "--addr", "127.0.0.1:0", "--db", newer}, 1, []string{newer, "newer", "9999"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := runHere(t, c.env, c.args...)
			if code != c.code || stdout != "" || !oneLine(stderr) || !strings.HasPrefix(stderr, "roster: ") {
				t.Errorf("exit %d instead of %d, stdout %q, stderr %q", code, c.code, stdout, stderr)
			}
			for _, word := range c.says {
				if !strings.Contains(stderr, word) {
					t.Errorf("stderr does not say %q: %q", word, stderr)
				}
			}
			if strings.Contains(stderr, "hush") {
				t.Errorf("stderr shows a secret: %q", stderr)
			}
			t.Log(strings.TrimSpace(stderr))
		})
	}
}

// busyPort is an address that somebody listens on until the test ends.
func busyPort(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	return ln.Addr().String()
}

// makeNewer lets a database look as if a later version of the program had migrated it.
func makeNewer(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "INSERT INTO roster_schema_version (version_id, is_applied) VALUES (9999, 1)"); err != nil {
		t.Fatal(err)
	}
}

func TestBusyPortLeavesNoDatabaseBehind(t *testing.T) {
	t.Parallel()
	busy := busyPort(t)
	path := newDatabase(t)
	if code, _, _ := runHere(t, environment(), "serve", "--db", path, "--addr", busy); code != 1 {
		t.Errorf("exit %d", code)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the database file exists: %v", err)
	}
}
