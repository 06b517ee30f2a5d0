package transfer

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWhatACellSays(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		cell  string
		value any
		said  bool
	}{
		{"", nil, false},
		{`\N`, nil, true},
		{`\E`, "", true},
		{"Acme", "Acme", true},
		{" ", " ", true},
		{"-5", "-5", true},
		{"=1+1", "=1+1", true},
		{`\=1+1`, "=1+1", true},
		{`\-5`, "-5", true},
		{`\\N`, `\N`, true},
		{`\\\N`, `\\N`, true},
		{`\`, "", true},
		{`a\b`, `a\b`, true},
	} {
		if value, said := readCell(test.cell); value != test.value || said != test.said {
			t.Errorf("%q says %#v, %v; want %#v, %v", test.cell, value, said, test.value, test.said)
		}
	}
}

func TestNoTextIsAFormula(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":             `\E`,
		"Acme":         "Acme",
		"=HYPERLINK()": `\=HYPERLINK()`,
		"+49":          `\+49`,
		"-1":           `\-1`,
		"@SUM":         `\@SUM`,
		"\t=1":         "\\\t=1",
		"\r=1":         "\\\r=1",
		"\n=1":         "\\\n=1",
		`\N`:           `\\N`,
		`\`:            `\\`,
		"a=b":          "a=b",
		"Ünïcode":      "Ünïcode",
	} {
		if got := textCell(text); got != want {
			t.Errorf("the cell of %q is %q, not %q", text, got, want)
		}
	}
}

func FuzzCell(f *testing.F) {
	for _, text := range []string{"", `\`, `\N`, `\E`, "=1", "-", "a,b", " a ", "\x00", "ä", "\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cell := textCell(text)
		if value, said := readCell(cell); value != text || !said {
			t.Errorf("%q is spelled %q, which says %#v, %v", text, cell, value, said)
		}
		if cell == "" || cell == nullCell || strings.IndexByte(formulaStarts, cell[0]) >= 0 {
			t.Errorf("%q is spelled %q", text, cell)
		}
		if utf8.ValidString(text) && strings.Trim(text, " ") != "" {
			names := []string{text, "press", text}
			if got := splitNames(joinNames(names)); !slices.Equal(got, names) {
				t.Errorf("the names %q are spelled %q, which is %q", names, joinNames(names), got)
			}
		}
	})
}

func TestNamesOfPeopleAreSplitAtCommas(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                       nil,
		" , ,":                   nil,
		"press":                  {"press"},
		"press, wholesale":       {"press", "wholesale"},
		" press ,, big customer": {"press", "big customer"},
		`a\,b,c`:                 {"a,b", "c"},
		`\ a\ ,b`:                {" a ", "b"},
		`a\\,b`:                  {`a\`, "b"},
	} {
		if got := splitNames(text); !slices.Equal(got, want) {
			t.Errorf("%q is %q, not %q", text, got, want)
		}
	}
}
