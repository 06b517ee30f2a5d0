package sqlitestore

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"

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
	selectPruned      = `(SELECT through FROM roster_pruned_changes WHERE id = 1)`
	selectFirstChange = `coalesce((SELECT min(sequence) FROM roster_changes), 0)`
	selectLastChange  = `coalesce((SELECT max(sequence) FROM roster_changes), 0)`
)

// Changes implements [store.ChangeReader]. It is one statement that always has a row, like a list.
func (r reader) Changes(ctx context.Context, q membership.ChangeQuery) (membership.ChangePage, error) {
	c := composeChanges(q)
	page := membership.ChangePage{Changes: []membership.Change{}}
	var (
		row     changeRow
		pruned  int64
		damaged error
	)
	dest := append([]sql.Scanner{scanNumber(&pruned), scanNumber(&page.Last)}, scanChange(&row)...)
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
	if page.Last > 0 {
		page.First = pruned + 1
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
	c.query = `SELECT h.pruned, h.last, p.* FROM (SELECT ` + selectPruned + ` AS pruned, ` + selectLastChange + ` AS last) h
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
