package compat

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/roster-go/roster/internal/history"
	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/membership"
)

// TestSeveralServersAreLinearizable lets a crowd add, remove and look, and then looks for an order in which a single server
// could have answered the same, one request after the other, each between its question and its answer.
func TestSeveralServersAreLinearizable(t *testing.T) {
	t.Parallel()
	result := torture.Result{
		Part: torture.Linearizability, Promise: "Three servers on one PostgreSQL database answer as one would",
		Method: "porcupine over what 48 clients asked and were answered; four twisted histories are caught",
	}
	g := startGroup(t, postgresURL(t, result), 3)
	const sittings = membership.DefaultAccountLimit - history.Seats
	sitting, coming := newIDs(sittings), newIDs(history.Pairs)
	g.fill(members(sitting...), members(coming...))
	clubs := make([]*history.Club, 6)
	for n, account := range newIDs(len(clubs)) {
		g.fill(accounts(account), joined(account, sitting...))
		clubs[n] = &history.Club{N: n, Account: account, Members: coming, Sitting: sittings}
	}
	clients := make([]history.Client, crowd)
	for n, c := range g.callers(crowd) {
		clients[n] = history.Server{Client: &servertest.Client{URL: c.server, Token: c.token, HTTP: c.client}}
	}
	operations, err := history.Record(t.Context(), clients, clubs, 100)
	if err != nil {
		t.Error(err)
	}
	began := time.Now()
	verdict := checkHistory(t, operations)
	t.Logf("%s: looked at in %s", verdict, millis(time.Since(began)))
	if verdict != porcupine.Ok {
		t.Fatalf("the history is not linearizable: %s", verdict)
	}
	for name, twist := range twists {
		t.Run("the checker notices "+name, func(t *testing.T) {
			t.Parallel()
			twisted := slices.Clone(operations)
			twist(t, twisted)
			if verdict := porcupine.CheckOperationsTimeout(history.Model, twisted, patience); verdict != porcupine.Illegal {
				t.Errorf("%s", verdict)
			}
		})
	}
	result.Rounds = len(operations)
	torture.Report(t, result)
}

// patience is how long the search for an order may take.
const patience = time.Minute

// checkHistory leaves a picture of a history for which it finds no order; `go test -artifacts` keeps it.
func checkHistory(t *testing.T, operations []porcupine.Operation) porcupine.CheckResult {
	t.Helper()
	verdict, info := porcupine.CheckOperationsVerbose(history.Model, operations, patience)
	if verdict != porcupine.Ok {
		picture := filepath.Join(t.ArtifactDir(), "history.html")
		t.Logf("%s: %v", picture, porcupine.VisualizePath(history.Model, info, picture))
	}
	return verdict
}
