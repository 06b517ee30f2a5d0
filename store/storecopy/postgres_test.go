package storecopy_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/pgtest"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/pgstore"
	"github.com/roster-go/roster/store"
	"github.com/roster-go/roster/store/storecopy"
)

// openPostgres opens a schema of its own on a server, or skips the test where there is none.
func openPostgres(t testing.TB) store.Store {
	t.Helper()
	st, err := pgstore.Open(t.Context(), pgtest.URL(t), pgstore.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, st.Close()) })
	return st
}

// manyRows are 5,000 accounts, 20,000 members and 100,000 memberships; a tenth where the race detector looks on.
func manyRows() iter.Seq[membership.Row] {
	accounts, members := 5_000, 20_000
	if underRace {
		accounts, members = accounts/10, members/10
	}
	const each = 5
	role := func(n int) membership.Fields {
		return membership.NewFields(membership.FieldValue{Slug: "role", Value: text([]string{"owner", "guest"}[n%2])})
	}
	return func(yield func(membership.Row) bool) {
		for n := range accounts {
			a := membership.Account{ID: accountID(n), Name: fmt.Sprint("account ", n), RegistrationID: fmt.Sprint("R", n)}
			if n%10 > 0 {
				a.ParentID = accountID(n - 1)
			}
			if !yield(a) {
				return
			}
		}
		for n := range members {
			m := membership.Member{ID: memberID(n), Name: fmt.Sprint("member ", n), Email: fmt.Sprint(n, "@example.com")}
			if !yield(m) {
				return
			}
			for i := range each {
				j := membership.Membership{ID: membershipID(each*n + i), AccountID: accountID((n + 997*i) % accounts), MemberID: m.ID, Fields: role(n + i)}
				if !yield(j) {
					return
				}
			}
		}
	}
}

// fingerprint is of everything that a program can read page by page.
func fingerprint(t *testing.T, st store.Store) string {
	t.Helper()
	ctx, svc, sum := t.Context(), roster.New(st, roster.Options{}), sha256.New()
	for a, err := range svc.AllAccounts(ctx, membership.Query{Limit: 5000}) {
		must(t, err)
		_, _ = fmt.Fprintln(sum, a)
	}
	for m, err := range svc.AllMembers(ctx, membership.Query{Limit: 5000}) {
		must(t, err)
		_, _ = fmt.Fprintln(sum, m)
	}
	byID := membership.Order{By: membership.AttrID}
	for m, err := range svc.AllMemberships(ctx, membership.Scope{All: true}, membership.Query{Limit: 5000, Order: byID}) {
		must(t, err)
		_, _ = fmt.Fprintln(sum, m)
	}
	for c, err := range svc.Changes(ctx, 0, roster.ChangeOptions{Stop: true}) {
		must(t, err)
		_, _ = fmt.Fprintf(sum, "%+v\n", c)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// TestManyRowsThereAndBack are 100,000 memberships, from SQLite to PostgreSQL and from there to SQLite.
func TestManyRowsThereAndBack(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a minute")
	}
	t.Parallel()
	onServer, from, to := openPostgres(t), openFile(t), openFile(t)
	began := time.Now()
	lap := func(what string) {
		t.Logf("%-24s %6.1f s", what, time.Since(began).Seconds())
		began = time.Now()
	}
	svc := roster.New(from, roster.Options{})
	got[membership.Field](t)(svc.DefineField(t.Context(), membership.Field{Resource: membership.ResourceMembership, Slug: "role", Name: "Role",
		Type: membership.TypeString, Default: text("guest"), Indexed: true}))
	for row, err := range svc.Import(t.Context(), manyRows(), roster.ImportOptions{}) {
		must(t, err)
		must(t, row.Err)
	}
	lap("import")
	for _, step := range []struct {
		what     string
		from, to store.Store
	}{{"SQLite to PostgreSQL", from, onServer}, {"PostgreSQL to SQLite", onServer, to}} {
		verifying := time.Time{}
		summary, err := storecopy.Copy(t.Context(), step.from, step.to, storecopy.Options{Progress: func(p storecopy.Progress) {
			if p.Verifying && verifying.IsZero() {
				verifying = time.Now()
			}
		}})
		must(t, err)
		t.Logf("%-24s %6.1f s of it to verify %d rows", step.what, time.Since(verifying).Seconds(), summary.Verified)
		lap(step.what)
	}
	got[int](t)(storecopy.Compare(t.Context(), from, to))
	lap("compare")
	want := fingerprint(t, from)
	for what, st := range map[string]store.Store{"PostgreSQL": onServer, "SQLite": to} {
		if fingerprint(t, st) != want {
			t.Errorf("what is read from %s differs", what)
		}
	}
}
