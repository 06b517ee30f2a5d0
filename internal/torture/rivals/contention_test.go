package rivals_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/history"
	"github.com/roster-go/roster/internal/pgtest"
	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

// party is one of two processes that fight.
type party interface {
	carryOut(o order) (told, error)
	end() error
}

// field is where two processes fight: each of them, and a store on the same database to look with.
type field struct {
	parties [2]party
	st      store.Store
	path    string // of the file, where it is one
	each    int    // so much does each writer, when adds and removes are mixed: enough that they meet
}

var fields = map[string]func(t *testing.T) field{
	"two processes on one SQLite file": func(t *testing.T) field {
		path := filepath.Join(t.TempDir(), "roster.db")
		st := openFile(t, path)
		return field{[2]party{startRival(t, "sqlite", path), startRival(t, "sqlite", path)}, st, path, max(torture.Rounds(60, 200)/torture.RaceCost, 10)}
	},
	"two servers on one SQLite file": func(t *testing.T) field {
		path := filepath.Join(t.TempDir(), "roster.db")
		st := openFile(t, path)
		args := []string{"--db", path, "--account-limit", strconv.Itoa(rivalSeats)}
		one, other := servertest.Start(t, args...), servertest.Start(t, args...)
		return field{[2]party{clients{t.Context(), one.SignIn(t)}, clients{t.Context(), other.SignIn(t)}}, st, path, 40}
	},
	"two processes on one PostgreSQL database": func(t *testing.T) field {
		url := pgtest.URL(t)
		st := openPostgres(t, url)
		return field{[2]party{startRival(t, "postgres", url), startRival(t, "postgres", url)}, st, "", 40}
	},
}

// clients are those of a server, which is the process that fights for them.
type clients struct {
	ctx context.Context //nolint:containedctx // the test's
	*servertest.Client
}

func (c clients) carryOut(o order) (told, error) {
	return o.carryOut(c.ctx, sameClient(history.Server{Client: c.Client})), nil
}

func (clients) end() error { return nil } // the server ends with the test

// both gives an order to both at the same time, and puts together what they were told.
func (f field) both(t *testing.T, o order) told {
	t.Helper()
	var each [2]told
	var errs [2]error
	history.AtOnce(2, func(n int) { each[n], errs[n] = f.parties[n].carryOut(o) })
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	all := told{Deeds: slices.Concat(each[0].Deeds, each[1].Deeds), Answers: each[0].Answers, by: map[deed]int{}}
	for answer, n := range each[1].Answers {
		all.Answers[answer] += n
	}
	for _, fault := range slices.Concat(each[0].Faults, each[1].Faults) {
		t.Error(fault)
	}
	for n := range each {
		if o.Mixed && len(each[n].Deeds) == 0 {
			t.Error("one of the two has written nothing, so they did not fight")
		}
		for _, d := range each[n].Deeds {
			all.by[d] = n
		}
	}
	return all
}

// watch looks at the accounts until it is told to stop, and answers how often it did.
func (f field) watch(t *testing.T, svc *roster.Service, accounts []string, stop <-chan struct{}) (looks int) {
	for {
		for _, id := range accounts {
			account := membership.AccountID{UUID: uuid.MustParse(id)}
			page, err := svc.Memberships(t.Context(), membership.Scope{Account: account}, membership.Query{Limit: 2 * rivalSeats})
			if err != nil || page.Total > rivalSeats || page.Total != len(page.Items) {
				t.Errorf("there are %d memberships of at most %d, and %d are listed, %v", page.Total, rivalSeats, len(page.Items), err)
				return looks
			}
			looks++
		}
		select {
		case <-stop:
			return looks
		default:
		}
	}
}

// underWatch is both, with somebody who looks on.
func (f field) underWatch(t *testing.T, svc *roster.Service, o order) (answers told, looks int) {
	t.Helper()
	var watching sync.WaitGroup
	stop := make(chan struct{})
	watching.Go(func() { looks = f.watch(t, svc, o.Accounts, stop) })
	answers = f.both(t, o)
	close(stop)
	watching.Wait()
	return answers, looks
}

// TestTwoProcessesFightForTheLastSeats has two processes of 32 writers each fill the same accounts with the same members, and
// then add and remove them. Whatever they are told must agree with the change log, and that with the rules at every moment.
func TestTwoProcessesFightForTheLastSeats(t *testing.T) {
	t.Parallel()
	for name, open := range fields {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := open(t)
			svc := roster.New(f.st, roster.Options{})
			if _, err := svc.UpdateSettings(t.Context(), membership.SettingsUpdate{MembershipLimit: new(rivalLimit)}); err != nil {
				t.Fatal(err)
			}
			result := torture.Result{
				Part: torture.Contention, Promise: "No account or member gets beyond its limit, and nobody joins twice", Where: name, Rounds: max(torture.Rounds(3, 50)/torture.RaceCost, 1),
				Method: "2 x 32 writers fill the same accounts, then add and remove; the log is replayed against the rules",
			}
			answers, looks := map[history.Answer]int{}, 0
			account := accounting{svc: svc}
			for range result.Rounds {
				acknowledged, watched := f.round(t, &account, answers)
				result.Acknowledged += acknowledged
				looks += watched
			}
			if err := errors.Join(f.parties[0].end(), f.parties[1].end()); err != nil {
				t.Error(err)
			}
			f.check(t)
			result.Lost = account.lost
			result.Measured = fmt.Sprintf("%s; %d looks meanwhile; the log goes from one to the other %d times",
				spellAnswers(answers), looks, account.turns)
			torture.Report(t, result)
		})
	}
}

// round is a fight for new accounts and members.
func (f field) round(t *testing.T, a *accounting, answers map[history.Answer]int) (acknowledged, looks int) {
	t.Helper()
	accounts, accountIDs := newAccounts(rivalClubs)
	members, memberIDs := newMembers(rivalMembers)
	fill(t, f.st, append(accounts, members...)...)
	a.begin(t)
	for _, o := range []order{
		{Accounts: accountIDs, Members: memberIDs},
		{Accounts: accountIDs, Members: memberIDs, Mixed: true, Each: f.each},
	} {
		said, watched := f.underWatch(t, a.svc, o)
		a.settle(t, said)
		if !o.Mixed {
			a.wantFull(t, accountIDs)
		}
		a.compare(t, accountIDs)
		acknowledged += len(said.Deeds)
		looks += watched
		for answer, n := range said.Answers {
			answers[answer] += n
		}
	}
	return acknowledged, looks
}

// check looks at the whole file, its counters among the rest.
func (f field) check(t *testing.T) {
	t.Helper()
	if f.path == "" {
		return
	}
	report, err := sqlitestore.Check(t.Context(), f.path, sqlitestore.CheckOptions{})
	if err != nil || !report.Sound() {
		t.Errorf("the file is not sound: %v, %+v", err, report.Findings)
	}
}

// spellAnswers tells how often each was given.
func spellAnswers(answers map[history.Answer]int) (text string) {
	for n, answer := range slices.Sorted(maps.Keys(answers)) {
		if n > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%d %s", answers[answer], answer)
	}
	return text
}
