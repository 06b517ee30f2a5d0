package sqlitestore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/roster-go/roster/internal/stored"
)

// source hands out prepared statements: a store for reads on their own, a transaction for what belongs together. Its
// errors are those of the contract.
type source interface {
	// lease readies a statement for one use. A slow one is worth interrupting when ctx ends; for any other, ctx is
	// looked at before it runs and no more, because watching it would cost more than the statement.
	lease(ctx context.Context, query string, slow bool) (lease, error)

	// done takes the statement back that a lease had, and what it failed with, if it did.
	done(st statement, err error)

	// definitions is where the definitions of custom fields are kept.
	definitions() *stored.Cache
}

// lease is the use of a statement until end is called.
type lease struct {
	statement
	interruptible bool
	from          source
}

func (l lease) end(err error) { l.from.done(l.statement, err) }

// reader fulfils store.Reader, and writer store.Tx, over any source.
type (
	reader struct{ source }
	writer struct{ reader }
)

// row runs a statement that has at most one row, and reports whether it has.
func (r reader) row(ctx context.Context, query string, dest []sql.Scanner, args ...any) (bool, error) {
	l, err := r.lease(ctx, query, false)
	if err != nil {
		return false, err
	}
	defer func() { l.end(err) }() // also when what is scanned panics
	n, err := l.query(ctx, l.interruptible, args, dest, nil)
	return n > 0, translate(ctx, err)
}

// one answers with the row of a statement, or with missing when it has none.
func one[T any](
	ctx context.Context, r reader, query string, scan func(*T) []sql.Scanner, missing error, args ...any,
) (T, error) {
	var row T
	found, err := r.row(ctx, query, scan(&row), args...)
	if err == nil && !found {
		err = missing
	}
	return row, err
}

// rows runs a statement and calls each for every row, after the row was scanned into dest.
func (r reader) rows(ctx context.Context, query string, dest []sql.Scanner, each func(), args ...any) error {
	l, err := r.lease(ctx, query, true)
	if err != nil {
		return err
	}
	defer func() { l.end(err) }() // also when each panics
	_, err = l.query(ctx, l.interruptible, args, dest, each)
	return translate(ctx, err)
}

// exec runs a writing statement and returns how many rows it changed, not counting cascades and triggers. An error of
// a constraint comes as it is, for the caller to explain.
func (w writer) exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := w.result(ctx, query, args)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return n, translate(ctx, err)
}

// insert runs a statement that inserts a row, and returns the row's number.
func (w writer) insert(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := w.result(ctx, query, args)
	if isConstraint(err) {
		err = translate(ctx, err)
	}
	if err != nil {
		return 0, err
	}
	n, err := result.LastInsertId()
	return n, translate(ctx, err)
}

func (w writer) result(ctx context.Context, query string, args []any) (sql.Result, error) {
	l, err := w.lease(ctx, query, false)
	if err != nil {
		return nil, err
	}
	defer func() { l.end(err) }()
	result, err := l.exec(ctx, args)
	if isConstraint(err) {
		return nil, err
	}
	return result, translate(ctx, err)
}

// rowsAtOnce is how many rows a statement adds where there are many: enough that the statement's own cost vanishes.
const rowsAtOnce = 32

// change is exec for a statement that may be refused by a constraint and must change a row. A refused statement has
// changed nothing, so why says which rule it was by looking; nil when it sees none. Without a row the error is
// missing's, where that is given.
func (w writer) change(ctx context.Context, why, missing func() error, query string, args ...any) error {
	n, err := w.exec(ctx, query, args...)
	switch {
	case isConstraint(err):
		if why != nil {
			if refusal := why(); refusal != nil {
				return refusal
			}
		}
		return translate(ctx, err)
	case err != nil:
		return err
	case n == 0 && missing != nil:
		return missing()
	}
	return nil
}

// once runs a statement that is not worth keeping prepared.
func (w writer) once(ctx context.Context, query string) error {
	sc, ok := w.source.(*scope)
	if !ok {
		return errors.New("sqlitestore: writing needs a transaction")
	}
	if err := sc.use(ctx); err != nil {
		return err
	}
	err := sc.transaction.once(ctx, query)
	sc.release(err)
	return translate(ctx, err)
}
