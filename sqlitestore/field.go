package sqlitestore

import (
	"context"
	"database/sql"
	"encoding/hex"

	"github.com/roster-go/roster/internal/stored"
	"github.com/roster-go/roster/membership"
)

const (
	fieldColumns = `f.id, f.slug, f.name, f.type, f.description, f.required, f.default_value, f.initial_value, f.disabled,
		f.position, f.omit_null, f.indexed, f.rules, f.created_at, f.updated_at`

	// A row is the version, beside it a flow, and beside that one of its fields, each where there is one.
	selectDefinitions = `SELECT v.version, ` + flowColumns + `, ` + fieldColumns + ` FROM roster_field_version v
		LEFT JOIN roster_flows w ON true LEFT JOIN roster_fields f ON f.resource = w.resource`
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
	lastRow      string
}

var fieldTables = map[membership.Resource]fieldTable{
	membership.ResourceAccount:    newFieldTable(`a`, ``, `roster_accounts`),
	membership.ResourceMember:     newFieldTable(`m`, ``, `roster_members`),
	membership.ResourceMembership: newFieldTable(`ms`, `account_id, `, `roster_memberships`),
}

// newFieldTable spells a table's statements. The parameters are paths: of a value ?1 and of its key ?2. SQLite leaves
// the spelling of numbers alone as long as they are moved as JSON, which -> does and json_extract does not.
func newFieldTable(alias, scope, name string) fieldTable {
	return fieldTable{
		alias: alias, scope: scope, name: name,
		selectFields: `SELECT fields FROM ` + name + ` WHERE id = ?`,
		selectKept: `SELECT ` + fieldVersion + `, id, fields FROM ` + name + `
			WHERE id IN (SELECT unhex(value) FROM json_each(?)) AND fields IS NOT NULL`,
		// To the paths ?3 and ?4.
		moveValues: `UPDATE ` + name + ` SET fields = CASE WHEN json_type(fields, ?2) IS NULL
				THEN json_remove(json_set(fields, ?3, fields -> ?1), ?1)
				ELSE json_remove(json_set(fields, ?3, fields -> ?1, ?4, fields -> ?2), ?1, ?2) END
			WHERE json_type(fields, ?1) IS NOT NULL AND rowid > ?5 AND rowid <= ?6`,
		countValues: `SELECT count(*) FROM ` + name + ` WHERE json_type(fields, ?1) <> 'null'`,
		// With the last key its object goes too, with the last value the whole. The path ?3 is that of all keys.
		removeValues: `UPDATE ` + name + ` SET fields = nullif(json_remove(fields, ?1,
				iif(json_remove(fields, ?2) -> ?3 = '{}', ?3, ?2)), '{}')
			WHERE json_type(fields, ?1) IS NOT NULL AND rowid > ?4 AND rowid <= ?5`,
		lastRow: `SELECT coalesce(max(rowid), 0) FROM ` + name,
	}
}

func scanField(f *membership.Field, texts *stored.FieldTexts) []sql.Scanner {
	return []sql.Scanner{scanID(&f.ID.UUID), scanText(&f.Slug), scanText(&f.Name), scanText((*string)(&f.Type)),
		scanText(&f.Description), scanBool(&f.Required), scanText(&texts.Default), scanText(&texts.Initial),
		scanBool(&f.Disabled), scanInt(&f.Order), scanBool(&f.OmitNull), scanBool(&f.Indexed), scanText(&texts.Rules),
		scanTime(&f.CreatedAt), scanTime(&f.UpdatedAt)}
}

// loadSchemas reads the definitions and their version, and keeps them.
func (r reader) loadSchemas(ctx context.Context) (*stored.Schemas, error) {
	var (
		version int64
		flow    membership.Flow
		field   membership.Field
		texts   stored.FieldTexts
		all     stored.Definitions
	)
	dest := append(append([]sql.Scanner{scanNumber(&version)}, scanFlow(&flow)...), scanField(&field, &texts)...)
	if err := r.rows(ctx, selectDefinitions, dest, func() { all.Add(flow, field, texts) }); err != nil {
		return nil, err
	}
	s, err := all.Schemas(version)
	if err == nil {
		r.definitions().Keep(s)
	}
	return s, err
}

// Schema implements [store.FieldReader].
func (r reader) Schema(ctx context.Context, resource membership.Resource) (membership.Schema, error) {
	all, err := r.schemas(ctx)
	if err != nil {
		return membership.Schema{}, err
	}
	return all.Of(resource).Clone(), nil
}

// define is change for a statement that changes a definition: whatever is known about them is known no more.
func (w writer) define(ctx context.Context, why, missing func() error, query string, args ...any) error {
	if sc, within := w.source.(*scope); within {
		sc.schemas.Store(nil)
	}
	return w.change(ctx, why, missing, query, args...)
}

const insertField = `INSERT INTO roster_fields (id, resource, slug, name, type, description, required, default_value,
	initial_value, disabled, position, omit_null, indexed, rules, created_at, updated_at)
	VALUES (?, ?, ?, ?, ?, ?, ?, nullif(?, ''), nullif(?, ''), ?, ?, ?, ?, ?, ?, ?)`

// InsertField implements [store.FieldWriter].
func (w writer) InsertField(ctx context.Context, f membership.Field) error {
	why := func() error { return w.fieldConflict(ctx, f, true) }
	texts := stored.TextsOf(f)
	err := w.define(ctx, why, nil, insertField, f.ID.UUID[:], string(f.Resource), f.Slug, f.Name, string(f.Type),
		f.Description, f.Required, texts.Default, texts.Initial, f.Disabled, f.Order, f.OmitNull, f.Indexed, texts.Rules,
		f.CreatedAt.UnixMilli(), f.UpdatedAt.UnixMilli())
	if err != nil || !f.Indexed {
		return err
	}
	return w.createIndex(context.WithoutCancel(ctx), f)
}

const updateField = `UPDATE roster_fields SET slug = ?, name = ?, description = ?, required = ?,
	default_value = nullif(?, ''), disabled = ?, position = ?, omit_null = ?, indexed = ?, rules = ?, created_at = ?,
	updated_at = ? WHERE id = ?`

// UpdateField implements [store.FieldWriter].
func (w writer) UpdateField(ctx context.Context, f membership.Field) error {
	old, err := w.field(ctx, f.ID)
	if err != nil {
		return err
	}
	f.Resource, f.Type, f.Initial = old.Resource, old.Type, old.Initial
	why := func() error { return w.fieldConflict(ctx, f, false) }
	texts := stored.TextsOf(f)
	err = w.define(ctx, why, fieldMissing, updateField, f.Slug, f.Name, f.Description, f.Required, texts.Default,
		f.Disabled, f.Order, f.OmitNull, f.Indexed, texts.Rules, f.CreatedAt.UnixMilli(), f.UpdatedAt.UnixMilli(),
		f.ID.UUID[:])
	if err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx) // Why: there is no way back, unless the whole transaction goes
	moved := f.Slug != old.Slug
	if old.Indexed && (moved || !f.Indexed) {
		if err := w.dropIndex(ctx, old); err != nil {
			return err
		}
	}
	if moved {
		err := w.inSteps(ctx, fieldTables[f.Resource], fieldTables[f.Resource].moveValues,
			valuePath(old.Slug), keyPath(old.Slug), valuePath(f.Slug), keyPath(f.Slug))
		if err != nil {
			return err
		}
	}
	if f.Indexed && (moved || !old.Indexed) {
		return w.createIndex(ctx, f)
	}
	return nil
}

const deleteField = `DELETE FROM roster_fields WHERE id = ?`

// DeleteField implements [store.FieldWriter]. The definition goes first: a foreign key of the program around us may
// refuse that, and then nothing must have changed.
func (w writer) DeleteField(ctx context.Context, id membership.FieldID) (int, error) {
	old, err := w.field(ctx, id)
	if err != nil {
		return 0, err
	}
	if err := w.define(ctx, nil, fieldMissing, deleteField, id.UUID[:]); err != nil {
		return 0, err
	}
	ctx = context.WithoutCancel(ctx)
	if old.Indexed {
		if err := w.dropIndex(ctx, old); err != nil {
			return 0, err
		}
	}
	table, values := fieldTables[old.Resource], 0
	if _, err := w.row(ctx, table.countValues, []sql.Scanner{scanInt(&values)}, valuePath(old.Slug)); err != nil {
		return 0, err
	}
	err = w.inSteps(ctx, table, table.removeValues, valuePath(old.Slug), keyPath(old.Slug), `$."`+stored.KeysName+`"`)
	return values, err
}

// rowsPerStep is how many rows one statement changes where all are to be.
const rowsPerStep = 10_000

// inSteps runs a statement for all rows, whose last two parameters are behind which row and up to which. Why not for all
// at once: what a statement needs to be undone is kept in memory, which would be the whole table.
func (w writer) inSteps(ctx context.Context, table fieldTable, query string, args ...any) error {
	var last int64
	if _, err := w.row(ctx, table.lastRow, []sql.Scanner{scanNumber(&last)}); err != nil {
		return err
	}
	for first := int64(0); first < last; first += rowsPerStep {
		if _, err := w.exec(ctx, query, append(args[:len(args):len(args)], first, first+rowsPerStep)...); err != nil {
			return err
		}
	}
	return nil
}

// field looks a definition up.
func (w writer) field(ctx context.Context, id membership.FieldID) (membership.Field, error) {
	all, err := w.schemas(ctx)
	if err != nil {
		return membership.Field{}, err
	}
	if f, ok := all.Field(id); ok {
		return f, nil
	}
	return membership.Field{}, membership.ErrFieldNotFound
}

func fieldMissing() error { return membership.ErrFieldNotFound }

const selectFieldConflict = `SELECT EXISTS (SELECT 1 FROM roster_flows WHERE resource = ?2),
	EXISTS (SELECT 1 FROM roster_fields WHERE id = ?1),
	EXISTS (SELECT 1 FROM roster_fields WHERE resource = ?2 AND slug = ?3 AND id <> ?1)`

// fieldConflict finds what keeps a definition from being written, in the contract's order.
func (w writer) fieldConflict(ctx context.Context, f membership.Field, insert bool) error {
	var flow, id, slug bool
	dest := []sql.Scanner{scanBool(&flow), scanBool(&id), scanBool(&slug)}
	_, err := w.row(ctx, selectFieldConflict, dest, f.ID.UUID[:], string(f.Resource), f.Slug)
	switch {
	case err != nil:
		return err
	case insert && !flow:
		return membership.ErrFlowNotFound
	case insert && id:
		return membership.ErrDuplicateID
	case slug:
		return &membership.Error{Cause: membership.ErrSlugTaken, Field: "slug"}
	}
	return nil
}

// The index of a field has what the field is filtered by, within what lists are mostly within, and then the default
// order of lists. SQLite uses it where a list's expression is the same text.

func indexName(id membership.FieldID) string { return `roster_field_` + hex.EncodeToString(id.UUID[:]) }

func createIndexStatement(f membership.Field) string {
	table := fieldTables[f.Resource]
	return `CREATE INDEX ` + indexName(f.ID) + ` ON ` + table.name + ` (` + table.scope + answered(`fields`, f) + `, created_at, id)`
}

func (w writer) createIndex(ctx context.Context, f membership.Field) error {
	return w.once(ctx, createIndexStatement(f))
}

// dropIndex does not mind when somebody else has dropped it.
func (w writer) dropIndex(ctx context.Context, f membership.Field) error {
	return w.once(ctx, `DROP INDEX IF EXISTS `+indexName(f.ID))
}
