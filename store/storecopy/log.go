package storecopy

import (
	"context"
	"fmt"
	"slices"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// changes copies the change log, from behind what the target has of it.
func (c *copying) changes(ctx context.Context) error {
	var there int64
	err := c.to.Update(ctx, func(tx store.Tx) (err error) {
		there, err = tx.AppendChanges(ctx, nil) // Why not Changes: it might not show them all yet
		return err
	})
	for q := (membership.ChangeQuery{Limit: c.opts.Batch}); err == nil; {
		var page membership.ChangePage
		if page, err = c.from.Changes(ctx, q); err != nil {
			break
		}
		if page.Last < there {
			return fmt.Errorf("%w: the target's change log goes up to %d, the source's up to %d", ErrDiffers, there, page.Last)
		}
		var added int
		if added, err = c.addChanges(ctx, page, there); err != nil {
			break
		}
		if len(page.Changes) > 0 {
			c.advance("changes", len(page.Changes), added, atMost(page))
		}
		if len(page.Changes) < q.Size() {
			return nil
		}
		q.After = page.Next(q)
	}
	return fmt.Errorf("changes: %w", err)
}

// atMost is how many changes a log may have.
func atMost(page membership.ChangePage) int {
	if page.Last == 0 {
		return 0
	}
	return int(page.Last - page.First + 1)
}

// addChanges adds what comes behind a number that the target has come to.
func (c *copying) addChanges(ctx context.Context, page membership.ChangePage, there int64) (added int, err error) {
	behind := slices.IndexFunc(page.Changes, func(change membership.Change) bool { return change.Sequence > there })
	if behind < 0 {
		return 0, nil
	}
	rest := page.Changes[behind:]
	return len(rest), c.to.Update(ctx, func(tx store.Tx) error { return tx.RestoreChanges(ctx, page.First, rest) })
}

var consumerKind = kind[membership.Consumer]{
	name: "consumers",
	id:   func(c membership.Consumer) string { return c.Name },
	there: func(ctx context.Context, tx target, _ []membership.Consumer) ([]membership.Consumer, error) {
		return tx.Consumers(ctx)
	},
	insert: each(func(ctx context.Context, tx target, c membership.Consumer) error {
		return tx.SetConsumerPosition(ctx, c.Name, c.Position)
	}),
}

// consumers copies how far consumers of the log have come.
func (c *copying) consumers(ctx context.Context) error {
	all, err := c.from.Consumers(ctx)
	if err != nil {
		return err
	}
	return addFew(ctx, c, consumerKind, all)
}

// credentials copies credentials. Their tokens stay behind.
func (c *copying) credentials(ctx context.Context) error {
	all, err := c.from.Credentials(ctx)
	if err != nil {
		return err
	}
	return addFew(ctx, c, credentialKind, all)
}

// addFew adds all rows of a kind of which there are few.
func addFew[T comparable](ctx context.Context, c *copying, k kind[T], all []T) error {
	for batch := range slices.Chunk(all, c.opts.Batch) {
		if err := addAll(c, k)(ctx, batch, len(all)); err != nil {
			return err
		}
	}
	return nil
}
