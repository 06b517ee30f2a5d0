package roster

import (
	"context"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// CreateFlow describes the set of a resource's custom fields. A zero ID becomes a new one; one that is given is kept. The
// times are set here, whatever was given. [Service.DefineField] does it where it is missing.
//
// Errors: [membership.ErrInvalidField], [membership.ErrFlowExists], [membership.ErrDuplicateID].
func (s *Service) CreateFlow(ctx context.Context, f membership.Flow) (membership.Flow, error) {
	f.CreatedAt = s.now()
	f.UpdatedAt = f.CreatedAt
	f, err := newFlow(f)
	if err != nil {
		return membership.Flow{}, err
	}
	err = s.update(ctx, func(tx store.Tx) error { return tx.InsertFlow(ctx, f) })
	return orZero(f, err)
}

// newFlow gives a flow an id, unless it has one, and checks what can be told without looking at others.
func newFlow(f membership.Flow) (membership.Flow, error) {
	if f.ID.IsZero() {
		f.ID = membership.FlowID{UUID: newID()}
	}
	return f, f.Validate()
}

// Flow looks up a flow, or answers [membership.ErrFlowNotFound].
func (s *Service) Flow(ctx context.Context, id membership.FlowID) (membership.Flow, error) {
	var found membership.Flow
	err := s.store.View(ctx, func(r store.Reader) (err error) {
		found, err = findFlow(ctx, r, id)
		return err
	})
	return orZero(found, err)
}

// Flows answers one page of all flows, of which each resource has at most one.
//
// Errors: [membership.ErrInvalidFilter], [membership.ErrInvalidOrder].
func (s *Service) Flows(ctx context.Context, q membership.Query) (membership.Page[membership.Flow], error) {
	return definitions(ctx, s, membership.ResourceFlow, q, func(schema membership.Schema) []membership.Flow {
		if schema.Flow.ID.IsZero() {
			return nil
		}
		return []membership.Flow{schema.Flow}
	})
}

// UpdateFlow changes the fields that the update names. The time of update moves only when one of them differs.
//
// Errors: [membership.ErrFlowNotFound], [membership.ErrFlowImmutable], [membership.ErrInvalidField].
func (s *Service) UpdateFlow(ctx context.Context, id membership.FlowID, u membership.FlowUpdate) (membership.Flow, error) {
	return change(ctx, s,
		func(tx store.Tx) (membership.Flow, error) { return findFlow(ctx, tx, id) },
		func(_ store.Tx, f membership.Flow) (membership.Flow, error) {
			f, err := u.Apply(f)
			if err != nil {
				return f, err
			}
			return f, f.Validate()
		},
		func(f *membership.Flow) *time.Time { return &f.UpdatedAt },
		func(tx store.Tx, f membership.Flow) error { return tx.UpdateFlow(ctx, f) })
}

// DeleteFlow removes a flow that has no fields. It answers [membership.ErrFlowNotFound] or [membership.ErrFlowHasFields].
func (s *Service) DeleteFlow(ctx context.Context, id membership.FlowID) error {
	return s.update(ctx, func(tx store.Tx) error { return tx.DeleteFlow(ctx, id) })
}

// findFlow looks a flow up among those of all resources.
func findFlow(ctx context.Context, r store.Reader, id membership.FlowID) (membership.Flow, error) {
	for _, resource := range membership.FlowResources() {
		schema, err := r.Schema(ctx, resource)
		if err != nil {
			return membership.Flow{}, err
		}
		if schema.Flow.ID == id && !id.IsZero() {
			return schema.Flow, nil
		}
	}
	return membership.Flow{}, membership.ErrFlowNotFound
}
