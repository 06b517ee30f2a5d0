package transfer

import (
	"errors"
	"slices"
	"strings"

	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
)

// allSchemas are the definitions of every resource.
func (b *batch) allSchemas() ([]membership.Schema, error) {
	var all []membership.Schema
	for _, r := range membership.FlowResources() {
		s, err := b.schema(r)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// flow creates or changes the flow that a row is.
func (b *batch) flow(e *entry) error {
	u := e.doc.FlowUpdate()
	slug := e.doc.Text("slug")
	createdAt, updatedAt := e.doc.Times()
	if err := e.check(); err != nil {
		return err
	}
	old, c, err := b.matchFlow(e, u)
	if err != nil {
		return err
	}
	if u.Resource != nil && *u.Resource != "" {
		b.flows[e.id] = *u.Resource // Why also where it is refused: fields name their flow by its id
	}
	defer b.redefined()
	if old.ID.IsZero() {
		if slug == nil {
			e.doc.Refuse("slug", "is required")
			return e.check()
		}
		if _, err := membership.ParseFlowSlug(*slug); err != nil {
			return err
		}
		f := membership.Flow{ID: membership.FlowID{UUID: e.id}, Resource: *u.Resource, CreatedAt: createdAt, UpdatedAt: updatedAt}
		f, err := u.Apply(f)
		if err == nil {
			_, err = b.create(e, f)
		}
		return err
	}
	wanted, immutable := u.Apply(old)
	if immutable != nil {
		wanted, c.differs = old, append(c.differs, "slug")
	}
	if wanted != old {
		c.differs = append(c.differs, "its description")
	}
	return b.meet(e, c, func() error {
		_, err := b.svc.UpdateFlow(b.ctx, old.ID, u)
		return err
	})
}

// matchFlow finds the flow that a row is about: the zero one where there is none.
func (b *batch) matchFlow(e *entry, u membership.FlowUpdate) (old membership.Flow, c conflict, err error) {
	all, err := b.allSchemas()
	if err != nil {
		return old, c, err
	}
	for _, s := range all {
		if s.Flow.ID.UUID == e.id && (b.matches[KeyID] || !e.named) {
			return s.Flow, conflict{cause: membership.ErrDuplicateID, by: string(KeyID), id: e.id}, nil
		}
	}
	for _, s := range all {
		if !e.named && u.Resource != nil && !s.Flow.ID.IsZero() && s.Flow.Resource == *u.Resource {
			return s.Flow, conflict{cause: membership.ErrFlowExists, by: "slug", id: s.Flow.ID.UUID}, nil
		}
	}
	return old, c, nil
}

// field creates or changes the custom field that a row defines.
func (b *batch) field(e *entry) error {
	u := e.doc.FieldUpdate()
	resource, err := b.resourceOf(e)
	if err != nil {
		return err
	}
	createdAt, updatedAt := e.doc.Times()
	if err := e.check(); err != nil {
		return err
	}
	if resource != "" {
		u.Resource = &resource
	}
	old, c, err := b.matchField(e, u)
	if err != nil {
		return err
	}
	defer b.redefined()
	if old.ID.IsZero() {
		return b.define(e, u, membership.Field{ID: membership.FieldID{UUID: e.id}, CreatedAt: createdAt, UpdatedAt: updatedAt})
	}
	wanted, immutable := u.Apply(old)
	if immutable != nil {
		wanted = old
		c.differs = append(c.differs, "its flow or its type")
	}
	if wanted, err = wanted.Normalize(); err != nil {
		return err
	}
	if !wanted.Equal(old) {
		c.differs = append(c.differs, "its definition")
	}
	return b.meet(e, c, func() error {
		_, err := b.svc.UpdateField(b.ctx, old.ID, u)
		return err
	})
}

// define defines a field that is not there yet.
func (b *batch) define(e *entry, u membership.FieldUpdate, f membership.Field) error {
	if u.Resource == nil {
		e.doc.Refuse(httpadapter.ResourceMember, "is required, or else relationships.flow.data.id; it must be "+resourceNames())
		return e.check()
	}
	f.Resource = *u.Resource
	if u.Type != nil {
		f.Type = *u.Type
	}
	f, err := u.Apply(f)
	if err == nil {
		_, err = b.create(e, f)
	}
	return err
}

// resourceOf reads of which resource a field is: by the resource's type, or by its flow. It is empty where nothing is said.
func (b *batch) resourceOf(e *entry) (membership.Resource, error) {
	if text := e.doc.Text(httpadapter.ResourceMember); text != nil && *text != "" {
		if r := membership.Resource(*text); slices.Contains(membership.FlowResources(), r) {
			return r, nil
		}
		if r, err := membership.ParseFlowSlug(*text); err == nil {
			return r, nil
		}
		e.doc.Refuse(httpadapter.ResourceMember, "must be "+resourceNames())
		return "", nil
	}
	id := e.doc.RelatedID("flow")
	if id == nil {
		return "", nil
	}
	f, err := b.svc.Flow(b.ctx, membership.FlowID{UUID: *id})
	if err == nil {
		return f.Resource, nil
	}
	if r, told := b.flows[*id]; told && errors.Is(err, membership.ErrFlowNotFound) {
		return r, nil
	}
	return "", pointed(err, membership.ErrFlowNotFound, "relationships/flow/data/id")
}

func resourceNames() string {
	var all []string
	for _, r := range membership.FlowResources() {
		all = append(all, string(r))
	}
	return strings.Join(all, ", ")
}

// matchField finds the field that a row is about: the zero one where there is none.
func (b *batch) matchField(e *entry, u membership.FieldUpdate) (old membership.Field, c conflict, err error) {
	all, err := b.allSchemas()
	if err != nil {
		return old, c, err
	}
	for _, s := range all {
		for _, f := range s.Fields {
			if f.ID.UUID == e.id && (b.matches[KeyID] || !e.named) {
				return f, conflict{cause: membership.ErrDuplicateID, by: string(KeyID), id: e.id}, nil
			}
		}
	}
	for _, s := range all {
		for _, f := range s.Fields {
			if !e.named && u.Resource != nil && u.Slug != nil && f.Resource == *u.Resource && f.Slug == *u.Slug {
				return f, conflict{cause: membership.ErrSlugTaken, by: "slug", id: f.ID.UUID}, nil
			}
		}
	}
	return old, c, nil
}
