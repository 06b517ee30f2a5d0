package sqlitestore

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"github.com/roster-go/roster/internal/stored"
	"github.com/roster-go/roster/membership"
)

// Without a number a change gets the one behind the greatest there is.
const (
	insertChange = `INSERT INTO roster_changes
	(sequence, type, time, actor, cause, request_id, account_id, member_id, membership_id, before, after)
	VALUES ` + changeValues
	changeValues = `(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
)

var insertManyChanges = insertChange + strings.Repeat(`, `+changeValues, rowsAtOnce-1)

// AppendChanges implements [store.ChangeWriter].
func (w writer) AppendChanges(ctx context.Context, changes []membership.Change) (int64, error) {
	if len(changes) == 0 {
		return w.lastChange(ctx)
	}
	return w.insertChanges(ctx, changes, func(*membership.Change) any { return nil })
}

const updatePruned = `UPDATE roster_pruned_changes SET through = ? WHERE id = 1`

// RestoreChanges implements [store.ChangeWriter].
func (w writer) RestoreChanges(ctx context.Context, first int64, changes []membership.Change) error {
	last, err := w.lastChange(ctx)
	if err == nil {
		err = membership.CheckRestored(changes, first, last)
	}
	if err != nil || len(changes) == 0 {
		return err
	}
	if last == 0 {
		if err := w.change(ctx, nil, nil, updatePruned, first-1); err != nil {
			return err
		}
	}
	// Why without ctx: between the two there is no way back, unless the whole transaction goes.
	_, err = w.insertChanges(context.WithoutCancel(ctx), changes, func(c *membership.Change) any { return c.Sequence })
	return err
}

// insertChanges adds changes with their numbers, or nil, and returns the number of the last one.
func (w writer) insertChanges(ctx context.Context, changes []membership.Change, number func(*membership.Change) any) (last int64, err error) {
	for chunk := range slices.Chunk(changes, rowsAtOnce) {
		query, each := insertManyChanges, len(chunk)
		if len(chunk) < rowsAtOnce {
			query, each = insertChange, 1
		}
		for some := range slices.Chunk(chunk, each) {
			args := make([]any, 0, 11*each)
			for i := range some {
				c := &some[i]
				before, after, err := stored.WriteImages(*c)
				if err != nil {
					return 0, err
				}
				args = append(args, number(c), string(c.Type), c.Time.UnixMilli(), c.Actor, string(c.Cause), c.RequestID,
					optionalID(&c.AccountID.UUID), optionalID(&c.MemberID.UUID), optionalID(&c.MembershipID.UUID),
					optionalText(before), optionalText(after))
			}
			if last, err = w.insert(ctx, query, args...); err != nil {
				return 0, err
			}
		}
	}
	if sc, within := w.source.(*scope); within {
		sc.appended = true
	}
	return last, nil
}

const (
	selectChangeBounds = `SELECT ` + selectFirstChange + `, ` + selectLastChange
	selectYoungChange  = `SELECT sequence FROM roster_changes WHERE sequence > ? AND sequence <= ? AND time >= ? ORDER BY sequence LIMIT 1`
	pruneThrough       = `UPDATE roster_pruned_changes SET through = (SELECT max(sequence) FROM roster_changes WHERE sequence <= ?) WHERE id = 1`
	deleteChanges      = `DELETE FROM roster_changes WHERE sequence <= ?`
)

// PruneChanges implements [store.ChangeWriter]. Numbers that are missing count as changes that are left.
func (w writer) PruneChanges(ctx context.Context, before time.Time, keep, most int) (removed int, err error) {
	for goOn := true; goOn && err == nil; {
		var n int
		n, goOn, err = w.pruneChanges(ctx, before, keep, most-removed)
		removed += n
	}
	return removed, err
}

// pruneChanges looks as many numbers ahead as it may remove changes. Where some were missing, it is to go on.
func (w writer) pruneChanges(ctx context.Context, before time.Time, keep, most int) (removed int, goOn bool, err error) {
	var first, last int64
	if _, err := w.row(ctx, selectChangeBounds, []sql.Scanner{scanNumber(&first), scanNumber(&last)}); err != nil {
		return 0, false, err
	}
	end := min(last-1, first-1+int64(most)) // and no further
	through := first - 1
	if keep > 0 {
		through = max(through, last-int64(keep))
	}
	// Why only so far: where much is to go, each step would look at all of it.
	if !before.IsZero() && through < end {
		young := end + 1
		if _, err := w.row(ctx, selectYoungChange, []sql.Scanner{scanNumber(&young)}, through, end, before.UnixMilli()); err != nil {
			return 0, false, err
		}
		through = young - 1
	}
	if through = min(through, end); through < first {
		return 0, false, nil
	}
	if err := w.change(ctx, nil, nil, pruneThrough, through); err != nil {
		return 0, false, err
	}
	// Why without ctx: between the two there is no way back, unless the whole transaction goes.
	n, err := w.exec(context.WithoutCancel(ctx), deleteChanges, through)
	return int(n), through == end && end < last-1 && int(n) < most, err
}
