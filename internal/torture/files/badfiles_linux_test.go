package files_test

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

// entries are the commands that open a database file, one of each way of opening it.
var entries = [][]string{
	{"serve", "--addr", "127.0.0.1:0"}, {"check"}, {"migrate", "status"}, {"account", "list"},
	{"backup", "--to", "backup.db"}, {"stats"}, {"export"},
}

// opened is what became of a database file that a command was given.
type opened struct {
	status  int
	stdout  string
	said    string // on standard error, without what tells of progress or is only informative
	changed []string
}

// open runs a command on roster.db in dir. A server that listens is stopped.
func open(t *testing.T, dir string, run func(dir string, args []string) *exec.Cmd, entry []string) opened {
	t.Helper()
	before := contents(t, dir)
	cmd := run(dir, append(slices.Clone(entry), "--db", "roster.db"))
	cmd.Env = append(cmd.Environ(), "ROSTER_CLIENT_ID="+servertest.ClientID, "ROSTER_CLIENT_SECRET="+servertest.ClientSecret)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if entry[0] == "serve" {
		cmd.Stdout = &stopper{buffer: &stdout, stop: func() { _ = cmd.Process.Signal(syscall.SIGTERM) }}
	}
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	o := opened{status: cmd.ProcessState.ExitCode(), stdout: stdout.String(), said: essential(stderr.String())}
	after := contents(t, dir)
	delete(after, "backup.db")
	for _, name := range slices.Sorted(maps.Keys(after)) {
		if was, ok := before[name]; !ok || was != after[name] {
			o.changed = append(o.changed, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if _, ok := after[name]; !ok {
			o.changed = append(o.changed, name+" (gone)")
		}
	}
	if strings.Contains(stderr.String(), "goroutine ") || strings.Contains(stderr.String(), "panic") {
		t.Errorf("%v: %s", entry, &stderr)
	}
	return o
}

// stopper ends a server when it says that it listens.
type stopper struct {
	buffer *bytes.Buffer // not embedded: its ReadFrom would go past Write
	stop   func()
	once   sync.Once
}

func (s *stopper) Write(p []byte) (int, error) {
	n, err := s.buffer.Write(p)
	if strings.Contains(s.buffer.String(), "roster listening on ") {
		s.once.Do(s.stop)
	}
	return n, err
}

// asNow runs the program as who runs the test.
func asNow(t *testing.T) func(dir string, args []string) *exec.Cmd {
	program := servertest.Program(t)
	return func(dir string, args []string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), program, args...)
		cmd.Dir = dir
		return cmd
	}
}

var (
	progress = regexp.MustCompile(`(?m)^(\r?exporting .*|\r?\s*|time=\S+ level=INFO .*)$\n?`)
	logTime  = regexp.MustCompile(`time=\S+ `)
	// What SQLite says depends on where the rows are, and they have other ids each time.
	details = regexp.MustCompile(`\((Tree|Page|row|Freelist|wrong|non-unique|NULL|TEXT|NUMERIC|unable|[0-9a-f]{8}-)[^()]*\)`)
	lengths = regexp.MustCompile(`it has \d+ bytes`)
	folders = regexp.MustCompile(`/\S*/(roster\.db)`)
	drafts  = regexp.MustCompile(`open \S+\.part`)
	ports   = regexp.MustCompile(`127\.0\.0\.1:\d+`)
)

func essential(stderr string) string {
	text := logTime.ReplaceAllString(progress.ReplaceAllString(stderr, ""), "")
	text = lengths.ReplaceAllString(details.ReplaceAllString(text, "(...)"), "it has N bytes")
	text = drafts.ReplaceAllString(text, "open .backup.db.N.part")
	return strings.TrimSpace(ports.ReplaceAllString(folders.ReplaceAllString(text, "$1"), "127.0.0.1:PORT"))
}

var foundLine = regexp.MustCompile(`(?m)^(damage|foreign_key|schema|counter|log|log_file)\s+\S+\s+(.*)$`)

// line is what the golden file says of a command.
func (o opened) line(entry []string, wholeExport string) string {
	text := fmt.Sprintf("%-14s exit %d", strings.Join(entry[:min(2, len(entry))], " "), o.status)
	if entry[len(entry)-1] != "status" && entry[0] != "account" {
		text = fmt.Sprintf("%-14s exit %d", entry[0], o.status)
	}
	switch {
	case entry[0] == "serve" && o.stdout != "":
		text += ", it listens"
	case entry[0] == "export" && o.status == 0 && o.stdout == wholeExport:
		text += ", all rows are there"
	case entry[0] == "export" && o.status == 0:
		text += ", NOT THE ROWS THAT WERE ACKNOWLEDGED"
	}
	if len(o.changed) > 0 {
		text += ", changed: " + strings.Join(o.changed, ", ")
	}
	for _, m := range foundLine.FindAllStringSubmatch(o.stdout, -1) {
		if entry[0] == "check" {
			text += "\n    " + m[1] + ": " + m[2]
		}
	}
	for line := range strings.SplitSeq(o.said, "\n") {
		if line != "" {
			text += "\n    " + line
		}
	}
	return text + "\n"
}

// TestABadFileIsRefusedWithAClearLine opens every kind of bad file with every command, and compares with the golden file what
// each of them says, how it ends, and what it does to the files.
func TestABadFileIsRefusedWithAClearLine(t *testing.T) {
	t.Parallel()
	w := newWorlds(t)
	kinds := badKinds(w)
	text := make([]string, len(kinds))
	refused := make([]int, len(kinds))
	for i, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			text[i], refused[i] = kind.openWithAll(t, w)
		})
	}
	t.Cleanup(func() { // when all of them have ended
		if t.Failed() {
			return
		}
		compareGolden(t, "badfiles.txt", strings.Join(text, "\n"))
		sum := 0
		for _, n := range refused {
			sum += n
		}
		torture.Report(t, torture.Result{Part: torture.BadFiles,
			Promise: "What is no sound database of roster's is refused with a line that says what to do, and is left as it was",
			Method:  "every kind of bad file, opened with " + fmt.Sprint(len(entries)) + " commands of the program", Rounds: len(kinds) * len(entries),
			Measured: fmt.Sprintf("%d kinds, %d times refused; each line is in badfiles.txt", len(kinds), sum)})
	})
}

func (k badKind) openWithAll(t *testing.T, w *worlds) (text string, refused int) {
	t.Helper()
	run := asNow(t)
	if k.run != nil {
		run = k.run(t)
	}
	text = "== " + k.name + "\n"
	for _, entry := range entries {
		dir := t.TempDir()
		k.make(t, dir)
		o := open(t, dir, run, entry)
		if o.status != 0 && o.status != 4 {
			refused++
			// What SQLite has to make beside a file that it may only read has nothing in it but an index.
			o.changed = slices.DeleteFunc(o.changed, func(name string) bool { return name == "roster.db-shm" || name == "roster.db-wal" && !k.hasLog })
			if len(o.changed) > 0 || strings.Count(o.said, "\n") > 0 {
				t.Errorf("%v: it refuses with %q, and has changed %v", entry, o.said, o.changed)
			}
		}
		text += o.line(entry, cmp.Or(k.rows, w.export))
	}
	return text, refused
}

// compareGolden compares a text with a file of testdata. Why without Fatal: in a clean-up, that loses what it says.
func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Error(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
	}
	if got == string(want) {
		return
	}
	t.Errorf("%s is not true; if what follows is meant: go test ./internal/torture/files -run BadFile -update", path)
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range min(len(gotLines), len(wantLines)) {
		if gotLines[i] != wantLines[i] {
			t.Errorf("line %d:\n got %s\nwant %s", i+1, gotLines[i], wantLines[i])
			return
		}
	}
	t.Errorf("it has %d lines instead of %d", len(gotLines), len(wantLines))
}

// TestTheMessagesAboutBadFilesAreDocumented compares the golden file with the table in docs/operating.md: every message has a
// row, and every row a message.
func TestTheMessagesAboutBadFilesAreDocumented(t *testing.T) {
	t.Parallel()
	golden, err := os.ReadFile(filepath.Join("testdata", "badfiles.txt"))
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "operating.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(page), "\n## A file that is not opened\n")
	if !ok {
		t.Fatal("docs/operating.md has no such section")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var rows []*regexp.Regexp
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(section, -1) {
		rows = append(rows, regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(m[1]), `\.\.\.`, `.*`)))
	}
	used := make([]bool, len(rows))
	for line := range strings.SplitSeq(string(golden), "\n") {
		line, isMessage := strings.CutPrefix(line, "    ")
		if !isMessage {
			continue
		}
		documented := strings.HasPrefix(line, "roster: there is something wrong in") // which the section "Check" is about
		for i, row := range rows {
			if row.MatchString(line) {
				documented, used[i] = true, true
			}
		}
		isFinding := foundLine.MatchString(strings.Replace(line, ":", " 1", 1))
		if !documented && !isFinding {
			t.Errorf("docs/operating.md does not say what to do about %q", line)
		}
	}
	for i, row := range rows {
		if !used[i] {
			t.Errorf("nothing says %q, which docs/operating.md explains", row)
		}
	}
}

// badKind is a way in which a database file may be bad.
type badKind struct {
	name string
	make func(t *testing.T, dir string)
	rows string // what an export says of it, where it is none of the sound file's

	hasLog bool
	run    func(t *testing.T) func(dir string, args []string) *exec.Cmd // nil is asNow
}

func withMode(t *testing.T, path string, mode fs.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}
