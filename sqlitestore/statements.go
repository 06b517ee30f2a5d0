package sqlitestore

import (
	"container/list"
	"context"
	"database/sql"
	"errors"
	"sync"
)

// maxStatements bounds how many statements a pool keeps prepared. The fixed ones and the usual lists are about 80; a
// filter can have any shape a client likes, so those that were not used for longest make room.
const maxStatements = 150

// statements keeps the prepared statements of a pool, by their SQL. A *sql.Stmt prepares itself once on each
// connection that it meets.
type statements struct {
	db  *sql.DB
	max int

	mu     sync.Mutex
	bySQL  map[string]*statement
	recent list.List // of *statement, the last used first
}

// statement is closed when it has been dropped and nobody uses it.
type statement struct {
	*sql.Stmt
	query   string
	place   *list.Element
	users   int  // guarded by statements.mu
	dropped bool // guarded by statements.mu
}

func newStatements(db *sql.DB) *statements {
	return &statements{db: db, max: maxStatements, bySQL: make(map[string]*statement)}
}

// take returns the statement, prepared; the caller gives it back with put.
func (c *statements) take(ctx context.Context, query string) (*statement, error) {
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
	st := &statement{Stmt: stmt, query: query, users: 1}
	st.place = c.recent.PushFront(st)
	c.bySQL[query] = st
	if c.recent.Len() > c.max {
		c.dropLocked(c.recent.Back().Value.(*statement))
	}
	return st, nil
}

// ready is take for a statement that is prepared already, else nil.
func (c *statements) ready(query string) *statement {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.readyLocked(query)
}

func (c *statements) readyLocked(query string) *statement {
	st := c.bySQL[query]
	if st != nil {
		st.users++
		c.recent.MoveToFront(st.place)
	}
	return st
}

func (c *statements) put(st *statement) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if st.users--; st.dropped && st.users == 0 {
		_ = st.Close() // what a statement reports on closing is its last failure, and that was reported
	}
}

func (c *statements) dropLocked(st *statement) {
	c.recent.Remove(st.place)
	delete(c.bySQL, st.query)
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
	for _, st := range c.bySQL {
		err = errors.Join(err, st.Close())
	}
	clear(c.bySQL)
	c.recent.Init()
	return err
}
