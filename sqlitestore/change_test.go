package sqlitestore

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

func TestPlansOfTheChangeLog(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	id := uuid.UUID{15: 1}
	account, member, joined := membership.AccountID{UUID: id}, membership.MemberID{UUID: id}, membership.MembershipID{UUID: id}
	types := []membership.ChangeType{membership.MembershipCreated, membership.MembershipDeleted}
	bySequence := "SEARCH c USING INTEGER PRIMARY KEY (rowid>?)"
	byAccount := "SEARCH c USING INDEX roster_changes_account (account_id=? AND rowid>?)"
	byMembership := "SEARCH c USING INDEX roster_changes_membership (membership_id=? AND rowid>?)"
	asked := func(q membership.ChangeQuery) composed { return composeChanges(q) }
	fixed := func(query string) composed { return composed{query: query} }
	for name, c := range map[string]struct {
		statement composed
		uses      string
	}{
		"all":                          {asked(membership.ChangeQuery{}), bySequence},
		"after a sequence number":      {asked(membership.ChangeQuery{After: 7, Limit: 3}), bySequence},
		"of some types":                {asked(membership.ChangeQuery{Types: types}), bySequence},
		"of an account":                {asked(membership.ChangeQuery{Account: account}), byAccount},
		"of an account, some types":    {asked(membership.ChangeQuery{Account: account, Types: types, After: 7}), byAccount},
		"of a member":                  {asked(membership.ChangeQuery{Member: member}), "SEARCH c USING INDEX roster_changes_member (member_id=? AND rowid>?)"},
		"of a membership":              {asked(membership.ChangeQuery{Membership: joined, Limit: 1 << 40}), byMembership},
		"of all three":                 {asked(membership.ChangeQuery{Account: account, Member: member, Membership: joined}), "SEARCH c USING INDEX roster_changes_"},
		"the ends of the log":          {asked(membership.ChangeQuery{Limit: -1}), "SEARCH roster_changes"},
		"the last":                     {fixed(selectLast), "SEARCH roster_changes"},
		"what is left when pruning":    {fixed(selectChangeBounds), "SEARCH roster_changes"},
		"the first that stays":         {fixed(selectYoungChange), "SEARCH roster_changes USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"},
		"where the log begins then":    {fixed(pruneThrough), "SEARCH roster_changes USING INTEGER PRIMARY KEY (rowid<?)"},
		"what is pruned":               {fixed(deleteChanges), "SEARCH roster_changes USING INTEGER PRIMARY KEY (rowid<?)"},
		"the position of a consumer":   {fixed(selectConsumerPosition), "SEARCH roster_consumers USING INDEX"},
		"a consumer that is set":       {fixed(upsertConsumer), ""},
		"a consumer that is forgotten": {fixed(deleteConsumer), "SEARCH roster_consumers USING"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			steps := plan(t, st.writer(), c.statement)
			used := func(what string) bool {
				return slices.ContainsFunc(steps, func(step string) bool { return strings.Contains(step, what) })
			}
			sorts := slices.Index(steps, "USE TEMP B-TREE FOR ORDER BY")
			whole := sorts >= 0 && sorts < slices.Index(steps, "SCAN h") // what sorts is at most the page
			if c.uses != "" && !used(c.uses) || used("SCAN c") || used("SCAN roster_changes") || whole {
				t.Errorf("wants %q:\n%s", c.uses, strings.Join(steps, "\n"))
			}
		})
	}
}

// A step of pruning costs what it removes, however much there is to remove.
func TestPruningLooksNoFurtherThanItGoes(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	_, err := st.writer().ExecContext(t.Context(), `WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 200000)
		INSERT INTO roster_changes (type, time, cause) SELECT 'account.created', n, 'request' FROM n`)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		before     time.Time
		keep, most int
		removed    int
	}{
		{time.UnixMilli(150_000), 0, 10, 10},
		{time.UnixMilli(20), 0, 1000, 9}, // up to 19
		{time.UnixMilli(20), 0, 1000, 0},
		{time.UnixMilli(21), 199_900, 1000, 81}, // up to 100
		{time.UnixMilli(500), 199_900, 1000, 399},
		{time.UnixMilli(500_000), 0, 1 << 40, 199_999 - 499},
	} {
		began := time.Now()
		err := st.Update(t.Context(), func(tx store.Tx) error {
			n, err := tx.PruneChanges(t.Context(), c.before, c.keep, c.most)
			if n != c.removed {
				t.Errorf("%+v: %d were removed", c, n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("removed %d in %v", c.removed, time.Since(began).Round(10*time.Microsecond))
	}
	page, err := st.Changes(t.Context(), membership.ChangeQuery{Limit: -1})
	if err != nil || page.First != 200_000 || page.Last != 200_000 {
		t.Errorf("%+v, %v", page, err)
	}
}

// mostChangeBytes is what the change that a membership was created may take in the file, with all its indexes.
const mostChangeBytes = 400

func TestChangesAreSmall(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	const accounts, members, changes = 100, 1000, 20_000
	size := func() (n int64) {
		err := st.writer().QueryRowContext(t.Context(), `SELECT page_count * page_size FROM pragma_page_count, pragma_page_size`).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := size()
	now := membership.Timestamp(time.Now())
	var all []membership.Change
	for n := range changes {
		m := membership.Membership{ID: membership.MembershipID{UUID: uuid.Must(uuid.NewV7())},
			AccountID: membership.AccountID{UUID: uuid.NewSHA1(uuid.Nil, fmt.Append(nil, "account", n%accounts))},
			MemberID:  membership.MemberID{UUID: uuid.NewSHA1(uuid.Nil, fmt.Append(nil, "member", n*7%members))},
			CreatedAt: now, UpdatedAt: now}
		all = append(all, membership.Change{Type: membership.MembershipCreated, Time: now, Actor: m.AccountID.String(),
			Cause: membership.CauseRequest, RequestID: m.MemberID.String(), AccountID: m.AccountID, MemberID: m.MemberID, MembershipID: m.ID, After: m})
	}
	err := st.Update(t.Context(), func(tx store.Tx) error {
		_, err := tx.AppendChanges(t.Context(), all)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	got := float64(size()-before) / changes
	t.Logf("the change that a membership was created takes %.0f bytes, with an actor and a request id of 36 characters each", got)
	if got > mostChangeBytes {
		t.Errorf("want at most %d", mostChangeBytes)
	}
}

// One damaged change does not stop those who ask for others.
func TestADamagedChangeIsInTheWayOfItsReadersOnly(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	for range 3 {
		appendChange(t, st)
	}
	if _, err := st.writer().ExecContext(t.Context(), `UPDATE roster_changes SET after = '{"account":7}' WHERE sequence = 2`); err != nil {
		t.Fatal(err)
	}
	page, err := st.Changes(t.Context(), membership.ChangeQuery{})
	if err == nil || !strings.Contains(err.Error(), "change 2") || page.Changes != nil {
		t.Errorf("got %+v, %v", page, err)
	}
	page, err = st.Changes(t.Context(), membership.ChangeQuery{After: 2})
	if err != nil || len(page.Changes) != 1 {
		t.Errorf("got %+v, %v", page, err)
	}
	err = st.Update(t.Context(), func(tx store.Tx) error { // and it can be pruned
		n, err := tx.PruneChanges(t.Context(), time.Time{}, 1, 100)
		if n != 2 {
			t.Errorf("%d changes were removed", n)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
