package sqlitestore

import (
	"context"
	"errors"
	"sync"

	"github.com/roster-go/roster/internal/gate"
	"github.com/roster-go/roster/internal/stored"
	"github.com/roster-go/roster/store"
)

// Store is a database, its own ([Open]) or a borrowed one ([New]). It starts no goroutine but that of database/sql, which
// ends with it.
type Store struct {
	reader // reads on their own, through lease

	db      database
	queue   queue // of those who write
	kept    stored.Cache
	bell    *bell
	looking gate.Slots // one at a time, of those who await changes
	gate    gate.Gate
	close   func() error // closes what the store owns, once

	file     string // that the database is in; empty when it is in none
	counters counters
	trouble  trouble
}

var (
	_ store.Store  = (*Store)(nil)
	_ store.Reader = reader{}
	_ store.Tx     = writer{}
)

// newStore makes a store on a database, which it closes, and the file that it is in.
func newStore(db database, file string) *Store {
	bell, silence := useBell(file)
	s := &Store{db: db, bell: bell, looking: make(gate.Slots, 1), queue: queue{longest: longestGroup}, file: file}
	s.close = sync.OnceValue(func() error {
		bell.ring(false) // Why: those who await changes find the gate closed
		silence()
		return db.close()
	})
	s.reader = reader{s}
	return s
}

// lease readies a statement for a read on its own: a snapshot of its own, one statement.
func (s *Store) lease(ctx context.Context, query string, slow bool) (lease, error) {
	if err := s.gate.Enter(); err != nil {
		return lease{}, err
	}
	st, err := s.db.ready(ctx, query)
	if err != nil {
		s.gate.Leave()
		return lease{}, translate(ctx, err)
	}
	return lease{st, slow, s}, nil
}

func (s *Store) done(st statement, _ error) {
	s.db.done(st)
	s.gate.Leave()
}

func (s *Store) definitions() *stored.Cache { return &s.kept }

// View runs fn over one snapshot. See [store.Store].
func (s *Store) View(ctx context.Context, fn func(store.Reader) error) error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	tx, err := s.db.view(ctx)
	if err != nil {
		return translate(ctx, err)
	}
	defer tx.afterwards(ctx)
	defer tx.end()
	sc := &scope{transaction: tx, kept: &s.kept, outer: ctx, interruptible: true}
	defer sc.end()
	return fn(reader{sc})
}

// Update runs fn in a transaction that has the write lock from the start. Updates that come together are committed
// together, each with its own result. See [store.Store].
func (s *Store) Update(ctx context.Context, fn func(store.Tx) error) error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	err := s.share(ctx, fn, false)
	if errors.Is(err, errTogether) {
		err = s.share(ctx, fn, true)
	}
	if err == nil {
		return nil
	}
	if errors.Is(err, store.ErrBusy) {
		s.counters.busy.Add(1)
	}
	return s.trouble.note(s.askForRoom(err))
}

// Close waits for what is running and closes the database, unless it is borrowed. Afterwards everything answers
// store.ErrClosed, and so does what is called while Close waits. A function that runs in View or Update must not call
// it, because it would wait for itself.
func (s *Store) Close() error {
	s.gate.Close()
	return s.close()
}
