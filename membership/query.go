package membership

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// DefaultPageSize is how many rows a page has unless the query says otherwise.
const DefaultPageSize = 25

// Query asks for one page of a list. The zero Query asks for the 25 newest rows.
type Query struct {
	Filter Filter
	Order  Order

	// Limit is how many rows the page has at most: 0 means [DefaultPageSize], below 0 none at all, which leaves
	// the total. There is no upper bound.
	Limit int
	// Offset is how many rows are left out before the page; below 0 counts as 0.
	Offset int
	// After starts the list behind a position of its order, whatever was inserted or deleted meanwhile; Offset counts
	// from there. The zero Position is the beginning. It does not change the total.
	After Position
}

// Size is the largest number of rows that the page may have.
func (q Query) Size() int {
	switch {
	case q.Limit == 0:
		return DefaultPageSize
	case q.Limit < 0:
		return 0
	}
	return q.Limit
}

// Skip is the number of rows before the page.
func (q Query) Skip() int { return max(q.Offset, 0) }

// Validate checks that the filter and the order fit the resource with its custom fields, and the position the order.
// Its errors are [ErrInvalidFilter] and [ErrInvalidOrder].
func (q Query) Validate(r Resource, fields ...Field) error {
	if err := q.Filter.Validate(r, fields...); err != nil {
		return err
	}
	if err := q.Order.Validate(r, fields...); err != nil {
		return err
	}
	return q.checkAfter(r, fields)
}

// checkAfter refuses a position of another order: engines do not agree on how values of different kinds compare.
func (q Query) checkAfter(r Resource, fields []Field) error {
	rule, _ := r.ruleFor(q.Order.Attr(), fields)
	kind := q.After.Key.kind
	if q.After.IsZero() || kind == rule.kind || kind == KindNull && (rule.kind == KindText || rule.custom) {
		return nil
	}
	return &Error{Cause: ErrInvalidOrder, Detail: fmt.Sprintf(
		"the list is sorted by %s, and the position that it should go on after is one of another order", rule.attr)}
}

// Page is what a query answers with: the rows of the page, never nil, and how many rows the list has in all.
type Page[T any] struct {
	Items []T
	Total int // after the filter, before limit, offset and position
}

// Select answers a query about rows that are all at hand, of which match accepts those that are in the list. It is what
// the answer to a query means; an engine that has a better way must come to the same.
func Select[T Row](rows iter.Seq[T], match func(T) bool, q Query) Page[T] {
	type placed struct {
		at  Position
		row T
	}
	var found []placed
	total := 0
	for row := range rows {
		if !match(row) {
			continue
		}
		total++
		at := q.Order.Position(row)
		if q.After.IsZero() || q.Order.Compare(at, q.After) > 0 {
			found = append(found, placed{at, row})
		}
	}
	slices.SortFunc(found, func(a, b placed) int { return q.Order.Compare(a.at, b.at) })

	first := min(q.Skip(), len(found))
	last := first + min(q.Size(), len(found)-first)
	page := Page[T]{Items: make([]T, 0, last-first), Total: total}
	for _, p := range found[first:last] {
		page.Items = append(page.Items, p.row)
	}
	return page
}

// Order says how a list is sorted. The zero Order is the newest first. Ties are broken by id in the same
// direction, so that every order is total and pages neither skip nor repeat a row.
type Order struct {
	By   Attribute // empty means created_at, descending
	Desc bool
}

// Attr is the attribute that the list is sorted by.
func (o Order) Attr() Attribute {
	if o.By == "" {
		return AttrCreatedAt
	}
	return o.By
}

// Descending reports whether the greatest value comes first.
func (o Order) Descending() bool { return o.Desc || o.By == "" }

// Less defines what the order means: whether a comes before b.
func (o Order) Less(a, b Row) bool { return o.Compare(o.Position(a), o.Position(b)) < 0 }

// Compare is Less for two positions: -1 when a comes before b, 1 when it comes behind, 0 when they are the same.
func (o Order) Compare(a, b Position) int {
	c := a.Key.Compare(b.Key)
	if c == 0 {
		c = IDValue(a.ID).Compare(IDValue(b.ID))
	}
	if o.Descending() {
		return -c
	}
	return c
}

// Position is a row's place in an order. It stays meaningful when the row is gone.
type Position struct {
	Key Value // the row's value of the attribute that the list is sorted by
	ID  uuid.UUID
}

// IsZero reports whether this is the beginning of every list.
func (p Position) IsZero() bool { return p == Position{} }

// Position is the place of a row in the order.
func (o Order) Position(row Row) Position {
	return Position{Key: row.Value(o.Attr()), ID: row.Value(AttrID).ID()}
}

// After reports whether a row comes behind a position; every row comes behind the zero Position.
func (o Order) After(row Row, p Position) bool {
	return p.IsZero() || o.Compare(o.Position(row), p) > 0
}

// ParseOrder reads an order as the wire spells it: an attribute, with a leading minus for descending. The empty
// text is the zero Order. Its error is [ErrInvalidOrder].
func ParseOrder(r Resource, s string, fields ...Field) (Order, error) {
	if s == "" {
		return Order{}, nil
	}
	name, desc := strings.CutPrefix(s, "-")
	o := Order{By: Attribute(name), Desc: desc}
	if name == "" || o.Validate(r, fields...) != nil {
		return Order{}, invalidOrder(r, s, fields)
	}
	return o, nil
}

// Validate checks that the list can be sorted so. Its error is [ErrInvalidOrder].
func (o Order) Validate(r Resource, fields ...Field) error {
	if rule, ok := r.ruleFor(o.Attr(), fields); !ok || !rule.sortable {
		return invalidOrder(r, string(o.By), fields)
	}
	return nil
}

func invalidOrder(r Resource, s string, fields []Field) error {
	return &Error{Cause: ErrInvalidOrder, Detail: fmt.Sprintf(
		"%q is not allowed, allowed are: %s, each with a leading - for descending", clip(s), list(r.Sortable(fields...)))}
}

// list prints the choices of an error's detail.
func list[T any](choices []T) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(choices), " ", ", "), "[]")
}
