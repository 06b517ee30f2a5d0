package sqlitestore

import (
	"context"
	"sync"

	"github.com/roster-go/roster/store"
)

// gate lets calls in until it is closed, and lets Close wait for those that are in. A call from within a call finds
// the gate closed as soon as somebody waits, so that the two never wait for each other.
type gate struct {
	mu      sync.Mutex
	running int
	closed  bool
	empty   chan struct{} // made by close, closed when nobody is in
}

func (g *gate) enter() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return store.ErrClosed
	}
	g.running++
	return nil
}

// open reports whether calls are let in.
func (g *gate) open() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.closed
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.running--; g.closed && g.running == 0 {
		close(g.empty)
	}
}

// close closes the gate and waits until everybody has left. Every call of it waits.
func (g *gate) close() {
	g.mu.Lock()
	if !g.closed {
		g.closed = true
		g.empty = make(chan struct{})
		if g.running == 0 {
			close(g.empty)
		}
	}
	g.mu.Unlock()
	<-g.empty
}

// slots is a number of places that callers wait for as long as their contexts allow. The nil slots are unlimited.
type slots chan struct{}

func (s slots) acquire(ctx context.Context) error {
	// Why first: select picks at random when both are ready.
	if err := ctx.Err(); err != nil || s == nil {
		return err
	}
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s slots) release() {
	if s != nil {
		<-s
	}
}
