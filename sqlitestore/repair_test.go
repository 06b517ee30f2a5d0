package sqlitestore_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
)

func TestRepairSetsCountersRight(t *testing.T) {
	t.Parallel()
	path := newWorld(t)
	before, err := sqlitestore.Stats(t.Context(), path)
	done(t, err)
	alter(t, path, `UPDATE roster_accounts SET membership_count = 99`, `UPDATE roster_members SET membership_count = 0 WHERE membership_count = 1`)
	st := open(t, path, sqlitestore.Options{}) // somebody uses it meanwhile
	report, err := sqlitestore.Repair(t.Context(), path)
	if err != nil || !report.Sound() || report.Repaired != 3+18 {
		t.Errorf("got %+v, %v", report, err)
	}
	mustBeSound(t, path)
	after, err := sqlitestore.Stats(t.Context(), path)
	if err != nil || after.LargestAccounts[0] != before.LargestAccounts[0] {
		t.Errorf("got %+v, want %+v, %v", after.LargestAccounts, before.LargestAccounts, err)
	}
	page, err := st.ListMemberships(t.Context(), membership.Scope{Account: membership.AccountID{UUID: after.LargestAccounts[0].ID}}, membership.Query{})
	if err != nil || page.Total != after.LargestAccounts[0].Memberships {
		t.Errorf("a list has %d, %v", page.Total, err)
	}
}

func TestRepairSaysWhatItCannotRepair(t *testing.T) {
	t.Parallel()
	path := newWorld(t)
	alter(t, path, `UPDATE roster_accounts SET membership_count = 99, legal_name = 'x'`)
	report, err := sqlitestore.Repair(t.Context(), path)
	if err != nil || report.Repaired != 3 || len(report.Findings) != 1 || report.Findings[0].Kind != sqlitestore.FindingLog {
		t.Errorf("got %+v, %v", report, err)
	}
	if len(report.Notes) != 1 || !strings.Contains(report.Notes[0], "restore a backup") {
		t.Errorf("got %q", report.Notes)
	}
}

func TestRepairWritesNothingWhereTheSchemaIsAnotherOne(t *testing.T) {
	t.Parallel()
	path := newWorld(t)
	alter(t, path, `UPDATE roster_accounts SET membership_count = 99`, `DROP TRIGGER roster_memberships_deleted`)
	before := files(t, path)
	report, err := sqlitestore.Repair(t.Context(), path)
	if err != nil || report.Repaired != 0 || report.Sound() {
		t.Errorf("got %+v, %v", report, err)
	}
	if files(t, path)[filepath.Base(path)] != before[filepath.Base(path)] {
		t.Error("it was changed")
	}
}
