package pgstore

import (
	"context"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/roster-go/roster/internal/stored"
	"github.com/roster-go/roster/membership"
)

// fieldTable is where a resource's rows are, and with them the values of its custom fields.
type fieldTable struct {
	alias        string // what lists call it
	scope        string // what lists are mostly within; or empty
	name         string
	selectFields string
	selectKept   string
	moveValues   string
	countValues  string
	removeValues string
}

var fieldTables = map[membership.Resource]fieldTable{
	membership.ResourceAccount:    newFieldTable(`a`, ``, `roster_accounts`),
	membership.ResourceMember:     newFieldTable(`m`, ``, `roster_members`),
	membership.ResourceMembership: newFieldTable(`ms`, `account_id, `, `roster_memberships`),
}

// newFieldTable spells a table's statements. The parameter $1 of the last three is a slug.
func newFieldTable(alias, scope, name string) fieldTable {
	const kept = `WHERE fields -> $1::text IS NOT NULL`
	return fieldTable{
		alias: alias, scope: scope, name: name,
		selectFields: `SELECT fields::text FROM ` + name + ` WHERE id = $1`,
		selectKept: `SELECT ` + fieldVersion + `, id, fields::text FROM ` + name + `
			WHERE id = ANY($1::uuid[]) AND fields IS NOT NULL`,
		moveValues:   `UPDATE ` + name + ` SET fields = ` + rebuilt(`CASE key WHEN $1::text THEN $2::text ELSE key END`, `true`) + kept,
		countValues:  `SELECT count(*) FROM ` + name + ` WHERE json_typeof(fields -> $1::text) <> 'null'`,
		removeValues: `UPDATE ` + name + ` SET fields = ` + rebuilt(`key`, `key <> $1::text`) + kept,
	}
}

// rebuilt spells the column fields with its members, and those of its keys, renamed or left out, each value as it is
// spelled. An object that is left without members goes.
func rebuilt(name, condition string) string {
	object := func(of, value string) string {
		return `(SELECT '{' || string_agg(to_json(` + name + `)::text || ':' || ` + value + `, ',') || '}' FROM ` + of + `)`
	}
	keys := object(`json_each(value) WHERE `+condition, `value::text`)
	return object(`(SELECT key, CASE key WHEN '`+stored.KeysName+`' THEN `+keys+` ELSE value::text END AS value
		FROM json_each(fields) WHERE `+condition+`) members WHERE value IS NOT NULL`, `value`) + `::json `
}

// answered is what a row answers with for a field, in SQL, as it is compared: NULL where it is unset. The initial
// value, which never changes, stands in it as it is, because a parameter cannot stand in an index. What a slug is made of
// means nothing in a text of SQL.
func answered(column string, f membership.Field) string {
	value := keptValue(column, f)
	if f.Initial.Kind() != membership.KindNull {
		value = `CASE WHEN (` + column + ` -> '` + f.Slug + `') IS NULL THEN ` + literal(f.Initial) + ` ELSE ` + value + ` END`
	}
	if f.Type == membership.TypeString {
		value = `(` + value + `) COLLATE "C"`
	}
	return `(` + value + `)`
}

// keptValue is that by which the values of a field are compared, where a row has kept one.
func keptValue(column string, f membership.Field) string {
	value := column + ` ->> '` + f.Slug + `'`
	switch {
	case stored.Keyed(f.Type):
		return `(` + column + ` -> '` + stored.KeysName + `' ->> '` + f.Slug + `')::bigint`
	case f.Type == membership.TypeInteger:
		return `(` + value + `)::bigint`
	case f.Type == membership.TypeBoolean:
		return `CASE ` + value + ` WHEN 'true' THEN 1::bigint WHEN 'false' THEN 0::bigint END`
	}
	return value
}

// literal spells a value as a constant, as it is compared.
func literal(v membership.Value) string {
	if v.Kind() != membership.KindText {
		return `'` + strconv.FormatInt(v.Number(), 10) + `'::bigint`
	}
	// Why E: then a backslash means the same whatever standard_conforming_strings says.
	return `E'` + strings.NewReplacer(`'`, `''`, `\`, `\\`).Replace(v.Text()) + `'`
}

// The index of a field has what the field is filtered by, within what lists are mostly within, and then the default
// order of lists. PostgreSQL uses it where a list's expression is the same. NULL is where lists have it.

func indexName(id membership.FieldID) string { return `roster_field_` + hex.EncodeToString(id.UUID[:]) }

func (w writer) createIndex(ctx context.Context, f membership.Field) error {
	table := fieldTables[f.Resource]
	value := answered(`fields`, f)
	if f.Type == membership.TypeString {
		value = beginning(value)
	}
	_, err := w.exec(ctx, `CREATE INDEX `+indexName(f.ID)+` ON `+table.name+` (`+table.scope+value+` NULLS FIRST, created_at, id)`)
	return err
}

// dropIndex does not mind when somebody else has dropped it.
func (w writer) dropIndex(ctx context.Context, f membership.Field) error {
	_, err := w.exec(ctx, `DROP INDEX IF EXISTS `+indexName(f.ID))
	return err
}
