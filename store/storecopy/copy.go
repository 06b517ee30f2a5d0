// Package storecopy moves everything that a store keeps to another one, of whatever engine: [Copy]. It also says whether
// two stores have the same: [Compare].
//
// What is copied is all that the contract of package store knows: ids and times as they are, custom fields with the values
// of those that are disabled, logins with their hashes, credentials, the change log with its sequence numbers, and how far
// its consumers have come; so whoever follows the log goes on where he was. What is not: access tokens, of which clients
// fetch new ones. Nothing is added to the log.
package storecopy

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

var (
	// ErrNotEmpty says that the target has something in it, and that nobody said to resume.
	ErrNotEmpty = errors.New("the target is not empty")
	// ErrDiffers says that the target has something else than the source.
	ErrDiffers = errors.New("the two differ")
)

// DefaultBatch is how many rows are written in one transaction unless the options say otherwise.
const DefaultBatch = 500

// Options configure [Copy]. The zero value is right for most.
type Options struct {
	// Progress is told after each transaction how far it has come; nil is nobody.
	Progress func(Progress)
	// Resume goes on with a copy that did not end: what the target has already is left as it is, if it is what the source
	// has. The target has been written to by Copy only.
	Resume bool
	// Batch is how many rows are written in one transaction; 0 or less means [DefaultBatch].
	Batch int
}

// tell tells how far it has come, unless there is nothing to be done.
func (o Options) tell(p Progress) {
	if o.Progress != nil && p.Total > 0 {
		o.Progress(p)
	}
}

// Progress is how far a copy has come.
type Progress struct {
	Verifying bool   // that everything has come over, not copying any more
	Kind      string // of the rows: "accounts"
	Done      int    // rows of the kind
	Total     int    // of the kind; of changes as many at most
}

// Summary is what a copy has done.
type Summary struct {
	Counts   []Count // in the order in which they were copied
	Verified int     // rows that the two have, and that are equal
}

// Count is how many rows of a kind were copied.
type Count struct {
	Kind  string // "accounts"
	Rows  int    // that the source has
	Added int    // that were not in the target before
}

// Copy copies everything from a store to another one that is empty, and then compares the two. The source is read in one
// snapshot, a page at a time, and not written to; the target gets many small transactions. Nobody else should write to
// either, nor read from the target until Copy has returned nil: its custom fields are all enabled meanwhile, and none has its
// index.
//
// What was committed stays when it ends with an error, or is killed: then call it again with Resume. Errors: [ErrNotEmpty];
// [ErrDiffers], of which the text names the first rows, when the target has a row of the same id that is another one, and
// when the two differ in the end, because the source was written to meanwhile; those of the stores.
func Copy(ctx context.Context, from, to store.Store, opts Options) (Summary, error) {
	if from == to {
		return Summary{}, errors.New("the source and the target are the same")
	}
	if opts.Batch <= 0 {
		opts.Batch = DefaultBatch
	}
	c := copying{to: to, opts: opts}
	if !opts.Resume {
		if err := to.View(ctx, func(r store.Reader) error { return checkEmpty(ctx, r) }); err != nil {
			return Summary{}, err
		}
	}
	if err := settle(ctx, from); err != nil {
		return Summary{}, fmt.Errorf("source: %w", err)
	}
	err := from.View(ctx, func(r store.Reader) (err error) {
		if c.from, err = newSide(ctx, r); err != nil {
			return fmt.Errorf("source: %w", err)
		}
		return c.everything(ctx)
	})
	if err != nil {
		return c.summary, err
	}
	c.summary.Verified, err = compare(ctx, from, to, opts)
	if errors.Is(err, ErrDiffers) {
		err = fmt.Errorf("%w; where the source was written to meanwhile, stop the writers, then resume, or begin again with an empty target", err)
	}
	return c.summary, err
}

// copying is a copy that is under way.
type copying struct {
	from    *side
	to      store.Store
	opened  map[membership.Resource]membership.Schema // the source's definitions, all enabled, which the target has meanwhile
	opts    Options
	summary Summary
}

// everything copies in an order in which a row comes behind those that it refers to. Why the definitions twice: values of a
// field that is disabled could not be written, and an index takes less time when all rows are there.
func (c *copying) everything(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		c.openDefinitions,
		c.settings,
		func(ctx context.Context) error { return copyRows(ctx, c, profiles, addAll(c, profileKind)) },
		func(ctx context.Context) error { return copyRows(ctx, c, tags, addAll(c, tagKind)) },
		func(ctx context.Context) error { return copyRows(ctx, c, accounts, c.addAccounts) },
		func(ctx context.Context) error { return copyRows(ctx, c, members, c.addMembers) },
		func(ctx context.Context) error { return copyRows(ctx, c, memberships, addAll(c, membershipKind)) },
		c.credentials,
		c.closeDefinitions,
		c.changes,
		c.consumers,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// batchesPerPage is how many transactions' rows are read at once. Why so many: a list counts all of its rows.
const batchesPerPage = 20

// copyRows copies all rows of a noun, of which add adds a batch.
func copyRows[T any](ctx context.Context, c *copying, n noun[T], add func(ctx context.Context, batch []T, total int) error) error {
	return walk(ctx, c.from, n, batchesPerPage*c.opts.Batch, func(page membership.Page[T]) error {
		for batch := range slices.Chunk(page.Items, c.opts.Batch) {
			if err := add(ctx, batch, page.Total); err != nil {
				return err
			}
		}
		return nil
	})
}

// count remembers how many rows were dealt with, of which so many were added.
func (c *copying) count(kind string, rows, added int) *Count {
	counts := c.summary.Counts
	i := slices.IndexFunc(counts, func(n Count) bool { return n.Kind == kind })
	if i < 0 {
		i, counts = len(counts), append(counts, Count{Kind: kind})
	}
	counts[i].Rows += rows
	counts[i].Added += added
	c.summary.Counts = counts
	return &counts[i]
}

// advance is count for a kind of which progress is told; total is how many there will be.
func (c *copying) advance(kind string, rows, added, total int) {
	n := c.count(kind, rows, added)
	c.opts.tell(Progress{Kind: kind, Done: n.Rows, Total: total})
}
