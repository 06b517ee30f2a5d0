package pgstore

import (
	"context"

	"github.com/roster-go/roster/internal/stored"
	"github.com/roster-go/roster/membership"
)

const (
	fieldColumns = `f.id, f.slug, f.name, f.type, f.description, f.required, f.default_value::text, f.initial_value::text,
		f.disabled, f.position, f.omit_null, f.indexed, f.rules::text, f.created_at, f.updated_at`

	// A row is the version, beside it a flow, and beside that one of its fields, each where there is one.
	selectDefinitions = `SELECT v.version, ` + flowColumns + `, ` + fieldColumns + ` FROM roster_field_version v
		LEFT JOIN roster_flows w ON true LEFT JOIN roster_fields f ON f.resource = w.resource`
)

func scanField(f *membership.Field, texts *stored.FieldTexts) []column {
	return []column{scanID(&f.ID.UUID), scanText(&f.Slug), scanText(&f.Name), scanText((*string)(&f.Type)),
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
	dest := append(append([]column{scanNumber(&version)}, scanFlow(&flow)...), scanField(&field, &texts)...)
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

// redefine comes before a statement that changes a definition: whatever is known about them is known no more.
func (w writer) redefine() {
	if sc, within := w.source.(*scope); within {
		sc.schemas.Store(nil)
	}
}

const insertField = `INSERT INTO roster_fields (id, resource, slug, name, type, description, required, default_value,
	initial_value, disabled, position, omit_null, indexed, rules, created_at, updated_at)
	SELECT $1::uuid, w.resource, $3::text, $4::text, $5::text, $6::text, $7::boolean, $8::text::json, $9::text::json, $10::boolean,
		$11::bigint, $12::boolean, $13::boolean, $14::text::json, $15::timestamptz, $16::timestamptz
	FROM roster_flows w WHERE w.resource = $2
	FOR KEY SHARE ON CONFLICT DO NOTHING`

// InsertField implements [store.FieldWriter].
func (w writer) InsertField(ctx context.Context, f membership.Field) error {
	w.redefine()
	why := func() error { return w.fieldConflict(ctx, f, true) }
	texts := stored.TextsOf(f)
	err := w.add(ctx, why, insertField, idParam(f.ID.UUID), string(f.Resource), f.Slug, f.Name, string(f.Type), f.Description,
		f.Required, nullable(texts.Default), nullable(texts.Initial), f.Disabled, f.Order, f.OmitNull, f.Indexed, texts.Rules,
		f.CreatedAt, f.UpdatedAt)
	if err != nil || !f.Indexed {
		return err
	}
	return w.createIndex(context.WithoutCancel(ctx), f)
}

const updateField = `UPDATE roster_fields SET slug = $2, name = $3, description = $4, required = $5,
	default_value = $6::text::json, disabled = $7, position = $8, omit_null = $9, indexed = $10, rules = $11::text::json,
	created_at = $12, updated_at = $13 WHERE id = $1`

// UpdateField implements [store.FieldWriter].
func (w writer) UpdateField(ctx context.Context, f membership.Field) error {
	old, err := w.field(ctx, f.ID)
	if err != nil {
		return err
	}
	f.Resource, f.Type, f.Initial = old.Resource, old.Type, old.Initial
	w.redefine()
	why := func() error { return w.fieldConflict(ctx, f, false) }
	texts := stored.TextsOf(f)
	err = w.take(ctx, `roster_fields_resource_slug_key`, why, fieldMissing, updateField, idParam(f.ID.UUID), f.Slug, f.Name,
		f.Description, f.Required, nullable(texts.Default), f.Disabled, f.Order, f.OmitNull, f.Indexed, texts.Rules, f.CreatedAt,
		f.UpdatedAt)
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
		if _, err := w.exec(ctx, fieldTables[f.Resource].moveValues, old.Slug, f.Slug); err != nil {
			return err
		}
	}
	if f.Indexed && (moved || !old.Indexed) {
		return w.createIndex(ctx, f)
	}
	return nil
}

const deleteField = `DELETE FROM roster_fields WHERE id = $1`

// DeleteField implements [store.FieldWriter]. The definition goes first: a foreign key of the program around us may
// refuse that, and then nothing must have changed.
func (w writer) DeleteField(ctx context.Context, id membership.FieldID) (int, error) {
	old, err := w.field(ctx, id)
	if err != nil {
		return 0, err
	}
	w.redefine()
	if err := w.change(ctx, nil, fieldMissing, deleteField, idParam(id.UUID)); err != nil {
		return 0, err
	}
	ctx = context.WithoutCancel(ctx)
	if old.Indexed {
		if err := w.dropIndex(ctx, old); err != nil {
			return 0, err
		}
	}
	table, values := fieldTables[old.Resource], 0
	if _, err := w.row(ctx, table.countValues, []column{scanInt(&values)}, old.Slug); err != nil {
		return 0, err
	}
	_, err = w.exec(ctx, table.removeValues, old.Slug)
	return values, err
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

const selectFieldConflict = `SELECT EXISTS (SELECT 1 FROM roster_flows WHERE resource = $2),
	EXISTS (SELECT 1 FROM roster_fields WHERE id = $1),
	EXISTS (SELECT 1 FROM roster_fields WHERE resource = $2 AND slug = $3 AND id <> $1)`

// fieldConflict finds what keeps a definition from being written, in the contract's order.
func (w writer) fieldConflict(ctx context.Context, f membership.Field, insert bool) error {
	var flow, id, slug bool
	dest := []column{scanBool(&flow), scanBool(&id), scanBool(&slug)}
	_, err := w.row(ctx, selectFieldConflict, dest, idParam(f.ID.UUID), string(f.Resource), f.Slug)
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
