package pgstore

import (
	"context"
	"math"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/roster-go/roster/internal/stored"
	"github.com/roster-go/roster/membership"
)

const changeColumns = `c.sequence, c.type, c.time, c.actor, c.cause, c.request_id, c.account_id, c.member_id, c.membership_id,
	c.before::text, c.after::text`

// changeRow is a change as it is read, its images still as text.
type changeRow struct {
	membership.Change
	before, after string
}

func scanChange(c *changeRow) []column {
	return []column{scanNumber(&c.Sequence), scanText((*string)(&c.Type)), scanTime(&c.Time), scanText(&c.Actor),
		scanText((*string)(&c.Cause)), scanText(&c.RequestID), scanID(&c.AccountID.UUID), scanID(&c.MemberID.UUID),
		scanID(&c.MembershipID.UUID), scanText(&c.before), scanText(&c.after)}
}

// change is the row with its images read.
func (c changeRow) change() (membership.Change, error) {
	var err error
	if c.Before, err = stored.ReadImage(c.Change, c.before); err == nil {
		c.After, err = stored.ReadImage(c.Change, c.after)
	}
	return c.Change, err
}

// Changes implements [store.ChangeReader]. It answers with what the log is complete with.
func (r reader) Changes(ctx context.Context, q membership.ChangeQuery) (membership.ChangePage, error) {
	s, alone := r.source.(*Store)
	if !alone {
		part := r.source.(logReader).log()
		page, last, err := r.changes(ctx, q, part)
		if err == nil && part.mayLag && last > part.through {
			err = r.run(ctx, func(querier) error { return errBehind })
		}
		return page, err
	}
	part := logPart{through: s.horizon.known()}
	page, last, err := r.changes(ctx, q, part)
	if err == nil && last < part.through { // another server has taken over that never had the rest
		s.horizon.forget()
		part = logPart{}
		page, last, err = r.changes(ctx, q, part)
	}
	if err == nil && last > part.through {
		var complete int64
		if complete, err = s.advance(ctx, last); err == nil && complete > part.through {
			page, _, err = r.changes(ctx, q, logPart{through: complete})
		}
	}
	if err != nil {
		return membership.ChangePage{}, err
	}
	return page, nil
}

// advance is the horizon's, on a connection of the pool.
func (s *Store) advance(ctx context.Context, last int64) (complete int64, err error) {
	err = s.run(ctx, func(q querier) (err error) {
		complete, err = s.horizon.advance(ctx, q, last)
		return err
	})
	return complete, err
}

// logPart is the part of the log that may be shown: up to a number, and the changes that the transaction has made itself.
type logPart struct {
	through int64
	own     []int64
	mayLag  bool // through may be behind what could be known
}

// wholeLog is all of it.
var wholeLog = logPart{through: math.MaxInt64}

// logReader is a transaction that knows which part of the log it may show.
type logReader interface{ log() logPart }

const (
	selectPruned = `(SELECT through FROM roster_pruned_changes WHERE id = 1)`
	selectLast   = `(SELECT max(sequence) FROM roster_changes)`
)

// changes answers a query from a part of the log, and tells the last change that there is of others' besides. It is one statement that
// always has a row, like a list.
func (r reader) changes(ctx context.Context, q membership.ChangeQuery, part logPart) (membership.ChangePage, int64, error) {
	c := composeChanges(q, part)
	page := membership.ChangePage{Changes: []membership.Change{}}
	var (
		row          changeRow
		pruned, last int64
		damaged      error
	)
	dest := append([]column{scanNumber(&pruned), scanNumber(&page.Last), scanNumber(&last)}, scanChange(&row)...)
	err := r.rows(ctx, c.query, dest, func() {
		if row.Sequence == 0 || damaged != nil {
			return
		}
		var change membership.Change
		if change, damaged = row.change(); damaged == nil {
			page.Changes = append(page.Changes, change)
		}
	}, c.args...)
	if err == nil {
		err = damaged
	}
	if err != nil {
		return membership.ChangePage{}, 0, err
	}
	if page.Last > 0 {
		page.First = pruned + 1
	}
	return page, last, nil
}

func composeChanges(q membership.ChangeQuery, part logPart) composed {
	var c composed
	// Who has seen a number has seen it where the log was known to be complete up to it.
	after := c.bind(q.After)
	shown := `(sequence <= greatest(` + c.bind(part.through) + `::bigint, ` + after + `::bigint)`
	last := selectLast
	if len(part.own) > 0 {
		own := c.bind(part.own) + `::bigint[]`
		shown += ` OR sequence = ANY(` + own + `)`
		last = `(SELECT max(sequence) FROM roster_changes WHERE sequence <> ALL(` + own + `))`
	}
	shown += `)`
	where := []string{`c.sequence > ` + after, shown}
	for _, concerned := range []struct {
		column string
		id     uuid.UUID
	}{
		{`c.account_id`, q.Account.UUID}, {`c.member_id`, q.Member.UUID}, {`c.membership_id`, q.Membership.UUID},
	} {
		if concerned.id != uuid.Nil {
			where = append(where, concerned.column+` = `+c.bind(idParam(concerned.id)))
		}
	}
	if len(q.Types) > 0 {
		types := make([]string, 0, len(q.Types))
		for _, t := range q.Types {
			types = append(types, string(t))
		}
		where = append(where, `c.type = ANY(`+c.bind(types)+`::text[])`)
	}
	c.query = `SELECT h.*, p.* FROM (SELECT ` + selectPruned + `, (SELECT max(sequence) FROM roster_changes WHERE ` + shown + `), ` +
		last + `) h LEFT JOIN (SELECT ` + changeColumns + ` FROM roster_changes c WHERE ` + strings.Join(where, ` AND `) +
		` ORDER BY c.sequence LIMIT ` + c.bind(q.Size()) + `) p ON true ORDER BY p.sequence`
	return c
}

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

	selectLastChange = `SELECT ` + selectLast
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

const selectConsumers = `SELECT name, position FROM roster_consumers ORDER BY name`

// Consumers implements [store.ChangeReader].
func (r reader) Consumers(ctx context.Context) ([]membership.Consumer, error) {
	scan := func(c *membership.Consumer) []column {
		return []column{scanText(&c.Name), scanNumber(&c.Position)}
	}
	return collect(ctx, r, selectConsumers, scan)
}

const selectConsumerPosition = `SELECT position FROM roster_consumers WHERE roster_digest(name) = roster_digest($1) AND name = $1`

// ConsumerPosition implements [store.ChangeReader].
func (r reader) ConsumerPosition(ctx context.Context, name string) (int64, error) {
	var position int64
	_, err := r.row(ctx, selectConsumerPosition, []column{scanNumber(&position)}, name)
	return position, err
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
	_, err := w.exec(ctx, deleteConsumer, name)
	return err
}
