package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/roster-go/roster/store"
)

// SQL is the SQLite transaction that a transaction of this package's stores is, for statements of the program's own:
// what they write is committed together with what roster writes, or not at all. ok is false for another store's
// transaction.
//
//	err := svc.Update(ctx, func(svc *roster.Service) error {
//		if _, err := svc.Add(ctx, account, member); err != nil {
//			return err
//		}
//		tx, _ := svc.Tx()
//		conn, _ := sqlitestore.SQL(tx)
//		_, err := conn.ExecContext(ctx, `INSERT INTO projects ...`)
//		return err
//	})
//
// A statement of the program's own that is wrong leaves the transaction as it was; after a failure of the engine
// itself, such as a full disk, the transaction fails.
//
// It is good as long as the function runs that was handed the transaction, and it may be run more than once, as the
// function may. Statements that begin, commit or roll back are refused; those that do so on the side (OR ROLLBACK,
// RAISE(ROLLBACK)) are not for it, because the transaction may be shared with other callers, and neither are writes to
// roster's own tables. A statement is not interrupted when its context ends, because SQLite would undo the whole transaction.
func SQL(tx store.Tx) (conn SQLConn, ok bool) {
	w, ok := tx.(writer)
	if !ok {
		return SQLConn{}, false
	}
	sc, ok := w.source.(*scope)
	return SQLConn{sc}, ok
}

// SQLConn runs statements within a transaction. See [SQL].
type SQLConn struct{ scope *scope }

// ExecContext is that of [sql.Tx].
func (c SQLConn) ExecContext(ctx context.Context, query string, args ...any) (result sql.Result, err error) {
	if err := c.use(ctx, query); err != nil {
		return nil, err
	}
	defer func() { c.release(err) }() // also when a value of the program's own panics
	return c.scope.sql().ExecContext(context.WithoutCancel(ctx), query, args...)
}

// QueryContext is that of [sql.Tx]. The rows must be closed before the function returns that was handed the
// transaction. In a store of [Open] all of them are in memory when it returns.
func (c SQLConn) QueryContext(ctx context.Context, query string, args ...any) (rows *sql.Rows, err error) {
	if err := c.use(ctx, query); err != nil {
		return nil, err
	}
	defer func() { c.release(err) }()
	return c.scope.sql().QueryContext(context.WithoutCancel(ctx), query, args...)
}

// QueryRowContext is that of [sql.Tx].
func (c SQLConn) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if err := c.use(ctx, query); err != nil {
		return c.scope.sql().QueryRowContext(refused{context.WithoutCancel(ctx), err}, query, args...)
	}
	var err error
	defer func() { c.release(err) }()
	row := c.scope.sql().QueryRowContext(context.WithoutCancel(ctx), query, args...)
	err = row.Err()
	return row
}

var errEnds = errors.New("sqlitestore: the transaction is roster's to begin and to end, and may be shared with others; use SAVEPOINT")

// use is that of scope, for a statement that leaves the transaction alone.
func (c SQLConn) use(ctx context.Context, query string) error {
	switch words := strings.Fields(strings.ToUpper(query)); {
	case len(words) == 0:
	case slices.Contains([]string{"BEGIN", "COMMIT", "END"}, strings.Trim(words[0], ";")),
		strings.Trim(words[0], ";") == "ROLLBACK" && !slices.Contains(words, "TO"):
		return errEnds
	}
	return c.scope.use(ctx)
}

// release is that of scope. A statement of the program's own that is wrong is no failure of the engine.
func (c SQLConn) release(err error) {
	if primary(resultCode(err)) == sqlite3.SQLITE_ERROR {
		err = nil
	}
	c.scope.release(err)
}

// refused is a context that has ended with an error. Why: nothing else makes a [sql.Row] with an error of ours, and
// runs no statement.
type refused struct {
	context.Context //nolint:containedctx // it is one
	err             error
}

var ended = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

func (r refused) Done() <-chan struct{} { return ended }
func (r refused) Err() error            { return r.err }
