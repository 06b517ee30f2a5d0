package sqlitestore

import (
	"context"
	"database/sql"
	"fmt"
	"sync/atomic"

	"github.com/roster-go/roster/store"
)

// takeWriteLock changes nothing and takes the write lock, within a transaction that began without it.
const takeWriteLock = `UPDATE roster_settings SET membership_limit = membership_limit WHERE 0`

// session is a transaction with the statements that are ready in it.
type session struct {
	*sql.Tx
	pool  *statements // where statements are kept between transactions; nil within somebody else's
	kept  *definitions
	ready map[string]*sql.Stmt
	taken []*statement // to give back to the pool
	fresh []string     // prepared here, to be kept by the pool afterwards

	appended bool // to the change log
}

func newSession(tx *sql.Tx, pool *statements, kept *definitions) *session {
	return &session{Tx: tx, pool: pool, kept: kept, ready: make(map[string]*sql.Stmt, 4)}
}

// statement readies a statement within the transaction.
func (s *session) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt := s.ready[query]; stmt != nil {
		return stmt, nil
	}
	if len(s.ready) >= maxStatements {
		s.forget()
	}
	ctx = context.WithoutCancel(ctx)
	if s.pool != nil {
		if st := s.pool.ready(query); st != nil {
			s.taken = append(s.taken, st)
			s.ready[query] = s.StmtContext(ctx, st.Stmt)
			return s.ready[query], nil
		}
	}
	// Why not into the pool at once: that prepares on another connection, and there may be none.
	stmt, err := s.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s.ready[query] = stmt
	s.fresh = append(s.fresh, query)
	return stmt, nil
}

// forget closes the statements and gives back those of the pool.
func (s *session) forget() {
	for _, stmt := range s.ready {
		_ = stmt.Close() // what a statement reports on closing is its last failure, and that was reported
	}
	for _, st := range s.taken {
		s.pool.put(st)
	}
	clear(s.ready)
	s.taken, s.fresh = nil, nil
}

// close gives the statements back once the transaction has ended. Those that it prepared itself are kept by the pool,
// unless the pool is borrowed: its connections may all be in use, and the transaction's caller would wait for one.
func (s *session) close(ctx context.Context, borrowed bool) {
	fresh := s.fresh
	s.forget()
	if borrowed {
		return
	}
	for _, query := range fresh {
		// A failure is the next one's to find: this transaction is over.
		if st, err := s.pool.take(ctx, query); err == nil {
			s.pool.put(st)
		}
	}
}

// run runs fn over the transaction. It neither commits nor rolls back.
func (s *session) run(ctx context.Context, fn func(store.Tx) error) error {
	sc := &scope{session: s, outer: ctx}
	defer sc.end()
	if err := fn(writer{reader{sc}}); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return sc.broken
}

// scope is the part of a session's life in which one fn may use it.
type scope struct {
	*session
	outer         context.Context //nolint:containedctx // of the View or Update, which every call in it obeys
	interruptible bool
	schemas       *schemas // as they are in the transaction, once they were looked for
	ended         atomic.Bool
	broken        error // of the engine: SQLite may have undone the whole transaction, and would commit what follows at once
}

// note remembers a failure of the engine itself. A constraint that refuses is none.
func (s *scope) note(err error) {
	if s.broken == nil && resultCode(err) != 0 && !isConstraint(err) {
		s.broken = fmt.Errorf("sqlitestore: %w", err)
	}
}

func (s *scope) end() { s.ended.Store(true) }

// check reports whether a statement may run.
func (s *scope) check(ctx context.Context) error {
	if s.ended.Load() {
		return store.ErrClosed
	}
	for _, c := range []context.Context{s.outer, ctx} {
		if err := c.Err(); err != nil {
			return err
		}
	}
	return s.broken
}

func (s *scope) definitions() *definitions { return s.kept }

func (s *scope) lease(ctx context.Context, query string, slow bool) (lease, error) {
	if err := s.check(ctx); err != nil {
		return lease{}, err
	}
	stmt, err := s.statement(ctx, query)
	if err != nil {
		return lease{}, translate(ctx, err)
	}
	if !slow || !s.interruptible {
		ctx = context.WithoutCancel(ctx)
	}
	return lease{stmt: stmt, ctx: ctx, end: s.note}, nil
}
