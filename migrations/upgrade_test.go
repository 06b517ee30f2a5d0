package migrations_test

import (
	"database/sql"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/roster-go/roster/migrations"
)

// upTo stops at a version, as a program of that time did.
func upTo(t *testing.T, db *sql.DB, version int64) {
	t.Helper()
	p, err := goose.NewProvider(goose.DialectSQLite3, db, migrations.FS(), goose.WithTableName(migrations.Table),
		goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
}

// oldRows is something in each table of version 1: 20 accounts, 30 members, and each account's membership of 3 members.
const oldRows = `
	WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20)
	INSERT INTO roster_accounts (id, name, legal_name, registration_id, external_ref, created_at, updated_at)
	SELECT randomblob(16), 'Account ' || i, 'Legal ' || i, iif(i % 2, 'R-' || i, ''), 'X-' || i, i, i + 1 FROM n;

	WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30)
	INSERT INTO roster_members (id, name, email, given_name, middle_name, family_name, created_at, updated_at)
	SELECT randomblob(16), 'Member ' || i, i || '@example.com', 'G', 'M', 'F', i, i + 1 FROM n;

	INSERT INTO roster_memberships (id, account_id, member_id, created_at, updated_at)
	SELECT randomblob(16), a.id, m.id, a.created_at, m.created_at FROM roster_accounts a
	JOIN roster_members m ON m.created_at BETWEEN a.created_at AND a.created_at + 2;

	INSERT INTO roster_settings (id, membership_limit) VALUES (1, 7);
	INSERT INTO roster_credentials (client_id, secret_hash, scopes, created_at) VALUES ('client', randomblob(32), 3, 1);
	INSERT INTO roster_tokens (hash, client_id, scopes, expires_at) VALUES (randomblob(32), 'client', 1, 2);`

// oldColumns are those of version 1.
var oldColumns = map[string]string{
	"roster_accounts":         "id, name, legal_name, registration_id, external_ref, membership_count, created_at, updated_at",
	"roster_members":          "id, name, email, given_name, middle_name, family_name, membership_count, created_at, updated_at",
	"roster_memberships":      "id, account_id, member_id, created_at, updated_at",
	"roster_settings":         "id, membership_limit",
	"roster_credentials":      "client_id, secret_hash, scopes, created_at",
	"roster_tokens":           "hash, client_id, scopes, expires_at",
	"roster_memberships_view": "id, account_id, account_name, account_member_id, account_member_name, account_member_email, created_at, updated_at",
}

func TestUpgradingTheFirstVersionKeepsEveryRow(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), "roster.db"))
	upTo(t, db, 1)
	if _, err := db.Exec(oldRows); err != nil {
		t.Fatal(err)
	}
	before := make(map[string][]string)
	for table, columns := range oldColumns {
		if before[table] = dump(t, db, table, columns); len(before[table]) == 0 {
			t.Fatalf("%s is empty", table)
		}
	}
	up(t, db)
	for table, columns := range oldColumns {
		if got := dump(t, db, table, columns); !slices.Equal(got, before[table]) {
			t.Errorf("%s:\n got %s\nwant %s", table, strings.Join(got, "\n"), strings.Join(before[table], "\n"))
		}
	}
	for query, want := range map[string]string{
		`SELECT count(*) FROM roster_accounts WHERE parent_id IS NOT NULL`:                                                         "0",
		`SELECT auto_create_accounts || ' ' || self_signup || ' ' || self_management || ' ' || token_timeout FROM roster_settings`: "0 0 disabled 86400000",
		`SELECT count(*) FROM pragma_foreign_key_check`:                                                                            "0",
		`SELECT integrity_check FROM pragma_integrity_check`:                                                                       "ok",
	} {
		var got string
		if err := db.QueryRow(query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: got %s, %v; want %s", query, got, err, want)
		}
	}
}

// Custom fields came with version 3.
func TestUpgradingTheSecondVersionKeepsEveryRow(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), "roster.db"))
	upTo(t, db, 2)
	if _, err := db.Exec(oldRows); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`
		UPDATE roster_accounts SET parent_id = (SELECT id FROM roster_accounts WHERE created_at = 1) WHERE created_at > 10;
		INSERT INTO roster_tags (id, name, created_at, updated_at) VALUES (randomblob(16), 'press', 1, 2);
		INSERT INTO roster_account_tags SELECT a.id, t.id FROM roster_accounts a, roster_tags t WHERE a.created_at < 5;
		INSERT INTO roster_password_profiles VALUES (randomblob(16), 'Staff', 'any', 0, 1, 2);
		INSERT INTO roster_logins SELECT randomblob(16), m.id, p.id, m.email, 'hash', 1, 2
		FROM roster_members m, roster_password_profiles p;
	`); err != nil {
		t.Fatal(err)
	}
	tables := maps.Clone(oldColumns)
	tables["roster_accounts"] += ", parent_id"
	tables["roster_tags"] = "id, name, description, created_at, updated_at"
	tables["roster_account_tags"] = "account_id, tag_id"
	tables["roster_logins"] = "id, member_id, profile_id, username, password_hash, created_at, updated_at"
	before := make(map[string][]string)
	for table, columns := range tables {
		if before[table] = dump(t, db, table, columns); len(before[table]) == 0 {
			t.Fatalf("%s is empty", table)
		}
	}
	up(t, db)
	for table, columns := range tables {
		if got := dump(t, db, table, columns); !slices.Equal(got, before[table]) {
			t.Errorf("%s:\n got %s\nwant %s", table, strings.Join(got, "\n"), strings.Join(before[table], "\n"))
		}
	}
	for query, want := range map[string]string{
		`SELECT count(fields) FROM roster_accounts`:                           "0",
		`SELECT count(*) - count(fields) FROM roster_memberships_view`:        "60",
		`SELECT group_concat(id || ' ' || version) FROM roster_field_version`: "1 0",
		`SELECT count(*) FROM pragma_foreign_key_check`:                       "0",
		`SELECT integrity_check FROM pragma_integrity_check`:                  "ok",
	} {
		var got string
		if err := db.QueryRow(query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: got %s, %v; want %s", query, got, err, want)
		}
	}
}

// Where the log begins is kept since version 5.
func TestUpgradingTheFourthVersionKnowsWhereTheLogBegins(t *testing.T) {
	t.Parallel()
	for want, changes := range map[int64]string{
		0:  ``,
		16: `INSERT INTO roster_changes (sequence, type, time, cause) VALUES (17, 'account.created', 1, 'request'), (18, 'account.deleted', 2, 'request')`,
	} {
		db := open(t, filepath.Join(t.TempDir(), "roster.db"))
		upTo(t, db, 4)
		if _, err := db.Exec(changes); err != nil {
			t.Fatal(err)
		}
		up(t, db)
		var id, through int64
		if err := db.QueryRow(`SELECT id, through FROM roster_pruned_changes`).Scan(&id, &through); err != nil || through != want {
			t.Errorf("changes have been removed up to %d, %v; want %d", through, err, want)
		}
	}
}

// Whoever changes a definition, and however: the version is another one, and none comes again.
func TestTheVersionOfTheDefinitionsIsDrawnAnew(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), "roster.db"))
	up(t, db)
	seen := map[int64]string{}
	version := func(after string) int64 {
		t.Helper()
		var v int64
		if err := db.QueryRow(`SELECT version FROM roster_field_version`).Scan(&v); err != nil {
			t.Fatal(err)
		}
		if before, again := seen[v]; again {
			t.Errorf("after %s the version is that after %s", after, before)
		}
		seen[v] = after
		return v
	}
	if v := version("the migration"); v != 0 {
		t.Errorf("a new database has version %d", v)
	}
	const flow = `INSERT INTO roster_flows (id, resource, name, disabled, created_at, updated_at)
		VALUES (randomblob(16), 'account', 'A', 0, 1, 1)`
	const field = `INSERT INTO roster_fields
		(id, resource, slug, name, type, required, disabled, position, omit_null, indexed, rules, created_at, updated_at)
		VALUES (randomblob(16), 'account', 'a', 'A', 'string', 0, 0, 0, 0, 0, '{}', 1, 1)`
	for range 2 {
		for _, query := range []string{
			flow, field,
			`UPDATE roster_fields SET name = 'B'`,
			`UPDATE roster_flows SET name = 'B'`,
			`DELETE FROM roster_fields`,
			`DELETE FROM roster_flows`,
		} {
			if _, err := db.Exec(query); err != nil {
				t.Fatal(query, err)
			}
			version(query)
		}
	}
	if _, err := db.Exec(field); err == nil {
		t.Error("a field without a flow was taken")
	}
}

// dump is a table's rows as text.
func dump(t *testing.T, db *sql.DB, table, columns string) []string {
	t.Helper()
	quoted := "quote(" + strings.ReplaceAll(columns, ", ", ") || ' ' || quote(") + ")"
	rows, err := db.Query(fmt.Sprintf(`SELECT %s FROM %s ORDER BY 1`, quoted, table))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var dumped []string
	for rows.Next() {
		var row string
		if err := rows.Scan(&row); err != nil {
			t.Fatal(err)
		}
		dumped = append(dumped, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return dumped
}
