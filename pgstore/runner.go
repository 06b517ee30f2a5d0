package pgstore

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/roster-go/roster/internal/stored"
)

// querier runs statements: a connection on which each is on its own, or a transaction.
type querier interface {
	Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// source lends a querier: a store for reads on their own, a transaction for what belongs together. Its errors are those of
// the contract, but for those of a constraint.
type source interface {
	// run runs fn, which is to report the errors of the querier as they are. It may run fn again as long as fn has seen
	// no row.
	run(ctx context.Context, fn func(querier) error) error

	// definitions is where the definitions of custom fields are kept.
	definitions() *stored.Cache
}

// reader fulfils store.Reader, and writer store.Tx, over any source.
type (
	reader struct{ source }
	writer struct{ reader }
)

// row runs a statement that has at most one row, and reports whether it has.
func (r reader) row(ctx context.Context, query string, dest []column, args ...any) (found bool, err error) {
	err = r.rows(ctx, query, dest, func() { found = true }, args...)
	return found, err
}

// rows runs a statement and calls each for every row, after the row was scanned into dest.
func (r reader) rows(ctx context.Context, query string, dest []column, each func(), args ...any) error {
	return r.run(ctx, func(q querier) error {
		rows, err := q.Query(ctx, query, args...)
		if err != nil {
			return err
		}
		return scan(rows, dest, each)
	})
}

// scan reads the rows of a statement to their end.
func scan(rows pgx.Rows, dest []column, each func()) error {
	defer rows.Close()
	seen := false
	for rows.Next() {
		seen = true
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		each()
	}
	if err := rows.Err(); err != nil {
		if seen {
			return &partial{err}
		}
		return err
	}
	return nil
}

// partial is an error behind rows that somebody has seen: the statement must not be run again.
type partial struct{ error }

func (e *partial) Unwrap() error { return e.error }

// one answers with the row of a statement, or with missing when it has none.
func one[T any](
	ctx context.Context, r reader, query string, scan func(*T) []column, missing error, args ...any,
) (T, error) {
	var row T
	found, err := r.row(ctx, query, scan(&row), args...)
	if err == nil && !found {
		err = missing
	}
	return row, err
}

// collect answers with all rows of a statement.
func collect[T any](ctx context.Context, r reader, query string, scan func(*T) []column, args ...any) ([]T, error) {
	var row T
	items := []T{}
	err := r.rows(ctx, query, scan(&row), func() { items = append(items, row) }, args...)
	if err != nil {
		return nil, err
	}
	return items, nil
}

// exec runs a writing statement and returns how many rows it changed. Whatever it fails with ends the transaction.
func (w writer) exec(ctx context.Context, query string, args ...any) (n int64, err error) {
	err = w.write(ctx, func(q querier) error {
		tag, err := q.Exec(ctx, query, args...)
		n = tag.RowsAffected()
		return err
	})
	return n, err
}

// write runs fn, which writes.
func (w writer) write(ctx context.Context, fn func(querier) error) error {
	if sc, ok := w.source.(*scope); ok {
		sc.wrote.Store(true)
		return w.run(ctx, fn)
	}
	return errNotWriter
}

// add runs a statement that inserts a row and that no constraint can refuse, because it says itself that it leaves the row
// out then. Without a row why says which rule it was.
func (w writer) add(ctx context.Context, why func() error, query string, args ...any) error {
	n, err := w.exec(ctx, query, args...)
	if err != nil || n > 0 {
		return err
	}
	if refusal := why(); refusal != nil {
		return refusal
	}
	return errLeftOut
}

// errLeftOut says that nothing of roster's own was in the way of a row: a serializable transaction that meets another one fails
// before that.
var errLeftOut = errors.New("pgstore: the row was left out, and nothing of roster's is in its way: a unique index or a trigger of the program's own is")

const (
	guard     = `SAVEPOINT roster_guard`
	unguard   = `RELEASE SAVEPOINT roster_guard`
	undoGuard = `ROLLBACK TO SAVEPOINT roster_guard; RELEASE SAVEPOINT roster_guard`
)

// change runs a statement that may be refused by a constraint and must change a row. A refused statement has changed
// nothing, and the transaction goes on, so why says which rule it was by looking; nil when it sees none. Without a row the
// error is missing's, where that is given.
func (w writer) change(ctx context.Context, why, missing func() error, query string, args ...any) error {
	var n int64
	var refused error
	err := w.write(ctx, func(q querier) error {
		var b pgx.Batch
		b.Queue(guard)
		b.Queue(query, args...).Exec(func(tag pgconn.CommandTag) error {
			n = tag.RowsAffected()
			return nil
		})
		b.Queue(unguard)
		err := q.SendBatch(ctx, &b).Close()
		if isConstraint(err) {
			refused = err
			_, err = q.Exec(ctx, undoGuard)
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case refused != nil:
		if why != nil {
			if refusal := why(); refusal != nil {
				return refusal
			}
		}
		return translate(ctx, refused)
	case n == 0 && missing != nil:
		return missing()
	}
	return nil
}
