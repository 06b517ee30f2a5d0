package memstore

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// mode is how a lock is held.
type mode bool

const (
	shared    mode = false // with other readers
	exclusive mode = true  // alone
)

// lock is a readers-writer lock that gives up waiting when a context ends, which a sync.RWMutex cannot. It is fair:
// whoever comes first is served first, readers that stand together go in together.
//
// Readers in whose way nobody stands count themselves in and out, one atomic step each. There is a bar for the others: it
// is down exactly while somebody writes or waits, and only who holds mu moves it.
//
// Why that is right: a reader whose step finds the bar down is not in; it counts itself out again and queues, so nobody
// overtakes. Who holds mu and sees that nobody is counted while the bar is down can let a writer in, because until the bar
// goes up again nobody else comes in but by the holder of mu. Where somebody is counted, one of them will be the last to
// count itself out, sees both that it is and that the bar is down, and lets in whom that makes room for.
type lock struct {
	readers atomic.Int64 // how many are counted; less barred while the bar is down

	mu      sync.Mutex
	writing bool      // guarded by mu
	queue   []*waiter // guarded by mu
}

// barred is more readers than there can be.
const barred = 1 << 62

type waiter struct {
	mode    mode
	granted chan struct{} // closed when the lock is the waiter's
}

// acquire takes the lock, or returns the context's error.
func (l *lock) acquire(ctx context.Context, m mode) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if m == shared {
		if l.readers.Add(1) > 0 {
			return nil
		}
		l.release(shared)
	}
	return l.await(ctx, m)
}

// release gives the lock back.
func (l *lock) release(m mode) {
	if m == shared && l.readers.Add(-1) != -barred {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if m == exclusive {
		l.writing = false
	}
	l.grant()
}

// await takes the lock when all who came before have had it, or returns the context's error.
func (l *lock) await(ctx context.Context, m mode) error {
	l.mu.Lock()
	if l.readers.Load() >= 0 {
		l.readers.Add(-barred)
	}
	if len(l.queue) == 0 && l.free(m) {
		l.take(m)
		l.grant()
		l.mu.Unlock()
		return nil
	}
	w := &waiter{mode: m, granted: make(chan struct{})}
	l.queue = append(l.queue, w)
	l.mu.Unlock()

	select {
	case <-w.granted:
		return nil
	case <-ctx.Done():
		l.abandon(w)
		return ctx.Err()
	}
}

// abandon takes a waiter out of the queue, or gives back what it was granted in the last moment.
func (l *lock) abandon(w *waiter) {
	l.mu.Lock()
	i := slices.Index(l.queue, w)
	if i >= 0 {
		l.queue = slices.Delete(l.queue, i, i+1)
		l.grant()
	}
	l.mu.Unlock()
	if i < 0 {
		l.release(w.mode)
	}
}

// grant serves the head of the queue for as long as the lock is free for it, and raises the bar when that leaves nobody
// who writes or waits.
func (l *lock) grant() {
	for len(l.queue) > 0 && l.free(l.queue[0].mode) {
		w := l.queue[0]
		l.queue = slices.Delete(l.queue, 0, 1)
		l.take(w.mode)
		close(w.granted)
	}
	if !l.writing && len(l.queue) == 0 && l.readers.Load() < 0 {
		l.readers.Add(barred)
	}
}

// free reports whether the lock can be taken. The bar is down.
func (l *lock) free(m mode) bool {
	return !l.writing && (m == shared || l.readers.Load() == -barred)
}

func (l *lock) take(m mode) {
	if m == exclusive {
		l.writing = true
	} else {
		l.readers.Add(1)
	}
}
