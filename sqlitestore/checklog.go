package sqlitestore

import (
	"context"
	"database/sql"
	"strconv"
)

// changes compares the change log with the tables: the last change of each row says how the row is, or that it is gone.
func (c checker) changes(ctx context.Context) error {
	if err := c.bounds(ctx); err != nil {
		return err
	}
	if err := c.images(ctx); err != nil {
		return err
	}
	return c.lastChanges(ctx)
}

const selectBounds = `SELECT coalesce(` + selectPruned + `, -1), ` + selectFirstChange + `, ` + selectLastChange

const selectAhead = `SELECT name, position FROM roster_consumers WHERE position > ? ORDER BY name`

// bounds looks at where the log begins and ends. That its numbers ascend, and none is there twice, the table's key sees to.
func (c checker) bounds(ctx context.Context) error {
	var pruned, first, last int64
	if _, err := c.row(ctx, selectBounds, []sql.Scanner{scanNumber(&pruned), scanNumber(&first), scanNumber(&last)}); err != nil {
		return err
	}
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	switch {
	case pruned < 0:
		c.found(Finding{FindingLog, "the change log does not say where it begins: the row of roster_pruned_changes is missing", 1, nil})
	case last == 0 && pruned > 0:
		c.found(Finding{FindingLog, "the change log is empty, though its last change is never removed", 1,
			[]string{"changes were removed up to number " + number(pruned)}})
	case last > 0 && first <= pruned:
		c.found(Finding{FindingLog, "the change log has changes that it says were removed", 1,
			[]string{"its first is number " + number(first) + ", and those up to number " + number(pruned) + " were removed"}})
	}
	var (
		name     string
		position int64
	)
	ahead := Finding{Kind: FindingLog, Text: "consumers have come further than the change log"}
	err := c.rows(ctx, selectAhead, []sql.Scanner{scanText(&name), scanNumber(&position)}, func() {
		ahead.add(name + " is at number " + number(position) + " of " + number(last))
	}, last)
	c.found(ahead)
	return err
}

const selectBadImages = `SELECT sequence FROM roster_changes
	WHERE NOT json_valid(coalesce(before, 'null')) OR NOT json_valid(coalesce(after, 'null'))`

// images looks for images that are no JSON. Whoever reads the log would not get past them.
func (c checker) images(ctx context.Context) error {
	var sequence int64
	bad := Finding{Kind: FindingLog, Text: "changes have an image that cannot be read"}
	err := c.rows(ctx, selectBadImages, []sql.Scanner{scanNumber(&sequence)}, func() {
		bad.add("change " + strconv.FormatInt(sequence, 10))
	})
	c.found(bad)
	return err
}
