package sqlitestore

import (
	"strconv"
	"strings"

	"github.com/roster-go/roster/internal/stored"
	"github.com/roster-go/roster/membership"
)

// Where the parts of a row's values are, as SQLite's JSON functions spell it. A slug has no character that would mean
// something there.

func valuePath(slug string) string { return `$."` + slug + `"` }
func keyPath(slug string) string   { return `$."` + stored.KeysName + `"."` + slug + `"` }

// comparedPath is where that is by which values of a field are compared.
func comparedPath(f membership.Field) string {
	if stored.Keyed(f.Type) {
		return keyPath(f.Slug)
	}
	return valuePath(f.Slug)
}

// answered is what a row answers with for a field, in SQL, as it is compared: NULL where it is unset. The initial
// value, which never changes, stands in it as it is, because a parameter cannot stand in an index.
func answered(column string, f membership.Field) string {
	kept := `json_extract(` + column + `, '` + comparedPath(f) + `')`
	if f.Initial.Kind() == membership.KindNull {
		return kept
	}
	return `CASE WHEN json_type(` + column + `, '` + valuePath(f.Slug) + `') IS NULL THEN ` + literal(f.Initial) + ` ELSE ` + kept + ` END`
}

// literal spells a value as a constant, as it is compared.
func literal(v membership.Value) string {
	if v.Kind() == membership.KindText {
		return `'` + strings.ReplaceAll(v.Text(), `'`, `''`) + `'`
	}
	return strconv.FormatInt(v.Number(), 10)
}
