package pgstore

import (
	"context"
	"math"
	"strings"

	"github.com/google/uuid"

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
	known := s.horizon.known()
	page, last, err := r.changes(ctx, q, logPart{through: known})
	if err != nil {
		return membership.ChangePage{}, err
	}
	complete, err := s.advance(ctx, known, last)
	if err == nil && complete != known {
		page, _, err = r.changes(ctx, q, logPart{through: complete})
	}
	if err != nil {
		return membership.ChangePage{}, err
	}
	return page, nil
}

// advance finds out up to where the log is complete, whose last change is last, for who knew it to be complete up to a number
// before he looked.
func (s *Store) advance(ctx context.Context, known, last int64) (complete int64, err error) {
	switch {
	case last == known:
		return known, nil
	case last < known: // another server has taken over that never had the rest
		s.horizon.forget()
	}
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

// changes answers a query from a part of the log, and tells the last change of others besides. It is one statement that always
// has a row, like a list.
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
			if storable(string(t)) {
				types = append(types, string(t))
			}
		}
		where = append(where, `c.type = ANY(`+c.bind(types)+`::text[])`)
	}
	c.query = `SELECT h.*, p.* FROM (SELECT ` + selectPruned + `, (SELECT max(sequence) FROM roster_changes WHERE ` + shown + `), ` +
		last + `) h LEFT JOIN (SELECT ` + changeColumns + ` FROM roster_changes c WHERE ` + strings.Join(where, ` AND `) +
		` ORDER BY c.sequence LIMIT ` + c.bind(q.Size()) + `) p ON true ORDER BY p.sequence`
	return c
}

const selectLastChange = `SELECT ` + selectLast

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
	if !storable(name) {
		return 0, nil
	}
	_, err := r.row(ctx, selectConsumerPosition, []column{scanNumber(&position)}, name)
	return position, err
}
