package transfer

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

// Key is something that rows of a file are matched by with what is there.
type Key string

// The keys. Texts must be equal letter for letter, as in a filter with eq: an e-mail address in another case is another.
const (
	KeyID             Key = "id"
	KeyRegistrationID Key = "registration_id"
	KeyExternalRef    Key = "external_ref"
	KeyEmail          Key = "email"
)

// Keys lists every key.
func Keys() []Key { return []Key{KeyID, KeyRegistrationID, KeyExternalRef, KeyEmail} }

// name is what somebody may call a row: the value of one of its attributes.
type name struct {
	attr membership.Attribute
	text string
}

// index knows what there is under some ids and names: those that were asked for since the batch began. It is kept up to
// date with what the batch writes.
type index[T membership.Row] struct {
	ctx      context.Context
	resource membership.Resource
	attrs    []membership.Attribute // that rows have names by
	byID     func(context.Context, []uuid.UUID) ([]T, error)
	list     func(context.Context, membership.Query) (membership.Page[T], error)

	rows  map[uuid.UUID]T
	asked map[uuid.UUID]bool
	names map[name][]uuid.UUID // which rows have a name that was asked for
}

func newIndex[T membership.Row](
	ctx context.Context, r membership.Resource, byID func(context.Context, []uuid.UUID) ([]T, error),
	list func(context.Context, membership.Query) (membership.Page[T], error), attrs ...membership.Attribute,
) *index[T] {
	return &index[T]{ctx: ctx, resource: r, attrs: attrs, byID: byID, list: list,
		rows: map[uuid.UUID]T{}, asked: map[uuid.UUID]bool{}, names: map[name][]uuid.UUID{}}
}

func accountIndex(ctx context.Context, svc *roster.Service) *index[membership.Account] {
	byID := func(ctx context.Context, ids []uuid.UUID) ([]membership.Account, error) {
		all := make([]membership.AccountID, len(ids))
		for i, id := range ids {
			all[i].UUID = id
		}
		return svc.AccountsByID(ctx, all)
	}
	return newIndex(ctx, membership.ResourceAccount, byID, svc.Accounts, membership.AttrRegistrationID, membership.AttrExternalRef)
}

func memberIndex(ctx context.Context, svc *roster.Service) *index[membership.Member] {
	byID := func(ctx context.Context, ids []uuid.UUID) ([]membership.Member, error) {
		all := make([]membership.MemberID, len(ids))
		for i, id := range ids {
			all[i].UUID = id
		}
		return svc.MembersByID(ctx, all)
	}
	return newIndex(ctx, membership.ResourceMember, byID, svc.Members, membership.AttrEmail)
}

func idOf(row membership.Row) uuid.UUID { return row.Value(membership.AttrID).ID() }

// ask looks up many rows at once, so that there are few questions to the store.
func (in *index[T]) ask(ids []uuid.UUID, names []name) error {
	if err := in.askIDs(ids); err != nil {
		return err
	}
	for _, attr := range in.attrs {
		var texts []string
		for _, n := range names {
			if _, known := in.names[n]; known || n.attr != attr {
				continue
			}
			in.names[n] = nil // Why here: it may be among the names twice
			if in.askable(n) {
				texts = append(texts, n.text)
			}
		}
		if err := in.askTexts(attr, texts); err != nil {
			return err
		}
	}
	return nil
}

func (in *index[T]) askIDs(ids []uuid.UUID) error {
	ids = slices.DeleteFunc(ids, func(id uuid.UUID) bool { return in.asked[id] })
	if len(ids) == 0 {
		return nil
	}
	found, err := in.byID(in.ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		in.asked[id] = true
	}
	for _, row := range found {
		in.rows[idOf(row)] = row
	}
	return nil
}

// fewRows is how many times as many rows as texts there may be for it to be better to look at each of them. Why at all: a
// store without an index looks at all rows for every question.
const fewRows = 4

// askTexts looks up who has one of some texts.
func (in *index[T]) askTexts(attr membership.Attribute, texts []string) error {
	if len(texts) > membership.MaxFilterTerms {
		all, err := in.list(in.ctx, membership.Query{Limit: -1})
		if err != nil {
			return err
		}
		if all.Total <= fewRows*len(texts) {
			return in.lookAtAll(attr, all.Total)
		}
	}
	for some := range slices.Chunk(texts, membership.MaxFilterTerms) {
		if err := in.askSome(attr, some); err != nil {
			return err
		}
	}
	return nil
}

// lookAtAll looks at all rows, of which there are so many, for those that have a name which was asked for.
func (in *index[T]) lookAtAll(attr membership.Attribute, total int) error {
	all, err := in.list(in.ctx, membership.Query{Limit: total + 1})
	if err != nil {
		return err
	}
	for _, row := range all.Items {
		n := name{attr, row.Value(attr).Text()}
		if _, wanted := in.names[n]; wanted && n.text != "" {
			in.found(n, row)
		}
	}
	return nil
}

// found notes a row that has a name.
func (in *index[T]) found(n name, row T) {
	id := idOf(row)
	in.rows[id], in.asked[id] = row, true
	in.call(n, id)
}

// askable reports whether a name can be asked for. One that cannot is nobody's.
func (in *index[T]) askable(n name) bool {
	question := membership.All(membership.Eq(n.attr, membership.TextValue(n.text)))
	return n.text != "" && question.Validate(in.resource) == nil
}

// mostNamesakes is how many rows one question is answered with; where there are more, some of its texts are ambiguous.
const mostNamesakes = 100

// askSome looks up who has one of some texts: as many as a filter has terms.
func (in *index[T]) askSome(attr membership.Attribute, texts []string) error {
	anyOf := make(membership.AnyOf, len(texts))
	for i, text := range texts {
		anyOf[i] = membership.Eq(attr, membership.TextValue(text))
	}
	found, err := in.list(in.ctx, membership.Query{Filter: membership.Filter{anyOf}, Limit: mostNamesakes})
	if err != nil {
		return err
	}
	if found.Total > len(found.Items) && len(texts) > 1 {
		for _, text := range texts {
			if err := in.askSome(attr, []string{text}); err != nil {
				return err
			}
		}
		return nil
	}
	for _, row := range found.Items {
		in.found(name{attr, row.Value(attr).Text()}, row)
	}
	return nil
}

// call notes that a row has a name, if that was asked for.
func (in *index[T]) call(n name, id uuid.UUID) {
	if all, known := in.names[n]; known && !slices.Contains(all, id) {
		in.names[n] = append(all, id)
	}
}

// put notes a row as it is now.
func (in *index[T]) put(row T) {
	id := idOf(row)
	if old, known := in.rows[id]; known {
		for _, attr := range in.attrs {
			n := name{attr, old.Value(attr).Text()}
			if all, known := in.names[n]; known {
				in.names[n] = slices.DeleteFunc(all, func(other uuid.UUID) bool { return other == id })
			}
		}
	}
	in.rows[id], in.asked[id] = row, true
	for _, attr := range in.attrs {
		in.call(name{attr, row.Value(attr).Text()}, id)
	}
}

// row is the one that has an id.
func (in *index[T]) row(id uuid.UUID) (row T, found bool, err error) {
	if !in.asked[id] {
		if err := in.ask([]uuid.UUID{id}, nil); err != nil {
			return row, false, err
		}
	}
	row, found = in.rows[id]
	return row, found, nil
}

// called is the only one that has a name. Its error is an ambiguousError where several have it.
func (in *index[T]) called(n name) (row T, found bool, err error) {
	if n.text == "" { // Why: it means that a row has no name
		return row, false, nil
	}
	if _, known := in.names[n]; !known {
		if err := in.ask(nil, []name{n}); err != nil {
			return row, false, err
		}
	}
	switch ids := in.names[n]; len(ids) {
	case 0:
		return row, false, nil
	case 1:
		return in.rows[ids[0]], true, nil
	default:
		return row, false, &ambiguousError{string(n.attr),
			fmt.Sprintf("several rows have the %s %q: name the one that is meant by its id", n.attr, n.text)}
	}
}

// match finds the row that an entry is about: the one with its id, or, where it names none, with one of its names, of which
// the first that finds one counts. An entry's derived id always counts, so that a second import finds what the first made.
func match[T membership.Row](b *batch, in *index[T], e *entry, names []name) (row T, by Key, found bool, err error) {
	if b.matches[KeyID] || !e.named {
		if row, found, err = in.row(e.id); found || err != nil {
			return row, KeyID, found, err
		}
	}
	if e.named {
		return row, "", false, nil
	}
	for _, n := range names {
		if !b.matches[Key(n.attr)] {
			continue
		}
		if row, found, err = in.called(n); found || err != nil {
			return row, Key(n.attr), found, err
		}
	}
	return row, "", false, nil
}
