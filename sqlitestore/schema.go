package sqlitestore

import (
	"cmp"
	"context"
	"database/sql"

	"github.com/google/uuid"

	"github.com/roster-go/roster/internal/stored"
	"github.com/roster-go/roster/membership"
)

// fieldVersion is the definitions' version, as a column. Each statement that reads rows reads it with them, and package
// stored says what for.
const fieldVersion = `(SELECT version FROM roster_field_version)`

const selectFieldVersion = `SELECT ` + fieldVersion

// schemas answers with the definitions as they are in the snapshot. Within one transaction they are looked for once.
func (r reader) schemas(ctx context.Context) (*stored.Schemas, error) {
	if sc, within := r.source.(*scope); within {
		if known := sc.schemas.Load(); known != nil {
			if err := sc.use(ctx); err != nil {
				return nil, err
			}
			sc.release(nil)
			return known, nil
		}
	}
	var version int64
	if _, err := r.row(ctx, selectFieldVersion, []sql.Scanner{scanNumber(&version)}); err != nil {
		return nil, err
	}
	return r.schemasAt(ctx, version)
}

// schemasAt answers with the definitions of a version that was just read. For a read on its own they are newer ones
// where they have changed since.
func (r reader) schemasAt(ctx context.Context, version int64) (s *stored.Schemas, err error) {
	if s = r.definitions().At(version); s == nil {
		s, err = r.loadSchemas(ctx)
	}
	if sc, within := r.source.(*scope); within && err == nil {
		sc.schemas.Store(s)
	}
	return s, err
}

// unread is what a statement has read of the version that had no row. It is none: they are 0 or odd.
const unread = -2

// reading runs read with the definitions that were read last and, as long as read finds that it saw rows of another
// version, again with others.
func (r reader) reading(ctx context.Context, read func(*stored.Schemas) (version int64, err error)) error {
	s := r.definitions().Get()
	if sc, within := r.source.(*scope); within {
		s = cmp.Or(sc.schemas.Load(), s)
	}
	for {
		version, err := read(s)
		if err != nil {
			return err
		}
		if version == unread { // Why not kept: nothing says that the transaction sees these
			return nil
		}
		if version == s.Version {
			if sc, within := r.source.(*scope); within {
				sc.schemas.Store(s)
			}
			return nil
		}
		if s, err = r.schemasAt(ctx, version); err != nil {
			return err
		}
	}
}

// noun is what statements have in common that read rows with custom fields. Their last columns are the definitions'
// version, what scan scans, and what the row has kept.
type noun[T membership.Row] struct {
	resource membership.Resource
	scan     func(*T) []sql.Scanner
	fields   func(*T) *membership.Fields
}

// keptFields is what was read of a row's custom fields.
type keptFields struct {
	version int64
	text    string
}

// dest are the destinations of a row's columns behind others.
func (n noun[T]) dest(others []sql.Scanner, kept *keptFields, row *T) []sql.Scanner {
	dest := make([]sql.Scanner, 0, 16)
	dest = append(append(dest, others...), scanNumber(&kept.version))
	return append(append(dest, n.scan(row)...), scanText(&kept.text))
}

// complete adds to a row what it answers with, if the definitions are those that it was read with.
func (n noun[T]) complete(row *T, kept keptFields, s *stored.Schemas) (err error) {
	if kept.version == s.Version && (*row).Value(membership.AttrID).ID() != uuid.Nil {
		*n.fields(row), err = s.Of(n.resource).Answer(kept.text)
	}
	return err
}

// one answers with the row of a statement, or with missing when it has none. A row of NULLs leaves the zero row. The
// others are the destinations of the columns before the row's.
func (n noun[T]) one(
	ctx context.Context, r reader, query string, others []sql.Scanner, missing error, args ...any,
) (row T, err error) {
	err = r.reading(ctx, func(s *stored.Schemas) (int64, error) {
		var kept keptFields
		*n.fields(&row) = membership.Fields{}
		found, err := r.row(ctx, query, n.dest(others, &kept, &row), args...)
		switch {
		case err != nil:
		case !found:
			err = missing
		default:
			err = n.complete(&row, kept, s)
		}
		return kept.version, err
	})
	if err != nil {
		var none T
		return none, err
	}
	return row, nil
}

// all answers with all rows of a statement.
func (n noun[T]) all(ctx context.Context, r reader, query string, args ...any) (items []T, err error) {
	err = r.reading(ctx, func(s *stored.Schemas) (int64, error) {
		var (
			row   T
			kept  = keptFields{version: unread}
			fault error
		)
		items = []T{}
		err := r.rows(ctx, query, n.dest(nil, &kept, &row), func() {
			if fault == nil {
				fault = n.complete(&row, kept, s)
				items = append(items, row)
			}
		}, args...)
		return kept.version, cmp.Or(err, fault)
	})
	if err != nil {
		return nil, err
	}
	return items, nil
}

// keep is what is stored of the values of a row that is written. The id is that of a row that has kept others; nil when
// it is new.
func (w writer) keep(ctx context.Context, r membership.Resource, id []byte, row membership.Fields) (any, error) {
	all, err := w.schemas(ctx)
	if err != nil {
		return nil, err
	}
	s := all.Of(r)
	var old membership.Fields
	if id != nil && s.HasDisabled() { // Why: a field that is disabled keeps its value
		var text string
		if _, err := w.row(ctx, fieldTables[r].selectFields, []sql.Scanner{scanText(&text)}, id); err != nil {
			return nil, err
		}
		if old, err = s.Decode(text); err != nil {
			return nil, err
		}
	}
	return optionalText(stored.EncodeFields(s.Keep(old, row))), nil
}
