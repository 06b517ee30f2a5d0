package membership

import (
	"strings"
	"unicode"
)

// Pattern is what the operators like and ilike compare with: a text that may be open at either end. A star at the
// beginning or the end opens it; every other character, a star within the text too, means itself.
type Pattern struct {
	Text      string // without the stars
	OpenStart bool   // anything may come before Text
	OpenEnd   bool   // anything may come after Text
}

// ParsePattern reads the operand of like or ilike. A lone star is open at both ends and matches every text.
func ParsePattern(s string) Pattern {
	text, start := strings.CutPrefix(s, "*")
	text, end := strings.CutSuffix(text, "*")
	return Pattern{Text: text, OpenStart: start, OpenEnd: end || s == "*"}
}

// Match reports whether the text fits, letter for letter.
func (p Pattern) Match(s string) bool {
	switch {
	case p.OpenStart && p.OpenEnd:
		return strings.Contains(s, p.Text)
	case p.OpenStart:
		return strings.HasSuffix(s, p.Text)
	case p.OpenEnd:
		return strings.HasPrefix(s, p.Text)
	default:
		return s == p.Text
	}
}

// Fold returns the pattern with its text folded, to be matched against folded texts.
func (p Pattern) Fold() Pattern {
	p.Text = Fold(p.Text)
	return p
}

// Fold maps a text so that two texts which differ in case only become equal. It follows Unicode's simple case
// folding: one character becomes one character, whatever the language.
func Fold(s string) string {
	return strings.Map(foldRune, s)
}

// foldRune picks the smallest character among those that fold together.
func foldRune(r rune) rune {
	if r < unicode.MaxASCII {
		if 'a' <= r && r <= 'z' {
			return r - ('a' - 'A')
		}
		return r
	}
	smallest := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		smallest = min(smallest, next)
	}
	return smallest
}
