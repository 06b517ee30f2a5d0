package httpadapter

import (
	"sync"
	"time"
)

// maxAddresses bounds how many addresses are remembered; beyond it the one whose window ends first is forgotten.
const maxAddresses = 10_000

// failures counts refused requests by address, each in a window that begins with its first one.
type failures struct {
	most   int
	window time.Duration

	mu     sync.Mutex
	counts map[string]*failureCount
	queue  []string // the addresses in the order in which their windows end
}

type failureCount struct {
	n    int
	ends time.Time
}

func newFailures(most int, window time.Duration) *failures {
	return &failures{most: most, window: window, counts: map[string]*failureCount{}}
}

// wait is how long an address has to wait; nothing while it may go on.
func (f *failures) wait(address string, now time.Time) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.counts[address]
	if c == nil || c.n < f.most {
		return 0
	}
	return max(f.left(c, now), 0)
}

// left is how much of a window is left. One that is further away than windows are long begins anew: the clock was set back
// since, and nobody should wait until it is that late again.
func (f *failures) left(c *failureCount, now time.Time) time.Duration {
	if c.ends.Sub(now) > f.window {
		c.ends = now.Add(f.window)
	}
	return c.ends.Sub(now)
}

// add counts a failure. It returns how long the address has to wait when it had too many before this one.
func (f *failures) add(address string, now time.Time) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.forget(now)
	c := f.counts[address]
	if c == nil {
		c = &failureCount{ends: now.Add(f.window)}
		f.counts[address] = c
		f.queue = append(f.queue, address)
	}
	if c.n++; c.n > f.most {
		return f.left(c, now)
	}
	return 0
}

// forget drops the windows that have ended and, when there is no room for another one, the next to end.
func (f *failures) forget(now time.Time) {
	for len(f.queue) > 0 {
		first := f.queue[0]
		if f.left(f.counts[first], now) > 0 && len(f.queue) < maxAddresses {
			return
		}
		delete(f.counts, first)
		f.queue = f.queue[1:]
	}
}
