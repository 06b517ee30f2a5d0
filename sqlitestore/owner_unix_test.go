//go:build unix

package sqlitestore_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/roster-go/roster/sqlitestore"
)

// TestWhatIsRestoredBelongsToWhomTheOldOneDid: a service runs as a user of its own, and root restores.
func TestWhatIsRestoredBelongsToWhomTheOldOneDid(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root gives files away")
	}
	backup, path := backedUp(t, newWorld(t)), filepath.Join(t.TempDir(), "roster.db")
	done(t, restore(t, backup, path, false))
	done(t, os.Chown(path, 1234, 2345))
	_, err := sqlitestore.Restore(t.Context(), backup, path, sqlitestore.RestoreOptions{Force: true})
	done(t, err)
	info, err := os.Stat(path)
	done(t, err)
	if owner := info.Sys().(*syscall.Stat_t); owner.Uid != 1234 || owner.Gid != 2345 || info.Mode().Perm() != 0o600 {
		t.Errorf("it belongs to %d:%d with mode %v", owner.Uid, owner.Gid, info.Mode())
	}
}
