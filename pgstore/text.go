package pgstore

import (
	"strings"
	"unicode/utf8"
)

// storable reports whether a text may be somewhere in the database. PostgreSQL takes no other, not even to look for it: the
// statement would fail, and the transaction with it. Rows are checked before they are written; what is only looked for is not.
func storable(text string) bool { return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0 }
