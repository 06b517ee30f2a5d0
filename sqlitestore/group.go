package sqlitestore

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/roster-go/roster/store"
)

// Updates that come together share a transaction, because waiting for the disk takes longer than what most of them do.
// The transaction goes from one to the next: each runs its fn on its own goroutine, in a savepoint of its own, and who
// finds nobody waiting commits for all. Only then does any of them return. One that fails undoes itself. A failure that
// is nobody's own, such as a full disk, undoes the group, and each runs again alone.
//
// An Update that comes alone begins, runs and commits, without a savepoint and without waiting for anybody.

// How far a group grows: so that the first of it does not wait long for the last.
const (
	mostInGroup  = 128
	longestGroup = 10 * time.Millisecond
)

// errTogether says that a group failed and its members are to run again, each alone.
var errTogether = errors.New("sqlitestore: the transaction failed that was shared with others")

// queue is the Updates of a store, in the order in which they came.
type queue struct {
	mu      sync.Mutex
	busy    bool      // somebody has the transaction, or is about to begin one
	waiting []*waiter // in turn
	last    int       // how many the last group had
	longest time.Duration
	outside outside
}

// waiter is an Update that waits for its turn.
type waiter struct {
	alone bool
	came  time.Time
	turn  chan *group // what it goes on with
}

// group is a transaction and those who share it. Who has the turn has the group to himself.
type group struct {
	tx      transaction // nil before somebody has begun it
	came    time.Time   // when who is to begin it began to wait; zero if he did not
	began   time.Time
	alone   bool  // nobody else may join
	yielded bool  // it has waited for others
	size    int   // how many depend on its commit
	done    int   // of them, those that have not undone what they did
	rings   bool  // somebody has appended to the change log
	failed  error // the engine's; to be read once it has ended

	ended chan struct{} // closed when it has; nil as long as nobody has joined
}

// enter waits for the turn of an Update.
func (q *queue) enter(ctx context.Context, alone bool) (*group, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	q.mu.Lock()
	if !q.busy {
		q.busy = true
		q.mu.Unlock()
		return &group{alone: alone}, nil
	}
	w := &waiter{alone, time.Now(), make(chan *group, 1)}
	q.waiting = append(q.waiting, w)
	q.mu.Unlock()
	select {
	case g := <-w.turn:
		return g, nil
	case <-ctx.Done():
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if i := slices.Index(q.waiting, w); i >= 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
		return nil, ctx.Err()
	}
	return <-w.turn, nil // Why no error: it has the turn, which is to be passed on
}

// join gives the turn to the next who waits, if the group may grow.
func (q *queue) join(g *group) bool {
	if g.alone || g.size >= mostInGroup || time.Since(g.began) > q.longest {
		return false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 && g.size < q.last && !g.yielded {
		// Why: those of the last group are on their way back, and would just miss this one.
		g.yielded = true
		q.mu.Unlock()
		runtime.Gosched()
		q.mu.Lock()
	}
	if len(q.waiting) == 0 || q.waiting[0].alone {
		return false
	}
	if g.ended == nil {
		g.ended = make(chan struct{})
	}
	q.next().turn <- g
	return true
}

// leave gives the turn to the next who waits, for a group of its own.
func (q *queue) leave(size int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.last = size
	if len(q.waiting) == 0 {
		q.busy, q.outside = false, outside{}
		return
	}
	w := q.next()
	w.turn <- &group{alone: w.alone, came: w.came}
}

// next takes the next out of the queue, which is locked.
func (q *queue) next() *waiter {
	w := q.waiting[0]
	q.waiting = slices.Delete(q.waiting, 0, 1)
	return w
}

const (
	beginSavepoint   = `SAVEPOINT roster_update`
	undoSavepoint    = `ROLLBACK TO roster_update`
	releaseSavepoint = `RELEASE roster_update`
)

// undo undoes what was written since the savepoint began.
func undo(ctx context.Context, tx transaction) error {
	return cmp.Or(tx.run(ctx, undoSavepoint), tx.run(ctx, releaseSavepoint))
}

// share runs fn in a transaction that it may share with others. It answers errTogether when it did and the transaction
// failed.
func (s *Store) share(ctx context.Context, fn func(store.Tx) error, alone bool) error {
	g, err := s.queue.enter(ctx, alone)
	if err != nil {
		return err
	}
	err = s.member(ctx, g, fn)
	if err != nil && (g.ended == nil || errors.Is(err, ctx.Err())) {
		return err // whatever becomes of the others
	}
	if g.ended == nil {
		return translate(ctx, g.failed)
	}
	<-g.ended
	if err == nil && errors.Is(g.failed, store.ErrOutcomeUnknown) {
		return g.failed
	}
	if g.failed != nil {
		return errTogether // Why a refusal too: it may be one because of what was undone
	}
	return err
}

// member runs fn as one of the group, and passes the turn on, however fn ends.
func (s *Store) member(ctx context.Context, g *group, fn func(store.Tx) error) (err error) {
	defer s.passOn(ctx, g)
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.admit(ctx, g); err != nil {
		return translate(ctx, err)
	}
	sc := &scope{transaction: g.tx, kept: &s.kept, outer: ctx}
	done := false
	defer func() { g.settle(ctx, sc, done) }()
	err = sc.run(fn)
	done = err == nil
	return err
}

// admit begins the group's transaction, or a savepoint in it.
func (s *Store) admit(ctx context.Context, g *group) (err error) {
	if g.tx != nil {
		g.failed = g.tx.run(ctx, beginSavepoint)
		return g.failed
	}
	if g.tx, err = s.queue.outside.begin(ctx, s.db, g.came); err != nil {
		g.tx = nil
		return err
	}
	g.began = time.Now()
	return nil
}

// settle keeps what a member wrote when it is done, and undoes it otherwise.
func (g *group) settle(ctx context.Context, sc *scope, done bool) {
	switch {
	case sc.broken != nil:
		g.failed = sc.broken
	case g.size == 0 && !done:
		return // nobody depends on it
	case g.size > 0 && !done:
		g.failed = undo(ctx, g.tx)
	case g.size > 0:
		g.failed = g.tx.run(ctx, releaseSavepoint)
	}
	g.size++
	if done {
		g.done++
	}
	g.rings = g.rings || done && sc.appended
}

// passOn gives the turn to the next. Who finds that nobody may join ends the group.
func (s *Store) passOn(ctx context.Context, g *group) {
	committing := g.size > 0 && g.failed == nil
	if committing {
		if s.queue.join(g) {
			return
		}
		if g.failed = g.tx.commit(); g.failed == nil {
			s.counters.committed(g.done)
			s.trouble.committed()
			if g.rings {
				s.bell.ring(false)
			}
		}
	}
	if g.tx != nil {
		g.tx.end()
	}
	if committing && isLeftBehind(g.failed) {
		g.failed = s.bury(ctx, g.failed)
	}
	s.queue.leave(g.size)
	if g.ended != nil {
		close(g.ended)
	}
	if g.tx != nil {
		g.tx.afterwards(ctx)
	}
}
