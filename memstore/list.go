package memstore

import "iter"

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
