package pgstore

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/roster-go/roster/store"
)

// SQL is the PostgreSQL transaction that a transaction of this package's stores is, for statements of the program's own: what
// they write is committed together with what roster writes, or not at all. ok is false for another store's transaction.
//
//	err := svc.Update(ctx, func(svc *roster.Service) error {
//		if _, err := svc.Add(ctx, account, member); err != nil {
//			return err
//		}
//		tx, _ := svc.Tx()
//		conn, _ := pgstore.SQL(tx)
//		_, err := conn.Exec(ctx, `INSERT INTO projects ...`)
//		return err
//	})
//
// A statement that fails ends the transaction, as PostgreSQL has it: the Update fails, or begins anew where it has met another
// one. It is good as long as the function runs that was handed the transaction, and it may be run more than once, as the
// function may. Transaction control is not for it, and neither are writes to roster's own tables.
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

// Exec is that of [pgx.Tx].
func (c SQLConn) Exec(ctx context.Context, query string, args ...any) (tag pgconn.CommandTag, err error) {
	err = writer{reader{c.scope}}.write(ctx, func(q querier) error {
		tag, err = q.Exec(ctx, query, args...)
		return err
	})
	return tag, err
}

// Query calls scan with the rows of a statement, to be read with their Next and Scan; it closes them.
func (c SQLConn) Query(ctx context.Context, scan func(pgx.Rows) error, query string, args ...any) error {
	var refused error
	err := writer{reader{c.scope}}.write(ctx, func(q querier) error {
		rows, err := q.Query(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		refused = scan(rows)
		rows.Close()
		return rows.Err()
	})
	if err == nil {
		err = refused
	}
	return err
}

// QueryRow scans the row of a statement, or answers pgx.ErrNoRows.
func (c SQLConn) QueryRow(ctx context.Context, dest []any, query string, args ...any) error {
	found := false
	err := c.Query(ctx, func(rows pgx.Rows) error {
		if !rows.Next() {
			return nil
		}
		found = true
		return rows.Scan(dest...)
	}, query, args...)
	if err == nil && !found {
		err = pgx.ErrNoRows
	}
	return err
}
