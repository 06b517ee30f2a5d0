package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/cmd/roster/internal/api"
	"github.com/roster-go/roster/membership"
)

// row reads a row that a test spells.
func row(t *testing.T, text string) api.Row {
	t.Helper()
	r, err := api.ParseRow([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTextsDoNothingToATerminal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, shown string }{
		{"plain ü 日本 👍", "plain ü 日本 👍"},
		{"\x1b[31mred\x1b[0m", `\x1b[31mred\x1b[0m`},
		{"two\nlines\tand a tab\r", `two\nlines\tand a tab\x0d`},
		{"\u009b31m", `\x9b31m`},
		{"\x7f", `\x7f`},
		{"evil\u202egnp.exe", `evil\u202egnp.exe`},
		{"\u2028\u2066", `\u2028\u2066`},
		{"\xff\xfe", `\xff\xfe`},
		{"\ufffd", "\ufffd"},
		{`C:\new`, `C:\new`},
	} {
		if got := printable(c.text); got != c.shown {
			t.Errorf("%q is shown as %q instead of %q", c.text, got, c.shown)
		}
	}
}

func TestTextsOfJSONDoNothingToATerminalAndMeanTheSame(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"\u009b31m", "\x7f", "\u202e", "\u2028", "日本 👍", `\u1234`} {
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		shown := plainJSON(quoted)
		var back string
		if err := json.Unmarshal(shown, &back); err != nil || back != text {
			t.Errorf("%q became %s, which is %q, %v", text, shown, back, err)
		}
		if printable(string(shown)) != string(shown) {
			t.Errorf("%q is shown as %q", text, shown)
		}
	}
}

func TestColumnsAreCountedAsATerminalShowsThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text    string
		columns int
		cut     string // to 4 columns
	}{
		{"", 0, ""},
		{"four", 4, "four"},
		{"fives", 5, "fiv…"},
		{"日本", 4, "日本"},
		{"日本語", 6, "日…"},
		{"a日本", 5, "a日…"},
		{"e\u0301e\u0301e\u0301e\u0301", 4, "e\u0301e\u0301e\u0301e\u0301"},
		{"👍👍", 4, "👍👍"},
	} {
		if got := columnsOf(c.text); got != c.columns {
			t.Errorf("%q has %d columns instead of %d", c.text, got, c.columns)
		}
		if got := cut(c.text, 4); got != c.cut {
			t.Errorf("%q is cut to %q instead of %q", c.text, got, c.cut)
		}
	}
}

func TestATableIsNoWiderThanTheTerminal(t *testing.T) {
	t.Parallel()
	id := at("id")
	id.whole = true
	table := &tableWriter{columns: []column{id, at("name"), at("note")}, most: 50}
	_ = table.row(row(t, `{"id":"00000000-0000-0000-0000-000000000001","name":"a rather long name","note":"short"}`))
	table.lines = append([][]string{{"ID", "NAME", "NOTE"}}, table.lines...)
	widths := table.widths()
	if widths[0] != 36 || widths[1] != narrowest || widths[2] != 5 {
		t.Errorf("the columns are %v wide: ids are for copying", widths)
	}
	table.most = 70
	if widths := table.widths(); widths[1] != 18 {
		t.Errorf("the columns are %v wide, although there is room", widths)
	}
}

func TestCellsOfCSVAreWhatImportReads(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ value, cell string }{
		{`"plain"`, "plain"},
		{`""`, `\E`},
		{`null`, ""},
		{`-5`, "-5"},
		{`"-5"`, `\-5`},
		{`"=1+1"`, `\=1+1`},
		{`"+49 30"`, `\+49 30`},
		{`"@here"`, `\@here`},
		{`"\tx"`, "\\\tx"},
		{`"\\N"`, `\\N`},
		{`1.50`, "1.50"},
		{`true`, "true"},
		{`[{"type":"enum"}]`, `[{"type":"enum"}]`},
	} {
		if got := csvCell(json.RawMessage(c.value)); got != c.cell {
			t.Errorf("%s is the cell %q instead of %q", c.value, got, c.cell)
		}
	}
}

func TestEveryFormatHoldsHostileNames(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)
	const hostile = "=cmd|'/c calc'!A1\x1b]0;title\x07,\"two\nlines\"\u202e日本"
	fill(t, path, func(svc *roster.Service) error {
		_, err := svc.CreateTag(t.Context(), membership.Tag{Name: hostile})
		return err
	})
	s := shell{t, environment(envDB, path)}
	s.shows("DESCRIPTION  NAME\n"+`             =cmd|'/c calc'!A1\x1b]0;title\x07,"two\nlines"\u202e日本`+"\n", "tag", "list", "--columns", "description,name")
	s.shows(`name  =cmd|'/c calc'!A1\x1b]0;title\x07,"two\nlines"\u202e日本`+"\n", "tag", "get", hostile, "--columns", "name")
	s.shows("name,description\n\"\\"+strings.ReplaceAll(hostile, `"`, `""`)+"\",\n", "tag", "list", "--columns", "name,description", "-o", "csv")
	for _, format := range []string{formatJSON, formatNDJSON} {
		text := s.must("tag", "list", "-o", format)
		var found []map[string]any
		if format == formatNDJSON {
			text = "[" + text + "]"
		}
		if err := json.Unmarshal([]byte(text), &found); err != nil || found[0]["name"] != hostile {
			t.Errorf("%s: %v, %v", format, err, found)
		}
		if strings.ContainsFunc(strings.ReplaceAll(text, "\n", ""), hidden) {
			t.Errorf("%s shows %q", format, text)
		}
	}
	code, _, stderr := s.run("tag", "delete", hostile)
	if code != exitUsage || strings.ContainsFunc(strings.TrimSuffix(stderr, "\n"), hidden) {
		t.Errorf("exit %d, %q", code, stderr)
	}
}

func TestJSONOfAListIsOneDocument(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)
	s := shell{t, environment(envDB, path)}
	s.must("tag", "create", "--name", "a")
	s.must("tag", "create", "--name", "b <&> c", "--description", "x")
	s.shows(`[{"id":"00000000-0000-0000-0000-000000000001","type":"account_tag","name":"b <&> c","description":"x","meta":{"timestamps":{"created_at":"2026-01-02T03:04:05.678Z","updated_at":"2026-01-02T03:04:05.678Z"}}},`+
		`{"id":"00000000-0000-0000-0000-000000000002","type":"account_tag","name":"a","meta":{"timestamps":{"created_at":"2026-01-02T03:04:05.678Z","updated_at":"2026-01-02T03:04:05.678Z"}}}]`+"\n", "tag", "list", "-o", "json")
	s.shows("type,id,name,description,created_at,updated_at\n"+
		"account_tag,00000000-0000-0000-0000-000000000001,b <&> c,x,2026-01-02T03:04:05.678Z,2026-01-02T03:04:05.678Z\n"+
		"account_tag,00000000-0000-0000-0000-000000000002,a,,2026-01-02T03:04:05.678Z,2026-01-02T03:04:05.678Z\n", "tag", "list", "-o", "csv")
}

func TestAnOutputThatTakesNothingEndsACommand(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)
	env := environment(envDB, path)
	shell{t, env}.must("tag", "create", "--name", "a")
	shell{t, env}.must("credentials", "create")
	for _, format := range formats {
		for _, args := range [][]string{{"tag", "list"}, {"tag", "get", "a"}, {"credentials", "list"}, {"changes"}, {"credentials", "create"}} {
			stderr := newTranscript()
			code := run(t.Context(), append(args, "-o", format), env, strings.NewReader(""), brokenWriter{}, stderr)
			if code != exitError || !oneLine(stderr.String()) {
				t.Errorf("roster %v -o %s: exit %d, stderr %q", args, format, code, stderr)
			}
		}
	}
	if shell := (shell{t, env}); strings.Count(shell.must("credentials", "list"), "\n") != 2 {
		t.Error("credentials that nobody saw are left")
	}
}

func TestCredentialsAreShownToPrograms(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)
	s := shell{t, environment(envDB, path)}
	var made struct {
		ClientID  string `json:"client_id"`
		Secret    string `json:"client_secret"`
		Scopes    string
		CreatedAt string `json:"created_at"`
	}
	text := s.must("credentials", "create", "--scope", "read", "--output", "json")
	if err := json.Unmarshal([]byte(text), &made); err != nil || made.ClientID == "" || made.Secret == "" || made.Scopes != "read" || made.CreatedAt == "" {
		t.Errorf("got %s, %v", text, err)
	}
	if got := s.must("credentials", "list", "-o", "csv", "--columns", "client_id,scopes"); got != "client_id,scopes\n"+made.ClientID+",read\n" {
		t.Errorf("got %s", got)
	}
	if all := s.must("credentials", "list", "-o", "ndjson"); strings.Contains(all, made.Secret) || !oneLine(all) {
		t.Errorf("got %s", all)
	}
}
