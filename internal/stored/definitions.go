package stored

import (
	"errors"

	"github.com/roster-go/roster/membership"
)

// Definitions gathers the definitions of all resources while they are read, row by row. Its zero value has none.
type Definitions struct {
	flows  map[membership.Resource]membership.Flow
	fields map[membership.Resource][]membership.Field
	faults []error
}

// Add takes a row: a flow, and beside it one of its fields. Either is left out where it is zero.
func (d *Definitions) Add(flow membership.Flow, field membership.Field, texts FieldTexts) {
	if flow.ID.IsZero() {
		return
	}
	if d.flows == nil {
		d.flows = make(map[membership.Resource]membership.Flow)
		d.fields = make(map[membership.Resource][]membership.Field)
	}
	d.flows[flow.Resource] = flow
	if !field.ID.IsZero() {
		f, err := texts.Complete(field)
		f.Resource = flow.Resource
		d.fields[f.Resource] = append(d.fields[f.Resource], f)
		d.faults = append(d.faults, err)
	}
}

// Schemas are the definitions at a version. Its error says what of them is damaged.
func (d *Definitions) Schemas(version int64) (*Schemas, error) {
	if err := errors.Join(d.faults...); err != nil {
		return nil, err
	}
	return NewSchemas(version, d.flows, d.fields), nil
}
