package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"github.com/google/uuid"
)

// statements keeps the prepared statements of a borrowed pool, by their SQL. A *sql.Stmt prepares itself once on each
// connection that it meets.
type statements struct {
	db   *sql.DB
	mu   sync.Mutex
	kept *cache[*shared] // guarded by mu
}

// shared is a statement that is closed when it has been dropped and nobody uses it.
type shared struct {
	sqlStatement
	users   int  // guarded by statements.mu
	dropped bool // guarded by statements.mu
}

func newStatements(db *sql.DB) *statements {
	return &statements{db: db, kept: newCache[*shared]()}
}

// take returns the statement, prepared; the caller gives it back with put.
func (c *statements) take(ctx context.Context, query string) (*shared, error) {
	if st := c.ready(query); st != nil {
		return st, nil
	}
	// Outside the lock, because preparing may wait for a connection.
	stmt, err := c.db.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if st := c.readyLocked(query); st != nil { // somebody was faster
		_ = stmt.Close()
		return st, nil
	}
	st := &shared{sqlStatement: sqlStatement{stmt}, users: 1}
	c.kept.add(query, st, (*shared).dropLocked)
	return st, nil
}

// ready is take for a statement that is prepared already, else nil.
func (c *statements) ready(query string) *shared {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.readyLocked(query)
}

func (c *statements) readyLocked(query string) *shared {
	st, ok := c.kept.get(query)
	if ok {
		st.users++
	}
	return st
}

func (c *statements) put(st *shared) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if st.users--; st.dropped && st.users == 0 {
		_ = st.Close() // what a statement reports on closing is its last failure, and that was reported
	}
}

func (st *shared) dropLocked() {
	st.dropped = true
	if st.users == 0 {
		_ = st.Close()
	}
}

// close closes them all. Nobody may be using one.
func (c *statements) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var err error
	c.kept.clear(func(st *shared) { err = errors.Join(err, st.Close()) })
	return err
}

// sqlStatement is a statement of database/sql.
type sqlStatement struct{ *sql.Stmt }

var _ statement = sqlStatement{}

// values are arguments as database/sql takes them. Why: it would take an id for a text.
func values(args []any) []any {
	for i, arg := range args {
		if id, ok := arg.(*uuid.UUID); ok {
			args[i] = id[:]
		}
	}
	return args
}

func (s sqlStatement) exec(ctx context.Context, args []any) (sql.Result, error) {
	return s.ExecContext(context.WithoutCancel(ctx), values(args)...)
}

// place is where a column is scanned into, whatever is there by then.
type place struct {
	dest []sql.Scanner
	i    int
}

func (p place) Scan(src any) error { return p.dest[p.i].Scan(src) }

func (s sqlStatement) query(
	ctx context.Context, interruptible bool, args []any, dest []sql.Scanner, each func(),
) (n int, err error) {
	if !interruptible {
		ctx = context.WithoutCancel(ctx)
	}
	rows, err := s.QueryContext(ctx, values(args)...)
	if err != nil {
		return 0, err
	}
	defer func() {
		if closing := rows.Close(); err == nil {
			err = closing
		}
	}()
	places := make([]any, len(dest))
	for i := range dest {
		places[i] = place{dest, i}
	}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return n, err
		}
		n++
		if each == nil {
			return n, nil
		}
		each()
	}
	return n, rows.Err()
}
