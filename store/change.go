package store

import (
	"context"
	"time"

	"github.com/roster-go/roster/membership"
)

// ChangeReader reads the change log.
type ChangeReader interface {
	// Changes answers a query about the log. It does not look whether a change behind its After was pruned: see
	// [membership.ChangePage.Check].
	Changes(ctx context.Context, q membership.ChangeQuery) (membership.ChangePage, error)

	// Consumers are all consumers of the log, by name.
	Consumers(ctx context.Context) ([]membership.Consumer, error)

	// ConsumerPosition is how far a consumer has come; 0 for one that is unknown.
	ConsumerPosition(ctx context.Context, name string) (int64, error)
}

// ChangeWriter writes the change log.
type ChangeWriter interface {
	// AppendChanges adds changes to the end of the log, in their order, and returns the sequence number of the last
	// one. Their own sequence numbers do not matter. Without any it only tells the last number that there is.
	AppendChanges(ctx context.Context, changes []membership.Change) (last int64, err error)

	// RestoreChanges adds changes to the end of the log with the sequence numbers that they have, which increase and are
	// greater than the last one; AppendChanges goes on behind them. In a log that is empty, first is where it begins. It
	// answers [membership.ErrInvalidField] for numbers that [membership.CheckRestored] refuses, and then has added none.
	RestoreChanges(ctx context.Context, first int64, changes []membership.Change) error

	// PruneChanges removes at most so many changes from the beginning of the log, as long as the first one is from
	// before a time, unless that is zero, or more than keep would be left, unless that is zero. It never removes the
	// last one. Where numbers have been left out, a store may count those as changes that are left.
	PruneChanges(ctx context.Context, before time.Time, keep, most int) (removed int, err error)

	// SetConsumerPosition says how far a consumer has come.
	SetConsumerPosition(ctx context.Context, name string, position int64) error

	// DeleteConsumer forgets a consumer; one that is unknown does not matter.
	DeleteConsumer(ctx context.Context, name string) error
}
