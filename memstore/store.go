// Package memstore keeps accounts, members and memberships in memory. It is a full store, not a mock: it passes the
// same conformance suite as sqlitestore, which makes it the right one for unit tests and for data that may end with
// the program. It imports nothing outside the standard library but roster's own vocabulary, which imports google/uuid.
package memstore

import (
	"context"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// Store is a [store.Store] in memory. Durable means, here, until the program ends.
//
// Updates run one at a time and reads wait for them, so a function that is handed to View or Update should be brief.
type Store struct {
	lock   lock
	closed bool   // guarded by lock
	tables tables // guarded by lock
	alone  reader // of every read on its own, which they share: it never changes
	// appended is closed when changes were committed, and another one takes its place. Guarded by lock.
	appended chan struct{}
}

var _ store.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store {
	s := &Store{tables: newTables(), appended: make(chan struct{})}
	s.alone.tables = &s.tables
	return s
}

// View implements [store.Store].
func (s *Store) View(ctx context.Context, fn func(store.Reader) error) error {
	_, err := read(ctx, s, func(*reader) (struct{}, error) {
		r := &reader{tables: &s.tables, outer: ctx}
		defer r.end()
		return struct{}{}, fn(r)
	})
	return err
}

// Update implements [store.Store].
func (s *Store) Update(ctx context.Context, fn func(store.Tx) error) error {
	if err := s.lock.acquire(ctx, exclusive); err != nil {
		return err
	}
	defer s.lock.release(exclusive)
	if s.closed {
		return store.ErrClosed
	}
	t := &tx{reader: reader{tables: &s.tables, outer: ctx}}
	committed := false
	defer func() { // also when fn panics
		if !committed {
			t.rollback()
		}
		t.end()
	}()
	if err := fn(t); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	committed = true
	if t.appended {
		s.announce()
	}
	return nil
}

// Close implements [store.Store].
func (s *Store) Close() error {
	if err := s.lock.acquire(context.Background(), exclusive); err != nil {
		return err
	}
	defer s.lock.release(exclusive)
	if !s.closed {
		s.announce()
	}
	s.closed = true
	s.tables = newTables()
	return nil
}

// read runs one read of the store.
func read[T any](ctx context.Context, s *Store, fn func(*reader) (T, error)) (T, error) {
	if err := s.enter(ctx); err != nil {
		var none T
		return none, err
	}
	defer s.lock.release(shared)
	return fn(&s.alone)
}

// enter lets a read in, which is to release the lock when it is done.
func (s *Store) enter(ctx context.Context) error {
	if err := s.lock.acquire(ctx, shared); err != nil {
		return err
	}
	if s.closed {
		s.lock.release(shared)
		return store.ErrClosed
	}
	return nil
}

// reader reads the tables while its holder has the lock.
type reader struct {
	tables *tables
	outer  context.Context //nolint:containedctx // of the View or Update, which every call in it obeys; nil for a read on its own
	over   bool
}

// check is asked at the start of every call.
func (r *reader) check(ctx context.Context) error {
	if r.over {
		return store.ErrClosed
	}
	if r.outer != nil && r.outer.Err() != nil {
		return r.outer.Err()
	}
	return ctx.Err()
}

func (r *reader) end() { r.over = true }

// tx changes the tables in place and remembers how to undo each change.
type tx struct {
	reader
	undo     []func()
	appended bool // to the change log
}

func (t *tx) onRollback(undo func()) { t.undo = append(t.undo, undo) }

func (t *tx) rollback() {
	for i := len(t.undo) - 1; i >= 0; i-- {
		t.undo[i]()
	}
}

// insert adds an entry to a map of the tables.
func insert[K comparable, V any](t *tx, table map[K]V, key K, row V) error {
	if _, taken := table[key]; taken {
		return membership.ErrDuplicateID
	}
	table[key] = row
	t.onRollback(func() { delete(table, key) })
	return nil
}

// remove takes an entry out of a map of the tables.
func remove[K comparable, V any](t *tx, table map[K]V, key K) {
	row := table[key]
	delete(table, key)
	t.onRollback(func() { table[key] = row })
}

// assign changes a value of the tables.
func assign[V any](t *tx, place *V, v V) {
	old := *place
	*place = v
	t.onRollback(func() { *place = old })
}

// replace changes an entry of a map of the tables.
func replace[K comparable, V any](t *tx, table map[K]V, key K, row V) {
	old := table[key]
	table[key] = row
	t.onRollback(func() { table[key] = old })
}
