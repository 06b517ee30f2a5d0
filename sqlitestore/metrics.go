package sqlitestore

import (
	"math/bits"
	"sync/atomic"
)

// Metrics are counted since the store was made, in this process, but for the size of the log.
type Metrics struct {
	// Updates is how many calls of Update were committed, and Transactions in how many transactions of the database, because
	// those that come together share one: Updates / Transactions is how many on average. What [InTx] writes is not counted,
	// because it is committed by somebody else.
	Updates, Transactions uint64

	// Groups is how many transactions were shared by so many updates: up to 1, 2, 4, ... 128, as [GroupBounds] says, each
	// without those before it. No more than 128 ever share one.
	Groups [8]uint64

	// Busy is how many calls of Update answered store.ErrBusy, because somebody else had the database locked for too long.
	Busy uint64

	// WALSize is how many bytes the write-ahead log has now. It grows as long as somebody reads one old state, and is
	// reused, not cut, in between.
	WALSize int64
}

// GroupBounds are the upper bounds of [Metrics.Groups].
func GroupBounds() [8]int { return [8]int{1, 2, 4, 8, 16, 32, 64, mostInGroup} }

// counters are what is counted. Only who has the turn counts updates, so that the numbers need no lock, but whoever reads them
// comes at any time.
type counters struct {
	updates, busy atomic.Uint64
	groups        [8]atomic.Uint64
}

// committed counts a transaction that so many updates have shared.
func (c *counters) committed(updates int) {
	if updates < 1 {
		return // Why: those who shared it have all undone what they did
	}
	c.updates.Add(uint64(updates))
	c.groups[min(bits.Len(uint(updates-1)), len(c.groups)-1)].Add(1)
}

// Metrics answers at once, and also when the store is closed.
func (s *Store) Metrics() Metrics {
	m := Metrics{Updates: s.counters.updates.Load(), Busy: s.counters.busy.Load()}
	for i := range s.counters.groups {
		m.Groups[i] = s.counters.groups[i].Load()
		m.Transactions += m.Groups[i]
	}
	if s.file != "" {
		m.WALSize, _ = sizeOf(s.file + logSuffix) // what cannot be looked at counts as none
	}
	return m
}
