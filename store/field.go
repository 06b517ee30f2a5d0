package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

// FieldReader reads the definitions of custom fields.
type FieldReader interface {
	// Schema is everything about the custom fields of a resource; the zero Schema when it has none.
	Schema(ctx context.Context, r membership.Resource) (membership.Schema, error)

	// DisabledValues are what rows of a resource have kept and do not answer with, because the fields are disabled:
	// [membership.Schema.Hidden], by the rows' ids. Rows that have nothing of the kind, and unknown ids, are left out.
	DisabledValues(ctx context.Context, r membership.Resource, ids []uuid.UUID) (map[uuid.UUID]membership.Fields, error)
}

// FieldWriter writes the definitions of custom fields. None of its writes changes a row's time of update.
type FieldWriter interface {
	// InsertFlow adds a flow as it is given, or answers [membership.ErrDuplicateID] or [membership.ErrFlowExists].
	InsertFlow(ctx context.Context, f membership.Flow) error

	// UpdateFlow replaces everything but the resource of the flow that has the id, or answers
	// [membership.ErrFlowNotFound].
	UpdateFlow(ctx context.Context, f membership.Flow) error

	// DeleteFlow removes a flow, or answers [membership.ErrFlowNotFound] or [membership.ErrFlowHasFields].
	DeleteFlow(ctx context.Context, id membership.FlowID) error

	// InsertField adds a definition as it is given, or answers [membership.ErrFlowNotFound] when its resource has no
	// flow, [membership.ErrDuplicateID] or [membership.ErrSlugTaken]. It writes no row.
	InsertField(ctx context.Context, f membership.Field) error

	// UpdateField replaces everything but the resource, the type and the initial value of the definition that has the
	// id; where the slug is another one, the rows' values go along. It answers [membership.ErrFieldNotFound] or
	// [membership.ErrSlugTaken].
	UpdateField(ctx context.Context, f membership.Field) error

	// DeleteField removes a definition and the rows' values, and tells how many rows had kept one that is not null. It
	// answers [membership.ErrFieldNotFound].
	DeleteField(ctx context.Context, id membership.FieldID) (values int, err error)
}
