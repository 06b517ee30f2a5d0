package pgstore

import (
	"context"

	"github.com/roster-go/roster/membership"
)

const flowColumns = `w.id, w.resource, w.name, w.description, w.disabled, w.created_at, w.updated_at`

func scanFlow(f *membership.Flow) []column {
	return []column{scanID(&f.ID.UUID), scanText((*string)(&f.Resource)), scanText(&f.Name), scanText(&f.Description),
		scanBool(&f.Disabled), scanTime(&f.CreatedAt), scanTime(&f.UpdatedAt)}
}

const insertFlow = `INSERT INTO roster_flows (id, resource, name, description, disabled, created_at, updated_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`

// InsertFlow implements [store.FieldWriter].
func (w writer) InsertFlow(ctx context.Context, f membership.Flow) error {
	w.redefine()
	why := func() error { return w.flowConflict(ctx, f) }
	return w.add(ctx, why, insertFlow, idParam(f.ID.UUID), string(f.Resource), f.Name, f.Description, f.Disabled,
		f.CreatedAt, f.UpdatedAt)
}

const selectFlowConflict = `SELECT EXISTS (SELECT 1 FROM roster_flows WHERE id = $1),
	EXISTS (SELECT 1 FROM roster_flows WHERE resource = $2)`

// flowConflict finds what keeps a flow from being inserted, in the contract's order.
func (w writer) flowConflict(ctx context.Context, f membership.Flow) error {
	var id, resource bool
	_, err := w.row(ctx, selectFlowConflict, []column{scanBool(&id), scanBool(&resource)}, idParam(f.ID.UUID), string(f.Resource))
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
	SET name = $2, description = $3, disabled = $4, created_at = $5, updated_at = $6 WHERE id = $1`

// UpdateFlow implements [store.FieldWriter].
func (w writer) UpdateFlow(ctx context.Context, f membership.Flow) error {
	w.redefine()
	return w.add(ctx, flowMissing, updateFlow, idParam(f.ID.UUID), f.Name, f.Description, f.Disabled, f.CreatedAt, f.UpdatedAt)
}

const deleteFlow = `DELETE FROM roster_flows WHERE id = $1`

// DeleteFlow implements [store.FieldWriter]. It leaves it to the schema to refuse one that has fields.
func (w writer) DeleteFlow(ctx context.Context, id membership.FlowID) error {
	w.redefine()
	why := func() error { return w.flowInUse(ctx, id) }
	return w.change(ctx, why, flowMissing, deleteFlow, idParam(id.UUID))
}

func flowMissing() error { return membership.ErrFlowNotFound }

const selectFlowInUse = `SELECT EXISTS
	(SELECT 1 FROM roster_flows w JOIN roster_fields f ON f.resource = w.resource WHERE w.id = $1)`

// flowInUse finds what keeps a flow from being deleted, if it is something of roster's own.
func (w writer) flowInUse(ctx context.Context, id membership.FlowID) error {
	var fields bool
	_, err := w.row(ctx, selectFlowInUse, []column{scanBool(&fields)}, idParam(id.UUID))
	if err == nil && fields {
		err = membership.ErrFlowHasFields
	}
	return err
}
