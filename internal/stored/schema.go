package stored

import (
	"cmp"
	"slices"

	"github.com/roster-go/roster/membership"
)

// Schemas are the definitions of all resources at one version. They never change.
type Schemas struct {
	Version    int64
	byResource map[membership.Resource]*Schema
}

// NoSchemas are those of version 0: nobody has ever defined a field.
var NoSchemas = &Schemas{}

// NewSchemas are the flows of a version, and their fields in any order.
func NewSchemas(
	version int64, flows map[membership.Resource]membership.Flow, fields map[membership.Resource][]membership.Field,
) *Schemas {
	s := &Schemas{version, make(map[membership.Resource]*Schema, len(flows))}
	for resource, flow := range flows {
		s.byResource[resource] = newSchema(flow, fields[resource])
	}
	return s
}

// Of are the definitions of a resource, which may be none.
func (s *Schemas) Of(r membership.Resource) *Schema {
	if found := s.byResource[r]; found != nil {
		return found
	}
	return noSchema
}

// Field finds a definition by its id.
func (s *Schemas) Field(id membership.FieldID) (membership.Field, bool) {
	for _, of := range s.byResource {
		for _, f := range of.Fields {
			if f.ID == id {
				return f, true
			}
		}
	}
	return membership.Field{}, false
}

// Schema is what is known about the custom fields of one resource. It never changes.
type Schema struct {
	membership.Schema
	all, enabled []typedSlug       // by slug
	blank        membership.Fields // what a row answers with that has kept nothing
}

var noSchema = &Schema{}

func newSchema(flow membership.Flow, fields []membership.Field) *Schema {
	s := &Schema{Schema: membership.NewSchema(flow, fields)}
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

// Answer is what a row answers with that has kept the text, which is empty where it has kept nothing.
func (s *Schema) Answer(text string) (membership.Fields, error) {
	if text == "" || len(s.enabled) == 0 {
		return s.blank, nil
	}
	stored, err := decodeFields(text, s.enabled)
	return s.Resolve(stored), err
}

// HasDisabled reports whether there is a field that rows do not answer with, and may have kept a value of.
func (s *Schema) HasDisabled() bool { return len(s.enabled) < len(s.all) }

// Decode is all that a row has kept, of disabled fields too.
func (s *Schema) Decode(text string) (membership.Fields, error) {
	if text == "" {
		return membership.Fields{}, nil
	}
	return decodeFields(text, s.all)
}
