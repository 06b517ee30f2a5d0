package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"github.com/roster-go/roster/store"
)

// Store is a database, its own ([Open]) or a borrowed one ([New]). It starts no goroutine.
type Store struct {
	reader // reads on their own, through lease

	reading *pool
	writing *pool // when borrowed, over reading's connections and statements
	// borrowed says that the database is somebody else's: beginning a transaction may not take the write lock yet, and
	// a free connection is not to be counted on.
	borrowed bool

	kept    definitions
	bell    *bell
	looking slots // one at a time, of those who await changes
	gate    gate
	close   func() error // closes what the store owns, once
}

var (
	_ store.Store  = (*Store)(nil)
	_ store.Reader = reader{}
	_ store.Tx     = writer{}
)

// pool is connections with their prepared statements, and the turns of those who use them.
type pool struct {
	db         *sql.DB
	statements *statements
	turns      slots
}

func newPool(db *sql.DB, turns slots) *pool {
	return &pool{db: db, statements: newStatements(db), turns: turns}
}

// newStore makes a store on a database's file; release closes what it owns.
func newStore(reading, writing *pool, borrowed bool, file string, release func() error) *Store {
	bell, silence := useBell(file)
	s := &Store{reading: reading, writing: writing, borrowed: borrowed, bell: bell, looking: make(slots, 1)}
	s.close = sync.OnceValue(func() error {
		bell.ring(false) // Why: those who await changes find the gate closed
		silence()
		return release()
	})
	s.reader = reader{s}
	return s
}

// lease readies a statement for a read on its own: a snapshot of its own, one statement.
func (s *Store) lease(ctx context.Context, query string, slow bool) (lease, error) {
	if err := s.gate.enter(); err != nil {
		return lease{}, err
	}
	if err := s.reading.turns.acquire(ctx); err != nil {
		s.gate.leave()
		return lease{}, err
	}
	run := ctx
	if !slow && s.reading.turns != nil {
		// Why: the turn has been waited for, a connection is free. Where there are no turns, the connection has yet
		// to be waited for.
		run = context.WithoutCancel(ctx)
	}
	st, err := s.reading.statements.take(run, query)
	if err != nil {
		s.reading.turns.release()
		s.gate.leave()
		return lease{}, translate(ctx, err)
	}
	return lease{stmt: st.Stmt, ctx: run, end: func(error) {
		s.reading.statements.put(st)
		s.reading.turns.release()
		s.gate.leave()
	}}, nil
}

func (s *Store) definitions() *definitions { return &s.kept }

// View runs fn over one snapshot. See [store.Store].
func (s *Store) View(ctx context.Context, fn func(store.Reader) error) error {
	return s.within(ctx, s.reading, &sql.TxOptions{ReadOnly: true}, func(tx *session) error {
		sc := &scope{session: tx, outer: ctx, interruptible: true}
		defer sc.end()
		return fn(reader{sc})
	})
}

// Update runs fn in a transaction that has the write lock from the start. See [store.Store].
func (s *Store) Update(ctx context.Context, fn func(store.Tx) error) error {
	return s.within(ctx, s.writing, nil, func(tx *session) error {
		if err := tx.run(ctx, fn); err != nil {
			return err
		}
		if err := tx.Commit(); err != nil {
			return translate(ctx, err)
		}
		if tx.appended {
			s.bell.ring(false)
		}
		return nil
	})
}

// within runs fn in a transaction of a pool, and rolls back what fn did not commit, however fn ended.
func (s *Store) within(ctx context.Context, p *pool, opts *sql.TxOptions, fn func(*session) error) error {
	if err := s.gate.enter(); err != nil {
		return err
	}
	defer s.gate.leave()
	if err := p.turns.acquire(ctx); err != nil {
		return err
	}
	defer p.turns.release()
	tx, release, err := s.begin(ctx, p, opts)
	if err != nil {
		return translate(ctx, err)
	}
	session := newSession(tx, p.statements, &s.kept)
	defer func() {
		_ = tx.Rollback() // sql.ErrTxDone after a commit; SQLite has undone it already after any other failure
		release()
		session.close(ctx, s.borrowed)
	}()
	return fn(session)
}

// begin opens a transaction, for writing with the write lock. While it waits, the end of ctx ends the wait; once it
// has the transaction nothing but its own commit and rollback end it. release frees what is left after those.
func (s *Store) begin(ctx context.Context, p *pool, opts *sql.TxOptions) (_ *sql.Tx, release func(), err error) {
	waiting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, cancel)
	tx, err := p.db.BeginTx(waiting, opts)
	if err == nil && opts == nil && s.borrowed {
		_, err = tx.ExecContext(waiting, takeWriteLock)
	}
	if stop() && err == nil {
		return tx, cancel, nil
	}
	if tx != nil {
		_ = tx.Rollback()
	}
	cancel()
	return nil, nil, errors.Join(err, ctx.Err())
}

// Close waits for what is running and closes the database, unless it is borrowed. Afterwards everything answers
// store.ErrClosed, and so does what is called while Close waits. A function that runs in View or Update must not call
// it, because it would wait for itself.
func (s *Store) Close() error {
	s.gate.close()
	return s.close()
}
