package roster

import (
	"iter"

	"github.com/roster-go/roster/membership"
)

// walkSize is how many rows a walk reads at once: enough that the statement's own cost vanishes, few enough that
// nobody holds much.
const walkSize = 500

// walk turns a list that comes in pages into a sequence of all its rows.
func walk[T membership.Row](q membership.Query, page func(membership.Query) (membership.Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		q := q
		q.Limit, q.Offset = walkSize, 0
		for {
			p, err := page(q)
			if err != nil {
				var zero T
				yield(zero, err)
				return
			}
			for _, item := range p.Items {
				if !yield(item, nil) {
					return
				}
			}
			if len(p.Items) < walkSize {
				return
			}
			q.After = q.Order.Position(p.Items[len(p.Items)-1])
		}
	}
}
