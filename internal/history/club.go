package history

import (
	"math/rand/v2"
	"sync/atomic"
)

// Club is an account with few seats, as its crowd knows it.
type Club struct {
	N       int // among the clubs of a history, from 0
	Account string
	Members []string // who come and go: Pairs of them where a history is recorded
	Sitting int      // how many others there are, who stay

	known [Pairs]atomic.Pointer[string] // the last membership of each member that somebody has heard of
}

// choose makes up an operation.
func (c *Club) choose() Input {
	in := Input{Club: c.N, Kind: Kind(rand.N(int(kinds))), Member: rand.N(Pairs)}
	if in.Kind == Remove || in.Kind == Get {
		known := c.known[in.Member].Load()
		if known == nil {
			in.Kind = Add
		} else {
			in.ID = *known
		}
	}
	return in
}

// learn keeps a membership that somebody has heard of.
func (c *Club) learn(in Input, out Output) {
	if in.Kind == Add && out.ID != "" {
		c.known[in.Member].Store(&out.ID)
	}
}

// number is a member's; -1 for somebody else's.
func (c *Club) number(member string) int {
	for n, id := range c.Members {
		if id == member {
			return n
		}
	}
	return -1
}
