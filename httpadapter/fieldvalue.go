package httpadapter

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

// valueOf is a value of a body as one of a custom field; ok is false for an object and a list.
func valueOf(given any) (v membership.Value, ok bool) {
	switch given := given.(type) {
	case nil:
		return membership.Value{}, true
	case string:
		return membership.StringValue(given), true
	case json.Number:
		return membership.NumberValue(given.String()), true
	case bool:
		return membership.BooleanValue(given), true
	}
	return membership.Value{}, false
}

const scalar = "must be a string, a number, true, false or null"

// values are what a body says about the custom fields of a resource.
type values struct {
	*body
	resource membership.Resource
	created  bool  // the resource is new
	rules    error // what the rules say about the rest of the body
}

// read tells the values by the definitions that there are, or every fault of the body. It leaves the body as it is,
// because a transaction may run more than once.
func (v values) read(ctx context.Context, svc *roster.Service) (membership.Fields, error) {
	schema, err := svc.Schema(ctx, v.resource)
	if err != nil {
		return membership.Fields{}, err
	}
	b := &body{data: v.data, faults: slices.Clone(v.faults)}
	given := b.fields(schema)
	err = b.err(v.rules)
	if err != nil && v.created {
		_, more := schema.Complete(given)
		err = b.err(errors.Join(v.rules, more))
	}
	return given, err
}

// fields are the members that enabled fields are called, where they have the fields' types.
func (b *body) fields(schema membership.Schema) membership.Fields {
	var all []membership.FieldValue
	for _, f := range schema.Enabled() {
		member, given := b.data[f.Slug]
		if !given {
			continue
		}
		v, ok := valueOf(member)
		if !ok {
			b.refuse(f.Slug, scalar)
			continue
		}
		if _, err := f.Check(v); errors.Is(err, membership.ErrInvalidField) {
			b.faults = append(b.faults, err)
			continue
		}
		all = append(all, membership.FieldValue{Slug: f.Slug, Value: v})
	}
	return membership.NewFields(all...)
}

// written does what act does with a body's values, in one transaction with the definitions that they were read by.
func written[T any](
	c *call, v values, act func(*roster.Service, membership.Fields) (T, error),
) (T, error) {
	var result T
	err := v.transaction(c.svc, v.rules)(c.context(), func(svc *roster.Service) error {
		given, err := v.read(c.context(), svc)
		if err != nil {
			return err
		}
		result, err = act(svc, given)
		return err
	})
	return result, err
}
