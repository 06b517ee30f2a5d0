package sqlitestore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"

	"github.com/google/uuid"
)

// driverConn is what the driver's connections can do, and driverStmt what their statements can.
type (
	driverConn interface {
		driver.Conn
		driver.ConnBeginTx
		driver.ExecerContext
		driver.QueryerContext
	}
	driverStmt interface {
		driver.Stmt
		driver.StmtExecContext
		driver.StmtQueryContext
	}
)

func dial(ctx context.Context, connector driver.Connector) (driverConn, error) {
	conn, err := connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	able, ok := conn.(driverConn)
	if !ok {
		return nil, errors.Join(errors.New("the driver's connections take no contexts"), conn.Close())
	}
	return able, nil
}

// connection is a connection to the store's own file, with the statements that were prepared on it. One goroutine at a
// time uses it, for one statement at a time.
//
// Why below database/sql: its own work for a statement takes about as long as SQLite takes for a short one, and more
// allocations than everything else together.
type connection struct {
	driverConn
	kept *cache[*prepared]
}

func newConnection(conn driverConn) *connection { return &connection{conn, newCache[*prepared]()} }

// statement returns a statement, which it prepares when it is not kept.
func (c *connection) statement(query string) (*prepared, error) {
	if p, ok := c.kept.get(query); ok {
		return p, nil
	}
	stmt, err := c.Prepare(query)
	if err != nil {
		return nil, err
	}
	able, ok := stmt.(driverStmt)
	if !ok {
		return nil, errors.Join(errors.New("the driver's statements take no contexts"), stmt.Close())
	}
	p := &prepared{driverStmt: able, conn: c}
	c.kept.add(query, p, (*prepared).drop)
	return p, nil
}

// run runs a statement that has no rows.
func (c *connection) run(ctx context.Context, query string) error {
	p, err := c.statement(query)
	if err == nil {
		_, err = p.ExecContext(ctx, nil)
	}
	return err
}

// once runs a statement that is not worth keeping prepared.
func (c *connection) once(query string) error {
	_, err := c.ExecContext(context.Background(), query, nil)
	return err
}

func (c *connection) close() error {
	c.kept.clear((*prepared).drop)
	return c.Close()
}

// statement is prepared, for one use at a time.
type statement interface {
	// exec runs it to the end.
	exec(ctx context.Context, args []any) (sql.Result, error)

	// query scans its rows into dest, and calls each for every one, which may exchange what is in dest; a nil each is
	// content with the first row. It returns how many there were. Only an interruptible one ends with ctx.
	query(ctx context.Context, interruptible bool, args []any, dest []sql.Scanner, each func()) (int, error)
}

// prepared is a statement of a connection of the store's own.
type prepared struct {
	driverStmt
	conn *connection

	args []driver.NamedValue // of the use that goes on
	ids  []driver.Value      // in the places of args where ids have been: room for others
	row  []driver.Value
}

var _ statement = (*prepared)(nil)

func (p *prepared) drop() {
	_ = p.Close() // what a statement reports on closing is its last failure, and that was reported
}

// bind readies the arguments in the statement's own room.
func (p *prepared) bind(args []any) error {
	if len(p.args) != len(args) {
		p.args, p.ids = make([]driver.NamedValue, len(args)), make([]driver.Value, len(args))
	}
	for i, arg := range args {
		value, err := p.value(i, arg)
		if err != nil {
			return err
		}
		p.args[i] = driver.NamedValue{Ordinal: i + 1, Value: value}
	}
	return nil
}

// value is an argument as drivers take it.
func (p *prepared) value(i int, arg any) (driver.Value, error) {
	switch v := arg.(type) {
	case nil, int64, string, []byte:
		return v, nil
	case *uuid.UUID:
		if p.ids[i] == nil {
			p.ids[i] = make([]byte, len(v))
		}
		copy(p.ids[i].([]byte), v[:]) // the driver makes a copy of its own
		return p.ids[i], nil
	}
	return driver.DefaultParameterConverter.ConvertValue(arg)
}

func (p *prepared) exec(_ context.Context, args []any) (sql.Result, error) {
	if err := p.bind(args); err != nil {
		return nil, err
	}
	return p.ExecContext(context.Background(), p.args)
}

func (p *prepared) query(
	ctx context.Context, interruptible bool, args []any, dest []sql.Scanner, each func(),
) (n int, err error) {
	if err := p.bind(args); err != nil {
		return 0, err
	}
	if !interruptible {
		ctx = context.Background() // Why: watching a context costs the driver a goroutine
	}
	rows, err := p.QueryContext(ctx, p.args)
	if err != nil {
		return 0, err
	}
	defer func() {
		if closing := rows.Close(); err == nil {
			err = closing
		}
	}()
	if len(p.row) != len(dest) {
		p.row = make([]driver.Value, len(dest))
	}
	for {
		switch err := rows.Next(p.row); {
		case errors.Is(err, io.EOF):
			return n, nil
		case err != nil:
			return n, err
		}
		for i, column := range dest {
			if err := column.Scan(p.row[i]); err != nil {
				return n, err
			}
		}
		n++
		if each == nil {
			return n, nil
		}
		each()
		if err := ctx.Err(); err != nil {
			return n, err
		}
	}
}
