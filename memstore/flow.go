package memstore

import (
	"context"

	"github.com/roster-go/roster/membership"
)

func (t *tx) InsertFlow(ctx context.Context, f membership.Flow) error {
	if err := t.check(ctx); err != nil {
		return err
	}
	for _, s := range t.tables.schemas {
		if s.Flow.ID == f.ID {
			return membership.ErrDuplicateID
		}
	}
	if !t.tables.schemas[f.Resource].Flow.ID.IsZero() {
		return &membership.Error{Cause: membership.ErrFlowExists, Field: "slug"}
	}
	t.define(f, nil)
	return nil
}

func (t *tx) UpdateFlow(ctx context.Context, f membership.Flow) error {
	s, err := t.flow(ctx, f.ID)
	if err != nil {
		return err
	}
	f.Resource = s.Flow.Resource
	t.define(f, s.Fields)
	return nil
}

func (t *tx) DeleteFlow(ctx context.Context, id membership.FlowID) error {
	s, err := t.flow(ctx, id)
	if err != nil {
		return err
	}
	if len(s.Fields) > 0 {
		return membership.ErrFlowHasFields
	}
	remove(t, t.tables.schemas, s.Flow.Resource)
	return nil
}

// flow finds the schema whose flow has an id.
func (t *tx) flow(ctx context.Context, id membership.FlowID) (membership.Schema, error) {
	if err := t.check(ctx); err != nil {
		return membership.Schema{}, err
	}
	for _, s := range t.tables.schemas {
		if s.Flow.ID == id {
			return s, nil
		}
	}
	return membership.Schema{}, membership.ErrFlowNotFound
}
