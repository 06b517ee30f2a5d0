package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/sqlitestore"
)

// customers are files with accounts, members and memberships, of which some are bad.
type customers struct {
	files    []string
	accounts int
	members  int
	good     int            // memberships
	bad      map[int]string // lines of memberships.csv that are refused, with the code
}

// newCustomers writes files: of the memberships, one of a hundred is bad if some are to be.
func newCustomers(t *testing.T, dir string, memberships int, someBad bool) customers {
	t.Helper()
	c := customers{accounts: max(memberships/500, 2), bad: map[int]string{}}
	c.members = max(c.accounts*25, 500)
	table := func(name string, lines func(w io.Writer)) {
		path := filepath.Join(dir, name)
		var text bytes.Buffer
		lines(&text)
		if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		c.files = append(c.files, path)
	}
	const at = "2026-01-02T03:04:05Z"
	table("accounts.csv", func(w io.Writer) {
		fmt.Fprintln(w, "external_ref,name,created_at")
		for i := range c.accounts {
			fmt.Fprintf(w, "shop-%d,Shop %d,%s\n", i, i, at)
		}
	})
	table("members.csv", func(w io.Writer) {
		fmt.Fprintln(w, "email,name,created_at")
		for i := range c.members {
			fmt.Fprintf(w, "m%d@example.com,Member %d,%s\n", i, i, at)
		}
	})
	table("memberships.csv", func(w io.Writer) {
		fmt.Fprintln(w, "account_external_ref,email,created_at")
		for i := range memberships {
			// The i-th pair: each account has 500 different members of those that there are.
			account, member := i%c.accounts, (i/c.accounts+i%c.accounts*7)%c.members
			line := fmt.Sprintf("shop-%d,m%d@example.com,%s", account, member, at)
			if someBad && i%100 == 37 {
				var code string
				line, code = badRow(i/100, account, member, at)
				c.bad[i+2] = code // the header is line 1
			} else {
				c.good++
			}
			fmt.Fprintln(w, line)
		}
	})
	return c
}

// badRow is one of several kinds of rows that must be refused.
func badRow(n, account, member int, at string) (line, code string) {
	switch n % 5 {
	case 0:
		return fmt.Sprintf("nowhere-%d,m%d@example.com,%s", account, member, at), "account_not_found"
	case 1:
		return fmt.Sprintf("shop-%d,nobody%d@example.com,%s", account, member, at), "member_not_found"
	case 2:
		return fmt.Sprintf("shop-%d,m%d@example.com,%s,more", account, member, at), "malformed_row"
	case 3:
		return fmt.Sprintf("shop-%d,m%d@example.com,yesterday", account, member), "invalid_field"
	default:
		return fmt.Sprintf("shop-%d,,%s", account, at), "invalid_field"
	}
}

// refusedRow is a line of a report about refused rows.
type refusedRow struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Code   string `json:"code"`
	Reason string `json:"reason"`
	Row    string `json:"row"`
}

// importReport is what an import tells programs.
type importReport struct {
	Created int `json:"created"`
	Refused int `json:"refused"`
}

// refusedLines reads a report: the lines of memberships.csv that it names, with their codes.
func refusedLines(t *testing.T, report string) map[int]string {
	t.Helper()
	text, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	lines := map[int]string{}
	for line := range bytes.Lines(text) {
		var r refusedRow
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		if filepath.Base(r.File) != "memberships.csv" || r.Reason == "" || r.Row == "" || lines[r.Line] != "" {
			t.Errorf("an unexpected line in the report: %s", line)
		}
		lines[r.Line] = r.Code
	}
	return lines
}

func (c customers) assertReport(t *testing.T, report string) {
	t.Helper()
	told := refusedLines(t, report)
	for line, code := range c.bad {
		if told[line] != code {
			t.Errorf("line %d is refused with %q, want %q", line, told[line], code)
		}
	}
	if len(told) != len(c.bad) {
		t.Errorf("%d lines are refused, %d are bad", len(told), len(c.bad))
	}
}

func (c customers) assertDatabase(t *testing.T, database string) {
	t.Helper()
	s, err := sqlitestore.Stats(t.Context(), database)
	if err != nil || s.Accounts != c.accounts || s.Members != c.members || s.Memberships != c.good {
		t.Errorf("it has %d accounts, %d members, %d memberships, want %d, %d, %d; %v", s.Accounts, s.Members, s.Memberships, c.accounts, c.members, c.good, err)
	}
	if code, stdout, stderr := runHere(t, environment(), "check", "--db", database); code != exit.OK {
		t.Errorf("check: exit %d\n%s%s", code, stdout, stderr)
	}
}

// importedRows is how many memberships the tests import.
func importedRows() int {
	if testing.Short() {
		return 5_000
	}
	return 100_000 / raceCost
}

func TestExactlyTheGoodRowsAreImportedAndTheReportNamesEachBadOne(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := newCustomers(t, dir, importedRows(), true)
	database, report := filepath.Join(dir, "roster.db"), filepath.Join(dir, "refused.ndjson")
	args := append([]string{"import", "--db", database, "--report", report}, c.files...)

	code, stdout, stderr := runHere(t, environment(), append(args, "--dry-run")...)
	if code != exit.Faults || !strings.Contains(stdout, "dry run: nothing was changed") {
		t.Errorf("a dry run: exit %d\n%s%s", code, stdout, stderr)
	}
	c.assertReport(t, report)
	if _, err := os.Stat(database); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the dry run has made %s: %v", database, err)
	}

	code, stdout, stderr = runHere(t, environment(), append(args, "--output", "json")...)
	if code != exit.Faults || !strings.Contains(stderr, report) {
		t.Errorf("exit %d: %s", code, stderr)
	}
	var told importReport
	if err := json.Unmarshal([]byte(stdout), &told); err != nil || told.Created != c.accounts+c.members+c.good || told.Refused != len(c.bad) {
		t.Errorf("it tells %s, %v", stdout, err)
	}
	c.assertReport(t, report)
	c.assertDatabase(t, database)
}

func TestAnImportThatIsKilledIsFinishedByRunningItAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := newCustomers(t, dir, importedRows(), true)

	whole := filepath.Join(dir, "whole.db")
	if code, _, stderr := runHere(t, environment(), append([]string{"import", "--db", whole}, c.files...)...); code != exit.Faults {
		t.Fatalf("exit %d: %s", code, stderr)
	}

	killed := filepath.Join(dir, "killed.db")
	for _, share := range []int{5, 35, 60} {
		importUntilKilled(t, killed, c, c.good*share/100)
	}
	report := filepath.Join(dir, "refused.ndjson")
	code, _, stderr := runHere(t, environment(), append([]string{"import", "--db", killed, "--report", report}, c.files...)...)
	if code != exit.Faults {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	c.assertReport(t, report)
	c.assertDatabase(t, killed)
	if export(t, whole) != export(t, killed) {
		t.Error("what was imported in four goes is not what was imported in one")
	}
}

// importUntilKilled imports in a process of its own, which is killed once there are so many memberships.
func importUntilKilled(t *testing.T, database string, c customers, memberships int) {
	t.Helper()
	path := servertest.Program(t)
	process := exec.Command(path, append([]string{"import", "--db", database}, c.files...)...)
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = process.Wait()
	}()
	for {
		s, err := sqlitestore.Stats(t.Context(), database)
		if err == nil && s.Memberships >= memberships {
			break
		}
		select {
		case <-ended:
			t.Fatalf("the import ended before it was killed, with %d memberships, %v", s.Memberships, err)
		default:
		}
	}
	_ = process.Process.Kill()
	<-ended
	if process.ProcessState.Success() {
		t.Error("the import came to its end")
	}
}

// export is everything in a database, as text.
func export(t *testing.T, database string) string {
	t.Helper()
	code, stdout, stderr := runHere(t, environment(), "export", "--db", database)
	if code != exit.OK {
		t.Fatalf("export: exit %d: %s", code, stderr)
	}
	return stdout
}

func TestExportImportedAndExportedAgainIsTheSame(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"ndjson", "csv"} {
		dir := t.TempDir()
		c := newCustomers(t, dir, 1000, false)
		first, second := filepath.Join(dir, "first.db"), filepath.Join(dir, "second.db")
		before, after := filepath.Join(dir, "before."+format), filepath.Join(dir, "after."+format)
		for _, args := range [][]string{
			append([]string{"import", "--db", first}, c.files...),
			{"export", "--db", first, "--to", before},
			{"import", "--db", second, before},
			{"export", "--db", second, "--to", after},
		} {
			if code, _, stderr := runHere(t, environment(), args...); code != exit.OK {
				t.Fatalf("roster %v: exit %d: %s", args, code, stderr)
			}
		}
		a, errA := os.ReadFile(before)
		b, errB := os.ReadFile(after)
		if err := errors.Join(errA, errB); err != nil || len(a) == 0 || !bytes.Equal(a, b) {
			t.Errorf("%s: %d bytes before, %d after, %v", format, len(a), len(b), err)
		}
		if info, err := os.Stat(before); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("others may read the export: %v, %v", info.Mode(), err)
		}
	}
}

func TestStandardInputIsImportedAndNothingOfItIsLeft(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir) // which is why this test is not parallel
	var stdout, stderr bytes.Buffer
	stdin := strings.NewReader(`{"type":"account","name":"Acme"}` + "\n" + `{"type":"account","name":""}` + "\n")
	code := run(t.Context(), []string{"import", "-", "--db", filepath.Join(dir, "roster.db")}, environment("USER", "ron"), stdin, &stdout, &stderr)
	if code != exit.Faults || !strings.Contains(stderr.String(), "standard input:2: ") {
		t.Errorf("exit %d: %s", code, stderr.String())
	}
	left, err := filepath.Glob(filepath.Join(dir, "roster-import-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestAnAtomicImportIsAllOrNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	database, file := filepath.Join(dir, "roster.db"), filepath.Join(dir, "rows.ndjson")
	if err := os.WriteFile(file, []byte(`{"type":"account","name":"Acme"}`+"\n"+`{"type":"account"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := runHere(t, environment(), "import", "--atomic", "--db", database, file)
	if code != exit.Faults || !strings.Contains(stderr, "nothing was imported: 1 of 2 rows refused") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	if s, err := sqlitestore.Stats(t.Context(), database); err != nil || s.Accounts != 0 {
		t.Errorf("there are %d accounts, %v", s.Accounts, err)
	}
}

func TestAReportCanBeATableThatNoSpreadsheetRuns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, report := filepath.Join(dir, "rows.csv"), filepath.Join(dir, "refused.csv")
	if err := os.WriteFile(file, []byte("type,name,parent_external_ref\naccount,Acme,\naccount,=1+1,nowhere\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	runHere(t, environment(), "import", "--db", filepath.Join(dir, "roster.db"), "--report", report, file)
	f, err := os.Open(report)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) != 2 || !slices.Equal(rows[0], []string{"file", "line", "type", "code", "field", "reason", "row"}) ||
		rows[1][1] != "3" || rows[1][3] != "account_not_found" {
		t.Errorf("the report is %q, %v", rows, err)
	}
	for _, cell := range rows[1] {
		if strings.HasPrefix(cell, "=") {
			t.Errorf("a spreadsheet would run %q", cell)
		}
	}
	if info, err := os.Stat(report); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read the report: %v, %v", info.Mode(), err)
	}
}

func TestAReportDoesNotTakeThePlaceOfAnInput(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, link := filepath.Join(dir, "rows.csv"), filepath.Join(dir, "link.csv")
	if err := errors.Join(os.WriteFile(file, []byte("type,name\naccount,Acme\n"), 0o600), os.Symlink(file, link)); err != nil {
		t.Fatal(err)
	}
	for _, report := range []string{file, link} {
		ran(t, exit.Usage, []string{"--report", report}, "import", "--db", filepath.Join(dir, "roster.db"), "--report", report, file)
	}
	if text, err := os.ReadFile(file); err != nil || len(text) == 0 {
		t.Errorf("the input is %q, %v", text, err)
	}
}
