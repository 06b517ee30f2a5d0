package pgstore

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/roster-go/roster/internal/pgtest"
	"github.com/roster-go/roster/membership"
)

func TestFoldedRegexp(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		``:            `^$`,
		`*`:           ``,
		`**`:          ``,
		`***`:         `\u002A`,
		`***:x*`:      `\u002A\u002A\u003A[xX]`,
		`\***:`:       `^\u005C\u002A\u002A\u002A\u003A$`,
		`(?i)`:        `^\u0028\u003F[iI]\u0029$`,
		`9a`:          `^9[aA]$`,
		`k*`:          `^[k\u212AK]`,
		"*\u212a":     `[\u212AKk]$`,
		`ſ`:           `^[\u017FSs]$`,
		`ß`:           `^[\u00DF\u1E9E]$`,
		`İ`:           `^\u0130$`,
		"a\nb":        `^[aA]\u000A[bB]$`,
		`]^\-`:        `^\u005D\u005E\u005C\u002D$`,
		`[[:alpha:]]`: `^\u005B\u005B\u003A[aA][lL][pP][hH][aA]\u003A\u005D\u005D$`,
		"\U0001f9d1":  `^\U0001F9D1$`,
		"\U00010400":  `^[\U00010400\U00010428]$`,
		`*$*`:         `\u0024`,
		`日本`:          `^\u65E5\u672C$`,
	} {
		if got := foldedRegexp(membership.ParsePattern(pattern)); got != want {
			t.Errorf("%q is spelled %s, want %s", pattern, got, want)
		}
	}
}

// The dialects of Go and of PostgreSQL mean the same by what is used of them, but for the spelling of escapes.
func FuzzFoldedRegexp(f *testing.F) {
	for _, pattern := range []string{"", "*", "k*", "*ſ", "***:x", "a\nb", "]^\\", "\U0001f9d1", "ǆ*", "Σ", "* 00001"} {
		for _, text := range []string{"", "K", "\u212a", "S\n", "***:X", "A\nB", "]^\\", "ǅx", "ς"} {
			f.Add(pattern, text)
		}
	}
	goEscape := regexp.MustCompile(`\\u([0-9A-F]{4})|\\U([0-9A-F]{8})`)
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if !utf8.ValidString(pattern) || !utf8.ValidString(text) {
			t.Skip("the engine refuses such text")
		}
		p := membership.ParsePattern(pattern)
		spelled := goEscape.ReplaceAllString(foldedRegexp(p), `\x{$1$2}`)
		re, err := regexp.Compile(`(?s)` + spelled)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := re.MatchString(text), p.Fold().Match(membership.Fold(text)); got != want {
			t.Errorf("%q fits %q, spelled %s: %t, want %t", text, pattern, spelled, got, want)
		}
		if !hasCase(p.Text) && p.Match(text) != p.Fold().Match(membership.Fold(text)) {
			t.Errorf("%q has no case, but folding matters to %q", pattern, text)
		}
	})
}

func TestFoldedRegexpsInPostgreSQL(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	bases := []string{"", "k", "K", "\u212a", "s", "ſ", "ß", "ẞ", "ss", "i", "İ", "ı", "Σ", "ς", "ǅ", "ǆ", "a\nb", "A\nB", "\n", "***:x", "***=x",
		"***", "(?i)x", "]", "[^a]", "^", "$", "\\", "\\d", "\\u0041", " 00001", "k0041", ".", "a.b", "[[:alpha:]]", "\U0001f9d1", "\U00010400",
		"\U00010428", "日本", "a{1}", "a|b", "x*y", "-", "a-z", "\uffff", string(rune(utf8.MaxRune))}
	var texts []string
	for _, text := range bases {
		texts = append(texts, text, text+"x", "x"+text, "\n"+text, text+"\n", "x"+text+"x")
	}
	for _, base := range bases {
		for _, pattern := range []string{base, base + "*", "*" + base, "*" + base + "*"} {
			p := membership.ParsePattern(pattern)
			rows, err := conn.Query(t.Context(), `SELECT t COLLATE "C" ~ $2 FROM unnest($1::text[]) WITH ORDINALITY u (t, n) ORDER BY n`, texts, foldedRegexp(p))
			if err != nil {
				t.Fatal(err)
			}
			n, got := 0, false
			err = scan(rows, []column{&got}, func() {
				if want := p.Fold().Match(membership.Fold(texts[n])); got != want {
					t.Errorf("%q fits %q, spelled %s: %t, want %t", texts[n], pattern, foldedRegexp(p), got, want)
				}
				n++
			})
			if err != nil || n != len(texts) {
				t.Errorf("%q, spelled %s, was compared with %d texts, %v", pattern, foldedRegexp(p), n, err)
			}
		}
	}
}

func TestSuccessor(t *testing.T) {
	t.Parallel()
	top := string(rune(utf8.MaxRune))
	for text, want := range map[string]struct {
		next      string
		exact, ok bool
	}{
		"":           {"", false, false},
		"a":          {"b", true, true},
		"a\x00":      {"a\x01", true, true},
		"\x7f":       {"\u0080", true, true},
		"\u07ff":     {"\u0800", true, true},
		"x\ud7ff":    {"x\ue000", true, true},
		"\uffff":     {"\U00010000", true, true},
		"a" + top:    {"b", false, true},
		top:          {"", false, false},
		top + top:    {"", false, false},
		"日本":         {"日札", true, true},
		"ab" + top:   {"ac", false, true},
		"\U0010fffe": {top, true, true},
	} {
		next, exact, ok := successor(text)
		if next != want.next || ok != want.ok || ok && exact != want.exact || !utf8.ValidString(next) {
			t.Errorf("behind %q comes %q, %t, %t; want %+v", text, next, exact, ok, want)
		}
	}
}

func FuzzSuccessor(f *testing.F) {
	top := string(rune(utf8.MaxRune))
	for _, text := range []string{"", "a", "a" + top, top, "\ud7ff", "a\uffff"} {
		for _, other := range []string{"", "a", "b", "a" + top + "x", "\ue000", top + top} {
			f.Add(text, other)
		}
	}
	f.Fuzz(func(t *testing.T, text, other string) {
		if !utf8.ValidString(text) || !utf8.ValidString(other) {
			t.Skip("the engine refuses such text")
		}
		next, exact, ok := successor(text)
		within := other >= text && (!ok || other < next)
		if begins := strings.HasPrefix(other, text); begins && !within || exact && ok && within && !begins {
			t.Errorf("%q and what begins with %q: before %q (%t, %t) it is %t", other, text, next, exact, ok, within)
		}
	})
}

func TestBegin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		runes, head int
		short       bool
	}{{0, 0, true}, {499, 499, true}, {500, 500, false}, {501, 500, false}, {2048, 500, false}} {
		for _, letter := range []string{"a", "\U0001f9d1"} {
			head, short := begin(strings.Repeat(letter, c.runes))
			if head != strings.Repeat(letter, c.head) || short != c.short {
				t.Errorf("of %d characters %d are begun with (short: %t)", c.runes, utf8.RuneCountInString(head), short)
			}
		}
	}
	if beginning(`x`) != `left(x, 500)` || indexed != 500 {
		t.Error("the two do not agree on how much that is")
	}
}
