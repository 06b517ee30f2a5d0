package sqlitestore_test

import (
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/pressly/goose/v3"

	"github.com/roster-go/roster/migrations"
	"github.com/roster-go/roster/sqlitestore"
)

func TestCheckFindsNothingInAFileThatRosterWrote(t *testing.T) {
	t.Parallel()
	report := mustBeSound(t, newWorld(t))
	if report.SchemaVersion != migrations.Latest() || report.ApplicationID != sqlitestore.ApplicationID || len(report.Notes) != 0 {
		t.Errorf("got %+v", report)
	}
}

// The file has its log beside it, as after a crash, or none.
func TestCheckChangesNothing(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"a closed file": newWorld(t), "a file with a log": crashed(t), "a backup": backedUp(t, newWorld(t))} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := files(t, path)
			mustBeSound(t, path)
			_, err := sqlitestore.Check(t.Context(), path, sqlitestore.CheckOptions{Quick: true})
			done(t, err)
			_, err = sqlitestore.Stats(t.Context(), path)
			done(t, err)
			after := files(t, path)
			delete(before, filepath.Base(path)+"-shm") // an index of the log, which readers make and write
			delete(after, filepath.Base(path)+"-shm")
			if !maps.Equal(before, after) {
				t.Errorf("before there was %v, now %v, or other bytes", slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(after)))
			}
		})
	}
}

func TestCheckLooksAtAFileThatIsBeingWritten(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	st := open(t, path, sqlitestore.Options{})
	mustInsert(t, st, "Acme")
	mustBeSound(t, path)
	mustInsert(t, st, "Acme Labs")
	mustBeSound(t, path)
}

func TestCheckFindsWhatWasTamperedWith(t *testing.T) {
	t.Parallel()
	const anAccount = `(SELECT id FROM roster_accounts ORDER BY id LIMIT 1)`
	const aMembership = `(SELECT id FROM roster_memberships ORDER BY id LIMIT 1)`
	for name, c := range map[string]struct {
		tamper []string
		kinds  []sqlitestore.FindingKind
		says   string
		count  int
	}{
		"a counter of an account": {[]string{`UPDATE roster_accounts SET membership_count = 3 WHERE id = ` + anAccount},
			[]sqlitestore.FindingKind{sqlitestore.FindingCounter}, "accounts have a counter", 1},
		"counters of members": {[]string{`UPDATE roster_members SET membership_count = membership_count + 1`},
			[]sqlitestore.FindingKind{sqlitestore.FindingCounter}, "members have a counter", 24},
		"a reference that leads nowhere": {[]string{`UPDATE roster_accounts SET parent_id = x'00112233445566778899aabbccddeeff' WHERE id = ` + anAccount},
			[]sqlitestore.FindingKind{sqlitestore.FindingForeignKey, sqlitestore.FindingLog}, "refer to rows of roster_accounts", 1},
		"a trigger that is missing": {[]string{`DROP TRIGGER roster_memberships_deleted`},
			[]sqlitestore.FindingKind{sqlitestore.FindingSchema}, "missing", 1},
		"indexes that are missing": {[]string{`DROP INDEX roster_memberships_account`, `DROP INDEX roster_changes_account`},
			[]sqlitestore.FindingKind{sqlitestore.FindingSchema}, "missing", 2},
		"a table that is missing": {[]string{`DROP TABLE roster_consumers`},
			[]sqlitestore.FindingKind{sqlitestore.FindingSchema}, "missing", 1},
		"the table of definitions that is missing": {[]string{`DROP TABLE roster_fields`},
			[]sqlitestore.FindingKind{sqlitestore.FindingSchema}, "missing", 4},
		"a trigger that does something else": {[]string{`DROP TRIGGER roster_memberships_deleted`,
			`CREATE TRIGGER roster_memberships_deleted AFTER DELETE ON roster_memberships BEGIN SELECT 1; END`},
			[]sqlitestore.FindingKind{sqlitestore.FindingSchema}, "changed since", 1},
		"an index of a field that is missing": {[]string{fieldIndex},
			[]sqlitestore.FindingKind{sqlitestore.FindingSchema}, "missing", 1},
		"a membership that the log does not end": {[]string{`DELETE FROM roster_memberships WHERE id = ` + aMembership},
			[]sqlitestore.FindingKind{sqlitestore.FindingLog}, "memberships are missing", 1},
		"a membership that the log has ended": {[]string{`INSERT INTO roster_memberships (id, account_id, member_id, created_at, updated_at)
			SELECT c.membership_id, a.id, m.id, 1, 1 FROM roster_changes c, roster_accounts a, roster_members m
			WHERE c.type = 'account-membership.deleted' AND a.name = 'Orphan' LIMIT 1`},
			[]sqlitestore.FindingKind{sqlitestore.FindingLog}, "memberships are there", 1},
		"an account that is another one": {[]string{`UPDATE roster_accounts SET legal_name = 'x'`},
			[]sqlitestore.FindingKind{sqlitestore.FindingLog}, "accounts are not as", 3},
		"a custom field": {[]string{`UPDATE roster_memberships SET fields = '{"role":"admin"}' WHERE id = ` + aMembership},
			[]sqlitestore.FindingKind{sqlitestore.FindingLog}, "memberships are not as", 1},
		"a custom field that cannot be read": {[]string{`UPDATE roster_accounts SET fields = '{"rate' WHERE id = ` + anAccount},
			[]sqlitestore.FindingKind{sqlitestore.FindingLog}, "accounts are not as", 1},
		"a member's address": {[]string{`UPDATE roster_members SET email = 'x@example.com'`},
			[]sqlitestore.FindingKind{sqlitestore.FindingLog}, "members are not as", 24},
		"a tag": {[]string{`UPDATE roster_tags SET description = 'x'`},
			[]sqlitestore.FindingKind{sqlitestore.FindingLog}, "tags are not as", 1},
		"a login": {[]string{`UPDATE roster_logins SET username = username || 'x'`},
			[]sqlitestore.FindingKind{sqlitestore.FindingLog}, "logins are not as", 24},
		"a password profile": {[]string{`DELETE FROM roster_password_profiles`, `DELETE FROM roster_logins`},
			[]sqlitestore.FindingKind{sqlitestore.FindingLog}, "password profiles are missing", 1},
		"a flow": {[]string{`UPDATE roster_flows SET name = 'x'`},
			[]sqlitestore.FindingKind{sqlitestore.FindingLog}, "flows are not as", 2},
		"a field": {[]string{`UPDATE roster_fields SET position = 99 WHERE slug = 'rate'`},
			[]sqlitestore.FindingKind{sqlitestore.FindingLog}, "fields are not as", 1},
		"settings": {[]string{`DELETE FROM roster_settings`},
			[]sqlitestore.FindingKind{sqlitestore.FindingLog}, "settings are missing", 1},
		"an account's tag": {[]string{`DELETE FROM roster_account_tags WHERE account_id = ` + anAccount},
			[]sqlitestore.FindingKind{sqlitestore.FindingLog}, "tags of accounts are missing", 1},
		"an image": {[]string{`UPDATE roster_changes SET after = '{"account' WHERE type = 'account.created'`},
			[]sqlitestore.FindingKind{sqlitestore.FindingLog}, "have an image that cannot be read", 4},
		"the beginning of the log": {[]string{`UPDATE roster_pruned_changes SET through = 5`},
			[]sqlitestore.FindingKind{sqlitestore.FindingLog}, "that it says were removed", 1},
		"the row of the beginning of the log": {[]string{`DELETE FROM roster_pruned_changes`},
			[]sqlitestore.FindingKind{sqlitestore.FindingLog}, "does not say where it begins", 1},
		"the whole log": {[]string{`UPDATE roster_pruned_changes SET through = 5`, `DELETE FROM roster_changes`},
			[]sqlitestore.FindingKind{sqlitestore.FindingLog}, "the change log is empty", 1},
		"a consumer": {[]string{`INSERT INTO roster_consumers VALUES ('mail', 4711)`},
			[]sqlitestore.FindingKind{sqlitestore.FindingLog}, "consumers have come further", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := newWorld(t)
			for _, s := range c.tamper {
				if s == fieldIndex {
					s = `DROP INDEX ` + nameOfFieldIndex(t, path)
				}
				alter(t, path, s)
			}
			report := check(t, path)
			if got := kindsOf(report); !slices.Equal(got, c.kinds) {
				t.Errorf("got the kinds %v, want %v: %+v", got, c.kinds, report)
			}
			n := slices.IndexFunc(report.Findings, func(f sqlitestore.Finding) bool { return strings.Contains(f.Text, c.says) })
			if n < 0 || report.Findings[n].Count != c.count {
				t.Errorf("want %d of %q, got %+v", c.count, c.says, report.Findings)
			}
		})
	}
}

// fieldIndex stands for dropping the index of a custom field, whose name the field's id is in.
const fieldIndex = "drop the index of a field"

func nameOfFieldIndex(t *testing.T, path string) (name string) {
	t.Helper()
	db := openWith(t, path, "mode=ro")
	defer db.Close()
	done(t, db.QueryRow(`SELECT name FROM sqlite_schema WHERE type = 'index' AND name GLOB 'roster_field_*'`).Scan(&name))
	return name
}

func TestWhoRefersToNothingIsNamed(t *testing.T) {
	t.Parallel()
	path := newWorld(t)
	var id []byte
	db := openWith(t, path, "mode=ro")
	done(t, db.QueryRow(`SELECT id FROM roster_memberships`).Scan(&id))
	done(t, db.Close())
	alter(t, path, `UPDATE roster_memberships SET member_id = x'00112233445566778899aabbccddeeff' WHERE id = x'`+hex.EncodeToString(id)+`'`)
	for _, f := range check(t, path).Findings {
		if f.Kind == sqlitestore.FindingForeignKey && slices.Equal(f.Examples, []string{uuid.UUID(id).String()}) {
			return
		}
	}
	t.Errorf("%x is not named: %+v", id, check(t, path))
}

func TestAnotherProgramsForeignKeysMayBeWrong(t *testing.T) {
	t.Parallel()
	path := newWorld(t)
	alter(t, path, `CREATE TABLE songs (id, title)`, `CREATE TABLE singers (song REFERENCES songs (title))`, `INSERT INTO singers VALUES (1)`)
	if report := mustBeSound(t, path); !strings.Contains(strings.Join(report.Notes, " "), "foreign key mismatch") {
		t.Errorf("got %q", report.Notes)
	}
}

func TestAQuickCheckFindsCountersAndLeavesTheLogOut(t *testing.T) {
	t.Parallel()
	path := newWorld(t)
	alter(t, path, `UPDATE roster_accounts SET membership_count = 3, legal_name = 'x'`)
	report, err := sqlitestore.Check(t.Context(), path, sqlitestore.CheckOptions{Quick: true})
	if err != nil || !report.Quick || !slices.Equal(kindsOf(report), []sqlitestore.FindingKind{sqlitestore.FindingCounter}) {
		t.Errorf("got %+v, %v", report, err)
	}
}

func TestRowsWhoseChangesWereRemovedAreNoFault(t *testing.T) {
	t.Parallel()
	path := newWorld(t)
	alter(t, path, `UPDATE roster_pruned_changes SET through = (SELECT max(sequence) - 1 FROM roster_changes)`,
		`DELETE FROM roster_changes WHERE sequence < (SELECT max(sequence) FROM roster_changes)`,
		`UPDATE roster_accounts SET legal_name = 'x'`)
	mustBeSound(t, path)
}

func TestWhatIsNotRostersIsANote(t *testing.T) {
	t.Parallel()
	path := newWorld(t)
	alter(t, path, `CREATE INDEX mine ON roster_accounts (legal_name)`, `CREATE TABLE projects (id)`)
	report := mustBeSound(t, path)
	if len(report.Notes) != 1 || !strings.Contains(report.Notes[0], "index mine") {
		t.Errorf("got %q", report.Notes)
	}
	alter(t, path, `PRAGMA application_id = 0`)
	if report := mustBeSound(t, path); len(report.Notes) != 2 || !strings.Contains(report.Notes[0], "shares the file") {
		t.Errorf("got %q", report.Notes)
	}
}

func TestCheckSaysWhenAFileIsToBeMigrated(t *testing.T) {
	t.Parallel()
	for version := int64(1); version < migrations.Latest(); version++ {
		path := filepath.Join(t.TempDir(), "old.db")
		db := openWith(t, path, pragmas)
		upTo(t, db, version)
		done(t, db.Close())
		before := files(t, path)
		report := mustBeSound(t, path)
		if report.SchemaVersion != version || len(report.Notes) != 2 || !strings.Contains(report.Notes[0], "migrates it") {
			t.Errorf("got %+v", report)
		}
		if !maps.Equal(before, files(t, path)) {
			t.Error("the file was changed")
		}
	}
}

func upTo(t *testing.T, db *sql.DB, version int64) {
	t.Helper()
	p, err := goose.NewProvider(goose.DialectSQLite3, db, migrations.FS(), goose.WithTableName(migrations.Table),
		goose.WithDisableGlobalRegistry(true))
	done(t, err)
	_, err = p.UpTo(t.Context(), version)
	done(t, err)
}

func TestFilesThatCannotBeCheckedAreErrors(t *testing.T) {
	t.Parallel()
	newer := newWorld(t)
	alter(t, newer, `INSERT INTO `+migrations.Table+` (version_id, is_applied) VALUES (99, 1)`)
	for name, c := range map[string]struct {
		path string
		is   error
		says string
	}{
		"none":              {filepath.Join(t.TempDir(), "none.db"), fs.ErrNotExist, "there is no file"},
		"a newer one":       {newer, migrations.ErrNewer, "version 99"},
		"another program's": {made(t, `CREATE TABLE songs (id)`), sqlitestore.ErrNotRoster, "it has 1 tables"},
		"with no table":     {made(t, `PRAGMA user_version = 7`), sqlitestore.ErrNotRoster, "no tables of roster's yet"},
		"with no version":   {made(t, `CREATE TABLE roster_accounts (id)`), sqlitestore.ErrNotRoster, "no tables of roster's yet"},
	} {
		to := filepath.Join(t.TempDir(), "to.db")
		_, checking := sqlitestore.Check(t.Context(), c.path, sqlitestore.CheckOptions{})
		_, counting := sqlitestore.Stats(t.Context(), c.path)
		_, repairing := sqlitestore.Repair(t.Context(), c.path)
		_, backing := sqlitestore.Backup(t.Context(), c.path, to)
		_, restoring := sqlitestore.Restore(t.Context(), c.path, to, sqlitestore.RestoreOptions{})
		for what, err := range map[string]error{"Check": checking, "Stats": counting, "Repair": repairing, "Backup": backing, "Restore": restoring} {
			if !errors.Is(err, c.is) || what != "Restore" && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s of %s: got %v, want it to say %q", what, name, err, c.says)
			}
		}
		if left := files(t, to); len(left) != 0 {
			t.Errorf("%s: left behind are %v", name, slices.Collect(maps.Keys(left)))
		}
	}
}

// damages are what may happen to a file, each with a file to which it has happened.
func damages(t *testing.T) map[string]string {
	t.Helper()
	const page = 4096
	sound, err := os.ReadFile(newWorld(t))
	done(t, err)
	garbled := append(slices.Clone(sound[:100]), []byte(strings.Repeat("x", len(sound)-100))...)
	hole := slices.Clone(sound)
	clear(hole[8*page : 12*page])
	paths := map[string]string{}
	for name, content := range map[string][]byte{
		"0 bytes": nil, "half a file": sound[:len(sound)/2/page*page], "a page": sound[:page], "100 bytes": sound[:100],
		"without the last 1000 bytes": sound[:len(sound)-1000], "without the last byte": sound[:len(sound)-1],
		"without the last page": sound[:len(sound)-page], "text": []byte(strings.Repeat("To whom it may concern. ", 300)),
		"wrong magic": append([]byte("SQLite format 4\x00"), sound[16:]...), "garbled pages": garbled, "pages of zeros": hole,
	} {
		paths[name] = filepath.Join(t.TempDir(), "damaged.db")
		done(t, os.WriteFile(paths[name], content, 0o600))
	}
	return paths
}

func TestNoDamageIsTakenForASoundFile(t *testing.T) {
	t.Parallel()
	for name, path := range damages(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, quick := range []bool{false, true} {
				report, err := sqlitestore.Check(t.Context(), path, sqlitestore.CheckOptions{Quick: quick})
				found := slices.Contains(kindsOf(report), sqlitestore.FindingDamage)
				if !found && !errors.Is(err, sqlitestore.ErrDamaged) || found && err != nil {
					t.Errorf("quick %v: got %+v, %v", quick, report, err)
				}
			}
			to := filepath.Join(t.TempDir(), "to.db")
			_, backing := sqlitestore.Backup(t.Context(), path, to)
			_, restoring := sqlitestore.Restore(t.Context(), path, to, sqlitestore.RestoreOptions{})
			_, repairing := sqlitestore.Repair(t.Context(), path)
			for what, err := range map[string]error{"Backup": backing, "Restore": restoring, "Repair": repairing} {
				if !errors.Is(err, sqlitestore.ErrDamaged) {
					t.Errorf("%s: got %v", what, err)
				}
			}
			if left := files(t, to); len(left) != 0 {
				t.Errorf("left behind are %v", slices.Collect(maps.Keys(left)))
			}
		})
	}
}

// Bits that nothing uses, or that make a name another name in a row whose changes were removed, nobody can find.
func TestFlippedBitsAreFound(t *testing.T) {
	t.Parallel()
	sound, err := os.ReadFile(newWorld(t))
	done(t, err)
	const copies, flips = 60, 20
	missed := 0
	for n := range copies {
		rng := rand.New(rand.NewPCG(uint64(n), 1))
		file := slices.Clone(sound)
		for range flips {
			file[rng.IntN(len(file))] ^= 1 << rng.IntN(8)
		}
		path := filepath.Join(t.TempDir(), fmt.Sprint(n, ".db"))
		done(t, os.WriteFile(path, file, 0o600))
		if report, err := sqlitestore.Check(t.Context(), path, sqlitestore.CheckOptions{}); err == nil && report.Sound() {
			missed++
		}
	}
	t.Logf("of %d files with %d flipped bits each %d were taken for sound", copies, flips, missed)
	if missed > copies/4 {
		t.Errorf("of %d damaged files %d were taken for sound", copies, missed)
	}
}
