package crash_test

import (
	"database/sql"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
)

// TestAWriterThatAcknowledgesBeforeItCommitsIsCaught is the control of the tests of crashes: a child that lies once, and is
// killed then.
func TestAWriterThatAcknowledgesBeforeItCommitsIsCaught(t *testing.T) {
	t.Parallel()
	c := newCrashes(t, 1, sameText)
	c.begin()
	lied := func(_ int, said string) bool { return strings.Contains(said, `-lie","kind":"done"`) }
	readUntilKilled(t, c, lied, 0, "lie")
	v := verify(t, c.path, c.ledger, c.log)
	if v.lost != 1 || len(v.faults) != 1 || !strings.Contains(v.faults[0], "-lie was acknowledged with account-member.created") {
		t.Errorf("%d lost, %q", v.lost, v.faults)
	}
}

// written is a database that was written to in every way, and what the writer was told.
func written(t *testing.T) (path string, l *ledger) {
	t.Helper()
	path, l = filepath.Join(t.TempDir(), "roster.db"), newLedger(sameText)
	st, err := sqlitestore.Open(path, sqlitestore.Options{Synchronous: sqlitestore.Normal})
	if err != nil {
		t.Fatal(err)
	}
	hash := func(password string) (string, error) { return "hash of " + password, nil }
	svc := roster.New(st, roster.Options{AccountLimit: 4, HashPassword: hash})
	w := &writer{svc: svc, tell: l.add, name: "w", rng: rand.New(rand.NewPCG(9, 9))}
	for range 1500 {
		w.one()
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	return path, l
}

// said is the place of a line that has something.
func (l *ledger) said(t *testing.T, has func(line) bool) int {
	t.Helper()
	i := slices.IndexFunc(l.lines, has)
	if i < 0 {
		t.Fatal("there is no such line")
	}
	return i
}

func creates(typ membership.ChangeType) func(line) bool {
	return func(said line) bool { return len(said.Claims) == 1 && said.Claims[0].Type == typ }
}

// trySaid is the place of the line with which a request began.
func (l *ledger) trySaid(t *testing.T, request string) int {
	t.Helper()
	return l.said(t, func(said line) bool { return said.Request == request && said.Kind == tried })
}

// TestWhatIsWrongAfterACrashIsSeen makes one thing wrong at a time, in what was told or in the log or in the rows, and looks
// whether the judge of the tests of crashes sees it.
func TestWhatIsWrongAfterACrashIsSeen(t *testing.T) {
	t.Parallel()
	path, right := written(t)
	if v := verify(t, path, right, entriesOf); v.lost != 0 || len(v.faults) > 0 || v.acknowledged < 100 || v.refused < 100 {
		t.Fatalf("%d acknowledged, %d refused, and nothing is wrong yet: %q", v.acknowledged, v.refused, v.faults)
	}
	changes, _ := reopen(t, path, right)
	for _, typ := range membership.ChangeTypes() {
		claimed := func(said line) bool {
			return slices.ContainsFunc(said.Claims, func(c claim) bool { return c.Type == typ })
		}
		if !slices.ContainsFunc(right.lines, claimed) && typ != membership.FlowCreated { // which comes with a field
			t.Errorf("nobody was told of %s", typ)
		}
	}
	for name, c := range rowFaults {
		t.Run("rows: "+name, func(t *testing.T) {
			t.Parallel()
			_, faults := reopen(t, changeRows(t, path, c.sql), right)
			if !strings.Contains(strings.Join(faults, "\n"), c.fault) {
				t.Errorf("it is not seen: %q", faults)
			}
		})
	}
	for name, c := range tellings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, entries := newLedger(sameText), entriesOf(changes)
			l.lines = slices.Clone(right.lines)
			entries = c.wrong(t, l, entries)
			v := l.judge(entries)
			if !slices.ContainsFunc(v.faults, func(fault string) bool { return strings.Contains(fault, c.fault) }) || (v.lost > 0) != c.lost {
				t.Errorf("%d lost, %q", v.lost, v.faults)
			}
		})
	}
}

// telling is something wrong in what was told or in the log.
type telling struct {
	wrong func(t *testing.T, l *ledger, entries []entry) []entry
	fault string
	lost  bool
}

var tellings = map[string]telling{
	"an acknowledged write is gone": {func(t *testing.T, l *ledger, entries []entry) []entry {
		l.lines = append(l.lines, line{Request: "x", Kind: tried},
			line{Request: "x", Kind: done, Claims: []claim{{Type: membership.MemberDeleted, Row: "ron"}}})
		return entries
	}, "x was acknowledged with account-member.deleted of ron, which is not there", true},
	"the end of the log is gone": {func(t *testing.T, l *ledger, entries []entry) []entry {
		return entries[:len(entries)-20]
	}, "which is not there", true},
	"it has other values": {func(t *testing.T, l *ledger, entries []entry) []entry {
		i := l.said(t, creates(membership.AccountCreated))
		l.lines[i].Claims = slices.Clone(l.lines[i].Claims)
		l.lines[i].Claims[0].Image += " "
		return entries
	}, "was answered with", false},
	"the answer left a row out": {func(t *testing.T, l *ledger, entries []entry) []entry {
		l.lines[l.said(t, creates(membership.AccountUpdated))].Claims = nil
		return entries
	}, "was answered without", false},
	"a refused write is there": {func(t *testing.T, l *ledger, entries []entry) []entry {
		l.lines[l.said(t, creates(membership.AccountUpdated))].Kind = refused
		return entries
	}, "was refused", false},
	"half of an import is there": {func(t *testing.T, l *ledger, entries []entry) []entry {
		i := l.said(t, func(said line) bool { return len(said.Claims) == importedAtOnce })
		l.lines[i].Kind = unknown
		seen := 0
		for n := range entries {
			if entries[n].Request != l.lines[i].Request {
				continue
			}
			if seen++; seen > importedAtOnce/2 {
				entries[n].Request = "another"
			}
		}
		return entries
	}, "there are 10", false},
	"a change is missing in between": {func(t *testing.T, l *ledger, entries []entry) []entry {
		return slices.Delete(entries, 10, 11)
	}, "has the number", true},
	"nobody asked for it": {func(t *testing.T, l *ledger, entries []entry) []entry {
		i := l.said(t, creates(membership.AccountUpdated))
		request := l.lines[i].Request
		l.lines = slices.DeleteFunc(l.lines, func(said line) bool { return said.Request == request })
		return entries
	}, "nobody asked", false},
	"it overtook what had been acknowledged": {func(t *testing.T, l *ledger, entries []entry) []entry {
		i := l.said(t, creates(membership.AccountUpdated))
		told := l.lines[i]
		begun := l.lines[l.trySaid(t, told.Request)]
		l.lines = append(slices.DeleteFunc(l.lines, func(said line) bool { return said.Request == told.Request }), begun, told)
		return entries
	}, "had been acknowledged, and is change", false},
	"it failed with an error that is no refusal": {func(t *testing.T, l *ledger, entries []entry) []entry {
		i := l.said(t, func(said line) bool { return said.Kind == refused })
		l.lines[i].Kind = failed
		return entries
	}, "failed: ", false},
}

// rowFaults are rows that were changed behind the log's back.
var rowFaults = map[string]struct{ sql, fault string }{
	"a row":      {`UPDATE roster_accounts SET name = 'x' WHERE id = (SELECT min(id) FROM roster_accounts)`, "Name:x"},
	"a cascade":  {`DELETE FROM roster_account_tags WHERE account_id = (SELECT min(account_id) FROM roster_account_tags)`, "tables' rows that differ"},
	"settings":   {`UPDATE roster_settings SET membership_limit = 77`, "MembershipLimit:77"},
	"credential": {`DELETE FROM roster_credentials`, "the credential or token of"},
}

// changeRows runs SQL on a copy of a database, which it returns.
func changeRows(t *testing.T, path, statement string) (changed string) {
	t.Helper()
	changed = filepath.Join(t.TempDir(), "roster.db")
	if _, err := sqlitestore.Backup(t.Context(), path, changed); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(changed))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	result, err := db.Exec(statement)
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := result.RowsAffected(); n == 0 {
		t.Fatal("there is nothing of the kind")
	}
	return changed
}
