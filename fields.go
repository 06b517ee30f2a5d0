package roster

import (
	"context"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// creation is a transaction that rows are created in, one or many of them. It changes no settings, and definitions only
// by flow and definition, so what each row asks for is read once.
type creation struct {
	store.Tx
	limits   membership.Limits
	settings *membership.Settings // nil until a row asks for them
	schemas  [3]resourceSchema    // those that rows have asked for. Why an array: a single row costs no allocation
	read     int                  // how many schemas those are
}

type resourceSchema struct {
	resource membership.Resource
	membership.Schema
}

// creating is a transaction that rows are created in.
func (s *Service) creating(tx store.Tx) *creation { return &creation{Tx: tx, limits: s.limits} }

// fields checks the custom fields of a new row and completes them.
func (c *creation) fields(ctx context.Context, r membership.Resource, given membership.Fields) (membership.Fields, error) {
	for i := range c.schemas[:c.read] {
		if c.schemas[i].resource == r {
			return c.schemas[i].Complete(given)
		}
	}
	schema, err := c.Schema(ctx, r)
	if err != nil {
		return membership.Fields{}, err
	}
	c.schemas[c.read] = resourceSchema{r, schema}
	c.read++
	return schema.Complete(given)
}

// flow adds a flow that newFlow made.
func (c *creation) flow(ctx context.Context, f membership.Flow) error {
	c.read = 0 // Why: it may be disabled, and so may be the fields
	return c.InsertFlow(ctx, f)
}

// definition defines a field, for the rows behind it.
func (c *creation) definition(ctx context.Context, d definition) error {
	c.read = 0
	return d.insert(ctx, c)
}

// autoCreates reports whether new members get accounts of their own.
func (c *creation) autoCreates(ctx context.Context) (bool, error) {
	if c.settings == nil {
		settings, err := c.Settings(ctx)
		if err != nil {
			return false, err
		}
		c.settings = &settings
	}
	return c.settings.AutoCreateAccounts, nil
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
