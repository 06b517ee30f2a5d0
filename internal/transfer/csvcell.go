package transfer

import "strings"

// What cells of a table mean beside their text. An empty one says nothing.
const (
	nullCell  = `\N` // null
	emptyCell = `\E` // the empty text
	escape    = `\`  // in front of a text that would mean something else: reading takes it off
)

// formulaStarts begin what a spreadsheet runs as a formula.
const formulaStarts = "=+-@\t\r\n"

// textCell spells a text.
func textCell(text string) string {
	switch {
	case text == "":
		return emptyCell
	case strings.HasPrefix(text, escape), strings.IndexByte(formulaStarts, text[0]) >= 0:
		return escape + text
	}
	return text
}

// readCell is what a cell says: a string, or nil for null. said is false where it says nothing.
func readCell(cell string) (value any, said bool) {
	switch {
	case cell == "":
		return nil, false
	case cell == nullCell:
		return nil, true
	case cell == emptyCell:
		return "", true
	}
	return strings.TrimPrefix(cell, escape), true
}

// joinNames spells names in one text, with commas in between.
func joinNames(names []string) string {
	var b strings.Builder
	for i, name := range names {
		if i > 0 {
			b.WriteByte(',')
		}
		for at, c := range name {
			edge := at == 0 || at == len(name)-1
			if c == ',' || c == '\\' || c == ' ' && edge {
				b.WriteByte('\\')
			}
			b.WriteRune(c)
		}
	}
	return b.String()
}

// splitNames reads names as joinNames spells them. Blanks around commas mean nothing, and neither do empty names.
func splitNames(text string) []string {
	var names []string
	var name strings.Builder
	kept := 0 // how much of the name a blank at its end is not cut off from
	end := func() {
		s := name.String()
		s = s[:kept] + strings.TrimRight(s[kept:], " ")
		if s != "" {
			names = append(names, s)
		}
		name.Reset()
		kept = 0
	}
	escaped := false
	for i := range len(text) {
		switch c := text[i]; {
		case escaped:
			name.WriteByte(c)
			escaped, kept = false, name.Len()
		case c == '\\':
			escaped = true
		case c == ',':
			end()
		case c == ' ' && name.Len() == 0:
		default:
			name.WriteByte(c)
		}
	}
	end()
	return names
}

// TextCell spells a text for a table that people open with a spreadsheet, as an export does: nothing in it is run as a formula.
// An empty text is an empty cell.
func TextCell(text string) string {
	if text == "" {
		return ""
	}
	return textCell(text)
}
