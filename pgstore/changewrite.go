package pgstore

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/roster-go/roster/internal/stored"
	"github.com/roster-go/roster/membership"
)

const (
	insertChange = `INSERT INTO roster_changes
	(sequence, type, time, actor, cause, request_id, account_id, member_id, membership_id, before, after) `
	// Why the condition, which always holds: the transaction must have its xid before it draws a number. See horizon.
	drawNumber    = `CASE WHEN pg_current_xact_id() IS NOT NULL THEN nextval('roster_changes_sequence') END`
	returnNumbers = ` RETURNING sequence, pg_current_xact_id()::text`

	insertOneChange = insertChange + `VALUES (` + drawNumber + `, $1, $2, $3, $4, $5, $6, $7, $8, $9::text::json, $10::text::json)` +
		returnNumbers
	insertManyChanges  = insertChange + `SELECT ` + drawNumber + manyChanges
	restoreManyChanges = insertChange + `SELECT u.sequence` + manyChanges
	manyChanges        = `, u.type, u.time, u.actor, u.cause, u.request_id, u.account_id, u.member_id, u.membership_id,
		u.before::json, u.after::json
	FROM unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::uuid[], $9::uuid[],
		$10::text[], $11::text[])
		u (sequence, type, time, actor, cause, request_id, account_id, member_id, membership_id, before, after)` + returnNumbers
)

// AppendChanges implements [store.ChangeWriter]. A transaction that is undone leaves its numbers out.
func (w writer) AppendChanges(ctx context.Context, changes []membership.Change) (last int64, err error) {
	if len(changes) == 0 {
		_, err := w.row(ctx, selectLastChange, []column{scanNumber(&last)})
		return last, err
	}
	query, args := insertOneChange, []any(nil)
	if len(changes) == 1 {
		args, err = changeArg(changes[0])
	} else {
		query = insertManyChanges
		args, err = changeArgs(changes)
	}
	if err != nil {
		return 0, err
	}
	return w.insertChanges(ctx, changes, query, args)
}

// insertChanges runs a statement that adds changes to the log, and returns the number of the last one.
func (w writer) insertChanges(ctx context.Context, changes []membership.Change, query string, args []any) (last int64, err error) {
	sc, ok := w.source.(*scope)
	if !ok {
		return 0, errNotWriter
	}
	var xid string
	err = w.write(ctx, func(q querier) error {
		rows, err := q.Query(ctx, query, args...)
		if err != nil {
			return err
		}
		return scan(rows, []column{scanNumber(&last), scanText(&xid)}, func() { sc.appended.numbers = append(sc.appended.numbers, last) })
	})
	if err != nil {
		return 0, err
	}
	sc.appended.xid, sc.appended.last = xid, changes[len(changes)-1]
	return last, nil
}

// changeArg are the columns of one change but its number.
func changeArg(c membership.Change) ([]any, error) {
	before, after, err := stored.WriteImages(c)
	return []any{string(c.Type), c.Time, c.Actor, string(c.Cause), c.RequestID, optionalID(c.AccountID.UUID),
		optionalID(c.MemberID.UUID), optionalID(c.MembershipID.UUID), nullable(before), nullable(after)}, err
}

// changeArgs are the columns of many, each as one list.
func changeArgs(changes []membership.Change) ([]any, error) {
	l, err := listChanges(changes)
	return []any{l.sequences, l.types, l.times, l.actors, l.causes, l.requests, l.accounts, l.members, l.memberships, l.before, l.after}, err
}

// changeLists are the columns of changes.
type changeLists struct {
	sequences                       []int64
	types, actors, causes, requests []string
	times                           []time.Time
	accounts, members, memberships  []pgtype.UUID
	before, after                   []pgtype.Text
}

func listChanges(changes []membership.Change) (l changeLists, err error) {
	for _, c := range changes {
		before, after, err := stored.WriteImages(c)
		if err != nil {
			return l, err
		}
		l.sequences, l.times = append(l.sequences, c.Sequence), append(l.times, c.Time)
		l.types, l.causes = append(l.types, string(c.Type)), append(l.causes, string(c.Cause))
		l.actors, l.requests = append(l.actors, c.Actor), append(l.requests, c.RequestID)
		l.accounts = append(l.accounts, optionalID(c.AccountID.UUID))
		l.members = append(l.members, optionalID(c.MemberID.UUID))
		l.memberships = append(l.memberships, optionalID(c.MembershipID.UUID))
		l.before, l.after = append(l.before, nullable(before)), append(l.after, nullable(after))
	}
	return l, nil
}

const (
	selectPruneEnd = `SELECT max(sequence) FROM (SELECT sequence FROM roster_changes ORDER BY sequence LIMIT $1::bigint) c
		WHERE sequence < $2::bigint`
	selectYoungChange = `SELECT sequence FROM roster_changes WHERE sequence > $1::bigint AND sequence <= $2::bigint AND time >= $3
		ORDER BY sequence LIMIT 1`
	deleteChanges = `DELETE FROM roster_changes WHERE sequence <= $1::bigint`
	// Why not the number itself: readers who have seen all that is removed must not hear that they have missed something.
	updatePruned = `UPDATE roster_pruned_changes p SET through = r.last
		FROM (SELECT max(sequence) AS last FROM roster_changes WHERE sequence <= $1::bigint) r WHERE p.id = 1 AND r.last > p.through`
)

// PruneChanges implements [store.ChangeWriter]. Numbers that are missing count as changes that are left.
func (w writer) PruneChanges(ctx context.Context, before time.Time, keep, most int) (int, error) {
	var last, end int64
	if _, err := w.row(ctx, selectLastChange, []column{scanNumber(&last)}); err != nil {
		return 0, err
	}
	if _, err := w.row(ctx, selectPruneEnd, []column{scanNumber(&end)}, most, last); err != nil {
		return 0, err
	}
	through := int64(0)
	if keep > 0 {
		through = last - int64(keep)
	}
	// Why only so far: where much is to go, each step would look at all of it.
	if !before.IsZero() && through < end {
		young := end + 1
		if _, err := w.row(ctx, selectYoungChange, []column{scanNumber(&young)}, through, end, before); err != nil {
			return 0, err
		}
		through = young - 1
	}
	if through = min(through, end); through <= 0 {
		return 0, nil
	}
	if _, err := w.exec(ctx, updatePruned, through); err != nil {
		return 0, err
	}
	n, err := w.exec(ctx, deleteChanges, through)
	return int(n), err
}

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

const upsertConsumer = `INSERT INTO roster_consumers (name, position) VALUES ($1, $2)
	ON CONFLICT (roster_digest(name)) DO UPDATE SET position = excluded.position`

// SetConsumerPosition implements [store.ChangeWriter].
func (w writer) SetConsumerPosition(ctx context.Context, name string, position int64) error {
	_, err := w.exec(ctx, upsertConsumer, name, position)
	return err
}

const deleteConsumer = `DELETE FROM roster_consumers WHERE roster_digest(name) = roster_digest($1) AND name = $1`

// DeleteConsumer implements [store.ChangeWriter].
func (w writer) DeleteConsumer(ctx context.Context, name string) error {
	if !storable(name) {
		return nil
	}
	_, err := w.exec(ctx, deleteConsumer, name)
	return err
}
