package roster

import (
	"context"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// newFields checks the custom fields of a new row and completes them.
func newFields(ctx context.Context, tx store.Tx, r membership.Resource, given membership.Fields) (membership.Fields, error) {
	schema, err := tx.Schema(ctx, r)
	if err != nil {
		return membership.Fields{}, err
	}
	return schema.Complete(given)
}

// changedFields are the custom fields of a row after an update.
func changedFields(ctx context.Context, tx store.Tx, r membership.Resource, old, given membership.Fields) (membership.Fields, error) {
	if given.IsZero() {
		return old, nil
	}
	schema, err := tx.Schema(ctx, r)
	if err != nil {
		return membership.Fields{}, err
	}
	return schema.Change(old, given)
}

// listed answers a query about a resource that can have custom fields. Most queries name none of them; for one that
// does, the definitions and the list are of one moment.
func listed[T any](
	ctx context.Context, s *Service, resource membership.Resource, q membership.Query,
	list func(store.Reader) (membership.Page[T], error),
) (membership.Page[T], error) {
	if q.Validate(resource) == nil {
		return list(s.store)
	}
	var page membership.Page[T]
	err := s.store.View(ctx, func(r store.Reader) error {
		schema, err := r.Schema(ctx, resource)
		if err != nil {
			return err
		}
		if err := q.Validate(resource, schema.Enabled()...); err != nil {
			return err
		}
		page, err = list(r)
		return err
	})
	return orZero(page, err)
}
