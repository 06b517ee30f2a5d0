package compat

import (
	"bytes"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"testing"

	"github.com/roster-go/roster/internal/pgtest"
	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/membership"
)

// Several servers on one database are one: each of these tests is true of a single server, and nothing in it knows that
// there are three.

// crowd is how many clients there are, a third of them at each of three servers.
const crowd = 48

// outcome is what a crowd's requests for memberships were answered with.
type outcome struct {
	mu      sync.Mutex
	created map[string][]string // by pair, the memberships that were made
	found   map[string][]string // by pair, the memberships that were in the way
	full    int
}

func newOutcome() *outcome {
	return &outcome{created: map[string][]string{}, found: map[string][]string{}}
}

// add asks for a membership and notes the answer, of which there are three.
func (o *outcome) add(t *testing.T, c caller, account, member string) {
	r, err := c.add(t.Context(), account, member)
	code, existing := r.Fault()
	pair := account + " " + member
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case err != nil:
		t.Errorf("%s: %v", c.server, err)
	case r.Status == http.StatusCreated:
		o.created[pair] = append(o.created[pair], r.Text("data", "id"))
	case r.Status == http.StatusConflict && code == "already_member":
		o.found[pair] = append(o.found[pair], existing)
	case r.Status == http.StatusUnprocessableEntity && code == "account_full":
		o.full++
	default:
		t.Errorf("%s: %d %s", c.server, r.Status, r.Body)
	}
}

// check compares the answers with each other and with an account's list.
func (o *outcome) check(t *testing.T, c caller, account string) {
	t.Helper()
	listed := map[string]string{} // memberships by pair
	rows := c.all(t, memberships(account))
	for _, row := range rows {
		id, _ := row["id"].(string)
		member, _ := row["account_member_id"].(string)
		listed[account+" "+member] = id
	}
	if total := c.want(t, http.StatusOK, http.MethodGet, memberships(account)+"?page[limit]=0", "").Total(); total != len(rows) || len(listed) != len(rows) {
		t.Errorf("%d rows of %d pairs, of a total of %d", len(rows), len(listed), total)
	}
	for pair, ids := range o.created {
		if len(ids) != 1 || ids[0] != listed[pair] {
			t.Errorf("%s: created as %v, listed as %q", pair, ids, listed[pair])
		}
	}
	for pair, ids := range o.found {
		if ids = slices.Compact(ids); len(ids) != 1 || ids[0] != listed[pair] {
			t.Errorf("%s: found as %v, listed as %q", pair, ids, listed[pair])
		}
	}
}

func TestTheLastSeatsAreGivenToWhomeverComesFirst(t *testing.T) {
	t.Parallel()
	const seats = 7
	result := torture.Result{
		Part: torture.Contention, Promise: "Three servers on one PostgreSQL database give away no seat twice",
		Method: "48 clients bring two members each, each of whom another client brings too",
	}
	g := startGroup(t, postgresURL(t, result), 3)
	sitting, wanting, contested := newIDs(membership.DefaultAccountLimit-seats), newIDs(crowd), newIDs(4)
	g.fill(members(sitting...), members(wanting...), accounts(contested...))
	for _, account := range contested {
		g.fill(joined(account, sitting...))
	}
	given := 0
	for _, account := range contested {
		answers := newOutcome()
		atOnce(g.callers(crowd), func(n int, c caller) {
			answers.add(t, c, account, wanting[n])
			answers.add(t, c, account, wanting[(n+1)%crowd]) // whom the next client wants to bring, too
		})
		answers.check(t, g.at(0), account)
		total := g.at(1).want(t, http.StatusOK, http.MethodGet, memberships(account), "").Total()
		if len(answers.created) != seats || total != membership.DefaultAccountLimit {
			t.Errorf("%d seats were given away of %d, there are %d members", len(answers.created), seats, total)
		}
		t.Logf("%d requests for %d seats: %d got one, %d were members already, %d found the account full",
			2*crowd, seats, len(answers.created), len(answers.found), answers.full)
		given += len(answers.created)
	}
	result.Rounds, result.Acknowledged = len(contested), given
	torture.Report(t, result)
}

func TestAPairIsMadeOnceHoweverManyAskForIt(t *testing.T) {
	t.Parallel()
	const pairs = 32
	g := startGroup(t, pgtest.URL(t), 3)
	people, organisations := newIDs(pairs), newIDs(2)
	g.fill(members(people...), accounts(organisations...))
	for _, account := range organisations {
		answers := newOutcome()
		atOnce(g.callers(crowd), func(_ int, c caller) {
			for _, member := range people {
				answers.add(t, c, account, member)
			}
		})
		answers.check(t, g.at(0), account)
		found := 0
		for _, ids := range answers.found {
			found += len(ids)
		}
		total := g.at(2).want(t, http.StatusOK, http.MethodGet, memberships(account), "").Total()
		if len(answers.created) != pairs || found != pairs*(crowd-1) || total != pairs {
			t.Errorf("%d pairs were made of %d, %d requests found one, there are %d", len(answers.created), pairs, found, total)
		}
		t.Logf("%d requests for %d pairs: %d made one, %d found it", pairs*crowd, pairs, len(answers.created), found)
	}
}

func TestATokenIsGoodAtEveryServerUntilItsCredentialIsRevoked(t *testing.T) {
	t.Parallel()
	g := startGroup(t, pgtest.URL(t), 3)
	printed := regexp.MustCompile(`(?s)ROSTER_CLIENT_ID=(\S+).*ROSTER_CLIENT_SECRET=(\S+)`).FindSubmatch(command(t, "credentials", "create", "--db", g.database))
	if printed == nil {
		t.Fatal("no credentials were printed")
	}
	id, secret := string(printed[1]), string(printed[2])
	var tokens []string
	for _, s := range g.servers {
		tokens = append(tokens, s.askAs(id, secret).want(t, g.client, http.StatusOK).Text("access_token"))
	}
	everywhere := func(status int) {
		t.Helper()
		for n := range g.servers {
			for _, token := range tokens {
				c := g.at(n)
				c.token = token
				c.want(t, status, http.MethodGet, "/v2/accounts", "")
			}
		}
	}
	everywhere(http.StatusOK)
	if said := command(t, "credentials", "revoke", "--db", g.database, id); !bytes.Contains(said, []byte("revoked "+id)) {
		t.Errorf("roster credentials revoke says %q", said)
	}
	everywhere(http.StatusUnauthorized)
	for _, s := range g.servers {
		s.askAs(id, secret).want(t, g.client, http.StatusUnauthorized)
	}
}
