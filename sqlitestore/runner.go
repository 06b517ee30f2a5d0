package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
)

// source hands out prepared statements: a pool for reads on their own, a transaction for what belongs together. Its
// errors are those of the contract.
type source interface {
	// lease readies a statement for one use. A slow one is worth interrupting when ctx ends; for any other, ctx is
	// looked at before it runs and no more, because watching it would cost more than the statement.
	lease(ctx context.Context, query string, slow bool) (lease, error)

	// definitions is where the definitions of custom fields are kept.
	definitions() *definitions
}

// lease is the use of a statement until end is called.
type lease struct {
	stmt *sql.Stmt
	ctx  context.Context //nolint:containedctx // the one to run the statement with
	end  func(err error) // err is what the statement failed with, if it did
}

// reader fulfils store.Reader, and writer store.Tx, over any source.
type (
	reader struct{ source }
	writer struct{ reader }
)

// row runs a statement that has at most one row, and reports whether it has.
func (r reader) row(ctx context.Context, query string, dest []any, args ...any) (bool, error) {
	l, err := r.lease(ctx, query, false)
	if err != nil {
		return false, err
	}
	defer func() { l.end(err) }()
	err = l.stmt.QueryRowContext(l.ctx, args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, translate(ctx, err)
}

// one answers with the row of a statement, or with missing when it has none.
func one[T any](ctx context.Context, r reader, query string, scan func(*T) []any, missing error, args ...any) (T, error) {
	var row T
	found, err := r.row(ctx, query, scan(&row), args...)
	if err == nil && !found {
		err = missing
	}
	return row, err
}

// rows runs a statement and calls each for every row, after the row was scanned into dest.
func (r reader) rows(ctx context.Context, query string, dest []any, each func(), args ...any) (err error) {
	l, err := r.lease(ctx, query, true)
	if err != nil {
		return err
	}
	defer func() { l.end(err) }()
	rows, err := l.stmt.QueryContext(l.ctx, args...)
	if err != nil {
		return translate(ctx, err)
	}
	defer func() {
		if closing := rows.Close(); err == nil {
			err = translate(ctx, closing)
		}
	}()
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return translate(ctx, err)
		}
		each()
	}
	return translate(ctx, rows.Err())
}

// exec runs a writing statement and returns how many rows it changed, not counting cascades and triggers. An error of
// a constraint comes as it is, for the caller to explain.
func (w writer) exec(ctx context.Context, query string, args ...any) (int64, error) {
	l, err := w.lease(ctx, query, false)
	if err != nil {
		return 0, err
	}
	defer func() { l.end(err) }()
	result, err := l.stmt.ExecContext(l.ctx, args...)
	if isConstraint(err) {
		return 0, err
	}
	if err != nil {
		return 0, translate(ctx, err)
	}
	n, err := result.RowsAffected()
	return n, translate(ctx, err)
}

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
	if err := sc.check(ctx); err != nil {
		return err
	}
	_, err := sc.ExecContext(context.WithoutCancel(ctx), query)
	sc.note(err)
	return translate(ctx, err)
}
