package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/membership"
)

// ran runs a command that is to end with an exit status, and to say some words.
func ran(t *testing.T, status int, says []string, args ...string) (stdout string) {
	t.Helper()
	code, stdout, stderr := runHere(t, environment(), args...)
	if code != status {
		t.Errorf("roster %v: exit %d, want %d\n%s%s", args, code, status, stdout, stderr)
	}
	for _, word := range says {
		if !strings.Contains(stdout+stderr, word) {
			t.Errorf("roster %v does not say %q\n%s%s", args, word, stdout, stderr)
		}
	}
	return stdout
}

// withAcme is a database with an account, a member and their membership.
func withAcme(t *testing.T) string {
	t.Helper()
	path := newDatabase(t)
	fill(t, path, func(svc *roster.Service) error {
		acme, err := svc.CreateAccount(t.Context(), membership.Account{Name: "Acme\x1b[31m"})
		if err != nil {
			return err
		}
		ron, err := svc.CreateMember(t.Context(), membership.Member{Name: "Ron"})
		if err != nil {
			return err
		}
		_, err = svc.Add(t.Context(), acme.ID, ron.ID)
		return err
	})
	return path
}

// spoil changes a database behind roster's back.
func spoil(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func TestABackupIsRestored(t *testing.T) {
	t.Parallel()
	path := withAcme(t)
	dir := filepath.Dir(path)
	backup, restored := filepath.Join(dir, "backup.db"), filepath.Join(dir, "restored.db")

	ran(t, exit.OK, []string{"backed up " + path, "1 membership, changes up to 3", "verified"}, "backup", "--db", path, "--to", backup)
	ran(t, exit.Failed, []string{backup, "left alone"}, "backup", "--db", path, "--to", backup)
	ran(t, exit.OK, []string{"restored " + restored, "checked"}, "restore", backup, "--db", restored)
	ran(t, exit.Failed, []string{restored, "--force"}, "restore", backup, "--db", restored)
	ran(t, exit.OK, []string{"restored"}, "restore", backup, "--db", restored, "--force")
	if export(t, path) != export(t, restored) {
		t.Error("what was restored is not what was backed up")
	}
	for _, file := range []string{backup, restored} {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("others may read %s: %v, %v", file, info.Mode(), err)
		}
	}
}

func TestABackupGoesThroughAPipe(t *testing.T) {
	t.Parallel()
	path := withAcme(t)
	stdout := ran(t, exit.OK, []string{"verified"}, "backup", "--db", path, "--to", "-")
	piped := filepath.Join(t.TempDir(), "piped.db")
	if err := os.WriteFile(piped, []byte(stdout), 0o600); err != nil {
		t.Fatal(err)
	}
	ran(t, exit.OK, []string{"nothing is wrong"}, "check", "--db", piped)

	var stderr bytes.Buffer
	if code := run(t.Context(), []string{"backup", "--db", path, "--to", "-"}, environment(), nil, brokenWriter{}, &stderr); code != exit.Failed {
		t.Errorf("into a pipe that nobody reads: exit %d, %s", code, stderr.String())
	}
}

func TestADatabaseInUseIsNotOverwritten(t *testing.T) {
	t.Parallel()
	path := withAcme(t)
	backup := filepath.Join(t.TempDir(), "backup.db")
	ran(t, exit.OK, nil, "backup", "--db", path, "--to", backup)
	s := start(t, ownCredentials, "--db", path)
	ran(t, exit.Failed, []string{path, "in use", "stop"}, "restore", backup, "--db", path, "--force")
	s.stop()
	ran(t, exit.OK, nil, "restore", backup, "--db", path, "--force")
}

func TestCheckSaysWhatIsWrongAndRepairsCounters(t *testing.T) {
	t.Parallel()
	path := withAcme(t)
	ran(t, exit.OK, []string{"checked in full", "nothing is wrong"}, "check", "--db", path)
	ran(t, exit.OK, []string{"checked quickly"}, "check", "--db", path, "--quick")

	spoil(t, path, "UPDATE roster_accounts SET membership_count = 7")
	stdout := ran(t, exit.Faults, []string{"1 finding"}, "check", "--db", path, "--output", "json")
	var told struct {
		Sound    bool `json:"sound"`
		Findings []struct {
			Kind  string `json:"kind"`
			Count int    `json:"count"`
		} `json:"findings"`
	}
	if err := json.Unmarshal([]byte(stdout), &told); err != nil || told.Sound || len(told.Findings) != 1 || told.Findings[0].Kind != "counter" || told.Findings[0].Count != 1 {
		t.Errorf("it tells %s, %v", stdout, err)
	}
	ran(t, exit.Faults, []string{"counter"}, "backup", "--db", path, "--to", filepath.Join(t.TempDir(), "wrong.db"))
	ran(t, exit.OK, []string{"repaired: 1"}, "check", "--db", path, "--repair")
	ran(t, exit.OK, []string{"nothing is wrong"}, "check", "--db", path)
	ran(t, exit.Usage, []string{"--quick", "--repair"}, "check", "--db", path, "--repair", "--quick")
}

func TestStatsCountAndShowNoEscapeSequence(t *testing.T) {
	t.Parallel()
	path := withAcme(t)
	text := ran(t, exit.OK, []string{"accounts", "1 of them without a parent", "large account", "busy member", "schema version"}, "stats", "--db", path)
	if strings.Contains(text, "\x1b") {
		t.Errorf("a name reaches the terminal raw: %q", text)
	}
	var told struct {
		Accounts    int   `json:"accounts"`
		Members     int   `json:"account_members"`
		Memberships int   `json:"account_memberships"`
		LastChange  int64 `json:"last_change"`
	}
	text = ran(t, exit.OK, nil, "stats", "--db", path, "-o", "json")
	if err := json.Unmarshal([]byte(text), &told); err != nil || told.Accounts != 1 || told.Members != 1 || told.Memberships != 1 || told.LastChange != 3 {
		t.Errorf("it tells %s, %v", text, err)
	}
}

func TestMigrateStatusTellsWhatADatabaseLacks(t *testing.T) {
	t.Parallel()
	path := withAcme(t)
	ran(t, exit.OK, []string{"00001_roster.sql", "yes"}, "migrate", "status", "--db", path)
	ran(t, exit.OK, []string{"schema version"}, "migrate", "up", "--db", path)

	newer := withAcme(t)
	makeNewer(t, newer)
	ran(t, exit.Failed, []string{"newer", "9999"}, "migrate", "status", "--db", newer)
	ran(t, exit.Failed, []string{"newer", "9999"}, "migrate", "up", "--db", newer)
}

// The commands about files answer with one line to what they cannot do.
func TestOperatingOnWhatIsNoDatabaseIsOneClearLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text, missing, empty := filepath.Join(dir, "text.db"), filepath.Join(dir, "missing.db"), filepath.Join(dir, "empty.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("this is no database\n", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	const server = "postgres://u:hush@localhost/x"
	to := filepath.Join(dir, "to.db")
	for _, c := range []struct {
		code int
		says string
		args []string
	}{
		{exit.Usage, "--to", []string{"backup", "--db", text}},
		{exit.Failed, text, []string{"backup", "--db", text, "--to", to}},
		{exit.Failed, missing, []string{"backup", "--db", missing, "--to", to}},
		{exit.Usage, "pg_dump", []string{"backup", "--db", server, "--to", to}},
		{exit.Failed, filepath.Join("nowhere", "to.db"), []string{"backup", "--db", withAcme(t), "--to", filepath.Join(dir, "nowhere", "to.db")}},
		{exit.Usage, "file", []string{"restore"}},
		{exit.Failed, text, []string{"restore", text, "--db", to}},
		{exit.Failed, empty, []string{"restore", empty, "--db", to}},
		{exit.Failed, missing, []string{"restore", missing, "--db", to}},
		{exit.Usage, "pg_restore", []string{"restore", text, "--db", server}},
		{exit.Failed, text, []string{"check", "--db", text}},
		{exit.Failed, empty, []string{"check", "--db", empty}},
		{exit.Failed, missing, []string{"check", "--db", missing}},
		{exit.Usage, "SQLite", []string{"check", "--db", server}},
		{exit.Failed, missing, []string{"stats", "--db", missing}},
		{exit.Usage, "json", []string{"stats", "--db", text, "--output", "xml"}},
		{exit.Failed, text, []string{"migrate", "status", "--db", text}},
		{exit.Failed, missing, []string{"migrate", "up", "--db", missing}},
		{exit.Failed, missing, []string{"export", "--db", missing}},
		{exit.Usage, "xml", []string{"export", "--format", "xml"}},
		{exit.Usage, "people", []string{"export", "--type", "people"}},
		{exit.Failed, "left alone", []string{"export", "--db", withAcme(t), "--to", text}},
		{exit.Usage, "which files", []string{"import"}},
		{exit.Failed, missing, []string{"import", "--db", to, missing}},
		{exit.Failed, "directory", []string{"import", "--db", to, dir}},
		{exit.Usage, "--on-conflict", []string{"import", "--on-conflict", "win", text}},
		{exit.Usage, "--match", []string{"import", "--match", "name", text}},
		{exit.Usage, "once", []string{"import", "-", "-"}},
	} {
		code, stdout, stderr := runHere(t, environment(), c.args...)
		if code != c.code || stdout != "" || !oneLine(stderr) || !strings.Contains(stderr, c.says) || strings.Contains(stderr, "hush") {
			t.Errorf("roster %v: exit %d instead of %d, %q, stderr %q without %q", c.args, code, c.code, stdout, stderr, c.says)
		}
	}
	if _, err := os.Stat(to); !os.IsNotExist(err) {
		t.Errorf("something was left in %s: %v", to, err)
	}
}
