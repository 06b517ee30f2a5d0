package compat

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/roster-go/roster/internal/pgtest"
	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/membership"
)

// What was acknowledged is there, once, whoever dies: clients write and never give up, and in the end everything that they
// ever asked for has been done exactly once.

// asynchronous has commits wait for no standby. The test fails then, and says how much is lost.
var asynchronous = flag.Bool("asynchronous", false, "no commit waits for a standby, to see what a failover loses then")

func TestNothingIsLostOrDoneTwiceWhenThePrimaryDies(t *testing.T) {
	t.Parallel()
	result := torture.Result{
		Part: torture.Crash, Promise: "What was acknowledged on PostgreSQL is there, once, when the primary dies and a standby takes over",
		Method: "16 clients that never give up, 2 servers, a synchronous standby promoted after kill -9 of the primary, which rejoins; lists, log and a follower compared",
	}
	needPostgres(t, result)
	var settings []string
	if *asynchronous {
		settings = []string{"synchronous_commit=local"}
	}
	cluster := pgtest.StartCluster(t, 2, settings...)
	g := startGroup(t, cluster.URL, 2)
	longest := time.Duration(0)
	rounds := torture.Rounds(3, 10)
	if testing.Short() {
		rounds = 1
	}
	result.Rounds = rounds
	twice := 0
	result.Acknowledged, result.Lost, twice = g.writing(16, func(ctx context.Context, l *ledger) {
		for round := range rounds {
			began := time.Now()
			l.everyone(ctx, t, 50)
			killed := time.Now()
			cluster.KillPrimary()
			cluster.Promote()
			promoted := time.Since(killed)
			l.everyone(ctx, t, 1)
			cluster.Rejoin()
			rejoined := time.Since(killed)
			l.everyone(ctx, t, 10)
			t.Logf("round %d of %.1f s: %s; a standby had been promoted %.1f s after the kill, and the old primary had rejoined after %.1f s",
				round+1, time.Since(began).Seconds(), l.round(), promoted.Seconds(), rejoined.Seconds())
			longest = max(longest, promoted)
		}
	})
	result.Measured = fmt.Sprintf("%d done twice; a standby promoted at most %.1f s after the kill", twice, longest.Seconds())
	torture.Report(t, result)
}

// needPostgres says in the table that a promise cannot be tested where there is no PostgreSQL to be killed.
func needPostgres(t *testing.T, r torture.Result) {
	t.Helper()
	if err := pgtest.Installed(); err != nil && os.Getenv("CI") != "true" { // where it is, that is a failure
		torture.Skip(t, r, "%v", err)
	}
}

// postgresURL is that of a new schema, on a server that may be anybody's. Where there is none, the table says so.
func postgresURL(t *testing.T, r torture.Result) string {
	t.Helper()
	if os.Getenv("ROSTER_TEST_POSTGRES") == "" {
		needPostgres(t, r)
	}
	return pgtest.URL(t)
}

func TestNothingIsLostOrDoneTwiceWhenAServerDies(t *testing.T) {
	t.Parallel()
	result := torture.Result{
		Part: torture.Crash, Promise: "What one of several servers on PostgreSQL acknowledged is there, once, when that server dies",
		Method: "16 clients that never give up; all servers but one killed with kill -9, one after the other; lists, log and a follower compared",
		Rounds: torture.Rounds(2, 5),
	}
	g := startGroup(t, postgresURL(t, result), result.Rounds+1)
	twice := 0
	result.Acknowledged, result.Lost, twice = g.writing(16, func(ctx context.Context, l *ledger) {
		for n := range result.Rounds {
			l.everyone(ctx, t, 20)
			g.servers[result.Rounds-n].Kill()
			l.everyone(ctx, t, 20)
			t.Logf("%d of %d servers killed: %s", n+1, result.Rounds+1, l.round())
		}
	})
	result.Measured = fmt.Sprintf("%d done twice", twice)
	torture.Report(t, result)
}

// writing lets writers loose on the servers, spread over them, while something happens. Then it lets them finish what they
// have begun, and looks for all of it, and nothing else, in the lists, in the log, and in what a follower of the first server
// was told meanwhile. It returns how many writes were acknowledged, how many of those are not in the log, and
// how many are there twice.
func (g *group) writing(n int, happens func(ctx context.Context, l *ledger)) (acknowledged, lost, twice int) {
	t := g.t
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	defer stop()
	l := newLedger(n)
	people := newIDs(membership.DefaultAccountLimit)
	g.fill(members(people...))
	writers := make([]*writer, n)
	for i := range writers {
		first := i * len(people) / n // so that they seldom meet
		w := &writer{t: t, n: i, ledger: l, giveUp: stop, accounts: newIDs(50), members: slices.Concat(people[first:], people[:first])}
		for server := range g.servers {
			w.servers = append(w.servers, g.at(i+server))
		}
		g.fill(accounts(w.accounts...))
		writers[i] = w
	}
	g.at(0).defineSeat(t)
	before := g.at(0).lastChange(t)
	follower := g.at(0).collect(t, before)

	writing, rest := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		atOnce(g.callers(n), func(i int, _ caller) { writers[i].write(ctx, writing.Done()) })
	}()
	defer func() {
		stop() // when the test ends before its time
		<-done
	}()
	l.everyone(ctx, t, 1)
	l.round()
	happens(ctx, l)
	rest()
	<-done

	g.at(0).compareLists(t, writers)
	compareChanges(t, "a follower was told of", follower(), writers)
	// Why not before: changes are shown when the transactions that ran beside them have ended, be it another test's.
	return compareChanges(t, "the log has", g.at(0).log(t, before, created, updated, deleted), writers)
}
