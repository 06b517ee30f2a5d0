package pgstore

import "time"

// Options configure a store. The zero value is right for most.
type Options struct {
	// MaxConns is how many connections [Open]'s store has at most; callers wait for one. 0 means what the URL says
	// (pool_max_conns), and [DefaultMaxConns] where it says nothing. A borrowed pool has as many as its own.
	MaxConns int

	// Patience is how long a read, and a transaction that is not committed yet, goes on trying once it has lost its
	// connection or got none, because the server restarts or another one takes over; its context may end it sooner. Then the
	// answer is store.ErrUnavailable. A connection on which nothing comes any more is lost when the operating system says so,
	// or the context. 0 means [DefaultPatience], below 0 not at all.
	Patience time.Duration
}

const (
	// DefaultMaxConns is enough to keep a server busy, and few enough that transactions seldom meet.
	DefaultMaxConns = 16
	// DefaultPatience is longer than a standby takes to become the primary.
	DefaultPatience = 30 * time.Second
)

func (o Options) patience() time.Duration {
	if o.Patience == 0 {
		return DefaultPatience
	}
	return max(o.Patience, 0)
}
