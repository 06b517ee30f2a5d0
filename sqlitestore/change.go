package sqlitestore

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster/internal/stored"
	"github.com/roster-go/roster/membership"
)

const changeColumns = `c.sequence, c.type, c.time, c.actor, c.cause, c.request_id, c.account_id, c.member_id, c.membership_id,
	c.before, c.after`

// changeRow is a change as it is read, its images still as text.
type changeRow struct {
	membership.Change
	before, after string
}

func scanChange(c *changeRow) []sql.Scanner {
	return []sql.Scanner{scanNumber(&c.Sequence), scanText((*string)(&c.Type)), scanTime(&c.Time), scanText(&c.Actor),
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

const (
	selectFirstChange = `coalesce((SELECT min(sequence) FROM roster_changes), 0)`
	selectLastChange  = `coalesce((SELECT max(sequence) FROM roster_changes), 0)`
)

// Changes implements [store.ChangeReader]. It is one statement that always has a row, like a list.
func (r reader) Changes(ctx context.Context, q membership.ChangeQuery) (membership.ChangePage, error) {
	c := composeChanges(q)
	page := membership.ChangePage{Changes: []membership.Change{}}
	var row changeRow
	var damaged error
	dest := append([]sql.Scanner{scanNumber(&page.First), scanNumber(&page.Last)}, scanChange(&row)...)
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
		return membership.ChangePage{}, err
	}
	return page, nil
}

func composeChanges(q membership.ChangeQuery) composed {
	var c composed
	where := []string{`c.sequence > ` + c.bind(q.After)}
	for _, concerned := range []struct {
		column string
		id     uuid.UUID
	}{
		{`c.account_id`, q.Account.UUID}, {`c.member_id`, q.Member.UUID}, {`c.membership_id`, q.Membership.UUID},
	} {
		if concerned.id != uuid.Nil {
			where = append(where, concerned.column+` = `+c.bind(concerned.id[:]))
		}
	}
	if len(q.Types) > 0 {
		types, err := json.Marshal(q.Types)
		if err != nil {
			panic(err) // texts always can be
		}
		where = append(where, `c.type IN (SELECT value FROM json_each(`+c.bind(string(types))+`))`)
	}
	c.query = `SELECT h.first, h.last, p.* FROM (SELECT ` + selectFirstChange + ` AS first, ` + selectLastChange + ` AS last) h
		LEFT JOIN (SELECT ` + changeColumns + ` FROM roster_changes c WHERE ` + strings.Join(where, ` AND `) +
		` ORDER BY c.sequence LIMIT ` + unplanned(c.bind(q.Size())) + `) p ON true ORDER BY p.sequence`
	return c
}

const selectLast = `SELECT ` + selectLastChange

// lastChange is the sequence number of the last change.
func (r reader) lastChange(ctx context.Context) (int64, error) {
	var last int64
	_, err := r.row(ctx, selectLast, []sql.Scanner{scanNumber(&last)})
	return last, err
}

const (
	insertChange = `INSERT INTO roster_changes
	(type, time, actor, cause, request_id, account_id, member_id, membership_id, before, after)
	VALUES ` + changeValues
	changeValues = `(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
)

var insertManyChanges = insertChange + strings.Repeat(`, `+changeValues, rowsAtOnce-1)

// AppendChanges implements [store.ChangeWriter].
func (w writer) AppendChanges(ctx context.Context, changes []membership.Change) (int64, error) {
	if len(changes) == 0 {
		return w.lastChange(ctx)
	}
	var last int64
	for chunk := range slices.Chunk(changes, rowsAtOnce) {
		query, each := insertManyChanges, len(chunk)
		if len(chunk) < rowsAtOnce {
			query, each = insertChange, 1
		}
		for some := range slices.Chunk(chunk, each) {
			args := make([]any, 0, 10*each)
			for i := range some {
				c := &some[i]
				before, after, err := stored.WriteImages(*c)
				if err != nil {
					return 0, err
				}
				args = append(args, string(c.Type), c.Time.UnixMilli(), c.Actor, string(c.Cause), c.RequestID,
					optionalID(&c.AccountID.UUID), optionalID(&c.MemberID.UUID), optionalID(&c.MembershipID.UUID),
					optionalText(before), optionalText(after))
			}
			var err error
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
	deleteChanges      = `DELETE FROM roster_changes WHERE sequence <= ?`
)

// PruneChanges implements [store.ChangeWriter]. No number is missing between the first and the last.
func (w writer) PruneChanges(ctx context.Context, before time.Time, keep, most int) (int, error) {
	var first, last int64
	if _, err := w.row(ctx, selectChangeBounds, []sql.Scanner{scanNumber(&first), scanNumber(&last)}); err != nil {
		return 0, err
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
			return 0, err
		}
		through = young - 1
	}
	if through = min(through, end); through < first {
		return 0, nil
	}
	n, err := w.exec(ctx, deleteChanges, through)
	return int(n), err
}

const selectConsumers = `SELECT name, position FROM roster_consumers ORDER BY name`

// Consumers implements [store.ChangeReader].
func (r reader) Consumers(ctx context.Context) ([]membership.Consumer, error) {
	scan := func(c *membership.Consumer) []sql.Scanner {
		return []sql.Scanner{scanText(&c.Name), scanNumber(&c.Position)}
	}
	return collect(ctx, r, selectConsumers, scan)
}

const selectConsumerPosition = `SELECT position FROM roster_consumers WHERE name = ?`

// ConsumerPosition implements [store.ChangeReader].
func (r reader) ConsumerPosition(ctx context.Context, name string) (int64, error) {
	var position int64
	_, err := r.row(ctx, selectConsumerPosition, []sql.Scanner{scanNumber(&position)}, name)
	return position, err
}

const upsertConsumer = `INSERT INTO roster_consumers (name, position) VALUES (?, ?)
	ON CONFLICT (name) DO UPDATE SET position = excluded.position`

// SetConsumerPosition implements [store.ChangeWriter].
func (w writer) SetConsumerPosition(ctx context.Context, name string, position int64) error {
	return w.change(ctx, nil, nil, upsertConsumer, name, position)
}

const deleteConsumer = `DELETE FROM roster_consumers WHERE name = ?`

// DeleteConsumer implements [store.ChangeWriter].
func (w writer) DeleteConsumer(ctx context.Context, name string) error {
	return w.change(ctx, nil, nil, deleteConsumer, name)
}
