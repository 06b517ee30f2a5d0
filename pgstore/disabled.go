package pgstore

import (
	"cmp"
	"context"

	"github.com/google/uuid"

	"github.com/roster-go/roster/internal/stored"
	"github.com/roster-go/roster/membership"
)

// DisabledValues implements [store.FieldReader].
func (r reader) DisabledValues(
	ctx context.Context, resource membership.Resource, wanted []uuid.UUID,
) (found map[uuid.UUID]membership.Fields, err error) {
	list := ids(wanted, func(id uuid.UUID) uuid.UUID { return id })
	err = r.reading(ctx, r.lastSchemas(), func(s *stored.Schemas) (int64, error) {
		var (
			own   = s.Of(resource)
			id    uuid.UUID
			kept  = keptFields{version: unread}
			fault error
		)
		found = make(map[uuid.UUID]membership.Fields)
		dest := []column{scanNumber(&kept.version), scanID(&id), scanText(&kept.text)}
		err := r.rows(ctx, fieldTables[resource].selectKept, dest, func() {
			if kept.version != s.Version || fault != nil {
				return
			}
			var values membership.Fields
			if values, fault = own.Decode(kept.text); fault == nil {
				if hidden := own.Hidden(values); !hidden.IsZero() {
					found[id] = hidden
				}
			}
		}, list)
		return kept.version, cmp.Or(err, fault)
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}
