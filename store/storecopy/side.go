package storecopy

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// side is one of the two stores as it is read, with its definitions of custom fields.
type side struct {
	store.Reader
	definitions map[membership.Resource]membership.Schema
}

func newSide(ctx context.Context, r store.Reader) (*side, error) {
	s := &side{r, make(map[membership.Resource]membership.Schema)}
	for _, resource := range membership.FlowResources() {
		schema, err := r.Schema(ctx, resource)
		if err != nil {
			return nil, err
		}
		s.definitions[resource] = schema
	}
	return s, nil
}

// defined are the definitions of the resources that have any.
func (s *side) defined() []membership.Schema {
	var defined []membership.Schema
	for _, resource := range membership.FlowResources() {
		if schema := s.definitions[resource]; !schema.Flow.ID.IsZero() {
			defined = append(defined, schema)
		}
	}
	return defined
}

// flowsAndFields are all definitions.
func (s *side) flowsAndFields() (flows []membership.Flow, fields []membership.Field) {
	for _, schema := range s.defined() {
		flows = append(flows, schema.Flow)
		fields = append(fields, schema.Fields...)
	}
	return flows, fields
}

// The rows as they are read get a value for each field, also of disabled ones, null where there is none. These are what to
// write where all fields are enabled, and what two stores have in common of which one has kept what the other answers with
// as an initial value.

func (s *side) wholeAccounts(ctx context.Context, rows []membership.Account) error {
	return whole(ctx, s, membership.ResourceAccount, rows,
		func(a *membership.Account) (uuid.UUID, *membership.Fields) { return a.ID.UUID, &a.Fields })
}

func (s *side) wholeMembers(ctx context.Context, rows []membership.Member) error {
	return whole(ctx, s, membership.ResourceMember, rows,
		func(m *membership.Member) (uuid.UUID, *membership.Fields) { return m.ID.UUID, &m.Fields })
}

func (s *side) wholeMemberships(ctx context.Context, rows []membership.Membership) error {
	return whole(ctx, s, membership.ResourceMembership, rows,
		func(m *membership.Membership) (uuid.UUID, *membership.Fields) { return m.ID.UUID, &m.Fields })
}

func whole[T any](ctx context.Context, s *side, r membership.Resource, rows []T, of func(*T) (uuid.UUID, *membership.Fields)) error {
	schema := s.definitions[r]
	if len(schema.Fields) == 0 || len(rows) == 0 {
		return nil
	}
	hidden := map[uuid.UUID]membership.Fields{}
	if len(schema.Enabled()) < len(schema.Fields) {
		wanted := make([]uuid.UUID, len(rows))
		for i := range rows {
			wanted[i], _ = of(&rows[i])
		}
		var err error
		if hidden, err = s.DisabledValues(ctx, r, wanted); err != nil {
			return err
		}
	}
	for i := range rows {
		id, fields := of(&rows[i])
		*fields = wholeFields(schema, *fields, hidden[id])
	}
	return nil
}

func wholeFields(schema membership.Schema, answered, hidden membership.Fields) membership.Fields {
	values := make([]membership.FieldValue, 0, len(schema.Fields))
	for _, f := range schema.Fields {
		v := answered.Value(f.Slug)
		if f.Disabled || schema.Flow.Disabled {
			v = f.Initial
			if hidden.Has(f.Slug) {
				v = hidden.Value(f.Slug)
			}
		}
		values = append(values, membership.FieldValue{Slug: f.Slug, Value: v})
	}
	return membership.NewFields(values...)
}

// settlePoll is how often it is looked whether a change log can be read to its end.
const settlePoll = 100 * time.Millisecond

// settle waits until a store shows the last change of its log, which it may do a while after that was committed.
func settle(ctx context.Context, st store.Store) error {
	var last int64
	err := st.Update(ctx, func(tx store.Tx) (err error) {
		last, err = tx.AppendChanges(ctx, nil) // which adds nothing, and says how far the log goes
		return err
	})
	for err == nil {
		var page membership.ChangePage
		page, err = st.Changes(ctx, membership.ChangeQuery{Limit: -1})
		if err != nil || page.Last >= last {
			return err
		}
		err = st.AwaitChanges(ctx, page.Last, settlePoll)
	}
	return err
}
