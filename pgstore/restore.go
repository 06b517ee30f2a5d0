package pgstore

import (
	"context"

	"github.com/roster-go/roster/membership"
)

const (
	startPruned = `UPDATE roster_pruned_changes SET through = greatest(through, $1::bigint) WHERE id = 1`
	// Later numbers are greater. Like every draw from a sequence, this stays when the transaction is undone.
	skipNumbers = `SELECT setval('roster_changes_sequence', greatest($1::bigint, (SELECT last_value FROM roster_changes_sequence)))`
)

// RestoreChanges implements [store.ChangeWriter]. It is for a log to which nobody appends meanwhile.
func (w writer) RestoreChanges(ctx context.Context, first int64, changes []membership.Change) error {
	last, err := w.AppendChanges(ctx, nil)
	if err != nil {
		return err
	}
	if err := membership.CheckRestored(changes, first, last); err != nil || len(changes) == 0 {
		return err
	}
	if last == 0 {
		if _, err := w.exec(ctx, startPruned, first-1); err != nil {
			return err
		}
	}
	var skipped int64
	if _, err := w.row(ctx, skipNumbers, []column{scanNumber(&skipped)}, changes[len(changes)-1].Sequence); err != nil {
		return err
	}
	args, err := changeArgs(changes)
	if err != nil {
		return err
	}
	_, err = w.insertChanges(ctx, changes, restoreManyChanges, args)
	return err
}
