package rivals_test

import (
	"fmt"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/history"
	"github.com/roster-go/roster/internal/pgtest"
	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

const (
	crowd = 32 // clients of a history
	// clubs are several, because the search for an order takes the longer the more clients share one.
	clubs = 4
	// patience is how long the search may take.
	patience = 2 * time.Minute
)

// fewSeats is a service whose accounts are full soon.
func fewSeats(st store.Store) history.Client {
	return history.Service{Service: roster.New(st, roster.Options{AccountLimit: history.Seats})}
}

// played are what a history is recorded of: clients, and a store to fill.
var played = map[string]func(t *testing.T) (clients []history.Client, st store.Store){
	"memory": func(*testing.T) ([]history.Client, store.Store) {
		st := memstore.New()
		return []history.Client{fewSeats(st)}, st
	},
	"SQLite, a file of its own": func(t *testing.T) ([]history.Client, store.Store) {
		st := openFile(t, filepath.Join(t.TempDir(), "roster.db"))
		return []history.Client{fewSeats(st)}, st
	},
	"SQLite, two stores on one file": func(t *testing.T) ([]history.Client, store.Store) {
		path := filepath.Join(t.TempDir(), "roster.db")
		one, other := openFile(t, path), openFile(t, path)
		return []history.Client{fewSeats(one), fewSeats(other)}, one
	},
	"SQLite, a program's database": func(t *testing.T) ([]history.Client, store.Store) {
		st := borrow(t)
		return []history.Client{fewSeats(st)}, st
	},
	"SQLite, a program's transaction": func(t *testing.T) ([]history.Client, store.Store) {
		_, db := openProgram(t)
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = tx.Rollback() })
		st := sqlitestore.InTx(tx)
		closeAtEnd(t, st)
		return []history.Client{fewSeats(st)}, st
	},
	"PostgreSQL, two stores on one database": func(t *testing.T) ([]history.Client, store.Store) {
		url := pgtest.URL(t)
		one, other := openPostgres(t, url), openPostgres(t, url)
		return []history.Client{fewSeats(one), fewSeats(other)}, one
	},
	"HTTP, two servers on one file": func(t *testing.T) ([]history.Client, store.Store) {
		args := []string{"--db", filepath.Join(t.TempDir(), "roster.db"), "--account-limit", strconv.Itoa(history.Seats)}
		one, other := servertest.Start(t, args...), servertest.Start(t, args...)
		return []history.Client{history.Server{Client: one.SignIn(t)}, history.Server{Client: other.SignIn(t)}}, openFile(t, args[1])
	},
}

func borrow(t *testing.T) store.Store {
	t.Helper()
	_, db := openProgram(t)
	st, err := sqlitestore.New(db, sqlitestore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	closeAtEnd(t, st)
	return st
}

// recordHistory lets a crowd loose on new clubs.
func recordHistory(t *testing.T, clients []history.Client, st store.Store) []porcupine.Operation {
	t.Helper()
	members, coming := newMembers(history.Pairs)
	accounts, ids := newAccounts(clubs)
	fill(t, st, append(members, accounts...)...)
	all := make([]*history.Club, clubs)
	for n, id := range ids {
		all[n] = &history.Club{N: n, Account: id, Members: coming}
	}
	crowded := make([]history.Client, crowd)
	for n := range crowded {
		crowded[n] = clients[n%len(clients)]
	}
	operations, err := history.Record(t.Context(), crowded, all, torture.Rounds(25, 150))
	if err != nil {
		t.Error(err)
	}
	return operations
}

// tally counts what was answered.
func tally(operations []porcupine.Operation) (written int, answers map[history.Answer]int) {
	answers = map[history.Answer]int{}
	for _, op := range operations {
		in, out := op.Input.(history.Input), op.Output.(history.Output)
		answers[out.Answer]++
		if out.Answer == history.Done && (in.Kind == history.Add || in.Kind == history.Remove) {
			written++
		}
	}
	return written, answers
}

func TestEveryStoreAnswersAsIfOneCallCameAfterTheOther(t *testing.T) {
	t.Parallel()
	for name, open := range played {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := torture.Result{
				Part: torture.Linearizability, Promise: "Add, Remove, IsMember and counts answer as if one call came after the other", Where: name,
				Method: fmt.Sprintf("porcupine over what %d clients asked and were answered", crowd),
			}
			clients, st := open(t)
			operations := recordHistory(t, clients, st)
			verdict, info := porcupine.CheckOperationsVerbose(history.Model, operations, patience)
			if verdict != porcupine.Ok {
				picture := filepath.Join(t.ArtifactDir(), "history.html")
				t.Errorf("%s, see %s: %v", verdict, picture, porcupine.VisualizePath(history.Model, info, picture))
			}
			written, answers := tally(operations)
			for _, answer := range []history.Answer{history.Done, history.Missing, history.Taken, history.Full} {
				if answers[answer] == 0 {
					t.Errorf("nobody was answered %q, so nothing is proven about it", answer)
				}
			}
			result.Rounds, result.Acknowledged, result.Measured = 1, written, fmt.Sprintf("%d operations: %s", len(operations), verdict)
			torture.Report(t, result)
		})
	}
}

func TestABrokenStoreIsCaught(t *testing.T) {
	t.Parallel()
	for name, broken := range brokenStores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := broken()
			operations := recordHistory(t, []history.Client{fewSeats(st)}, st)
			verdict := porcupine.CheckOperationsTimeout(history.Model, operations, patience)
			if verdict != porcupine.Illegal {
				t.Errorf("a store that %s: %s", name, verdict)
			}
			torture.Report(t, torture.Result{
				Part: torture.Linearizability, Promise: "A store that is broken on purpose is caught (control)", Where: name, Rounds: 1,
				Method: "the same crowd and the same model", Measured: fmt.Sprintf("%d operations: %s", len(operations), verdict),
			})
		})
	}
}
