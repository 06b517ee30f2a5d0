package rivals_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/history"
	"github.com/roster-go/roster/membership"
)

// accounting replays the change log, holds it against the rules and against what writers were told, and the database
// against it.
type accounting struct {
	svc  *roster.Service
	seen int64 // up to where the log was read
	lost int   // acknowledged writes that the log does not have

	last  int // which of two processes wrote last
	turns int // how often it was the other one then

	there    map[membership.MembershipID]membership.Membership
	accounts map[membership.AccountID]int
	members  map[membership.MemberID]int
	pairs    map[[2]uuid.UUID]bool
}

// begin begins anew, behind what is in the log.
func (a *accounting) begin(t *testing.T) {
	t.Helper()
	a.there = map[membership.MembershipID]membership.Membership{}
	a.accounts = map[membership.AccountID]int{}
	a.members = map[membership.MemberID]int{}
	a.pairs = map[[2]uuid.UUID]bool{}
	a.next(t)
}

// next reads the log up to a change of its own: PostgreSQL's shows changes only when older transactions have ended.
func (a *accounting) next(t *testing.T) (changes []membership.Change) {
	t.Helper()
	end, err := a.svc.CreateAccount(t.Context(), membership.Account{Name: "the end"})
	if err != nil {
		t.Fatal(err)
	}
	for c, err := range a.svc.Changes(t.Context(), a.seen, roster.ChangeOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		if c.Sequence <= a.seen {
			t.Errorf("change %d comes behind %d", c.Sequence, a.seen)
		}
		a.seen = c.Sequence
		if c.AccountID == end.ID {
			break
		}
		if c.Type == membership.MembershipCreated || c.Type == membership.MembershipDeleted {
			changes = append(changes, c)
		}
	}
	return changes
}

// settle replays what is new in the log. Every deed must be in it, and nothing else.
func (a *accounting) settle(t *testing.T, said told) {
	t.Helper()
	owed := map[deed]int{}
	for _, d := range said.Deeds {
		owed[d]++
	}
	for _, c := range a.next(t) {
		d := deed{history.Add, c.MembershipID.String()}
		if c.Type == membership.MembershipDeleted {
			d.Kind = history.Remove
		}
		if owed[d]--; owed[d] < 0 {
			t.Errorf("the log has %s of %s, which nobody was told", d.Kind, d.ID)
		}
		a.replay(t, c)
		if by := said.by[d]; by != a.last {
			a.last = by
			a.turns++
		}
	}
	for d, n := range owed {
		if n > 0 {
			a.lost += n
			t.Errorf("%s of %s was acknowledged %d times more often than the log has it", d.Kind, d.ID, n)
		}
	}
}

// replay does what a change did, and looks whether the rules allowed it then.
func (a *accounting) replay(t *testing.T, c membership.Change) {
	t.Helper()
	pair := [2]uuid.UUID{c.AccountID.UUID, c.MemberID.UUID}
	if c.Type == membership.MembershipDeleted {
		if m, there := a.there[c.MembershipID]; !there || m.AccountID != c.AccountID || m.MemberID != c.MemberID {
			t.Errorf("change %d removes %s, which is not there", c.Sequence, c.MembershipID)
		}
		delete(a.there, c.MembershipID)
		delete(a.pairs, pair)
		a.accounts[c.AccountID]--
		a.members[c.MemberID]--
		return
	}
	if a.pairs[pair] {
		t.Errorf("change %d makes a pair that there is already", c.Sequence)
	}
	a.pairs[pair] = true
	a.there[c.MembershipID], _ = c.After.(membership.Membership)
	a.accounts[c.AccountID]++
	a.members[c.MemberID]++
	if n := a.accounts[c.AccountID]; n > rivalSeats {
		t.Errorf("with change %d an account has %d memberships of at most %d", c.Sequence, n, rivalSeats)
	}
	if n := a.members[c.MemberID]; n > rivalLimit {
		t.Errorf("with change %d a member is in %d accounts of at most %d", c.Sequence, n, rivalLimit)
	}
}

// wantFull makes sure that accounts have exactly as many memberships as they may.
func (a *accounting) wantFull(t *testing.T, accounts []string) {
	t.Helper()
	for _, id := range accounts {
		if n := a.accounts[membership.AccountID{UUID: uuid.MustParse(id)}]; n != rivalSeats {
			t.Errorf("%d seats were given away, and there were %d", n, rivalSeats)
		}
	}
}

// compare holds lists and counters against what was replayed.
func (a *accounting) compare(t *testing.T, accounts []string) {
	t.Helper()
	listed := 0
	for _, id := range accounts {
		account := membership.AccountID{UUID: uuid.MustParse(id)}
		for m, err := range a.svc.AllMemberships(t.Context(), membership.Scope{Account: account}, membership.Query{}) {
			if err != nil {
				t.Fatal(err)
			}
			if listed++; a.there[m.ID] != m {
				t.Errorf("%+v is listed, and in the log it is %+v", m, a.there[m.ID])
			}
		}
	}
	if listed != len(a.there) {
		t.Errorf("%d memberships are listed, and there are %d", listed, len(a.there))
	}
	a.compareFacts(t, accounts)
}

// compareFacts looks at the counters on which the next joins would be decided.
func (a *accounting) compareFacts(t *testing.T, accounts []string) {
	t.Helper()
	var pairs []membership.Membership
	for _, id := range accounts {
		for member := range a.members {
			pairs = append(pairs, membership.Membership{AccountID: membership.AccountID{UUID: uuid.MustParse(id)}, MemberID: member})
		}
	}
	var facts []membership.JoinFacts
	err := a.svc.Update(t.Context(), func(in *roster.Service) (err error) {
		tx, _ := in.Tx()
		facts, err = tx.JoinFactsOf(t.Context(), pairs)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for n, f := range facts {
		if f.AccountUsed != a.accounts[pairs[n].AccountID] || f.MemberUsed != a.members[pairs[n].MemberID] {
			t.Errorf("the counters say %d and %d, there are %d and %d",
				f.AccountUsed, f.MemberUsed, a.accounts[pairs[n].AccountID], a.members[pairs[n].MemberID])
		}
	}
}
