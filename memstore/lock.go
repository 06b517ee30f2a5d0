package memstore

import (
	"context"
	"slices"
	"sync"
)

// mode is how a lock is held.
type mode bool

const (
	shared    mode = false // with other readers
	exclusive mode = true  // alone
)

// lock is a readers-writer lock that gives up waiting when a context ends, which a sync.RWMutex cannot. It is fair:
// whoever comes first is served first, readers that stand together go in together.
type lock struct {
	mu      sync.Mutex
	readers int
	writing bool
	queue   []*waiter
}

type waiter struct {
	mode    mode
	granted chan struct{} // closed when the lock is the waiter's
}

// acquire takes the lock, or returns the context's error.
func (l *lock) acquire(ctx context.Context, m mode) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	if len(l.queue) == 0 && l.free(m) {
		l.take(m)
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

// release gives the lock back.
func (l *lock) release(m mode) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drop(m)
	l.grant()
}

// abandon takes a waiter out of the queue, or gives back what it was granted in the last moment.
func (l *lock) abandon(w *waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.queue, w); i >= 0 {
		l.queue = slices.Delete(l.queue, i, i+1)
	} else {
		l.drop(w.mode)
	}
	l.grant()
}

// grant serves the head of the queue for as long as the lock is free for it.
func (l *lock) grant() {
	for len(l.queue) > 0 && l.free(l.queue[0].mode) {
		w := l.queue[0]
		l.queue = slices.Delete(l.queue, 0, 1)
		l.take(w.mode)
		close(w.granted)
	}
}

func (l *lock) free(m mode) bool { return !l.writing && (m == shared || l.readers == 0) }

func (l *lock) take(m mode) {
	if m == exclusive {
		l.writing = true
	} else {
		l.readers++
	}
}

func (l *lock) drop(m mode) {
	if m == exclusive {
		l.writing = false
	} else {
		l.readers--
	}
}
