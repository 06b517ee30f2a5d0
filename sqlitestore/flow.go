package sqlitestore

import (
	"context"
	"database/sql"

	"github.com/roster-go/roster/membership"
)

const flowColumns = `w.id, w.resource, w.name, w.description, w.disabled, w.created_at, w.updated_at`

func scanFlow(f *membership.Flow) []sql.Scanner {
	return []sql.Scanner{scanID(&f.ID.UUID), scanText((*string)(&f.Resource)), scanText(&f.Name), scanText(&f.Description),
		scanBool(&f.Disabled), scanTime(&f.CreatedAt), scanTime(&f.UpdatedAt)}
}

const insertFlow = `INSERT INTO roster_flows (id, resource, name, description, disabled, created_at, updated_at)
	VALUES (?, ?, ?, ?, ?, ?, ?)`

// InsertFlow implements [store.FieldWriter].
func (w writer) InsertFlow(ctx context.Context, f membership.Flow) error {
	why := func() error { return w.flowConflict(ctx, f) }
	return w.define(ctx, why, nil, insertFlow, f.ID.UUID[:], string(f.Resource), f.Name, f.Description, f.Disabled,
		f.CreatedAt.UnixMilli(), f.UpdatedAt.UnixMilli())
}

const selectFlowConflict = `SELECT EXISTS (SELECT 1 FROM roster_flows WHERE id = ?),
	EXISTS (SELECT 1 FROM roster_flows WHERE resource = ?)`

// flowConflict finds what keeps a flow from being inserted, in the contract's order.
func (w writer) flowConflict(ctx context.Context, f membership.Flow) error {
	var id, resource bool
	_, err := w.row(ctx, selectFlowConflict, []sql.Scanner{scanBool(&id), scanBool(&resource)}, f.ID.UUID[:], string(f.Resource))
	switch {
	case err != nil:
		return err
	case id:
		return membership.ErrDuplicateID
	case resource:
		return &membership.Error{Cause: membership.ErrFlowExists, Field: "slug"}
	}
	return nil
}

const updateFlow = `UPDATE roster_flows
	SET name = ?, description = ?, disabled = ?, created_at = ?, updated_at = ? WHERE id = ?`

// UpdateFlow implements [store.FieldWriter].
func (w writer) UpdateFlow(ctx context.Context, f membership.Flow) error {
	return w.define(ctx, nil, flowMissing, updateFlow, f.Name, f.Description, f.Disabled,
		f.CreatedAt.UnixMilli(), f.UpdatedAt.UnixMilli(), f.ID.UUID[:])
}

const deleteFlow = `DELETE FROM roster_flows WHERE id = ?`

// DeleteFlow implements [store.FieldWriter]. It leaves it to the schema to refuse one that has fields.
func (w writer) DeleteFlow(ctx context.Context, id membership.FlowID) error {
	why := func() error { return w.flowInUse(ctx, id) }
	return w.define(ctx, why, flowMissing, deleteFlow, id.UUID[:])
}

func flowMissing() error { return membership.ErrFlowNotFound }

const selectFlowInUse = `SELECT EXISTS
	(SELECT 1 FROM roster_flows w JOIN roster_fields f ON f.resource = w.resource WHERE w.id = ?)`

// flowInUse finds what keeps a flow from being deleted, if it is something of roster's own.
func (w writer) flowInUse(ctx context.Context, id membership.FlowID) error {
	var fields bool
	_, err := w.row(ctx, selectFlowInUse, []sql.Scanner{scanBool(&fields)}, id.UUID[:])
	if err == nil && fields {
		err = membership.ErrFlowHasFields
	}
	return err
}
