package terminal

import (
	"encoding/json"
	"testing"
)

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
		if got := Printable(c.text); got != c.shown {
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
		shown := PlainJSON(quoted)
		var back string
		if err := json.Unmarshal(shown, &back); err != nil || back != text {
			t.Errorf("%q became %s, which is %q, %v", text, shown, back, err)
		}
		if Printable(string(shown)) != string(shown) {
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
		if got := Columns(c.text); got != c.columns {
			t.Errorf("%q has %d columns instead of %d", c.text, got, c.columns)
		}
		if got := Cut(c.text, 4); got != c.cut {
			t.Errorf("%q is cut to %q instead of %q", c.text, got, c.cut)
		}
	}
}
