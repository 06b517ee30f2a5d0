package terminal

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Printable is a text that does nothing to a terminal: what would move its cursor, change its colours or its title, or
// turn the direction of what is read, is shown as an escape. Names are other people's.
func Printable(s string) string {
	if !strings.ContainsFunc(s, hidden) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i, c := range s {
		switch {
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case c == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case hidden(c) && c <= 0xff:
			fmt.Fprintf(&b, `\x%02x`, c)
		case hidden(c):
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// hidden reports whether a character does something instead of being seen.
func hidden(c rune) bool {
	return unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) || c == '\u2028' || c == '\u2029' || c == '\ufeff'
}

// PlainJSON is JSON without the characters that a terminal obeys: it means the same, because they can only stand within
// texts. Those below U+0020 are escaped in any JSON.
func PlainJSON(text []byte) []byte {
	plain := make([]byte, 0, len(text))
	for _, c := range string(text) {
		if c >= 0x7f && hidden(c) {
			plain = fmt.Appendf(plain, `\u%04x`, c)
			continue
		}
		plain = utf8.AppendRune(plain, c)
	}
	return plain
}

// Columns is how many columns of a terminal a text takes.
func Columns(s string) int {
	n := 0
	for _, c := range s {
		n += columnsOfRune(c)
	}
	return n
}

func columnsOfRune(c rune) int {
	if c < 0x7f {
		return 1
	}
	if unicode.In(c, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(c).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	default:
		return 1
	}
}

// Cut is a text that takes so many columns at most; one that was longer ends with an ellipsis.
func Cut(s string, most int) string {
	if Columns(s) <= most {
		return s
	}
	n := 0
	for i, c := range s {
		if n += columnsOfRune(c); n > most-1 {
			return s[:i] + "…"
		}
	}
	return s
}
