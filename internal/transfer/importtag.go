package transfer

import (
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

// tag creates or changes the account tag that a row is.
func (b *batch) tag(e *entry) error {
	u := e.doc.TagUpdate()
	createdAt, updatedAt := e.doc.Times()
	if err := e.check(); err != nil {
		return err
	}
	old, c, err := b.matchTag(e, u)
	if err != nil {
		return err
	}
	if old.ID.IsZero() {
		row, err := b.create(e, u.Apply(membership.Tag{ID: membership.TagID{UUID: e.id}, CreatedAt: createdAt, UpdatedAt: updatedAt}))
		if made, ok := row.(membership.Tag); ok {
			b.tags[made.Name] = made
		}
		return err
	}
	c.differs = differences(membership.ResourceTag, membership.Schema{}, old, u.Apply(old))
	return b.meet(e, c, func() error {
		_, err := b.svc.UpdateTag(b.ctx, old.ID, u)
		clear(b.tags)
		return err
	})
}

// matchTag finds the tag that a row is about: the zero one where there is none.
func (b *batch) matchTag(e *entry, u membership.TagUpdate) (old membership.Tag, c conflict, err error) {
	if b.matches[KeyID] || !e.named {
		old, err := b.tagByID(membership.TagID{UUID: e.id})
		if err != nil || !old.ID.IsZero() {
			return old, conflict{cause: membership.ErrDuplicateID, by: string(KeyID), id: old.ID.UUID}, err
		}
	}
	if e.named || u.Name == nil {
		return old, c, nil
	}
	old, err = b.tagCalled(*u.Name)
	return old, conflict{cause: membership.ErrTagNameTaken, by: "name", id: old.ID.UUID}, err
}

// tagByID is the tag that has the id; the zero one where there is none.
func (b *batch) tagByID(id membership.TagID) (membership.Tag, error) {
	t, err := b.svc.Tag(b.ctx, id)
	if errors.Is(err, membership.ErrTagNotFound) {
		return membership.Tag{}, nil
	}
	return t, err
}

// tagCalled is the tag that has the name; the zero one where there is none.
func (b *batch) tagCalled(name string) (membership.Tag, error) {
	if t, known := b.tags[name]; known {
		return t, nil
	}
	if !canBeTag(name) { // Why no question: it could be none
		return membership.Tag{}, nil
	}
	q := membership.Query{Filter: membership.All(membership.Eq(membership.AttrName, membership.TextValue(name))), Limit: 1}
	page, err := b.svc.Tags(b.ctx, q)
	if err != nil {
		return membership.Tag{}, err
	}
	b.tags[name] = membership.Tag{}
	if len(page.Items) > 0 {
		b.tags[name] = page.Items[0]
	}
	return b.tags[name], nil
}

// canBeTag reports whether a tag can have a name.
func canBeTag(name string) bool { return membership.Tag{Name: name}.Validate() == nil }

// tagging is what a row says about the tags of an account: all that it is to have.
type tagging struct {
	said bool
	tags []membership.Tag // those without an id are to be made
}

// are reports whether an account that has some tags has what the row says.
func (t tagging) are(has []membership.Tag) bool {
	if !t.said {
		return true
	}
	return len(missing(t.tags, has)) == 0 && len(missing(has, t.tags)) == 0
}

// missing are those of some tags that are not among others.
func missing(some, others []membership.Tag) (all []membership.Tag) {
	for _, t := range some {
		same := func(other membership.Tag) bool { return other.ID == t.ID && !t.ID.IsZero() }
		if !slices.ContainsFunc(others, same) {
			all = append(all, t)
		}
	}
	return all
}

// tagging reads which tags an account is to have: their names or ids, or references to them. Where accounts have a custom
// field that is called as the list of names is, that is the custom field.
func (b *batch) tagging(e *entry, custom membership.Schema) (t tagging, err error) {
	if _, own := custom.Find(tagsColumn); !own && e.doc.Has(tagsColumn) {
		for _, called := range e.tagNames() {
			if err := b.add(&t, called); err != nil {
				return t, err
			}
		}
		t.said = true
		return t, nil
	}
	ids, said := e.doc.Related("account_tags")
	for _, id := range ids {
		if err := b.addID(&t, tagsColumn, id); err != nil {
			return t, err
		}
	}
	t.said = said
	return t, nil
}

// tagNames are the names and ids that a row lists.
func (e *entry) tagNames() (all []string) {
	switch given := e.Data[tagsColumn].(type) {
	case nil:
		return nil
	case string:
		if e.Texts {
			return splitNames(given)
		}
	case []any:
		for _, element := range given {
			text, ok := element.(string)
			if !ok {
				e.doc.Refuse(tagsColumn, "must be a list of names or ids")
				return nil
			}
			all = append(all, text)
		}
		return all
	}
	e.doc.Refuse(tagsColumn, "must be a list of names or ids")
	return nil
}

// add adds a tag by its name or its id. A name that is not there is that of a tag to be made.
func (b *batch) add(t *tagging, called string) error {
	found, err := b.tagCalled(called)
	if err != nil {
		return err
	}
	if found.ID.IsZero() {
		if id, err := membership.ParseTagID(called); err == nil {
			return b.addID(t, tagsColumn, id.UUID)
		}
		found = membership.Tag{Name: called}
		if !canBeTag(called) {
			return &membership.Error{Cause: membership.ErrInvalidField, Field: tagsColumn,
				Detail: fmt.Sprintf("has %q in it, which cannot be the name of a tag", called)}
		}
	}
	if !slices.ContainsFunc(t.tags, func(other membership.Tag) bool { return other.ID == found.ID && other.Name == found.Name }) {
		t.tags = append(t.tags, found)
	}
	return nil
}

func (b *batch) addID(t *tagging, member string, id uuid.UUID) error {
	found, err := b.tagByID(membership.TagID{UUID: id})
	if err != nil {
		return err
	}
	if found.ID.IsZero() {
		return &membership.Error{Cause: membership.ErrTagNotFound, Field: member, Detail: fmt.Sprintf("none has the id %s", id)}
	}
	if !slices.ContainsFunc(t.tags, func(other membership.Tag) bool { return other.ID == found.ID }) {
		t.tags = append(t.tags, found)
	}
	return nil
}

// retag gives an account that has some tags those that a row says, and makes what is to be made.
func (b *batch) retag(account membership.AccountID, has []membership.Tag, t tagging) error {
	if !t.said {
		return nil
	}
	for i := range t.tags {
		if err := b.make(&t.tags[i]); err != nil {
			return err
		}
	}
	if gone := missing(has, t.tags); len(gone) > 0 {
		if _, err := b.svc.UntagAccount(b.ctx, account, tagIDs(gone)...); err != nil {
			return err
		}
	}
	if fresh := missing(t.tags, has); len(fresh) > 0 {
		if _, err := b.svc.TagAccount(b.ctx, account, tagIDs(fresh)...); err != nil {
			return err
		}
	}
	return nil
}

func tagIDs(tags []membership.Tag) []membership.TagID {
	ids := make([]membership.TagID, len(tags))
	for i, t := range tags {
		ids[i] = t.ID
	}
	return ids
}

// make makes a tag that has no id yet, unless a row before did. Its id is derived from the first file and its name.
func (b *batch) make(t *membership.Tag) error {
	if !t.ID.IsZero() {
		return nil
	}
	found, err := b.tagCalled(t.Name)
	if err != nil {
		return err
	}
	if found.ID.IsZero() {
		t.ID = membership.TagID{UUID: b.files[0].sum.named(t.Name)}
		found, err = b.svc.CreateTag(b.ctx, *t)
		if errors.Is(err, membership.ErrDuplicateID) { // Why: the tag that an earlier import made has another name by now
			t.ID = membership.TagID{}
			found, err = b.svc.CreateTag(b.ctx, *t)
		}
		if err != nil {
			return err
		}
		b.tags[t.Name] = found
	}
	*t = found
	return nil
}
