package compat

import (
	"context"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/roster-go/roster/internal/pgtest"
	"github.com/roster-go/roster/membership"
)

const (
	pairs = 6 // members that come and go
	seats = 4 // that are left in each account for them
)

// club is an account with few seats left, as its crowd knows it.
type club struct {
	n       int
	account string
	members []string
	known   [pairs]atomic.Pointer[string] // the last membership of each member that somebody has heard of
}

// do sends a request of a crowd and returns what it was answered with.
func (c *club) do(ctx context.Context, client caller, in input) (output, error) {
	var r reply
	var err error
	one := memberships(c.account) + "/" + in.id
	switch in.kind {
	case add:
		r, err = client.add(ctx, c.account, c.members[in.member])
	case remove:
		r, err = client.ask(ctx, http.MethodDelete, one, "")
	case get:
		r, err = client.ask(ctx, http.MethodGet, one, "")
	case find:
		r, err = client.ask(ctx, http.MethodGet, memberships(c.account)+"?filter=eq(account_member_id,"+c.members[in.member]+")", "")
	case list:
		r, err = client.ask(ctx, http.MethodGet, memberships(c.account)+"?filter=in(account_member_id,"+strings.Join(c.members, ",")+")", "")
	case count:
		r, err = client.ask(ctx, http.MethodGet, memberships(c.account)+"?page[limit]=0", "")
	}
	code, existing := r.Fault()
	out := output{status: r.Status, id: existing}
	switch {
	case err != nil || code == "outcome_unknown":
		return output{}, err
	case in.kind == add && r.Status == http.StatusCreated:
		out.id = r.Text("data", "id")
	case in.kind == count:
		out.count = r.Total() - (membership.DefaultAccountLimit - seats)
	case in.kind == find, in.kind == list:
		out.count = r.Total()
	}
	for _, row := range r.Rows() { // of a list
		id, _ := row["id"].(string)
		for n, member := range c.members {
			if row["account_member_id"] == member {
				out.members[n] = id
			}
		}
	}
	return out, nil
}

// choose makes up a request.
func (c *club) choose() input {
	in := input{club: c.n, kind: kind(rand.N(int(kinds))), member: rand.N(pairs)}
	if in.kind == remove || in.kind == get {
		known := c.known[in.member].Load()
		if known == nil {
			in.kind = add
		} else {
			in.id = *known
		}
	}
	return in
}

// learn keeps a membership that somebody has heard of.
func (c *club) learn(in input, out output) {
	if in.kind == add && out.id != "" {
		c.known[in.member].Store(&out.id)
	}
}

// record lets a crowd loose on some clubs and returns what was asked and answered, and when.
func record(t *testing.T, callers []caller, clubs []*club, each int) []porcupine.Operation {
	t.Helper()
	var mu sync.Mutex
	var history []porcupine.Operation
	began := time.Now()
	act := func(n int, c caller, club *club, in input) {
		call := time.Since(began)
		out, err := club.do(t.Context(), c, in)
		op := porcupine.Operation{ClientId: n, Input: in, Call: int64(call), Output: out, Return: int64(time.Since(began))}
		if out.unknown() {
			t.Logf("%v: no answer: %v", in, err)
			op.Return = whenever
		} else if !out.expected() {
			t.Errorf("%v: %v", in, out)
		}
		club.learn(in, out)
		mu.Lock()
		defer mu.Unlock()
		history = append(history, op)
	}
	atOnce(callers, func(n int, c caller) {
		club := clubs[n*len(clubs)/len(callers)] // Why not any: they would gather where it is slow, and the search take hours
		for range each {
			act(n, c, club, club.choose())
		}
	})
	for _, club := range clubs { // how it ended, as two servers tell it
		act(0, callers[0], club, input{club: club.n, kind: list})
		act(1, callers[1], club, input{club: club.n, kind: list})
	}
	return history
}

// TestSeveralServersAreLinearizable lets a crowd add, remove and look, and then looks for an order in which a single server
// could have answered the same, one request after the other, each between its question and its answer.
func TestSeveralServersAreLinearizable(t *testing.T) {
	t.Parallel()
	g := startGroup(t, pgtest.URL(t), 3)
	sitting, coming := newIDs(membership.DefaultAccountLimit-seats), newIDs(pairs)
	g.fill(members(sitting...), members(coming...))
	clubs := make([]*club, 6)
	for n, account := range newIDs(len(clubs)) {
		g.fill(accounts(account), joined(account, sitting...))
		clubs[n] = &club{n: n, account: account, members: coming}
	}
	history := record(t, g.callers(crowd), clubs, 100)
	began := time.Now()
	verdict := checkHistory(t, history)
	t.Logf("%s: %d requests of %d clients about %d accounts, looked at in %s", verdict, len(history), crowd, len(clubs), millis(time.Since(began)))
	if verdict != porcupine.Ok {
		t.Fatalf("the history is not linearizable: %s", verdict)
	}
	for name, twist := range twists {
		t.Run("the checker notices "+name, func(t *testing.T) {
			t.Parallel()
			twisted := slices.Clone(history)
			twist(t, twisted)
			if verdict := porcupine.CheckOperationsTimeout(model, twisted, patience); verdict != porcupine.Illegal {
				t.Errorf("%s", verdict)
			}
		})
	}
}

// patience is how long the search for an order may take.
const patience = time.Minute

// checkHistory leaves a picture of a history for which it finds no order; `go test -artifacts` keeps it.
func checkHistory(t *testing.T, history []porcupine.Operation) porcupine.CheckResult {
	t.Helper()
	verdict, info := porcupine.CheckOperationsVerbose(model, history, patience)
	if verdict != porcupine.Ok {
		picture := filepath.Join(t.ArtifactDir(), "history.html")
		t.Logf("%s: %v", picture, porcupine.VisualizePath(model, info, picture))
	}
	return verdict
}
