package storecopy

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/roster-go/roster/store"
)

// Compare compares what two stores have, each in one snapshot, and returns how many rows they have that are equal. When
// they differ it answers [ErrDiffers] with a text that names the first rows which do. Access tokens are not looked at.
func Compare(ctx context.Context, from, to store.Store) (rows int, err error) {
	return compare(ctx, from, to, Options{Batch: DefaultBatch})
}

func compare(ctx context.Context, from, to store.Store, opts Options) (rows int, err error) {
	if err := errors.Join(settle(ctx, from), settle(ctx, to)); err != nil {
		return 0, err
	}
	c := comparison{opts: opts}
	err = from.View(ctx, func(a store.Reader) (err error) {
		if c.from, err = newSide(ctx, a); err != nil {
			return err
		}
		return to.View(ctx, func(b store.Reader) (err error) {
			if c.to, err = newSide(ctx, b); err != nil {
				return err
			}
			return c.everything(ctx)
		})
	})
	if err == nil || errors.Is(err, errEnough) {
		err = c.verdict()
	}
	return c.rows, err
}

// comparison is what was found by comparing.
type comparison struct {
	from, to    *side
	opts        Options
	rows        int // that are equal
	differences []string
}

// mostDifferences are enough to see what has gone wrong.
const mostDifferences = 10

var errEnough = errors.New("enough differences")

// differ notes a difference.
func (c *comparison) differ(format string, args ...any) error {
	c.differences = append(c.differences, fmt.Sprintf(format, args...))
	if len(c.differences) >= mostDifferences {
		return errEnough
	}
	return nil
}

func (c *comparison) verdict() error {
	switch n := len(c.differences); {
	case n == 0:
		return nil
	case n >= mostDifferences:
		return fmt.Errorf("%w: %s, and maybe more", ErrDiffers, strings.Join(c.differences, ", "))
	default:
		return fmt.Errorf("%w: %s", ErrDiffers, strings.Join(c.differences, ", "))
	}
}

func (c *comparison) everything(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		c.settings,
		c.definitions,
		func(ctx context.Context) error { return compareRows(ctx, c, profiles) },
		func(ctx context.Context) error { return compareRows(ctx, c, tags) },
		func(ctx context.Context) error { return compareRows(ctx, c, accounts) },
		func(ctx context.Context) error { return compareRows(ctx, c, members) },
		func(ctx context.Context) error { return compareRows(ctx, c, memberships) },
		c.credentials,
		c.changes,
		c.consumers,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}
