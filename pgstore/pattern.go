package pgstore

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/roster-go/roster/membership"
)

// Neither LIKE nor ILIKE means what like and ilike mean: the one would have to be kept from seeing more than stars at the
// ends, and the other folds as the database's locale says. So like is said with functions that know no pattern at all, and
// ilike with a regular expression that spells out every character that folds together with one of the pattern's.

// longestRegexp is of how many characters a regular expression is made. PostgreSQL refuses what is a few times as long, and no
// text is: each has at most [membership.MaxTextLength].
const longestRegexp = membership.MaxFilterLength

// foldedRegexp spells a pattern as one of PostgreSQL's regular expressions, for texts that fit it whatever their case. It is
// made of letters, digits, classes and escapes, so that nothing in the text can mean anything.
func foldedRegexp(p membership.Pattern) string {
	var b strings.Builder
	if !p.OpenStart {
		b.WriteByte('^')
	}
	for _, r := range p.Text {
		next := unicode.SimpleFold(r)
		if next == r {
			appendLiteral(&b, r)
			continue
		}
		b.WriteByte('[')
		for appendLiteral(&b, r); next != r; next = unicode.SimpleFold(next) {
			appendLiteral(&b, next)
		}
		b.WriteByte(']')
	}
	if !p.OpenEnd {
		b.WriteByte('$')
	}
	return b.String()
}

// appendLiteral spells a character as itself, within a class or outside of one.
func appendLiteral(b *strings.Builder, r rune) {
	switch {
	case r <= unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
		b.WriteRune(r)
	case r <= 0xffff:
		fmt.Fprintf(b, `\u%04X`, r)
	default:
		fmt.Fprintf(b, `\U%08X`, r)
	}
}

// hasCase reports whether a text has a character that folds together with another one. To compare any other text, whatever
// the case, is to compare it letter for letter.
func hasCase(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.SimpleFold(r) != r })
}

// No text has a character from the one to the other.
const surrogateMin, surrogateMax = 0xd800, 0xdfff

// successor is the first text, by the bytes, behind all those that begin with a text; ok is false when there is none. It is
// exact when nothing else comes before it that comes behind the text.
func successor(text string) (next string, exact, ok bool) {
	exact = true
	for text != "" {
		r, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
		if r < unicode.MaxRune {
			r++
			if r == surrogateMin {
				r = surrogateMax + 1
			}
			return text + string(r), exact, true
		}
		exact = false
	}
	return "", false, false
}

// indexed is how many characters of a text an index has, because an entry of an index must not be longer than a third of a
// page.
const indexed = 500

// beginning spells what an index has of a text. Texts that are shorter than that are equal, and in the same order, where
// their beginnings are; and so are any text and one that is shorter.
func beginning(text string) string { return `left(` + text + `, 500)` }

// begin cuts a text to what an index has of it, and reports whether it is shorter than that.
func begin(text string) (head string, short bool) {
	n := 0
	for i := range text {
		if n == indexed {
			return text[:i], false
		}
		n++
	}
	return text, n < indexed
}
