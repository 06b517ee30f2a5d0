package roster_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

var scale = flag.Int("memberships", 20_000, "how many memberships there are when a field is defined")

// TestDefiningAFieldWritesNoRow, however many there are, and yet each of them answers with it at once.
func TestDefiningAFieldWritesNoRow(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "scale.db")
	st, err := sqlitestore.Open(path, sqlitestore.Options{Synchronous: sqlitestore.Normal})
	must(t, err)
	t.Cleanup(func() { _ = st.Close() })
	const members = 1000
	accounts := fillAccounts(t, st, *scale/members, members)
	svc := roster.New(st, roster.Options{})

	before := sizeOf(t, path)
	began := time.Now()
	_, err = svc.DefineField(t.Context(), membership.Field{Resource: membership.ResourceMembership, Slug: "role", Name: "Role",
		Type: membership.TypeString, Default: membership.StringValue("member")})
	must(t, err)
	defined := time.Since(began)
	began = time.Now()
	page, err := svc.Memberships(t.Context(), membership.Scope{Account: accounts[0]}, membership.Query{})
	must(t, err)
	t.Logf("%d memberships: defined in %v, the first list in %v", *scale, defined, time.Since(began))
	for _, m := range page.Items {
		if m.Fields.Text("role") != "member" {
			t.Errorf("a row from before answers %s", m.Fields)
		}
	}
	if grown := sizeOf(t, path) - before; grown > 256<<10 {
		t.Errorf("defining a field wrote %d bytes", grown)
	}
}

// sizeOf is the size of a database with its log.
func sizeOf(t *testing.T, path string) int64 {
	t.Helper()
	var all int64
	for _, suffix := range []string{"", "-wal"} {
		info, err := os.Stat(path + suffix)
		must(t, err)
		all += info.Size()
	}
	return all
}

// fillAccounts adds accounts that the same members belong to, an account a transaction.
func fillAccounts(t *testing.T, st store.Store, accounts, members int) []membership.AccountID {
	t.Helper()
	var ids []membership.AccountID
	people := make([]membership.MemberID, members)
	for i := range accounts {
		a := membership.Account{ID: membership.AccountID{UUID: uuid.Must(uuid.NewV7())}, Name: fmt.Sprint("Account ", i)}
		ids = append(ids, a.ID)
		must(t, st.Update(t.Context(), func(tx store.Tx) error { return fillAccount(t.Context(), tx, a, people, i == 0) }))
	}
	return ids
}

func fillAccount(ctx context.Context, tx store.Tx, a membership.Account, people []membership.MemberID, first bool) error {
	if err := tx.InsertAccount(ctx, a); err != nil {
		return err
	}
	for n := range people {
		if first {
			people[n].UUID = uuid.Must(uuid.NewV7())
			if err := tx.InsertMember(ctx, membership.Member{ID: people[n], Name: "Ron"}); err != nil {
				return err
			}
		}
		m := membership.Membership{ID: membership.MembershipID{UUID: uuid.Must(uuid.NewV7())}, AccountID: a.ID, MemberID: people[n]}
		if err := tx.InsertMembership(ctx, m); err != nil {
			return err
		}
	}
	return nil
}
