package storecopy_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/pgtest"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		pgtest.Stop()
		os.Exit(code)
	}))
}

// engines are the stores that are tested with each other.
var engines = map[string]func(testing.TB) store.Store{
	"memory":   func(testing.TB) store.Store { return memstore.New() },
	"sqlite":   openFile,
	"postgres": openPostgres,
}

// openFile opens a new file.
func openFile(t testing.TB) store.Store {
	t.Helper()
	st, err := sqlitestore.Open(filepath.Join(t.TempDir(), "roster.db"), sqlitestore.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, st.Close()) })
	return st
}

// must ends the test on an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// got is a value that came without an error.
func got[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		must(t, err)
		return v
	}
}

// numbered is the id number n; of a greater number it is smaller, so that what is made later comes first.
func numbered(kind byte, n int) uuid.UUID {
	id := uuid.UUID{kind}
	binary.BigEndian.PutUint64(id[8:], uint64(1<<40-n))
	return id
}

func accountID(n int) membership.AccountID { return membership.AccountID{UUID: numbered(1, n)} }
func memberID(n int) membership.MemberID   { return membership.MemberID{UUID: numbered(2, n)} }
func membershipID(n int) membership.MembershipID {
	return membership.MembershipID{UUID: numbered(3, n)}
}
func tagID(n int) membership.TagID { return membership.TagID{UUID: numbered(4, n)} }
func profileID(n int) membership.PasswordProfileID {
	return membership.PasswordProfileID{UUID: numbered(5, n)}
}
func loginID(n int) membership.LoginID { return membership.LoginID{UUID: numbered(6, n)} }

// The parts of the world that tests look for.
var text = membership.StringValue

// newWorld fills a store with everything there is, and rows accounts, members and memberships.
func newWorld(t testing.TB, st store.Store, rows int) {
	t.Helper()
	ctx := t.Context()
	now := time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC)
	svc := roster.New(st, roster.Options{
		Clock:        func() time.Time { now = now.Add(time.Second); return now },
		HashPassword: func(s string) (string, error) { return "hash of " + s, nil },
	}).As("somebody").ForRequest("a request")

	must(t, st.Update(ctx, func(tx store.Tx) error { // a log of which something was removed, and that has gaps
		change := membership.Change{Type: membership.AccountDeleted, Time: now, Cause: membership.CauseRequest, AccountID: accountID(9999)}
		var changes []membership.Change
		for _, n := range []int64{17, 19, 40} {
			change.Sequence = n
			changes = append(changes, change)
		}
		return tx.RestoreChanges(ctx, 12, changes)
	}))
	for n := range 2 { // rows that have kept nothing, and answer with initial values
		got[membership.Account](t)(svc.CreateAccount(ctx, membership.Account{ID: accountID(rows + n), Name: "from before"}))
		got[membership.Member](t)(svc.CreateMember(ctx, membership.Member{ID: memberID(rows + n), Name: "from before"}))
		m := membership.Membership{ID: membershipID(rows + n), AccountID: accountID(rows + n), MemberID: memberID(rows + n)}
		got[membership.Membership](t)(svc.CreateMembership(ctx, m))
	}
	for _, r := range membership.FlowResources() {
		defineFields(t, svc, r)
	}
	for n := range 3 {
		got[membership.Tag](t)(svc.CreateTag(ctx, membership.Tag{ID: tagID(n), Name: fmt.Sprint("tag ", n), Description: "about it"}))
		p := membership.PasswordProfile{ID: profileID(n), Name: fmt.Sprint("profile ", n), EnableOneTimePasswordToken: n == 1}
		got[membership.PasswordProfile](t)(svc.CreatePasswordProfile(ctx, p))
	}
	for n := range rows {
		fillRow(t, svc, n)
	}
	changeWorld(t, st, svc, rows)
}

// defineFields defines fields of each type, with and without an initial value, indexed, left out when null.
func defineFields(t testing.TB, svc *roster.Service, r membership.Resource) {
	t.Helper()
	for _, f := range []membership.Field{
		{Slug: "role", Type: membership.TypeString, Required: true, Default: text("guest"), Indexed: true,
			Enum: []membership.Value{text("guest"), text("owner"), text("")}},
		{Slug: "seats", Type: membership.TypeInteger, Default: membership.IntegerValue(9007199254740993), OmitNull: true},
		{Slug: "rate", Type: membership.TypeFloat, Indexed: true, Min: membership.NumberValue("-1e3")},
		{Slug: "since", Type: membership.TypeDate, OmitNull: true, Order: -3},
		{Slug: "paid", Type: membership.TypeBoolean, Description: "whether"},
		{Slug: "secret", Type: membership.TypeString, Default: text("none of your business"), Indexed: true},
	} {
		f.Resource, f.Name = r, "The "+f.Slug
		got[membership.Field](t)(svc.DefineField(t.Context(), f))
	}
}

// values are what row n has of custom fields: of some what they have by default, and null where they can.
func values(n int) membership.Fields {
	date, _ := membership.ParseDate("2024-02-29T01:00:00+01:00")
	all := []membership.FieldValue{
		{Slug: "role", Value: []membership.Value{text("owner"), text(""), text("guest")}[n%3]},
		{Slug: "seats", Value: []membership.Value{membership.IntegerValue(-1), {}, membership.IntegerValue(7)}[n%3]},
		{Slug: "rate", Value: []membership.Value{membership.NumberValue("1.50"), membership.NumberValue("1.5"), {}}[n%3]},
		{Slug: "since", Value: []membership.Value{date, {}}[n%2]},
		{Slug: "paid", Value: []membership.Value{membership.BooleanValue(true), membership.BooleanValue(false), {}}[n%3]},
		{Slug: "secret", Value: []membership.Value{text("é \"quoted\""), {}}[n%2]},
	}
	return membership.NewFields(all[:n%(len(all)+1)]...)
}

// fillRow makes an account, whose parent has a greater id, with tags, a member with logins, and memberships.
func fillRow(t testing.TB, svc *roster.Service, n int) {
	t.Helper()
	ctx := t.Context()
	a := membership.Account{ID: accountID(n), Name: fmt.Sprint("account ", n), Fields: values(n)}
	if n%10 > 0 {
		a.ParentID, a.LegalName, a.ExternalRef, a.RegistrationID = accountID(n-1), "Inc.", "X", fmt.Sprint("R", n)
	}
	got[membership.Account](t)(svc.CreateAccount(ctx, a))
	for tag := range n % 3 {
		got[[]membership.Tag](t)(svc.TagAccount(ctx, a.ID, tagID(tag)))
	}
	m := membership.Member{ID: memberID(n), Name: fmt.Sprint("member ", n), Fields: values(n + 1)}
	if n%2 > 0 {
		m.Email, m.GivenName, m.MiddleName, m.FamilyName = "m@example.com", "G", "M", "F"
	}
	got[membership.Member](t)(svc.CreateMember(ctx, m))
	for p := range n % 3 {
		l := membership.Login{ID: loginID(3*n + p), MemberID: m.ID, ProfileID: profileID(p), Username: fmt.Sprint("user ", n)}
		got[membership.Login](t)(svc.CreateLogin(ctx, l, "a password"))
	}
	join := membership.Membership{ID: membershipID(n), AccountID: a.ID, MemberID: m.ID, Fields: values(n + 2)}
	got[membership.Membership](t)(svc.CreateMembership(ctx, join))
}

// changeWorld leaves what only a while leaves: rows that are gone or were changed, rules that values break, definitions that
// are disabled, settings, credentials, consumers.
func changeWorld(t testing.TB, st store.Store, svc *roster.Service, rows int) {
	t.Helper()
	ctx := t.Context()
	must(t, svc.DeleteAccount(ctx, accountID(rows/2)))
	must(t, svc.DeleteMember(ctx, memberID(rows/2+1)))
	got[membership.Account](t)(svc.UpdateAccount(ctx, accountID(0), membership.AccountUpdate{Name: new("changed"), Fields: values(4)}))
	for _, r := range membership.FlowResources() {
		schema := got[membership.Schema](t)(svc.Schema(ctx, r))
		for _, f := range schema.Fields {
			switch f.Slug {
			case "role":
				got[membership.Field](t)(svc.UpdateField(ctx, f.ID, membership.FieldUpdate{Enum: new([]membership.Value{text("guest")})}))
			case "secret":
				got[membership.Field](t)(svc.UpdateField(ctx, f.ID, membership.FieldUpdate{Disabled: new(true)}))
			case "paid":
				got[membership.Field](t)(svc.UpdateField(ctx, f.ID, membership.FieldUpdate{Slug: new("Has_Paid")}))
			}
		}
		if r == membership.ResourceMember {
			got[membership.Flow](t)(svc.UpdateFlow(ctx, schema.Flow.ID, membership.FlowUpdate{Disabled: new(true)}))
		}
	}
	got[membership.Settings](t)(svc.UpdateSettings(ctx, membership.SettingsUpdate{MembershipLimit: new(7)}))
	for range 2 {
		c, _, err := svc.CreateCredential(ctx, membership.ScopeRead)
		must(t, err)
		_, _, err = svc.IssueToken(ctx, c.ClientID, membership.ScopeRead, time.Hour)
		must(t, err)
	}
	must(t, svc.SetConsumer(ctx, membership.Consumer{Name: "mails", Position: lastChange(t, st) - 3}))
	must(t, svc.SetConsumer(ctx, membership.Consumer{Name: "handovers", Position: 19}))
}

// lastChange is the number of the last change, which is shown by then.
func lastChange(t testing.TB, st store.Store) (last int64) {
	t.Helper()
	ctx := t.Context()
	must(t, st.Update(ctx, func(tx store.Tx) (err error) {
		last, err = tx.AppendChanges(ctx, nil)
		return err
	}))
	for shown := int64(-1); shown < last; {
		must(t, st.AwaitChanges(ctx, last-1, time.Millisecond))
		shown = got[membership.ChangePage](t)(st.Changes(ctx, membership.ChangeQuery{Limit: -1})).Last
	}
	return last
}
