package roster

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// DefaultImportBatch is how many rows an import writes in one transaction.
const DefaultImportBatch = 1000

// ImportOptions configure [Service.Import].
type ImportOptions struct {
	// Batch is how many rows are written in one transaction; 0 or less means [DefaultImportBatch]. Others who write wait
	// for one batch at a time, and results are told a batch at a time.
	Batch int
}

// Imported is what became of one row of an import.
type Imported struct {
	Index int            // which row of the sequence it was, from 0
	Row   membership.Row // as it is now, with its id, its times and its custom fields; when it was refused, as it was given
	Err   error          // why it was refused; nil when it was imported
}

// Import creates accounts, members and memberships in bulk, and what they need. Each row is a [membership.Account], a
// [membership.Member], a [membership.Membership], a [membership.Tag], a [membership.Flow] or a [membership.Field], and is
// created as [Service.CreateAccount], [Service.CreateMember], [Service.CreateMembership], [Service.CreateTag],
// [Service.CreateFlow] and [Service.DefineField] create it: by the same rules and limits, and refused with the same errors.
// A row may refer to rows before it, and has the custom fields that they define. The change log says
// [membership.CauseImport], or what it says of everything that a consumer does.
//
// A row that is refused keeps no other out: its result says why. There is one result for each row, in the order of the
// rows. They are written in batches, each in one transaction, and a result is told once that is committed.
//
// An id that is given is kept, a zero one becomes a new one. Times are kept too, unlike there: a zero CreatedAt becomes
// now, a zero UpdatedAt becomes CreatedAt, and any location becomes UTC. Refused with [membership.ErrInvalidField] are
// times that have a fraction of a millisecond or are not within the years 1 to 9999, an UpdatedAt before CreatedAt, and a
// row of another type. What a row brings along is made now: a member's account, where the settings say AutoCreateAccounts,
// and the flow of a field whose resource has none.
//
// Nothing happens until the results are walked over, and it happens again when they are again. An error ends the import:
// ctx has ended, or the store failed. What was told before is committed, of all rows behind it nothing has happened: who
// tries again begins there. Leaving the loop ends it too, with the whole batch of the last result committed, and nothing
// behind it.
//
// The sequence is asked for rows outside of any transaction, so it may be slow, and may use the service, as the loop may.
// One that fails should end, and keep its error for whoever asks after the loop; the rows before that are imported. Within
// [Service.Update] everything belongs to that transaction, which fails when the import does.
func (s *Service) Import(ctx context.Context, rows iter.Seq[membership.Row], opts ImportOptions) iter.Seq2[Imported, error] {
	in := s.ForImport()
	return func(yield func(Imported, error) bool) {
		told := 0
		for batch := range inBatches(ctx, rows, opts.Batch) {
			results, err := in.importBatch(ctx, batch, told)
			if err != nil {
				yield(Imported{}, err)
				return
			}
			for _, result := range results {
				if !yield(result, nil) {
					return
				}
			}
			told += len(results)
		}
		if err := ctx.Err(); err != nil { // Why also at the end of the rows: it may be what ended them
			yield(Imported{}, in.fail(err))
		}
	}
}

// inBatches takes rows from a sequence until it or ctx ends. A batch is good until the next one.
func inBatches(ctx context.Context, rows iter.Seq[membership.Row], size int) iter.Seq[[]membership.Row] {
	if size <= 0 {
		size = DefaultImportBatch
	}
	return func(yield func([]membership.Row) bool) {
		if rows == nil || ctx.Err() != nil {
			return
		}
		var batch []membership.Row
		for row := range rows {
			if ctx.Err() != nil {
				return
			}
			if batch = append(batch, row); len(batch) < size {
				continue
			}
			if !yield(batch) || ctx.Err() != nil { // Why: the next row may be long in coming
				return
			}
			batch = batch[:0]
		}
		if len(batch) > 0 {
			yield(batch)
		}
	}
}

// importBatch writes rows in one transaction. The first one has the given index.
func (s *Service) importBatch(ctx context.Context, rows []membership.Row, first int) ([]Imported, error) {
	now := s.now()
	all := make([]newRow, len(rows)) // Why in advance: the transaction may run more than once
	for n, row := range rows {
		all[n] = prepare(row, now)
	}
	results := make([]Imported, len(rows))
	tell := func(n int, row membership.Row, err error) {
		if err != nil {
			row = rows[n]
		}
		results[n] = Imported{first + n, row, err}
	}
	err := s.update(ctx, func(tx store.Tx) error {
		c := s.creating(tx)
		for n := 0; n < len(all); {
			joining := memberships(all[n:])
			if len(joining) == 0 {
				row, err := all[n].insert(ctx, c)
				if err != nil && !membership.IsRefusal(err) {
					return err
				}
				tell(n, row, err)
				n++
				continue
			}
			added, err := c.memberships(ctx, joining)
			if err != nil {
				return err
			}
			for i, a := range added {
				tell(n+i, a.Membership, a.Err)
			}
			n += len(added)
		}
		return nil
	})
	return orZero(results, err)
}

// newRow is a row that is to be added.
type newRow struct {
	insert     insert                // nil for a membership that has no fault of its own:
	membership membership.Membership // those are added together
}

// insert adds a row, and returns it as it is then.
type insert func(context.Context, *creation) (membership.Row, error)

// memberships are those that the rows begin with.
func memberships(rows []newRow) (all []membership.Membership) {
	for _, row := range rows {
		if row.insert != nil {
			break
		}
		all = append(all, row.membership)
	}
	return all
}

// prepare does for a row what can be done without looking at others.
func prepare(row membership.Row, now time.Time) newRow {
	switch row := row.(type) {
	case membership.Account:
		times := keepTimes(&row.CreatedAt, &row.UpdatedAt, now)
		a, err := newAccount(row)
		return unless(errors.Join(err, times), newRow{insert: func(ctx context.Context, c *creation) (membership.Row, error) {
			return c.account(ctx, a)
		}})
	case membership.Member:
		times := keepTimes(&row.CreatedAt, &row.UpdatedAt, now)
		n, err := newMember(row, now)
		return unless(errors.Join(err, times), newRow{insert: func(ctx context.Context, c *creation) (membership.Row, error) {
			return c.member(ctx, n)
		}})
	case membership.Membership:
		times := keepTimes(&row.CreatedAt, &row.UpdatedAt, now)
		return unless(times, newRow{membership: newMembership(row)})
	case membership.Tag:
		times := keepTimes(&row.CreatedAt, &row.UpdatedAt, now)
		t, err := newTag(row)
		return unless(errors.Join(err, times), newRow{insert: func(ctx context.Context, c *creation) (membership.Row, error) {
			return t, c.InsertTag(ctx, t)
		}})
	}
	return prepareDefinition(row, now)
}

// prepareDefinition is prepare for what other rows are checked by.
func prepareDefinition(row membership.Row, now time.Time) newRow {
	switch row := row.(type) {
	case membership.Flow:
		times := keepTimes(&row.CreatedAt, &row.UpdatedAt, now)
		f, err := newFlow(row)
		return unless(errors.Join(err, times), newRow{insert: func(ctx context.Context, c *creation) (membership.Row, error) {
			return f, c.flow(ctx, f)
		}})
	case membership.Field:
		times := keepTimes(&row.CreatedAt, &row.UpdatedAt, now)
		d := newDefinition(row, now)
		return unless(errors.Join(d.fault, times), newRow{insert: func(ctx context.Context, c *creation) (membership.Row, error) {
			return d.field, c.definition(ctx, d)
		}})
	}
	return unless(&membership.Error{Cause: membership.ErrInvalidField, Field: "type",
		Detail: fmt.Sprintf("must be an Account, a Member, a Membership, a Tag, a Flow or a Field, not %T", row)}, newRow{})
}

// unless is a row that is to be added, unless it has a fault of its own.
func unless(fault error, row newRow) newRow {
	if fault == nil {
		return row
	}
	return newRow{insert: func(context.Context, *creation) (membership.Row, error) { return nil, fault }}
}

// keepTimes completes the times of a row, and checks them.
func keepTimes(created, updated *time.Time, now time.Time) error {
	if created.IsZero() {
		*created = now
	}
	if updated.IsZero() {
		*updated = *created
	}
	err := membership.CheckTimes(*created, *updated)
	*created, *updated = membership.Timestamp(*created), membership.Timestamp(*updated)
	return err
}
