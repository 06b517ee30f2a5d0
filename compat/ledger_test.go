package compat

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// tally is how much has happened to writers.
type tally struct {
	acknowledged int
	wasDone      int // of those, how many said that it had been done by a try before
	unavailable  int // 503
	unsure       int // of those, how many said that the outcome was unknown
	broken       int // no answer at all
}

// ledger is what writers were told, all together.
type ledger struct {
	mu   sync.Mutex
	now  tally
	then tally         // at the beginning of the round
	each []int         // acknowledged requests by writer
	last time.Time     // when the last one was
	gap  time.Duration // the longest time between two of them in this round
	told chan struct{} // closed when there is another one
}

func newLedger(writers int) *ledger {
	return &ledger{each: make([]int, writers), told: make(chan struct{})}
}

func (l *ledger) note(with func(*tally)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	with(&l.now)
}

// acknowledge notes that a request has been carried out, by this try or by one before.
func (l *ledger) acknowledge(writer int, before bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.each[writer]++
	if l.now.acknowledged++; before {
		l.now.wasDone++
	}
	at := time.Now()
	if !l.last.IsZero() {
		l.gap = max(l.gap, at.Sub(l.last))
	}
	l.last = at
	close(l.told)
	l.told = make(chan struct{})
}

// everyone waits until each writer has got some more acknowledgements.
func (l *ledger) everyone(ctx context.Context, t *testing.T, more int) {
	t.Helper()
	l.mu.Lock()
	goals := slices.Clone(l.each)
	l.mu.Unlock()
	for {
		l.mu.Lock()
		missing, told := 0, l.told
		for n, goal := range goals {
			if l.each[n] < goal+more {
				missing++
			}
		}
		l.mu.Unlock()
		if missing == 0 {
			return
		}
		select {
		case <-told:
		case <-ctx.Done():
			t.Fatalf("%d writers wait in vain: %v", missing, ctx.Err())
		}
	}
}

// round says what has happened since it was called last.
func (l *ledger) round() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, then := l.now, l.then
	said := fmt.Sprintf("%d requests acknowledged, %d of them as done before (409, 404); %d times 503, %d with an unknown outcome; "+
		"%d connections broken; at most %.1f s without an acknowledgement", now.acknowledged-then.acknowledged, now.wasDone-then.wasDone,
		now.unavailable-then.unavailable, now.unsure-then.unsure, now.broken-then.broken, l.gap.Seconds())
	l.then, l.gap = now, 0
	return said
}
