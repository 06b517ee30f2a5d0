package sqlitestore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"reflect"
)

// lent is a connection of the store's own as database/sql sees it: for migrations, and for statements of the program's
// own within a transaction ([SQL]).
type lent struct {
	connector driver.Connector
	own       driverConn // nil until it is used
	pool      *sql.DB
	conn      *sql.Conn // the pool's only one
}

// lend lends a connection that is opened when it is used. Why not before: opening can fail as long as others make the same
// file, and migrations try again.
func lend(connector driver.Connector) *lent {
	l := &lent{connector: connector}
	l.pool = sql.OpenDB(l)
	l.pool.SetMaxOpenConns(1)
	return l
}

// pin takes the connection out of the pool, so that statements need not wait for each other's rows.
func (l *lent) pin() (err error) {
	l.conn, err = l.pool.Conn(context.Background())
	return err
}

// close leaves the connection open. Why it is not given back first: that would wait for rows that the program left open.
func (l *lent) close() error { return l.pool.Close() }

// Connect implements driver.Connector.
func (l *lent) Connect(ctx context.Context) (_ driver.Conn, err error) {
	if l.own == nil {
		if l.own, err = dial(ctx, l.connector); err != nil {
			return nil, err
		}
	}
	return lentConn{l.own}, nil
}

// Driver implements driver.Connector.
func (l *lent) Driver() driver.Driver { return nil }

// lentConn is a connection that its user cannot close, and on which no statement stays open: a transaction could not be
// ended while one of the program's own has rows that nobody has read.
type lentConn struct{ driverConn }

func (lentConn) Close() error { return nil }

// QueryContext implements driver.QueryerContext. The rows have been read when it returns.
func (c lentConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.driverConn.QueryContext(ctx, query, args)
	if err != nil {
		return nil, err
	}
	return readAll(rows)
}

// readRows are rows that have been read.
type readRows struct {
	driver.Rows // closed; it still knows its columns
	rows        [][]driver.Value
	types       []reflect.Type // of the first row's columns
}

func readAll(rows driver.Rows) (*readRows, error) {
	all := &readRows{Rows: rows}
	for {
		row := make([]driver.Value, len(rows.Columns()))
		switch err := rows.Next(row); {
		case errors.Is(err, io.EOF):
			return all, rows.Close()
		case err != nil:
			_ = rows.Close() // reports the same once more
			return nil, err
		}
		if typed, ok := rows.(driver.RowsColumnTypeScanType); ok && all.types == nil {
			for i := range row {
				all.types = append(all.types, typed.ColumnTypeScanType(i))
			}
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

// ColumnTypeScanType implements driver.RowsColumnTypeScanType, as the driver does: by a row.
func (r *readRows) ColumnTypeScanType(index int) reflect.Type {
	if index < len(r.types) && r.types[index] != nil {
		return r.types[index]
	}
	return reflect.TypeFor[any]()
}

// ColumnTypeDatabaseTypeName implements driver.RowsColumnTypeDatabaseTypeName.
func (r *readRows) ColumnTypeDatabaseTypeName(index int) string {
	if named, ok := r.Rows.(driver.RowsColumnTypeDatabaseTypeName); ok {
		return named.ColumnTypeDatabaseTypeName(index)
	}
	return ""
}
