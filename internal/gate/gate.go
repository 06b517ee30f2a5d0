// Package gate has what a store needs that waits for its callers: a gate that Close closes behind them, and places that they
// wait for.
package gate

import (
	"context"
	"sync"

	"github.com/roster-go/roster/store"
)

// Gate lets calls in until it is closed, and lets Close wait for those that are in. A call from within a call finds the gate
// closed as soon as somebody waits, so that the two never wait for each other. Its zero value is open.
type Gate struct {
	mu      sync.Mutex
	running int
	closed  bool
	empty   chan struct{} // made by Close, closed when nobody is in
}

// Enter lets a call in, or answers store.ErrClosed.
func (g *Gate) Enter() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return store.ErrClosed
	}
	g.running++
	return nil
}

// Open reports whether calls are let in.
func (g *Gate) Open() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.closed
}

// Leave ends a call that Enter let in.
func (g *Gate) Leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.running--; g.closed && g.running == 0 {
		close(g.empty)
	}
}

// Shut closes the gate, and waits for nobody.
func (g *Gate) Shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return
	}
	g.closed = true
	g.empty = make(chan struct{})
	if g.running == 0 {
		close(g.empty)
	}
}

// Close closes the gate and waits until everybody has left. Every call of it waits.
func (g *Gate) Close() {
	g.Shut()
	<-g.empty
}

// Slots is a number of places that callers wait for as long as their contexts allow. The nil Slots are unlimited.
type Slots chan struct{}

// Acquire takes a place, or answers the context's error.
func (s Slots) Acquire(ctx context.Context) error {
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

// Release gives a place back.
func (s Slots) Release() {
	if s != nil {
		<-s
	}
}
