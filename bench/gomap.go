package main

import (
	"sync"

	"github.com/google/uuid"
)

// pairs is the floor for a question in memory: a map behind a lock. It has no rules, no lists and no times.
type pairs struct {
	mu                sync.RWMutex
	set               map[[2]uuid.UUID]struct{}
	accounts, members []uuid.UUID
}

var (
	_ asker   = (*pairs)(nil)
	_ counter = (*pairs)(nil)
)

func openMap(_ string, w world) (contender, error) {
	p := &pairs{set: map[[2]uuid.UUID]struct{}{}, accounts: newIDs(w.Accounts), members: newIDs(w.Members)}
	for n := range w.memberships() {
		account, member := w.pair(n)
		p.set[[2]uuid.UUID{p.accounts[account], p.members[member]}] = struct{}{}
	}
	return p, nil
}

// IsMember implements asker.
func (p *pairs) IsMember(account, member int) (bool, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	_, is := p.set[[2]uuid.UUID{p.accounts[account], p.members[member]}]
	return is, nil
}

// Count implements counter.
func (p *pairs) Count() (int, error) { return len(p.set), nil }

// Close implements contender.
func (p *pairs) Close() error { return nil }
