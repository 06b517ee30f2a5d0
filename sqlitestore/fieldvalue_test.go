package sqlitestore

import (
	"testing"

	"github.com/roster-go/roster/internal/stored"
	"github.com/roster-go/roster/membership"
)

// SQLite reads from what we write what we mean: the key of a float or a date, anything else itself.
func TestSQLiteReadsWhatFieldsAreComparedBy(t *testing.T) {
	t.Parallel()
	db := openStore(t).writer()
	for typ, spelled := range map[membership.FieldType][]string{
		membership.TypeString:  {"", "x", `"`, `\`, "a\nb\x01", "é\u2028", "null", "1"},
		membership.TypeInteger: {"0", "-9223372036854775808", "9223372036854775807", "9007199254740993"},
		membership.TypeFloat:   {"0", "-0.0", "1.50", "5e-324", "-1.7976931348623157e308", "9007199254740993", "1E+3"},
		membership.TypeDate:    {"2024-02-29", "0001-01-01", "9999-12-31T23:59:59.999Z"},
	} {
		for _, s := range spelled {
			v := membership.StringValue(s)
			if typ == membership.TypeInteger || typ == membership.TypeFloat {
				v = membership.NumberValue(s)
			}
			f := membership.Field{Slug: "a-b_1", Type: typ}
			v, err := f.Check(v)
			if err != nil {
				t.Fatal(err)
			}
			var same bool
			err = db.QueryRowContext(t.Context(), `SELECT `+answered(`fields`, f)+` IS ?1 AND typeof(?1) = typeof(`+answered(`fields`, f)+`)
				FROM (SELECT ?2 AS fields)`, operand(v), stored.EncodeFields(membership.Fields{}.With(f.Slug, v))).Scan(&same)
			if err != nil || !same {
				t.Errorf("%s %q: %v, %v", typ, s, same, err)
			}
		}
	}
}
