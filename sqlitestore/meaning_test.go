package sqlitestore_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

// meaningWorld is a store with a few accounts, and those accounts, by id.
func meaningWorld(t *testing.T) (store.Store, []membership.Account) {
	t.Helper()
	st := openStore(t)
	var all []membership.Account
	for i, name := range []string{"Acme", "acme", "Zeta", "ÄCME"} {
		a := membership.Account{ID: membership.AccountID{UUID: uuid.UUID{15: byte(i + 1)}}, Name: name,
			LegalName: []string{"", "Acme Ltd"}[i%2], CreatedAt: time.UnixMilli(int64(i / 2)).UTC(), UpdatedAt: time.UnixMilli(5).UTC()}
		if err := insert(t, st, a); err != nil {
			t.Fatal(err)
		}
		all = append(all, a)
	}
	return st, all
}

// Rules of tomorrow may let more operators through than those of today; they mean here what Match says already.
func TestOperatorsThatNoRuleAllowsYetMeanWhatMatchSays(t *testing.T) {
	t.Parallel()
	st, all := meaningWorld(t)
	text, moment := membership.TextValue, func(millis int64) membership.Value { return membership.TimeValue(time.UnixMilli(millis)) }
	for _, term := range []membership.Term{
		membership.In(membership.AttrName, text("Acme"), text("Zeta"), text("")),
		membership.In(membership.AttrName, text(`"]`), text(`ÄCME`)),
		membership.In(membership.AttrLegalName, text("")),
		membership.In(membership.AttrCreatedAt, moment(1), moment(7)),
		membership.IsNull(membership.AttrLegalName),
		membership.IsNull(membership.AttrCreatedAt),
		membership.IsNull(membership.AttrID),
		membership.Gt(membership.AttrName, text("Acme")),
		membership.Le(membership.AttrLegalName, text("Acme Ltd")),
		membership.Ge(membership.AttrLegalName, text("")),
		membership.Lt(membership.AttrLegalName, text("")),
		membership.Like(membership.AttrID, "*0003"),
		membership.Like(membership.AttrID, "0000*"),
		membership.Like(membership.AttrID, "*-0000-*"),
		membership.ILike(membership.AttrID, "00000000-0000-0000-0000-000000000002"),
		membership.Like(membership.AttrID, "not an id"),
	} {
		var want []membership.Account
		for _, a := range all {
			if term.Match(a) {
				want = append(want, a)
			}
		}
		page, err := st.ListAccounts(t.Context(), membership.Query{Filter: membership.All(term), Order: membership.Order{By: membership.AttrID}})
		if err != nil || !slices.Equal(page.Items, want) || page.Total != len(want) {
			t.Errorf("%s: got %d of %v, %v; want %v", term, page.Total, page.Items, err, want)
		}
	}
}

// What the engine cannot do is an error of its own, neither a refusal nor an empty answer.
func TestAFailureIsNotTakenForAnAnswer(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	db := openDB(t, "")
	st := borrow(t, db)
	for _, table := range []string{"roster_tokens", "roster_memberships", "roster_members"} {
		if _, err := db.Exec(`DROP TABLE ` + table); err != nil {
			t.Fatal(err)
		}
	}
	a := mustInsert(t, st, "Acme") // what is sound is served
	m := member("Ron")
	update := func(fn func(tx store.Tx) error) error { return st.Update(ctx, fn) }
	_, token := st.Token(ctx, membership.SecretHash{})
	_, byID := st.MembersByID(ctx, []membership.MemberID{m.ID})
	_, is := st.IsMember(ctx, a.ID, m.ID)
	_, list := st.ListMemberships(ctx, membership.Scope{Account: a.ID}, membership.Query{})
	for name, err := range map[string]error{
		"Token": token, "MembersByID": byID, "IsMember": is, "ListMemberships": list,
		"InsertMember":     update(func(tx store.Tx) error { return tx.InsertMember(ctx, m) }),
		"InsertMembership": update(func(tx store.Tx) error { return tx.InsertMembership(ctx, join(a, m)) }),
		"DeleteMember":     update(func(tx store.Tx) error { return tx.DeleteMember(ctx, m.ID) }),
		"JoinFacts": update(func(tx store.Tx) error {
			_, err := tx.JoinFacts(ctx, a.ID, m.ID)
			return err
		}),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), "sqlitestore: ") || errors.Is(err, membership.ErrNotFound) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestOpenSaysThatAFileCannotBeWritten(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		t.Skip("modes do not stop the administrator")
	}
	path := filepath.Join(t.TempDir(), "roster.db")
	if err := os.WriteFile(path, nil, 0o400); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlitestore.Open(path, sqlitestore.Options{}); err == nil || !strings.Contains(err.Error(), "must be readable and writable") {
		t.Errorf("got %v", err)
	}
}

// Another process that writes while the schema is brought up to date is waited for, then reported.
func TestOpenIsBusyWhileAnotherProcessWrites(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	lock(t, path)
	if _, err := sqlitestore.Open(path, sqlitestore.Options{BusyTimeout: -1}); err == nil || !strings.Contains(err.Error(), store.ErrBusy.Error()) {
		t.Errorf("got %v", err)
	}
}
