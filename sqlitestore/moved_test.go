package sqlitestore_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
)

// openAndWrite is a child's task: it opens the file, and makes so many accounts.
func openAndWrite(ctx context.Context, path string, open func(string, sqlitestore.Options) (*sqlitestore.Store, error), many int) error {
	fmt.Println("opens")
	st, err := open(path, sqlitestore.Options{})
	if err != nil {
		return err
	}
	svc := roster.New(st, roster.Options{})
	for range many {
		if _, err := svc.CreateAccount(ctx, membership.Account{Name: "child's"}); err != nil {
			return err
		}
	}
	fmt.Println("done")
	return st.Close()
}

// untilOpen waits until a process has a file open: Linux shows which it has.
func untilOpen(t *testing.T, p *process, path string) {
	t.Helper()
	folder := filepath.Join("/proc", strconv.Itoa(p.Process.Pid), "fd")
	if _, err := os.Stat(folder); err != nil {
		t.Skip("nobody says here which files a process has open")
	}
	for t.Context().Err() == nil {
		open, _ := os.ReadDir(folder)
		for _, f := range open {
			if to, err := os.Readlink(filepath.Join(folder, f.Name())); err == nil && to == path {
				return
			}
		}
		runtime.Gosched()
	}
}

// TestWhoWaitsToOpenTheOldFileOpensTheNewOne: it has opened the old one, and waits for the claim to end. When it gets to read, the
// new one has a log already, under the name that the old one's would have.
func TestWhoWaitsToOpenTheOldFileOpensTheNewOne(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a file that is open keeps its name there")
	}
	const many = 700 // so that the log is copied back
	for _, task := range []string{"open", "open unlooked"} {
		for name, old := range map[string]func(t *testing.T, backup, path string){
			"another file": func(t *testing.T, _, path string) {
				t.Helper()
				mustInsert(t, open(t, path, sqlitestore.Options{}), "old")
			},
			"the same backup": func(t *testing.T, backup, path string) { t.Helper(); done(t, restore(t, backup, path, false)) },
		} {
			t.Run(task+" instead of "+name, func(t *testing.T) {
				t.Parallel()
				backup, path := backedUp(t, newWorld(t)), filepath.Join(t.TempDir(), "roster.db")
				t.Run("", func(t *testing.T) { old(t, backup, path) }) // and closes it
				var p *process
				done(t, sqlitestore.Place(t.Context(), backup, path, func() {
					p = startChild(t, task, path, many)
					p.read(1)
					untilOpen(t, p, path)
				}))
				st := open(t, path, sqlitestore.Options{})
				svc := roster.New(st, roster.Options{})
				for range many {
					_, err := svc.CreateAccount(t.Context(), membership.Account{Name: "parent's"})
					done(t, err)
				}
				if said := p.read(2); len(said) != 1 || said[0] != "done" {
					t.Errorf("the child said %q", said)
				}
				_ = p.Wait()
				done(t, st.Close())
				mustBeSound(t, path)
				stats, err := sqlitestore.Stats(t.Context(), path)
				done(t, err)
				if was, err := sqlitestore.Stats(t.Context(), backup); err != nil || stats.Accounts != was.Accounts+2*many {
					t.Errorf("there are %d accounts, and %d were in the backup, %v", stats.Accounts, was.Accounts, err)
				}
			})
		}
	}
}

// TestALinkIsLookedAtWhereItLeads: the log lies beside the file, not beside the link.
func TestALinkIsLookedAtWhereItLeads(t *testing.T) {
	t.Parallel()
	path := crashed(t)
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(path, link); err != nil {
		t.Skip(err)
	}
	before := files(t, path)
	stats, err := sqlitestore.Stats(t.Context(), link)
	done(t, err)
	if stats.Accounts != 1 || stats.WALSize == 0 {
		t.Errorf("got %+v", stats)
	}
	mustBeSound(t, link)
	if after := files(t, path); after["roster.db"] != before["roster.db"] || after["roster.db-wal"] != before["roster.db-wal"] {
		t.Error("to look at it has changed it")
	}
}
