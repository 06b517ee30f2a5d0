package pgstore

import (
	"context"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/roster-go/roster/internal/gate"
	"github.com/roster-go/roster/internal/stored"
	"github.com/roster-go/roster/store"
)

// Store is a database, with a pool of its own ([Open]) or a borrowed one ([New]). The goroutines are the pool's, and end
// with it.
type Store struct {
	reader // reads on their own, through run

	pool          *pgxpool.Pool
	opts          Options
	cache         stored.Cache
	horizon       horizon
	again         gate.Slots   // of those who begin anew: one at a time
	waiting       atomic.Int64 // how many of them there are
	bell          bell
	announcements announcements
	gate          gate.Gate
	owns          bool // the pool
}

var (
	_ store.Store  = (*Store)(nil)
	_ store.Reader = reader{}
	_ store.Tx     = writer{}
)

func newStore(pool *pgxpool.Pool, opts Options, owns bool) *Store {
	s := &Store{pool: pool, opts: opts, owns: owns, again: make(gate.Slots, 1)}
	s.bell.init()
	s.horizon.asking = make(gate.Slots, 1)
	s.reader = reader{s}
	return s
}

func (s *Store) definitions() *stored.Cache { return &s.cache }

// run runs a read on its own: a snapshot of its own, one statement.
func (s *Store) run(ctx context.Context, fn func(querier) error) error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	return s.persist(ctx, func() error {
		return s.withConn(ctx, func(conn *pgx.Conn) error { return fn(conn) })
	})
}

// withConn lends a connection of the pool. Its errors are the driver's, those of a connection marked.
func (s *Store) withConn(ctx context.Context, fn func(*pgx.Conn) error) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		if code(err) == "" && ctx.Err() == nil && !isClosedPool(err) {
			err = &lostError{err}
		}
		return err
	}
	defer conn.Release()
	err = mark(ctx, conn.Conn(), fn(conn.Conn()))
	if isLost(err) { // Why: it may lead to a server that is no longer the one that may be written to
		_ = conn.Conn().Close(ctx)
	}
	return err
}

// View runs fn over one snapshot. See [store.Store].
func (s *Store) View(ctx context.Context, fn func(store.Reader) error) error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	return s.persist(ctx, func() error {
		return s.withConn(ctx, func(conn *pgx.Conn) error {
			complete, err := s.beforeSnapshot(ctx, conn)
			if err != nil {
				return err
			}
			tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
			if err != nil {
				return err
			}
			defer rollback(ctx, tx)
			sc := &scope{tx: tx, cache: &s.cache, outer: ctx, complete: complete}
			defer sc.end()
			return asAnswer(fn(reader{sc}))
		})
	})
}

// beforeSnapshot is up to where the log is complete for a snapshot that is yet to be taken. See horizon.
func (s *Store) beforeSnapshot(ctx context.Context, conn *pgx.Conn) (int64, error) {
	if !s.horizon.due() {
		return s.horizon.known(), nil
	}
	var last int64
	if err := conn.QueryRow(ctx, selectLastChange).Scan(scanNumber(&last)); err != nil {
		return 0, err
	}
	return s.horizon.advance(ctx, conn, last)
}

// Update runs fn in a serializable transaction, again where that met another one. See [store.Store].
func (s *Store) Update(ctx context.Context, fn func(store.Tx) error) error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	return s.insist(ctx, func(sawLog bool) error { return s.attempt(ctx, fn, sawLog) })
}

// Close waits for what is running and closes the pool, unless it is borrowed. Afterwards everything answers store.ErrClosed,
// and so does what is called while Close waits. A function that runs in View or Update must not call it, because it would
// wait for itself.
func (s *Store) Close() error {
	s.gate.Shut()
	s.bell.ring() // Why: who awaits changes listens within the gate
	s.gate.Close()
	if s.owns {
		s.pool.Close() // more than once does no harm
	}
	return nil
}
