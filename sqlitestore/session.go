package sqlitestore

import (
	"context"
	"database/sql"
)

// takeWriteLock changes nothing and takes the write lock, within a transaction that began without it.
const takeWriteLock = `UPDATE roster_settings SET membership_limit = membership_limit WHERE 0`

// session is a transaction of database/sql with the statements that are ready in it.
type session struct {
	*sql.Tx
	pool  *statements // where statements are kept between transactions; nil within somebody else's
	ready map[string]statement
	made  []*sql.Stmt
	taken []*shared // to give back to the pool
	fresh []string  // prepared here, which the pool may want to keep
}

func newSession(tx *sql.Tx, pool *statements) *session {
	return &session{Tx: tx, pool: pool, ready: make(map[string]statement, 8)}
}

func (s *session) statement(ctx context.Context, query string) (statement, error) {
	if st := s.ready[query]; st != nil {
		return st, nil
	}
	if len(s.ready) >= maxStatements {
		s.forget()
	}
	stmt, err := s.prepare(context.WithoutCancel(ctx), query)
	if err != nil {
		return nil, err
	}
	s.made = append(s.made, stmt)
	s.ready[query] = sqlStatement{stmt}
	return s.ready[query], nil
}

func (s *session) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if s.pool != nil {
		if st := s.pool.ready(query); st != nil {
			s.taken = append(s.taken, st)
			return s.StmtContext(ctx, st.Stmt), nil
		}
	}
	// Why not into the pool: that prepares on another connection, and there may be none.
	s.fresh = append(s.fresh, query)
	return s.PrepareContext(ctx, query)
}

// forget closes the statements and gives back those of the pool.
func (s *session) forget() {
	for _, stmt := range s.made {
		_ = stmt.Close() // what a statement reports on closing is its last failure, and that was reported
	}
	for _, st := range s.taken {
		s.pool.put(st)
	}
	clear(s.ready)
	s.made, s.taken, s.fresh = nil, nil, nil
}

func (s *session) run(ctx context.Context, query string) error {
	st, err := s.statement(ctx, query)
	if err == nil {
		_, err = st.exec(ctx, nil)
	}
	return err
}

func (s *session) once(ctx context.Context, query string) error {
	_, err := s.ExecContext(context.WithoutCancel(ctx), query)
	return err
}

func (s *session) sql() sqlRunner { return s.Tx }
