package membership

import "strings"

// String spells the filter so that [ParseFilter] reads an equal one, provided that the filter is valid and its text no
// longer than [MaxFilterLength].
func (f Filter) String() string {
	groups := make([]string, 0, len(f))
	for _, group := range f {
		terms := make([]string, 0, len(group))
		for _, term := range group {
			terms = append(terms, term.String())
		}
		text := strings.Join(terms, "|")
		if len(group) != 1 {
			text = "(" + text + ")"
		}
		groups = append(groups, text)
	}
	return strings.Join(groups, ":")
}

// String spells the term as a filter of its own.
func (t Term) String() string {
	var b strings.Builder
	b.WriteString(t.Op.String() + "(" + string(t.Attr))
	for _, v := range t.Operands {
		b.WriteString("," + quote(v.String()))
	}
	b.WriteString(")")
	return b.String()
}

var quoteEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// quote leaves an operand bare where that reads back the same.
func quote(s string) string {
	if s != "" && s[0] != ' ' && strings.IndexFunc(s, func(c rune) bool { return !bareRune(c) }) < 0 {
		return s
	}
	return `"` + quoteEscaper.Replace(s) + `"`
}
