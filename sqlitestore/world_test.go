package sqlitestore_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
)

// newWorld is a closed database file in which everything was done at least once: created, changed, taken back.
func newWorld(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "world.db")
	st := open(t, path, sqlitestore.Options{})
	fillWorld(t, roster.New(st, roster.Options{HashPassword: func(string) (string, error) { return "a hash", nil }}))
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// try ends the test when what was tried failed.
func try[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func done(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func fillWorld(t *testing.T, svc *roster.Service) {
	t.Helper()
	ctx := t.Context()
	accountOf, memberOf, tagOf := try[membership.Account](t), try[membership.Member](t), try[membership.Tag](t)
	membershipOf, fieldOf := try[membership.Membership](t), try[membership.Field](t)

	fieldOf(svc.DefineField(ctx, membership.Field{Resource: membership.ResourceMembership, Slug: "role", Name: "Role",
		Type: membership.TypeString, Default: membership.StringValue("member"), Indexed: true}))
	rate := fieldOf(svc.DefineField(ctx, membership.Field{Resource: membership.ResourceAccount, Slug: "rate", Name: "Rate", Type: membership.TypeFloat}))

	parent := accountOf(svc.CreateAccount(ctx, membership.Account{Name: "Acme", RegistrationID: "DE 1",
		Fields: membership.Fields{}.With("rate", membership.FloatValue(1.5))}))
	child := accountOf(svc.CreateAccount(ctx, membership.Account{Name: "Acme Labs", ParentID: parent.ID}))
	gone := accountOf(svc.CreateAccount(ctx, membership.Account{Name: "Gone", ParentID: child.ID}))
	orphan := accountOf(svc.CreateAccount(ctx, membership.Account{Name: "Orphan", ParentID: gone.ID}))
	tag := tagOf(svc.CreateTag(ctx, membership.Tag{Name: "customer"}))
	other := tagOf(svc.CreateTag(ctx, membership.Tag{Name: "test"}))
	for _, a := range []membership.Account{parent, child, gone, orphan} {
		try[[]membership.Tag](t)(svc.TagAccount(ctx, a.ID, tag.ID, other.ID))
	}
	done(t, svc.DeleteTag(ctx, other.ID))
	renamed := "Rate in per cent"
	try[membership.Field](t)(svc.UpdateField(ctx, rate.ID, membership.FieldUpdate{Name: &renamed}))

	profile := try[membership.PasswordProfile](t)(svc.CreatePasswordProfile(ctx, membership.PasswordProfile{Name: "Standard"}))
	for i := range 30 {
		m := memberOf(svc.CreateMember(ctx, membership.Member{Name: fmt.Sprint("Member ", i), Email: fmt.Sprintf("m%d@example.com", i)}))
		try[membership.Login](t)(svc.CreateLogin(ctx, membership.Login{MemberID: m.ID, ProfileID: profile.ID, Username: m.Email}, "a password"))
		first := membershipOf(svc.CreateMembership(ctx, membership.Membership{AccountID: parent.ID, MemberID: m.ID,
			Fields: membership.Fields{}.With("role", membership.StringValue("owner"))}))
		membershipOf(svc.Add(ctx, gone.ID, m.ID))
		switch i % 5 {
		case 0:
			done(t, svc.DeleteMember(ctx, m.ID))
		case 1:
			done(t, svc.Remove(ctx, parent.ID, first.ID))
		case 2:
			memberOf(svc.UpdateMember(ctx, m.ID, membership.MemberUpdate{Name: &renamed}))
		}
	}
	done(t, svc.DeleteAccount(ctx, gone.ID))
	limit := 77
	try[membership.Settings](t)(svc.UpdateSettings(ctx, membership.SettingsUpdate{MembershipLimit: &limit}))
	_, _, err := svc.CreateCredential(ctx, membership.ScopeRead)
	done(t, err)
}

// files are the names and the contents of what is in a file's directory.
func files(t *testing.T, path string) map[string]string {
	t.Helper()
	all := map[string]string{}
	entries, err := os.ReadDir(filepath.Dir(path))
	done(t, err)
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(filepath.Dir(path), e.Name()))
		done(t, err)
		all[e.Name()] = string(content)
	}
	return all
}

// check is a full check that must be possible.
func check(t *testing.T, path string) sqlitestore.Report {
	t.Helper()
	report, err := sqlitestore.Check(context.WithoutCancel(t.Context()), path, sqlitestore.CheckOptions{})
	done(t, err)
	return report
}

func mustBeSound(t *testing.T, path string) sqlitestore.Report {
	t.Helper()
	report := check(t, path)
	if !report.Sound() {
		t.Errorf("%s: %+v", path, report.Findings)
	}
	return report
}

// kindsOf are the kinds of what a report has found, each once.
func kindsOf(r sqlitestore.Report) (kinds []sqlitestore.FindingKind) {
	for _, f := range r.Findings {
		kinds = append(kinds, f.Kind)
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}
