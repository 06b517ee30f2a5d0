package memstore

import (
	"iter"
	"slices"

	"github.com/roster-go/roster/membership"
)

// list answers a query over rows: selects, counts, sorts and cuts the page, by the definitions in package
// membership.
func list[T membership.Row](rows iter.Seq[T], match func(T) bool, q membership.Query) membership.Page[T] {
	type placed struct {
		at  membership.Position
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
	page := membership.Page[T]{Items: make([]T, 0, last-first), Total: total}
	for _, p := range found[first:last] {
		page.Items = append(page.Items, p.row)
	}
	return page
}

// rowsOf are the rows of a table.
func rowsOf[K comparable, V, T any](table map[K]V, row func(V) T) iter.Seq[T] {
	return func(yield func(T) bool) {
		for _, v := range table {
			if !yield(row(v)) {
				return
			}
		}
	}
}

// pick returns the values that a map has for the keys, each once.
func pick[K comparable, V, T any](from map[K]V, keys []K, row func(V) T) []T {
	picked := make([]T, 0, len(keys))
	seen := make(map[K]bool, len(keys))
	for _, key := range keys {
		if v, ok := from[key]; ok && !seen[key] {
			picked = append(picked, row(v))
			seen[key] = true
		}
	}
	return picked
}
