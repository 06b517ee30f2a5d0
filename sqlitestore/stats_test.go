package sqlitestore_test

import (
	"reflect"
	"testing"

	"github.com/roster-go/roster/migrations"
	"github.com/roster-go/roster/sqlitestore"
)

func TestStatsCountWhatIsThere(t *testing.T) {
	t.Parallel()
	path := newWorld(t)
	got, err := sqlitestore.Stats(t.Context(), path)
	done(t, err)
	largest, member := got.LargestAccounts, got.LargestMembers
	if len(largest) != 3 || largest[0].Name != "Acme" || largest[0].Memberships != 18 || len(member) != 10 || member[0].Memberships != 1 {
		t.Errorf("the largest are %+v and %+v", largest, member)
	}
	if got.FileSize != int64(len(files(t, path)["world.db"])) || got.LastChange != int64(got.Changes) {
		t.Errorf("got %+v", got)
	}
	if got.FirstChange != 1 || got.FreePages < 0 || got.WALSize != 0 {
		t.Errorf("got %+v", got)
	}
	want := sqlitestore.Statistics{Accounts: 3, Roots: 2, Members: 24, Memberships: 18, Tags: 1, Fields: 2, Logins: 24, Credentials: 1,
		Changes: got.Changes, FirstChange: got.FirstChange, LastChange: got.LastChange, LargestAccounts: largest, LargestMembers: member,
		MembershipLimit: 77, FileSize: got.FileSize, PageSize: 4096, FreePages: got.FreePages,
		SchemaVersion: migrations.Latest(), ApplicationID: sqlitestore.ApplicationID}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestStatsOfAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/roster.db"
	open(t, path, sqlitestore.Options{})
	got, err := sqlitestore.Stats(t.Context(), path)
	if err != nil || got.Accounts != 0 || len(got.LargestAccounts) != 0 || got.MembershipLimit == 0 || got.WALSize == 0 {
		t.Errorf("got %+v, %v", got, err)
	}
}
