package sqlitestore_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// mostBytes is what a membership may take in the file, with all its indexes.
const mostBytes = 340

func TestMembershipsAreSmall(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "app.db")
	db := openDB(t, path)
	st := borrow(t, db)
	const accounts, members, each = 40, 500, 250
	fill(t, st, accounts, members, 0)
	size := func() int64 {
		if _, err := db.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	before := size()
	pairUp(t, st, each)
	grown := size() - before
	if got := float64(grown) / (accounts * each); got > mostBytes {
		t.Errorf("a membership takes %.0f bytes, want at most %d", got, mostBytes)
	} else {
		t.Logf("a membership takes %.0f bytes", got)
	}
}

// fill inserts accounts and members, and puts the first members into each account.
func fill(t *testing.T, st store.Store, accounts, members, each int) {
	t.Helper()
	err := st.Update(t.Context(), func(tx store.Tx) error {
		for range members {
			if err := tx.InsertMember(t.Context(), member("Ron Swanson")); err != nil {
				return err
			}
		}
		for range accounts {
			if err := tx.InsertAccount(t.Context(), account("Acme")); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if each > 0 {
		pairUp(t, st, each)
	}
}

// pairUp gives every account that many memberships, in the order in which they would come: any account, any member,
// as time goes by.
func pairUp(t *testing.T, st store.Store, each int) {
	t.Helper()
	accounts, err := st.ListAccounts(t.Context(), membership.Query{Limit: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	members, err := st.ListMembers(t.Context(), membership.Query{Limit: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	var all []membership.Membership
	for _, a := range accounts.Items {
		for _, i := range rng.Perm(len(members.Items))[:each] {
			all = append(all, join(a, members.Items[i]))
		}
	}
	rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	now := membership.Timestamp(time.Now())
	err = st.Update(t.Context(), func(tx store.Tx) error {
		for i, m := range all {
			m.ID.UUID = uuid.Must(uuid.NewV7()) // in the order of insertion
			m.CreatedAt = now.Add(time.Duration(i) * time.Millisecond)
			m.UpdatedAt = m.CreatedAt
			if err := tx.InsertMembership(t.Context(), m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The counters are what counting says, also after cascades and after somebody wrote with SQL.
func TestCountersAreExact(t *testing.T) {
	t.Parallel()
	db := openDB(t, "")
	st := borrow(t, db)
	fill(t, st, 6, 20, 10)
	for _, query := range []string{
		`DELETE FROM roster_accounts WHERE id = (SELECT max(id) FROM roster_accounts)`,
		`DELETE FROM roster_members WHERE id = (SELECT min(id) FROM roster_members)`,
		`DELETE FROM roster_memberships WHERE id = (SELECT min(id) FROM roster_memberships)`,
	} {
		if _, err := db.Exec(query); err != nil {
			t.Fatal(err)
		}
		var wrong, all int
		err := db.QueryRow(`SELECT
			(SELECT count(*) FROM roster_accounts a WHERE membership_count <>
				(SELECT count(*) FROM roster_memberships WHERE account_id = a.id))
			+ (SELECT count(*) FROM roster_members m WHERE membership_count <>
				(SELECT count(*) FROM roster_memberships WHERE member_id = m.id)),
			(SELECT sum(membership_count) FROM roster_accounts)`).Scan(&wrong, &all)
		if err != nil || wrong != 0 || all == 0 {
			t.Errorf("after %s: %d counters of %d memberships are wrong, %v", query, wrong, all, err)
		}
	}
}

func TestViewIsForPeople(t *testing.T) {
	t.Parallel()
	db := openDB(t, "")
	a, m := account("Acme"), member("Ron Swanson")
	m.Email = "ron@example.com"
	ms := join(a, m)
	ms.ID = membership.MembershipID{UUID: uuid.MustParse("01890a5d-ac96-774b-bcce-b302099a8057")}
	for millis, want := range map[int64]string{
		1_700_000_000_123: "2023-11-14T22:13:20.123Z",
		1_700_000_000_999: "2023-11-14T22:13:20.999Z",
		1_700_000_000_000: "2023-11-14T22:13:20.000Z",
		-1:                "1969-12-31T23:59:59.999Z",
	} {
		ms.UpdatedAt = time.UnixMilli(millis)
		err := borrow(t, db).Update(t.Context(), func(tx store.Tx) error {
			_ = tx.DeleteAccount(t.Context(), a.ID, a.UpdatedAt) // of the round before
			_ = tx.DeleteMember(t.Context(), m.ID)
			for _, err := range []error{tx.InsertAccount(t.Context(), a), tx.InsertMember(t.Context(), m), tx.InsertMembership(t.Context(), ms)} {
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var id, accountID, accountName, memberID, memberName, email, updated string
		err = db.QueryRow(`SELECT id, account_id, account_name, account_member_id, account_member_name, account_member_email,
			updated_at FROM roster_memberships_view`).Scan(&id, &accountID, &accountName, &memberID, &memberName, &email, &updated)
		if err != nil {
			t.Fatal(err)
		}
		got := []string{id, accountID, accountName, memberID, memberName, email, updated}
		for i, want := range []string{ms.ID.String(), a.ID.String(), "Acme", m.ID.String(), "Ron Swanson", "ron@example.com", want} {
			if got[i] != want {
				t.Errorf("column %d: got %s, want %s", i+1, got[i], want)
			}
		}
	}
}
