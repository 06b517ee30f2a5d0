package roster

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// Schema is everything about the custom fields of a resource: its flow and the definitions, by their order. It is the
// zero Schema when there are none.
func (s *Service) Schema(ctx context.Context, r membership.Resource) (membership.Schema, error) {
	return s.store.Schema(ctx, r)
}

// Fields are the definitions of a resource's custom fields, by their order and then by their slugs, those that are
// disabled too.
func (s *Service) Fields(ctx context.Context, r membership.Resource) ([]membership.Field, error) {
	schema, err := s.store.Schema(ctx, r)
	return schema.Fields, err
}

// ListFields answers one page of the definitions of all resources.
//
// Errors: [membership.ErrInvalidFilter], [membership.ErrInvalidOrder].
func (s *Service) ListFields(ctx context.Context, q membership.Query) (membership.Page[membership.Field], error) {
	return definitions(ctx, s, membership.ResourceField, q, func(schema membership.Schema) []membership.Field { return schema.Fields })
}

// Field looks up a definition, or answers [membership.ErrFieldNotFound].
func (s *Service) Field(ctx context.Context, id membership.FieldID) (membership.Field, error) {
	var found membership.Field
	err := s.store.View(ctx, func(r store.Reader) (err error) {
		found, err = findField(ctx, r, id)
		return err
	})
	return orZero(found, err)
}

// DefineField adds a custom field to a resource. A zero ID becomes a new one; one that is given is kept. The times and
// the initial value are set here, whatever was given. No row is written, however many there are; an index, where the
// field asks for one, reads them once. A resource that has no flow yet gets one.
//
// Errors: [membership.ErrInvalidField], [membership.ErrInvalidValue], [membership.ErrSlugTaken],
// [membership.ErrDuplicateID], [membership.ErrTooManyFields].
func (s *Service) DefineField(ctx context.Context, f membership.Field) (membership.Field, error) {
	d := newDefinition(atOnce(f, s.now()))
	err := s.update(ctx, func(tx store.Tx) error { return d.insert(ctx, tx) })
	return orZero(d.field, err)
}

// definition is a field that is about to be defined, with a flow in case that its resource has none.
type definition struct {
	field membership.Field
	flow  membership.Flow
	fault error
}

// atOnce is a field that is defined at a time, which its flow would be, too.
func atOnce(f membership.Field, now time.Time) (membership.Field, time.Time) {
	f.CreatedAt, f.UpdatedAt = now, now
	return f, now
}

// newDefinition readies a definition, whose flow would be made now. Why in advance: a transaction may run more than
// once, and must write the same each time.
func newDefinition(f membership.Field, now time.Time) definition {
	f, fault := f.Normalize()
	if f.ID.IsZero() {
		f.ID = membership.FieldID{UUID: newID()}
	}
	f.Initial = f.Default
	flow := membership.NewFlow(f.Resource)
	flow.ID, flow.CreatedAt, flow.UpdatedAt = membership.FlowID{UUID: newID()}, now, now
	return definition{f, flow, fault}
}

// check looks for whatever refuses the definition, given what there is already.
func (d definition) check(ctx context.Context, tx store.Tx, schema membership.Schema) error {
	if d.fault != nil {
		return d.fault
	}
	if err := schema.CheckCount(); err != nil {
		return err
	}
	if err := schema.CheckSlug(d.field); err != nil {
		return err
	}
	switch _, err := findField(ctx, tx, d.field.ID); {
	case err == nil:
		return &membership.Error{Cause: membership.ErrDuplicateID} // with facts, because EnsureFields adds which field it was
	case !errors.Is(err, membership.ErrFieldNotFound):
		return err
	}
	return nil
}

func (d definition) insert(ctx context.Context, tx store.Tx) error {
	schema, err := tx.Schema(ctx, d.field.Resource)
	if err != nil {
		return err
	}
	if err := d.check(ctx, tx, schema); err != nil { // Why first: a refusal has written nothing
		return err
	}
	if schema.Flow.ID.IsZero() {
		if err := tx.InsertFlow(ctx, d.flow); err != nil {
			return err
		}
	}
	return tx.InsertField(ctx, d.field)
}

// UpdateField changes what the update names of a definition. It changes no value: each row goes on answering what it
// answered, under the new slug where that is changed. The time of update moves only when something differs.
//
// Errors: [membership.ErrFieldNotFound], [membership.ErrFlowImmutable], [membership.ErrFieldTypeImmutable],
// [membership.ErrInvalidField], [membership.ErrInvalidValue], [membership.ErrSlugTaken].
func (s *Service) UpdateField(ctx context.Context, id membership.FieldID, u membership.FieldUpdate) (membership.Field, error) {
	var updated membership.Field
	err := s.update(ctx, func(tx store.Tx) error {
		old, err := findField(ctx, tx, id)
		if err != nil {
			return err
		}
		if updated, err = u.Apply(old); err == nil {
			updated, err = updated.Normalize()
		}
		if err != nil || updated.Equal(old) {
			return err
		}
		schema, err := tx.Schema(ctx, old.Resource)
		if err != nil {
			return err
		}
		if err := schema.CheckSlug(updated); err != nil {
			return err
		}
		updated.UpdatedAt = s.later(old.UpdatedAt)
		return tx.UpdateField(ctx, updated)
	})
	return orZero(updated, err)
}

// DeleteField removes a definition and, in the same transaction, its values. It tells how many rows had one, or answers
// [membership.ErrFieldNotFound].
func (s *Service) DeleteField(ctx context.Context, id membership.FieldID) (values int, err error) {
	err = s.update(ctx, func(tx store.Tx) (err error) {
		values, err = tx.DeleteField(ctx, id)
		return err
	})
	return orZero(values, err)
}

// EnsureFields makes sure, in one transaction, that custom fields are defined as they are given: for programs that
// declare at start-up the fields that they need. A field is known by its resource and its slug; one that is there is
// changed where it differs, but for its id, its times and its initial value, and one that is not is added; what
// somebody else has set meanwhile, such as Disabled or Default, becomes again what is given. Others are left alone. Any
// number of programs may do so at once.
//
// Errors: those of [Service.DefineField] and [membership.ErrFieldTypeImmutable]; the Index of the [membership.Error]
// says which field was at fault. Within a [Service.Update] an error makes the whole fail, as that of an Update within
// does.
func (s *Service) EnsureFields(ctx context.Context, fields ...membership.Field) error {
	all, now := make([]definition, 0, len(fields)), s.now()
	for _, f := range fields {
		all = append(all, newDefinition(atOnce(f, now)))
	}
	return s.Update(ctx, func(in *Service) error {
		for i, d := range all {
			if err := in.ensureField(ctx, d); err != nil {
				return at(i, err)
			}
		}
		return nil
	})
}

func (s *Service) ensureField(ctx context.Context, d definition) error {
	return s.update(ctx, func(tx store.Tx) error {
		schema, err := tx.Schema(ctx, d.field.Resource)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(schema.Fields, func(f membership.Field) bool { return f.Slug == d.field.Slug })
		if i < 0 || d.fault != nil {
			return d.insert(ctx, tx)
		}
		old, wanted := schema.Fields[i], d.field
		if wanted.Type != old.Type {
			_, err := membership.FieldUpdate{Type: &wanted.Type}.Apply(old)
			return err
		}
		wanted.ID, wanted.Initial, wanted.CreatedAt, wanted.UpdatedAt = old.ID, old.Initial, old.CreatedAt, old.UpdatedAt
		if wanted.Equal(old) {
			return nil
		}
		wanted.UpdatedAt = s.later(old.UpdatedAt)
		return tx.UpdateField(ctx, wanted)
	})
}

// at says which of several values was at fault.
func at(i int, err error) error {
	return eachFault(err, func(fault *membership.Error) { fault.Index = i })
}

// eachFault changes every fault of an error: copies of them, because an error is its maker's.
func eachFault(err error, change func(*membership.Error)) error {
	faults := membership.Faults(err)
	if len(faults) == 0 {
		return err
	}
	var all []error
	for _, fault := range faults {
		c := *fault
		change(&c)
		all = append(all, &c)
	}
	if len(all) == 1 {
		return all[0]
	}
	return errors.Join(all...)
}

// findField looks a definition up among those of all resources.
func findField(ctx context.Context, r store.Reader, id membership.FieldID) (membership.Field, error) {
	for _, resource := range membership.FlowResources() {
		schema, err := r.Schema(ctx, resource)
		if err != nil {
			return membership.Field{}, err
		}
		for _, f := range schema.Fields {
			if f.ID == id {
				return f, nil
			}
		}
	}
	return membership.Field{}, membership.ErrFieldNotFound
}

// definitions answers a query about what the schemas of all resources have. There are few enough to look at each.
func definitions[T membership.Row](
	ctx context.Context, s *Service, resource membership.Resource, q membership.Query, of func(membership.Schema) []T,
) (membership.Page[T], error) {
	if err := q.Validate(resource); err != nil {
		return membership.Page[T]{}, err
	}
	var all []T
	err := s.store.View(ctx, func(r store.Reader) error {
		all = nil
		for _, resource := range membership.FlowResources() {
			schema, err := r.Schema(ctx, resource)
			if err != nil {
				return err
			}
			all = append(all, of(schema)...)
		}
		return nil
	})
	if err != nil {
		return membership.Page[T]{}, err
	}
	return membership.Select(slices.Values(all), func(row T) bool { return q.Filter.Match(row) }, q), nil
}
