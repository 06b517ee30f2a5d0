package memstore

import (
	"iter"
	"math"
	"slices"

	"github.com/roster-go/roster/membership"
)

// pointer is a row that is not copied to be looked at.
type pointer[T any] interface {
	*T
	membership.Row
}

// selection answers a query about stored rows, of which answer makes what is read. It comes to the same as
// [membership.Select], which keeps and sorts all rows, where this keeps few more than come up to the end of the page.
func selection[S, T any, R pointer[T]](rows iter.Seq[S], answer func(S) T, match func(R) bool, q membership.Query) membership.Page[T] {
	head := newHead[S](q)
	total := 0
	row := R(new(T))
	for stored := range rows {
		*row = answer(stored)
		if !match(row) {
			continue
		}
		total++
		if q.Size() > 0 {
			head.add(q.Order.Position(row), stored)
		}
	}
	page := head.sorted()
	page = page[min(q.Skip(), len(page)):]
	items := make([]T, len(page))
	for i, p := range page {
		items[i] = answer(p.row)
	}
	return membership.Page[T]{Items: items, Total: total}
}

// itself is what a row answers that is stored as it answers.
func itself[T any](row T) T { return row }

// head is the beginning of a list, up to the end of a page.
type head[S any] struct {
	query membership.Query
	most  int         // how many rows it has at most
	rows  []placed[S] // those, and others that have not been sorted out yet
	full  bool        // rows begins with as many as it has at most, sorted
}

// placed is a row with its place in an order.
type placed[S any] struct {
	at  membership.Position
	row S
}

func newHead[S any](q membership.Query) *head[S] {
	const enough = math.MaxInt / 4 // so that no sum overflows
	return &head[S]{query: q, most: min(q.Skip(), enough) + min(q.Size(), enough)}
}

func (h *head[S]) add(at membership.Position, row S) {
	if after := h.query.After; !after.IsZero() && h.query.Order.Compare(at, after) <= 0 {
		return
	}
	if h.full && h.query.Order.Compare(at, h.rows[h.most-1].at) > 0 {
		return
	}
	h.rows = append(h.rows, placed[S]{at, row})
	if len(h.rows) >= h.most+max(h.most, 100) { // Why so many: each sorting must sort out enough to be worth it
		h.rows, h.full = h.sorted(), true
	}
}

// sorted is the head of the rows that were added up to now.
func (h *head[S]) sorted() []placed[S] {
	slices.SortFunc(h.rows, func(a, b placed[S]) int { return h.query.Order.Compare(a.at, b.at) })
	return h.rows[:min(h.most, len(h.rows))]
}
