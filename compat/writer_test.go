package compat

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"
)

// writer is a client that makes memberships, changes some and ends some, and never gives up: what was not answered, or
// answered with 503, it sends again as it is. Nobody else touches its accounts.
type writer struct {
	t        *testing.T
	n        int
	servers  []caller // it goes to the next one where no answer comes
	ledger   *ledger
	accounts []string
	members  []string
	written  []*written // what it was told is done
	giveUp   func()     // ends the test, after an answer that is wrong
}

// written is a membership as its writer knows it.
type written struct {
	account, member, id string
	updates, deletions  int
}

// write goes on until it is to rest. It finishes what it has begun, as long as ctx allows.
func (w *writer) write(ctx context.Context, rest <-chan struct{}) {
	for _, account := range w.accounts {
		for _, member := range w.members {
			select {
			case <-rest:
				return
			default:
			}
			if !w.writeOne(ctx, &written{account: account, member: member}) {
				w.giveUp()
				return
			}
		}
	}
	w.giveUp()
	w.t.Errorf("writer %d has made all of its %d memberships", w.n, len(w.accounts)*len(w.members))
}

// writeOne makes a membership; a third of them it changes too, and a fifth it ends.
func (w *writer) writeOne(ctx context.Context, m *written) bool {
	r, ok := w.insist(ctx, http.MethodPost, memberships(m.account), joining(m.member), http.StatusCreated, http.StatusConflict)
	if !ok {
		return false
	}
	if m.id = r.Text("data", "id"); r.Status == http.StatusConflict {
		_, m.id = r.Fault()
	}
	w.written = append(w.written, m)
	one := memberships(m.account) + "/" + m.id
	if len(w.written)%3 == 0 {
		body := fmt.Sprintf(`{"data": {"type": "account_membership", "seat": %d}}`, m.updates+1)
		if _, ok = w.insist(ctx, http.MethodPut, one, body, http.StatusOK, http.StatusOK); !ok {
			return false
		}
		m.updates++
	}
	if len(w.written)%5 == 0 {
		if _, ok = w.insist(ctx, http.MethodDelete, one, "", http.StatusNoContent, http.StatusNotFound); !ok {
			return false
		}
		m.deletions++
	}
	return true
}

// insist sends a request until it is answered with one status that means done, or with the one that says that it had been
// done, which is only right after a try whose outcome nobody knew.
func (w *writer) insist(ctx context.Context, method, path, body string, done, wasDone int) (reply, bool) {
	for unsure := false; ; {
		attempt, cancel := context.WithTimeout(ctx, 40*time.Second)
		r, err := w.servers[0].ask(attempt, method, path, body)
		cancel()
		code, _ := r.Fault()
		switch {
		case ctx.Err() != nil:
			if !w.t.Failed() { // which ends it for everybody
				w.t.Errorf("%s %s: whether it was done was never learnt: %v", method, path, err)
			}
			return reply{}, false
		case err != nil:
			unsure = true
			w.servers = append(w.servers[1:], w.servers[0])
			w.ledger.note(func(s *tally) { s.broken++ })
		case r.Status == http.StatusServiceUnavailable:
			unsure = unsure || code == "outcome_unknown"
			w.ledger.note(func(s *tally) {
				if s.unavailable++; code == "outcome_unknown" {
					s.unsure++
				}
			})
		case r.Status == done, r.Status == wasDone && unsure:
			w.ledger.acknowledge(w.n, r.Status != done)
			return r, true
		default:
			w.t.Errorf("%s %s: %d %s", method, path, r.Status, r.Body)
			return reply{}, false
		}
		select { // before it tries again
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}
