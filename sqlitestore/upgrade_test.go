package sqlitestore_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/migrations"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

// firstVersion is a program's database as version 1 of the schema left it.
func firstVersion(t *testing.T, path string) *sql.DB {
	t.Helper()
	db := openWith(t, path, pragmas)
	p, err := goose.NewProvider(goose.DialectSQLite3, db, migrations.FS(), goose.WithTableName(migrations.Table),
		goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	return db
}

func TestOpenUpgradesTheFirstVersion(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	db := firstVersion(t, path)
	a, m := account("Acme"), member("Ron Swanson")
	ms := join(a, m)
	for query, args := range map[string][]any{
		`INSERT INTO roster_settings (id, membership_limit) VALUES (1, 7)`: nil,
		`INSERT INTO roster_accounts (id, name, created_at, updated_at) VALUES (?, ?, ?, ?)`: {
			a.ID.UUID[:], a.Name, a.CreatedAt.UnixMilli(), a.UpdatedAt.UnixMilli()},
		`INSERT INTO roster_members (id, name, created_at, updated_at) VALUES (?, ?, ?, ?)`: {
			m.ID.UUID[:], m.Name, m.CreatedAt.UnixMilli(), m.UpdatedAt.UnixMilli()},
	} {
		if _, err := db.Exec(query, args...); err != nil {
			t.Fatal(err)
		}
	}
	st := open(t, path, sqlitestore.Options{})

	want := membership.DefaultSettings()
	want.MembershipLimit = 7
	if got, err := st.Settings(t.Context()); err != nil || got != want {
		t.Errorf("settings: got %+v, %v; want %+v", got, err, want)
	}
	if got, err := st.Account(t.Context(), a.ID); err != nil || got != a {
		t.Errorf("account: got %+v, %v; want %+v", got, err, a)
	}
	if got, err := st.Member(t.Context(), m.ID); err != nil || got != m {
		t.Errorf("member: got %+v, %v; want %+v", got, err, m)
	}
	child := account("Acme Labs")
	child.ParentID = a.ID
	err := st.Update(t.Context(), func(tx store.Tx) error {
		if err := tx.InsertAccount(t.Context(), child); err != nil {
			return err
		}
		return tx.InsertMembership(t.Context(), ms)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := st.Account(t.Context(), child.ID); err != nil || got != child {
		t.Errorf("a child of an account from before: got %+v, %v; want %+v", got, err, child)
	}
}

func TestAnOldSchemaIsRefused(t *testing.T) {
	t.Parallel()
	db := firstVersion(t, filepath.Join(t.TempDir(), "app.db"))
	_, err := sqlitestore.New(db, sqlitestore.Options{})
	if says := "its schema has version 1"; err == nil || !strings.Contains(err.Error(), says) {
		t.Errorf("New: got %v, want it to say %q", err, says)
	}
	err = insert(t, sqlitestore.InTx(begin(t, db)), account("Acme"))
	if says := "call migrations.Up first"; err == nil || !strings.Contains(err.Error(), says) {
		t.Errorf("InTx: got %v, want it to say %q", err, says)
	}
}
