package storecopy

import (
	"context"
	"fmt"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// kind is how rows are added to the target.
type kind[T comparable] struct {
	name string         // of many
	id   func(T) string // what they are told apart by, for people too
	// there are those of the rows, and maybe others, that the target has already.
	there func(ctx context.Context, tx target, rows []T) ([]T, error)
	// insert adds rows up to one that the target does not take, and tells how many.
	insert func(ctx context.Context, tx target, rows []T) (int, error)
}

// target is a transaction of the target.
type target struct {
	store.Tx
	definitions map[membership.Resource]membership.Schema // all of them enabled
}

// side is the target as it is read.
func (t target) side() *side { return &side{t.Tx, t.definitions} }

// each makes an insert of what adds one row.
func each[T any](insert func(ctx context.Context, tx target, row T) error) func(context.Context, target, []T) (int, error) {
	return func(ctx context.Context, tx target, rows []T) (int, error) {
		for n, row := range rows {
			if err := insert(ctx, tx, row); err != nil {
				return n, err
			}
		}
		return len(rows), nil
	}
}

// add adds rows in one transaction, those of them that the target does not have yet, and returns how many those are.
func add[T comparable](ctx context.Context, c *copying, k kind[T], rows []T) (added int, err error) {
	if len(rows) == 0 {
		return 0, nil
	}
	err = c.to.Update(ctx, func(tx store.Tx) error {
		t := target{tx, c.opened}
		there, err := k.there(ctx, t, rows)
		if err != nil {
			return err
		}
		missing, err := k.missing(rows, there)
		if err != nil {
			return err
		}
		added, err = k.insert(ctx, t, missing)
		if err != nil && added < len(missing) {
			err = fmt.Errorf("the target does not take %s: %w", k.id(missing[added]), err)
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("%s: %w", k.name, err)
	}
	return added, nil
}

// missing are the rows that are not there. One that is there and is another one is ErrDiffers.
func (k kind[T]) missing(rows, there []T) ([]T, error) {
	if len(there) == 0 {
		return rows, nil
	}
	found := make(map[string]T, len(there))
	for _, row := range there {
		found[k.id(row)] = row
	}
	var missing []T
	for _, row := range rows {
		switch old, ok := found[k.id(row)]; {
		case !ok:
			missing = append(missing, row)
		case old != row:
			return nil, fmt.Errorf("%w: %s is another one in the target", ErrDiffers, k.id(row))
		}
	}
	return missing, nil
}

// addAll adds a batch of rows that are as they are read.
func addAll[T comparable](c *copying, k kind[T]) func(context.Context, []T, int) error {
	return func(ctx context.Context, batch []T, total int) error {
		added, err := add(ctx, c, k, batch)
		if err == nil {
			c.advance(k.name, len(batch), added, total)
		}
		return err
	}
}
