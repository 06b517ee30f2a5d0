package storetest

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// scriptRow is a row of a script, whose values of custom fields depend on the definitions that there are when it is written.
type scriptRow[T any] struct {
	row      T
	resource membership.Resource
	values   script
}

// with writes the row with values for the fields that there are.
func (r *scriptRow[T]) with(place *membership.Fields, write func(context.Context, store.Tx) error) func(context.Context, store.Tx) error {
	return func(ctx context.Context, tx store.Tx) error {
		schema, err := tx.Schema(ctx, r.resource)
		if err != nil {
			return err
		}
		values := r.values
		*place = values.fields(schema.Enabled())
		return write(ctx, tx)
	}
}

// fields decides on values for fields. Some get none, and sometimes there is a value of a field that there is not.
func (s *script) fields(defined []membership.Field) membership.Fields {
	var f membership.Fields
	if s.pick(8) == 7 {
		f = f.With("unknown", membership.StringValue("x"))
	}
	for _, field := range defined {
		switch s.pick(5) {
		case 0:
		case 1:
			f = f.With(field.Slug, membership.Value{})
		default:
			f = f.With(field.Slug, s.valueOf(field.Type))
		}
	}
	return f
}

func (s *script) valueOf(typ membership.FieldType) membership.Value {
	values := fieldValues[typ]
	return values[s.pick(len(values))]
}

// fieldOperation defines few fields for few resources. A field's type comes of its number, because it never changes.
func (s *script) fieldOperation(kind, n, a int) operation {
	r := membership.FlowResources()[s.pick(3)]
	switch kind {
	case 30, 31, 32:
		f := s.field(r, n, a)
		return writing("InsertField", func(ctx context.Context, tx store.Tx) error { return tx.InsertField(ctx, f) })
	case 33:
		f := s.field(r, n, a)
		return writing("UpdateField", func(ctx context.Context, tx store.Tx) error { return tx.UpdateField(ctx, f) })
	case 34:
		return reading("DeleteField", func(ctx context.Context, tx store.Tx) (any, error) { return tx.DeleteField(ctx, fieldID(a)) })
	case 35:
		ids := make([]uuid.UUID, scriptNouns)
		for i := range ids {
			ids[i] = []uuid.UUID{accountID(i).UUID, memberID(i).UUID, membershipID(i).UUID}[slices.Index(membership.FlowResources(), r)]
		}
		return reading("DisabledValues", func(ctx context.Context, tx store.Tx) (any, error) { return tx.DisabledValues(ctx, r, ids) })
	case 36, 37:
		return writing("InsertFlow", func(ctx context.Context, tx store.Tx) error { return tx.InsertFlow(ctx, flow(r)) })
	case 38:
		f := flow(r)
		f.Name, f.Disabled = texts[1+s.pick(len(texts)-1)], s.pick(3) == 2
		return writing("UpdateFlow", func(ctx context.Context, tx store.Tx) error { return tx.UpdateFlow(ctx, f) })
	default:
		if s.pick(4) == 3 {
			return writing("DeleteFlow", func(ctx context.Context, tx store.Tx) error { return tx.DeleteFlow(ctx, flow(r).ID) })
		}
		return reading("Schema", func(ctx context.Context, tx store.Tx) (any, error) { return tx.Schema(ctx, r) })
	}
}

func (s *script) field(r membership.Resource, n, a int) membership.Field {
	f := field(a, r)
	f.Type = types[a%len(types)]
	f.Slug, f.CreatedAt, f.UpdatedAt = []string{"x", "X2", "y", "z-z", "_"}[s.pick(5)], at(n), at(n)
	f.Disabled, f.OmitNull, f.Indexed, f.Order = s.pick(4) == 1, s.pick(3) == 1, s.pick(2) == 1, s.pick(3)
	f.Initial = s.valueOf(f.Type)
	if s.pick(2) == 1 {
		f.Initial = membership.Value{}
	}
	return f
}

func reading(name string, run func(context.Context, store.Tx) (any, error)) operation {
	return operation{name, run}
}

func writing(name string, run func(context.Context, store.Tx) error) operation {
	return operation{name, func(ctx context.Context, tx store.Tx) (any, error) { return nil, run(ctx, tx) }}
}
