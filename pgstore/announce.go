package pgstore

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// announcements tell other programs that something was committed. Why behind the commit and not within it: PostgreSQL commits
// transactions that notify one after the other, and would wait for the disk with each. One at a time is under way, and one
// that comes after it speaks for all who have committed meanwhile.
type announcements struct {
	mu   sync.Mutex
	busy chan struct{} // closed when the one that is under way has ended; nil when none is
	next bool          // somebody waits to be the next
}

// send calls fn, unless somebody else calls another one who has yet to begin.
func (a *announcements) send(fn func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.busy != nil {
		if a.next {
			return
		}
		a.next = true
		busy := a.busy
		a.mu.Unlock()
		<-busy
		a.mu.Lock()
		a.next = false
		if a.busy != nil { // somebody was faster, and began later than we have committed
			return
		}
	}
	a.busy = make(chan struct{})
	a.mu.Unlock()
	defer func() { // fn may panic
		a.mu.Lock()
		close(a.busy)
		a.busy = nil
	}()
	fn()
}

// announceTimeout is how long who has committed waits at most until others are told.
const announceTimeout = time.Second

// announce wakes those who await changes, here and elsewhere. Why no error: who is not woken looks when it is time.
func (s *Store) announce(ctx context.Context, conn *pgx.Conn) {
	s.horizon.committed()
	s.bell.ring()
	s.announcements.send(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), announceTimeout)
		defer cancel()
		_, _ = conn.Exec(ctx, announceTo)
	})
}
