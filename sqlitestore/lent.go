package sqlitestore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
)

// lent is a connection of the store's own as database/sql sees it: for migrations, and for statements of the program's
// own within a transaction ([SQL]).
type lent struct {
	own  driver.Conn
	pool *sql.DB
	conn *sql.Conn // its only one
}

func lend(conn driver.Conn) *lent {
	l := &lent{own: conn}
	l.pool = sql.OpenDB(l)
	l.pool.SetMaxOpenConns(1)
	return l
}

// pin takes the connection out of the pool, so that statements need not wait for each other's rows.
func (l *lent) pin() (err error) {
	l.conn, err = l.pool.Conn(context.Background())
	return err
}

// close leaves the connection open.
func (l *lent) close() error {
	if l.conn != nil {
		_ = l.conn.Close() // gives it back
	}
	return l.pool.Close()
}

// Connect implements driver.Connector.
func (l *lent) Connect(context.Context) (driver.Conn, error) { return lentConn{l.own}, nil }

// Driver implements driver.Connector.
func (l *lent) Driver() driver.Driver { return nil }

// lentConn is a connection that its user cannot close, and on which no statement stays open: a transaction could not be
// ended while one of the program's own has rows that nobody has read.
type lentConn struct{ driver.Conn }

func (lentConn) Close() error { return nil }

// BeginTx implements driver.ConnBeginTx, for migrations.
func (c lentConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, opts)
}

// ExecContext implements driver.ExecerContext.
func (c lentConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
}

// QueryContext implements driver.QueryerContext. The rows have been read when it returns.
func (c lentConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
	if err != nil {
		return nil, err
	}
	return readAll(rows)
}

// readRows are rows that have been read.
type readRows struct {
	driver.Rows // closed; it still knows its columns
	rows        [][]driver.Value
}

func readAll(rows driver.Rows) (*readRows, error) {
	all := &readRows{Rows: rows}
	for {
		row := make([]driver.Value, len(rows.Columns()))
		switch err := rows.Next(row); {
		case errors.Is(err, io.EOF):
			return all, rows.Close()
		case err != nil:
			return nil, errors.Join(err, rows.Close())
		}
		all.rows = append(all.rows, row)
	}
}

func (*readRows) Close() error { return nil }

func (r *readRows) Next(dest []driver.Value) error {
	if len(r.rows) == 0 {
		return io.EOF
	}
	copy(dest, r.rows[0])
	r.rows = r.rows[1:]
	return nil
}

// ColumnTypeDatabaseTypeName implements driver.RowsColumnTypeDatabaseTypeName.
func (r *readRows) ColumnTypeDatabaseTypeName(index int) string {
	if named, ok := r.Rows.(driver.RowsColumnTypeDatabaseTypeName); ok {
		return named.ColumnTypeDatabaseTypeName(index)
	}
	return ""
}
