package rivals_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
)

func TestRowsAreSoundWhateverTheClockSays(t *testing.T) {
	t.Parallel()
	for name, open := range ownStores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t, open(t))
			for _, stop := range stops {
				w.clock.set(stop.now)
				w.live()
				w.inspect()
				if t.Failed() {
					t.Fatalf("that was when the clock was: %s", stop.name)
				}
			}
			torture.Report(t, torture.Result{
				Part: torture.Time, Promise: "No row is updated before it was made, lists keep their order, and every time can be read", Where: name, Rounds: len(stops),
				Method: "the clock goes an hour back, ten years ahead, to 9999, before 1970, to the year 1, and back",
			})
		})
	}
}

// impossible are what no answer can tell.
var impossible = []time.Time{time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(0, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(250_000, 1, 1, 0, 0, 0, 0, time.UTC)}

func TestNothingIsWrittenAtATimeThatCannotBeTold(t *testing.T) {
	t.Parallel()
	for name, open := range ownStores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t, open(t))
			w.live()
			w.readLog()
			for _, now := range impossible {
				w.clock.set(now)
				for what, err := range w.tryAll() {
					if err == nil || membership.IsRefusal(err) {
						t.Errorf("%s in the year %d: %v", what, now.Year(), err)
					}
				}
				w.readable("/v2/accounts")
			}
			w.clock.set(noon)
			w.live()
			w.inspect()
			torture.Report(t, torture.Result{
				Part: torture.Time, Promise: "At a time that RFC 3339 cannot tell nothing is written, and all is read", Where: name, Rounds: len(impossible),
				Method: "the clock says the year 0, 10000 and 250000",
			})
		})
	}
}

// tryAll tries one write of each kind.
func (w *town) tryAll() map[string]error {
	ctx := w.t.Context()
	_, create := w.svc.CreateAccount(ctx, membership.Account{Name: "Acme"})
	_, update := w.svc.UpdateAccount(ctx, w.accounts[0].ID, membership.AccountUpdate{Name: new("renamed")})
	_, many := w.svc.AddMany(ctx, w.accounts[0].ID, []membership.MemberID{w.members[0].ID})
	_, _, credential := w.svc.CreateCredential(ctx, membership.ScopeRead)
	_, _, token := w.svc.IssueToken(ctx, "parks", 0, time.Hour)
	_, prune := w.svc.PruneChanges(ctx, membership.Retention{MaxAge: time.Hour})
	var imported error
	for _, imported = range w.svc.Import(ctx, slices.Values([]membership.Row{membership.Account{Name: "Acme", CreatedAt: noon}}), roster.ImportOptions{}) {
		continue
	}
	within := w.svc.Update(ctx, func(in *roster.Service) error {
		_, err := in.CreateMember(ctx, membership.Member{Name: "Ron"})
		return err
	})
	return map[string]error{
		"CreateAccount": create, "UpdateAccount": update, "AddMany": many, "CreateCredential": credential, "IssueToken": token,
		"PruneChanges": prune, "Import": imported, "Update": within, "DeleteAccount": w.svc.DeleteAccount(ctx, w.accounts[0].ID),
	}
}

// What a clock ends stays ended, and what it made good for long can be ended by hand.
func TestTokensUnderABadClock(t *testing.T) {
	t.Parallel()
	for name, open := range ownStores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t, open(t))
			ctx := t.Context()
			client, _, err := w.svc.CreateCredential(ctx, membership.ScopeRead)
			if err != nil {
				t.Fatal(err)
			}
			issue := func(at time.Time) string {
				w.clock.set(at)
				_, token, err := w.svc.IssueToken(ctx, client.ClientID, 0, time.Hour)
				return must(token, err)(t)
			}
			good := func(at time.Time, token string, want bool) {
				t.Helper()
				w.clock.set(at)
				_, err := w.svc.CheckToken(ctx, token)
				if (err == nil) != want || err != nil && !errors.Is(err, membership.ErrTokenNotFound) {
					t.Errorf("at %s: %v, want it to be good: %t", at, err, want)
				}
			}
			first := issue(noon)
			good(noon.Add(time.Hour-time.Millisecond), first, true)
			good(noon.Add(time.Hour), first, false)
			ahead := issue(noon.AddDate(10, 0, 0)) // which removes what has expired by then
			good(noon, first, false)
			good(noon, ahead, true) // the server cannot know which of the two clocks was wrong
			back := issue(noon.Add(-time.Hour))
			good(noon, back, false)
			if err := w.svc.RevokeToken(ctx, ahead); err != nil {
				t.Error(err)
			}
			good(noon, ahead, false)
			last := issue(noon.AddDate(100, 0, 0))
			if err := w.svc.RevokeCredential(ctx, client.ClientID); err != nil {
				t.Error(err)
			}
			good(noon, last, false)
			torture.Report(t, torture.Result{
				Part: torture.Time, Promise: "A token ends when it said, and one that was ended does not come back", Where: name, Rounds: 1,
				Method: "tokens of clocks that are ahead, back and right",
			})
		})
	}
}

// How old a change is the clock says: one that is back keeps too much, one that is ahead keeps the last change.
func TestTheLogUnderABadClock(t *testing.T) {
	t.Parallel()
	for name, open := range ownStores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t, open(t))
			w.live()
			w.readLog()
			for _, c := range []struct {
				now  time.Time
				keep bool
			}{{noon.AddDate(-50, 0, 0), true}, {noon.Add(time.Hour), true}, {noon.AddDate(10, 0, 0), false}} {
				w.clock.set(c.now)
				removed, err := w.svc.PruneChanges(t.Context(), membership.Retention{MaxAge: 24 * time.Hour})
				first, end, boundsErr := w.svc.ChangeBounds(t.Context())
				if err := cmp.Or(err, boundsErr); err != nil || (removed == 0) != c.keep || end != w.seen || !c.keep && first != w.seen {
					t.Errorf("at %s %d changes were removed, there are %d to %d, %v", c.now, removed, first, end, err)
				}
			}
			torture.Report(t, torture.Result{
				Part: torture.Time, Promise: "Retention goes by the clock, and never removes the last change", Where: name, Rounds: 3,
				Method: "pruned with the clock fifty years back and ten years ahead",
			})
		})
	}
}

// TestAWalkMissesNothingWhenTheClockIsSetBack sets it back while rows are walked over, and makes others.
func TestAWalkMissesNothingWhenTheClockIsSetBack(t *testing.T) {
	t.Parallel()
	const there, more = 1100, 50 // more than two of the pages that a walk reads at once
	for name, open := range ownStores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := open(t)
			rows, ids := newAccounts(there)
			fill(t, st, rows...)
			w := newTown(t, st)
			for _, by := range []membership.Order{{}, {By: membership.AttrCreatedAt}, {By: membership.AttrUpdatedAt}, {By: membership.AttrID}} {
				found, n := map[string]int{}, 0
				for a, err := range w.svc.AllAccounts(t.Context(), membership.Query{Order: by}) {
					if err != nil {
						t.Fatal(err)
					}
					found[a.ID.String()]++
					if n++; n%400 == 0 {
						w.clock.set(w.clock.now().Add(-time.Hour))
						others, _ := newAccounts(more)
						fill(t, st, others...)
					}
				}
				for _, id := range ids {
					if found[id] != 1 {
						t.Errorf("by %q: an account was met %d times", by.By, found[id])
					}
				}
			}
			torture.Report(t, torture.Result{
				Part: torture.Time, Promise: "A walk meets every row once, also when the clock is set back meanwhile", Where: name, Rounds: 4,
				Method: fmt.Sprintf("%d accounts in four orders, while others are made", there),
			})
		})
	}
}

// In a bubble the clock of the whole program, from which ids are made, says the year 2000.
func TestIDsAreUniqueAndGoOnWhenTheSystemsClockGoesBack(t *testing.T) {
	t.Parallel()
	ids := map[membership.AccountID]bool{}
	var last membership.AccountID
	add := func(t *testing.T, svc *roster.Service) {
		a := must(svc.CreateAccount(t.Context(), membership.Account{Name: "Acme"}))(t)
		if ids[a.ID] || last.String() >= a.ID.String() {
			t.Errorf("%s comes behind %s", a.ID, last)
		}
		ids[a.ID], last = true, a.ID
	}
	outside := roster.New(memstore.New(), roster.Options{})
	for range 1000 {
		add(t, outside)
	}
	synctest.Test(t, func(t *testing.T) {
		if now := time.Now(); now.Year() != 2000 {
			t.Fatalf("it is %s", now)
		}
		inside := roster.New(memstore.New(), roster.Options{})
		for range 1000 {
			add(t, inside)
		}
	})
	torture.Report(t, torture.Result{
		Part: torture.Time, Promise: "New ids are unique and greater than those before, also when the system's clock goes back", Rounds: 1,
		Method: "2,000 ids of one process, half of them with the clock set back to the year 2000",
	})
}
