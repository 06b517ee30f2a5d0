package storecopy

import (
	"context"
	"fmt"
	"slices"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// opened are definitions with everything enabled, and nothing indexed.
func opened(s membership.Schema) membership.Schema {
	s = s.Clone()
	s.Flow.Disabled = false
	for i := range s.Fields {
		s.Fields[i].Disabled, s.Fields[i].Indexed = false, false
	}
	return membership.NewSchema(s.Flow, s.Fields)
}

// openDefinitions makes the target's definitions those of the source, opened.
func (c *copying) openDefinitions(ctx context.Context) error {
	c.opened = make(map[membership.Resource]membership.Schema)
	for _, schema := range c.from.defined() {
		var flows, fields int
		resource, want := schema.Flow.Resource, opened(schema)
		err := c.to.Update(ctx, func(tx store.Tx) error {
			there, err := tx.Schema(ctx, resource)
			if err == nil {
				flows, err = openFlow(ctx, tx, want.Flow, there.Flow)
			}
			if err == nil {
				fields, err = openFields(ctx, tx, want.Fields, there.Fields)
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("fields of %s: %w", resource, err)
		}
		c.opened[resource] = want
		c.count("flows", 1, flows)
		c.count("fields", len(want.Fields), fields)
	}
	return nil
}

func openFlow(ctx context.Context, tx store.Tx, want, there membership.Flow) (added int, err error) {
	if there.ID.IsZero() {
		return 1, tx.InsertFlow(ctx, want)
	}
	if !there.Disabled && there == want {
		return 0, nil
	}
	if there.Disabled = false; there != want {
		return 0, fmt.Errorf("%w: flow %v is another one in the target", ErrDiffers, want.ID)
	}
	return 0, tx.UpdateFlow(ctx, want)
}

// openFields leaves indexes that are there already, because they are what is wanted in the end.
func openFields(ctx context.Context, tx store.Tx, want, there []membership.Field) (added int, err error) {
	for _, f := range want {
		i := slices.IndexFunc(there, func(other membership.Field) bool { return other.ID == f.ID })
		if i < 0 {
			if err := tx.InsertField(ctx, f); err != nil {
				return 0, fmt.Errorf("the target does not take field %v: %w", f.ID, err)
			}
			added++
			continue
		}
		f.Indexed = there[i].Indexed
		if sameField(f, there[i]) {
			continue
		}
		if there[i].Disabled = false; !sameField(f, there[i]) {
			return 0, fmt.Errorf("%w: field %v is another one in the target", ErrDiffers, f.ID)
		}
		if err := tx.UpdateField(ctx, f); err != nil {
			return 0, err
		}
	}
	return added, nil
}

// sameField compares definitions, of which one may have no options and the other an empty list of them.
func sameField(a, b membership.Field) bool {
	if len(a.Enum) == 0 && len(b.Enum) == 0 {
		a.Enum, b.Enum = nil, nil
	}
	return a.Equal(b)
}

// closeDefinitions makes the target's definitions those of the source, and builds the indexes.
func (c *copying) closeDefinitions(ctx context.Context) error {
	flows, fields := c.from.flowsAndFields()
	fields = slices.DeleteFunc(fields, func(f membership.Field) bool { return !f.Disabled && !f.Indexed })
	for n, f := range fields {
		c.opts.tell(Progress{Kind: "states and indexes of fields", Done: n, Total: len(fields)})
		if err := c.to.Update(ctx, func(tx store.Tx) error { return tx.UpdateField(ctx, f) }); err != nil {
			return fmt.Errorf("field %v: %w", f.ID, err)
		}
	}
	for _, f := range flows {
		if !f.Disabled {
			continue
		}
		if err := c.to.Update(ctx, func(tx store.Tx) error { return tx.UpdateFlow(ctx, f) }); err != nil {
			return fmt.Errorf("flow %v: %w", f.ID, err)
		}
	}
	return nil
}

// settings copies the settings, unless the target's were changed.
func (c *copying) settings(ctx context.Context) error {
	want, err := c.from.Settings(ctx)
	if err != nil {
		return err
	}
	added := 0
	err = c.to.Update(ctx, func(tx store.Tx) error {
		there, err := tx.Settings(ctx)
		switch {
		case err != nil || there == want:
			return err
		case there != membership.DefaultSettings():
			return fmt.Errorf("%w: the target has other settings", ErrDiffers)
		}
		added = 1
		return tx.UpdateSettings(ctx, want)
	})
	if err == nil {
		c.count("settings", 1, added)
	}
	return err
}
