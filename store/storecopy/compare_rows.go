package storecopy

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"

	"github.com/roster-go/roster/membership"
)

// comparing is how rows of a kind are compared.
type comparing[T any] struct {
	name    string // of one
	id      func(T) string
	order   func(a, b T) int
	differs func(a, b T) string // what is different between two of the same id; empty when they are equal
	rows    func(T) int         // how many rows one counts for
}

// compareStreams compares rows that come in their order.
func compareStreams[T any](c *comparison, from, to stream[T], k comparing[T]) error {
	return merge(from, to, k.order, func(which int, a, b T) error {
		switch {
		case which < 0:
			return c.differ("%s %s is missing in the target", k.name, k.id(a))
		case which > 0:
			return c.differ("%s %s is in the target only", k.name, k.id(b))
		}
		if what := k.differs(a, b); what != "" {
			return c.differ("%s %s %s", k.name, k.id(a), what)
		}
		c.rows += k.rows(a)
		return nil
	})
}

// compareRows compares rows that are read page by page.
func compareRows[T any](ctx context.Context, c *comparison, n noun[T]) error {
	done := 0
	read := func(s *side) stream[T] {
		q := membership.Query{Order: membership.Order{By: membership.AttrID}, Limit: batchesPerPage * c.opts.Batch}
		return pages(func(after *T) ([]T, bool, error) {
			if after != nil {
				q.After = n.position(*after)
			}
			page, err := n.page(ctx, s, q)
			if s == c.from {
				done += len(page.Items)
				c.opts.tell(Progress{Verifying: true, Kind: n.name + "s", Done: done, Total: page.Total})
			}
			return page.Items, len(page.Items) == q.Limit, err
		})
	}
	order := func(a, b T) int {
		x, y := n.id(a), n.id(b)
		return bytes.Compare(x[:], y[:])
	}
	return compareStreams(c, read(c.from), read(c.to),
		comparing[T]{n.name, func(row T) string { return n.id(row).String() }, order, n.differs, n.rows})
}

// compareFew compares rows that are all at hand, in any order.
func compareFew[T any](c *comparison, name string, id func(T) string, differs func(a, b T) string, from, to []T) error {
	order := func(a, b T) int { return cmp.Compare(id(a), id(b)) }
	from, to = slices.SortedFunc(slices.Values(from), order), slices.SortedFunc(slices.Values(to), order)
	return compareStreams(c, listed(from), listed(to), comparing[T]{name, id, order, differs, one[T]})
}

func (c *comparison) settings(ctx context.Context) error {
	from, err := c.from.Settings(ctx)
	if err != nil {
		return err
	}
	to, err := c.to.Settings(ctx)
	switch {
	case err != nil:
		return err
	case from != to:
		return c.differ("the settings are others in the target")
	}
	c.rows++
	return nil
}

func (c *comparison) definitions(context.Context) error {
	flows, fields := c.from.flowsAndFields()
	flowsToo, fieldsToo := c.to.flowsAndFields()
	err := compareFew(c, "flow", func(f membership.Flow) string { return f.ID.String() }, compared[membership.Flow], flows, flowsToo)
	if err != nil {
		return err
	}
	differs := func(a, b membership.Field) string {
		if !sameField(a, b) {
			return isAnother
		}
		return ""
	}
	return compareFew(c, "field", func(f membership.Field) string { return f.ID.String() }, differs, fields, fieldsToo)
}

func (c *comparison) credentials(ctx context.Context) error {
	from, err := c.from.Credentials(ctx)
	if err != nil {
		return err
	}
	to, err := c.to.Credentials(ctx)
	if err != nil {
		return err
	}
	return compareFew(c, "credential", credentialKind.id, compared[membership.Credential], from, to)
}

func (c *comparison) consumers(ctx context.Context) error {
	from, err := c.from.Consumers(ctx)
	if err != nil {
		return err
	}
	to, err := c.to.Consumers(ctx)
	if err != nil {
		return err
	}
	return compareFew(c, "consumer", consumerKind.id, compared[membership.Consumer], from, to)
}

// changes compares the logs, and where they begin and end.
func (c *comparison) changes(ctx context.Context) error {
	var bounds [2][2]int64
	done := 0
	read := func(i int, s *side) stream[membership.Change] {
		q := membership.ChangeQuery{Limit: c.opts.Batch}
		return pages(func(after *membership.Change) ([]membership.Change, bool, error) {
			if after != nil {
				q.After = after.Sequence
			}
			page, err := s.Changes(ctx, q)
			bounds[i] = [2]int64{page.First, page.Last}
			if i == 0 {
				done += len(page.Changes)
				c.opts.tell(Progress{Verifying: true, Kind: "changes", Done: done, Total: atMost(page)})
			}
			return page.Changes, len(page.Changes) == q.Limit, err
		})
	}
	err := compareStreams(c, read(0, c.from), read(1, c.to), comparing[membership.Change]{
		name:  "change",
		id:    func(change membership.Change) string { return fmt.Sprint(change.Sequence) },
		order: func(a, b membership.Change) int { return cmp.Compare(a.Sequence, b.Sequence) },
		differs: func(a, b membership.Change) string {
			if !reflect.DeepEqual(a, b) {
				return isAnother
			}
			return ""
		},
		rows: one[membership.Change],
	})
	if err == nil && bounds[0] != bounds[1] {
		err = c.differ("the change log goes from %d to %d, in the target from %d to %d", bounds[0][0], bounds[0][1], bounds[1][0], bounds[1][1])
	}
	return err
}
