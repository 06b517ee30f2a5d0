package roster

import (
	"context"
	"time"

	"github.com/roster-go/roster/store"
)

// change is the shape of a partial update: what apply makes of the row that get reads is written when it differs, with
// a time of update that is not before the last one. apply refuses what breaks a rule.
func change[T comparable](
	ctx context.Context, s *Service,
	get func(store.Tx) (T, error), apply func(store.Tx, T) (T, error), updatedAt func(*T) *time.Time, put func(store.Tx, T) error,
) (T, error) {
	var updated T
	err := s.update(ctx, func(tx store.Tx) error {
		old, err := get(tx)
		if err != nil {
			return err
		}
		if updated, err = apply(tx, old); err != nil || updated == old {
			return err
		}
		*updatedAt(&updated) = s.later(*updatedAt(&old))
		return put(tx, updated)
	})
	return orZero(updated, err)
}

// orZero keeps the value of a call that failed from being taken for a result.
func orZero[T any](v T, err error) (T, error) {
	if err != nil {
		var zero T
		return zero, err
	}
	return v, nil
}
