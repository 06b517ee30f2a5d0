package sqlitestore

import (
	"container/list"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"

	"github.com/google/uuid"
)

// maxStatements bounds how many statements are kept prepared. The fixed ones and the usual lists are about 80; a filter
// can have any shape a client likes, so those that were not used for longest make room.
const maxStatements = 150

// connection is a connection to the store's own file, with the statements that were prepared on it. One goroutine at a
// time uses it, for one statement at a time.
//
// Why below database/sql: its own work for a statement takes about as long as SQLite takes for a short one, and more
// allocations than everything else together.
type connection struct {
	driver.Conn
	max    int
	bySQL  map[string]*prepared
	recent list.List // of *prepared, the last used first
}

func connect(ctx context.Context, connector driver.Connector) (*connection, error) {
	conn, err := connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return newConnection(conn), nil
}

func newConnection(conn driver.Conn) *connection {
	return &connection{Conn: conn, max: maxStatements, bySQL: make(map[string]*prepared)}
}

// statement returns a statement, which it prepares when it is not kept.
func (c *connection) statement(query string) (*prepared, error) {
	if p := c.bySQL[query]; p != nil {
		c.recent.MoveToFront(p.place)
		return p, nil
	}
	stmt, err := c.Prepare(query)
	if err != nil {
		return nil, err
	}
	p := &prepared{Stmt: stmt, conn: c, text: query}
	var executes, queries bool
	p.executer, executes = stmt.(driver.StmtExecContext)
	p.queryer, queries = stmt.(driver.StmtQueryContext)
	if !executes || !queries {
		return nil, errors.Join(errors.New("the driver's statements take no contexts"), stmt.Close())
	}
	p.place = c.recent.PushFront(p)
	c.bySQL[query] = p
	if c.recent.Len() > c.max {
		c.drop(c.recent.Back().Value.(*prepared))
	}
	return p, nil
}

func (c *connection) drop(p *prepared) {
	c.recent.Remove(p.place)
	delete(c.bySQL, p.text)
	_ = p.Close() // what a statement reports on closing is its last failure, and that was reported
}

// run runs a statement that has no rows.
func (c *connection) run(ctx context.Context, query string) error {
	p, err := c.statement(query)
	if err == nil {
		_, err = p.executer.ExecContext(ctx, nil)
	}
	return err
}

// once runs a statement that is not worth keeping prepared.
func (c *connection) once(query string) error {
	stmt, err := c.Prepare(query)
	if err != nil {
		return err
	}
	p := prepared{Stmt: stmt}
	p.executer, _ = stmt.(driver.StmtExecContext)
	_, err = p.executer.ExecContext(context.Background(), nil)
	return errors.Join(err, stmt.Close())
}

func (c *connection) close() error {
	for c.recent.Len() > 0 {
		c.drop(c.recent.Front().Value.(*prepared))
	}
	return c.Conn.Close()
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
	driver.Stmt
	executer driver.StmtExecContext
	queryer  driver.StmtQueryContext
	conn     *connection
	text     string
	place    *list.Element

	args []driver.NamedValue // of the use that goes on
	ids  []driver.Value      // in the places of args where ids have been: room for others
	row  []driver.Value
}

var _ statement = (*prepared)(nil)

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
	return p.executer.ExecContext(context.Background(), p.args)
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
	rows, err := p.queryer.QueryContext(ctx, p.args)
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
