package sqlitestore

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"sync/atomic"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

// A row can only be read with the definitions of its custom fields, which hardly ever change. So they are kept in
// memory, and each statement that reads rows reads the definitions' version with them, a number that is drawn anew
// whenever one changes, whoever changes it. Those in memory are used where they have that very version: nothing stale
// is ever used, and the version of a change that was rolled back does not come again.

// fieldVersion is the definitions' version, as a column.
const fieldVersion = `(SELECT version FROM roster_field_version)`

// schemas are the definitions of all resources at one version. They never change.
type schemas struct {
	version    int64
	byResource map[membership.Resource]*schema
}

// schema is what is known about the custom fields of one resource.
type schema struct {
	membership.Schema
	all, enabled []typedSlug       // by slug
	blank        membership.Fields // what a row answers with that has kept nothing
}

var (
	noSchema  = &schema{}
	noSchemas = &schemas{} // of version 0: nobody has ever defined a field
)

func newSchema(flow membership.Flow, fields []membership.Field) *schema {
	s := &schema{Schema: membership.NewSchema(flow, fields)}
	s.all, s.enabled = typedSlugs(s.Fields), typedSlugs(s.Enabled())
	s.blank = s.Resolve(membership.Fields{})
	return s
}

func typedSlugs(fields []membership.Field) []typedSlug {
	all := make([]typedSlug, 0, len(fields))
	for _, f := range fields {
		all = append(all, typedSlug{f.Slug, f.Type})
	}
	slices.SortFunc(all, func(a, b typedSlug) int { return cmp.Compare(a.slug, b.slug) })
	return all
}

func (s *schemas) of(r membership.Resource) *schema {
	if found := s.byResource[r]; found != nil {
		return found
	}
	return noSchema
}

// field finds a definition by its id.
func (s *schemas) field(id membership.FieldID) (membership.Field, bool) {
	for _, of := range s.byResource {
		for _, f := range of.Fields {
			if f.ID == id {
				return f, true
			}
		}
	}
	return membership.Field{}, false
}

// answer is what a row answers with that has kept the text.
func (s *schema) answer(text string) (membership.Fields, error) {
	if text == "" || len(s.enabled) == 0 {
		return s.blank, nil
	}
	stored, err := decodeFields(text, s.enabled)
	return s.Resolve(stored), err
}

// definitions keeps the definitions that were read last.
type definitions struct{ last atomic.Pointer[schemas] }

// get returns them; those of version 0 when none were read.
func (d *definitions) get() *schemas {
	if s := d.last.Load(); s != nil {
		return s
	}
	return noSchemas
}

// at returns those of a version, or nil.
func (d *definitions) at(version int64) *schemas {
	for _, s := range []*schemas{noSchemas, d.get()} {
		if s.version == version {
			return s
		}
	}
	return nil
}

const selectFieldVersion = `SELECT ` + fieldVersion

// schemas answers with the definitions as they are in the snapshot. Within one transaction they are looked for once.
func (r reader) schemas(ctx context.Context) (*schemas, error) {
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
func (r reader) schemasAt(ctx context.Context, version int64) (s *schemas, err error) {
	if s = r.definitions().at(version); s == nil {
		s, err = r.loadSchemas(ctx)
	}
	if sc, within := r.source.(*scope); within && err == nil {
		sc.schemas.Store(s)
	}
	return s, err
}

// reading runs read with the definitions that were read last and, as long as read finds that it saw rows of another
// version, again with others.
func (r reader) reading(ctx context.Context, read func(*schemas) (version int64, err error)) error {
	s := r.definitions().get()
	if sc, within := r.source.(*scope); within {
		s = cmp.Or(sc.schemas.Load(), s)
	}
	for {
		version, err := read(s)
		if err != nil {
			return err
		}
		if version == s.version {
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

// stored is what was read of a row's custom fields.
type stored struct {
	version int64
	text    string
}

// dest are the destinations of a row's columns behind others.
func (n noun[T]) dest(others []sql.Scanner, kept *stored, row *T) []sql.Scanner {
	dest := make([]sql.Scanner, 0, 16)
	dest = append(append(dest, others...), scanNumber(&kept.version))
	return append(append(dest, n.scan(row)...), scanText(&kept.text))
}

// complete adds to a row what it answers with, if the definitions are those that it was read with.
func (n noun[T]) complete(row *T, kept stored, s *schemas) (err error) {
	if kept.version == s.version && (*row).Value(membership.AttrID).ID() != uuid.Nil {
		*n.fields(row), err = s.of(n.resource).answer(kept.text)
	}
	return err
}

// one answers with the row of a statement, or with missing when it has none. A row of NULLs leaves the zero row. The
// others are the destinations of the columns before the row's.
func (n noun[T]) one(
	ctx context.Context, r reader, query string, others []sql.Scanner, missing error, args ...any,
) (row T, err error) {
	err = r.reading(ctx, func(s *schemas) (int64, error) {
		var kept stored
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
	err = r.reading(ctx, func(s *schemas) (int64, error) {
		var (
			row   T
			kept  = stored{version: s.version} // Why: without a row there is none to be wrong about
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
	s := all.of(r)
	var old membership.Fields
	if id != nil && len(s.enabled) < len(s.all) { // Why: a field that is disabled keeps its value
		var text string
		if _, err := w.row(ctx, fieldTables[r].selectFields, []sql.Scanner{scanText(&text)}, id); err != nil {
			return nil, err
		}
		if text != "" {
			if old, err = decodeFields(text, s.all); err != nil {
				return nil, err
			}
		}
	}
	return encodeFields(s.Keep(old, row)), nil
}
