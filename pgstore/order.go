package pgstore

import (
	"cmp"
	"strings"

	"github.com/roster-go/roster/internal/stored"
	"github.com/roster-go/roster/membership"
)

// A list by a text that an index has the beginnings of goes along that index: by the beginning, and then by id. That is the
// order, but among texts that are longer and begin alike. Where the page begins or ends with such a text, other rows may
// belong to it, and the list is read again in its very order, which may take reading all that begin alike. Why not so at
// once: then a page of a million members without an address would take reading all of them.

// ordering is how a list is sorted.
type ordering struct {
	key
	id         string // the column that breaks ties
	descending bool
	sure       bool // not only by the beginnings of texts
	extra      bool // the key is none of the list's columns, so it is the last one of the page
}

// key is what a list is sorted by.
type key struct {
	sql      string
	index    string // what an index has of a text: its beginning; or empty
	optional bool   // NULL where it is unset
}

// ordering spells the order of a list.
func (l listing[T]) ordering(s *stored.Schema, q membership.Query, sure bool) ordering {
	o := ordering{id: l.id, descending: q.Order.Descending(), sure: sure}
	if own, ok := expressions[l.resource][q.Order.Attr()]; ok {
		o.key = key{own.sql, own.index, false}
		_, short := begin(q.After.Key.Text()) // Why: behind a text that is not, the page would leave doubt
		o.sure = o.sure || o.index == "" || !short
		return o
	}
	o.sure, o.extra = true, true // Why sure: the index of a field has the time of creation between it and the id
	f, ok := s.Find(string(q.Order.Attr()))
	switch {
	case ok:
		e := customField(l.resource, f)
		o.key = key{e.sql, e.index, true}
	case q.After.Key.Kind() == membership.KindText: // Why a type: what it is compared with is a parameter
		o.key = key{`NULL::text`, ``, true}
	default:
		o.key = key{`NULL::bigint`, ``, true}
	}
	return o
}

// leavesDoubt reports whether other rows may belong to a page that was read in an order.
func leavesDoubt[T membership.Row](o ordering, by membership.Order, page []T) bool {
	if o.sure || len(page) == 0 {
		return false
	}
	for _, row := range []T{page[0], page[len(page)-1]} {
		if _, short := begin(row.Value(by.Attr()).Text()); !short {
			return true
		}
	}
	return false
}

// inner spells the order in which the page is found.
func (o ordering) inner() string {
	switch {
	case o.index == "":
		return o.by(o.sql, o.id)
	case o.sure:
		return o.by(o.index, o.sql, o.id)
	}
	return o.by(o.index, o.id)
}

// outer spells the order of the page p itself.
func (o ordering) outer() string {
	ofPage := func(column string) string { return `p` + column[strings.IndexByte(column, '.'):] }
	if o.extra {
		return o.by(`p.key`, ofPage(o.id))
	}
	return o.by(ofPage(o.sql), ofPage(o.id))
}

func (o ordering) by(expressions ...string) string {
	return strings.Join(expressions, o.direction()+`, `) + o.direction()
}

// direction spells where greater values come, and NULL: before all others where the order ascends.
func (o ordering) direction() string {
	switch {
	case o.descending && o.optional:
		return ` DESC NULLS LAST`
	case o.descending:
		return ` DESC`
	case o.optional:
		return ` NULLS FIRST`
	}
	return ``
}

// behind selects the rows that come after a position. NULL comes first where the order ascends, and in SQL it compares
// with nothing.
func (o ordering) behind(c *composed, after membership.Position) string {
	comparison := ` > `
	if o.descending {
		comparison = ` < `
	}
	id := c.bind(idParam(after.ID))
	value, isSet := cmp.Or(o.index, o.sql), after.Key.Kind() != membership.KindNull
	switch {
	case o.optional && o.descending && isSet:
		return `(` + o.above(c, comparison, after.Key, id) + ` OR ` + value + ` IS NULL)`
	case !o.optional, isSet:
		return o.above(c, comparison, after.Key, id)
	case o.descending:
		return `(` + value + ` IS NULL AND ` + o.id + comparison + id + `)`
	}
	return `(` + value + ` IS NOT NULL OR ` + o.id + comparison + id + `)`
}

// above compares key and id with those of a position, whose key is set.
func (o ordering) above(c *composed, comparison string, v membership.Value, id string) string {
	if o.index == "" {
		return `(` + o.sql + `, ` + o.id + `)` + comparison + `(` + c.bind(operand(v)) + `, ` + id + `)`
	}
	head, short := begin(v.Text())
	if short {
		return `(` + o.index + `, ` + o.id + `)` + comparison + `(` + c.bind(head) + `, ` + id + `)`
	}
	return `(` + o.index + `, ` + o.sql + `, ` + o.id + `)` + comparison + `(` + c.bind(head) + `, ` + c.bind(v.Text()) + `, ` + id + `)`
}
