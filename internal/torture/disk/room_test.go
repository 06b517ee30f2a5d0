package disk_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

// smallDisk is a file system that is full but for little, and to which room is given a piece at a time.
type smallDisk struct {
	dir    string
	pieces int // that are left
}

const (
	diskBase  = 3 << 20      // what a new database and its first writes need
	piecesFor = 3            // a round, on average
	diskPiece = 3 << 20 / 2  // what is given at a time
	pieceName = "ballast.%d" // the files that take the room
	fileMode  = os.FileMode(0o600)
)

// newSmallDisk mounts one, and keeps pieces of it for later.
func newSmallDisk(t *testing.T, dir string, r *torture.Result, pieces int) *smallDisk {
	t.Helper()
	if err := torture.MountTmpfs(dir, diskBase+pieces*diskPiece); err != nil {
		torture.Lacking(t, r, err.Error())
	}
	for i := range pieces {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf(pieceName, i)), make([]byte, diskPiece), fileMode); err != nil {
			t.Fatal(err)
		}
	}
	return &smallDisk{dir, pieces}
}

// makeRoomUntil gives pieces until there is enough. One is enough unless a log of many is yet to be copied into the database.
func (d *smallDisk) makeRoomUntil(t *testing.T, enough func() bool) {
	t.Helper()
	for d.makeRoom(t); !enough(); d.makeRoom(t) {
		if d.pieces == 0 {
			t.Fatal("no room is enough")
		}
	}
}

// makeRoom gives a piece.
func (d *smallDisk) makeRoom(t *testing.T) {
	t.Helper()
	d.pieces--
	if err := os.Remove(filepath.Join(d.dir, fmt.Sprintf(pieceName, d.pieces))); err != nil {
		t.Fatal(err)
	}
}

// assertClean looks for files that nobody wanted.
func (d *smallDisk) assertClean(t *testing.T) {
	t.Helper()
	files, err := os.ReadDir(d.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasPrefix(f.Name(), "roster.db") && !strings.HasPrefix(f.Name(), "ballast") {
			t.Errorf("%s was left behind", f.Name())
		}
	}
}

func openStore(t *testing.T, path string) (*sqlitestore.Store, *roster.Service) {
	t.Helper()
	st, err := sqlitestore.Open(path, sqlitestore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st, roster.New(st, roster.Options{})
}

// assertRefusing is what holds while there is no room.
func assertRefusing(t *testing.T, st *sqlitestore.Store, svc *roster.Service, l *ledger) {
	t.Helper()
	for range 3 { // asking must not make it true
		if err := st.Ready(t.Context()); !errors.Is(err, store.ErrStorageFull) {
			t.Errorf("without room Ready answers %v", err)
		}
	}
	l.verify(t, svc)
	name, id := l.anyKept()
	if err := svc.DeleteAccount(t.Context(), id); err == nil {
		l.deleted(name) // it needed so little that the log had room for it
	} else if !errors.Is(err, store.ErrStorageFull) {
		t.Errorf("deleting: %v", err)
	}
	if err := importMany(t.Context(), svc, l); !errors.Is(err, store.ErrStorageFull) {
		t.Errorf("importing: %v", err)
	}
}

// importMany imports more accounts than the little room that is left when single ones are refused has room for.
func importMany(ctx context.Context, svc *roster.Service, l *ledger) error {
	rows := func(yield func(membership.Row) bool) {
		for range 500 {
			name := l.name()
			l.answered(name, membership.AccountID{}, store.ErrStorageFull)
			if !yield(membership.Account{Name: name}) {
				return
			}
		}
	}
	for result, err := range svc.Import(ctx, rows, roster.ImportOptions{}) {
		if err != nil {
			return err
		}
		if result.Err != nil {
			return result.Err
		}
	}
	return nil
}

// assertRecovered is what holds as soon as there is room, on the same handle.
func assertRecovered(t *testing.T, st *sqlitestore.Store, svc *roster.Service, l *ledger) {
	t.Helper()
	if err := st.Ready(t.Context()); err != nil {
		t.Errorf("with room again, before anybody writes, Ready answers %v", err)
	}
	for range 5 {
		if err := l.create(t.Context(), svc); err != nil {
			t.Errorf("with room again, creating answers %v", err)
		}
	}
	l.verify(t, svc)
}

func assertSound(t *testing.T, path string) {
	t.Helper()
	report, err := sqlitestore.Check(t.Context(), path, sqlitestore.CheckOptions{})
	if err != nil || !report.Sound() {
		t.Errorf("the database is not sound: %v, %v", report.Findings, err)
	}
}

// TestAFullDiskRefusesWritesUntilThereIsRoom fills a disk and makes room, again and again, under one store.
func TestAFullDiskRefusesWritesUntilThereIsRoom(t *testing.T) {
	t.Parallel()
	result := torture.Result{Part: torture.FullDisk,
		Promise: "Without room writes are refused with ErrStorageFull and leave nothing, reads go on, and the same store writes again once there is room",
		Method:  "tmpfs filled by 4 writers, room made, in rounds", Rounds: torture.Rounds(2, 20)}
	torture.Apart(t, result, true, func(t *testing.T, dir string, r *torture.Result) {
		disk, l := newSmallDisk(t, dir, r, piecesFor*r.Rounds), newLedger()
		path := filepath.Join(dir, "roster.db")
		st, svc := openStore(t, path)
		if err := st.Ready(t.Context()); err != nil {
			t.Errorf("before anything Ready answers %v", err)
		}
		for range r.Rounds {
			l.fill(t, svc)
			assertRefusing(t, st, svc, l)
			if _, err := sqlitestore.Backup(t.Context(), path, filepath.Join(dir, "copy.db")); !errors.Is(err, store.ErrStorageFull) {
				t.Errorf("backing up: %v", err)
			}
			disk.assertClean(t)
			disk.makeRoomUntil(t, func() bool { return st.Ready(t.Context()) == nil })
			assertRecovered(t, st, svc, l)
			disk.assertClean(t)
		}
		assertSound(t, path)
		r.Acknowledged, r.Lost = l.all, l.lost
		r.Measured = fmt.Sprintf("%d refused, none of them found", len(l.refused))
	})
}

// TestALimitOnFilesIsAFullDisk does the same with a limit on the size of files, which SQLite only knows as a failure to
// write.
func TestALimitOnFilesIsAFullDisk(t *testing.T) {
	t.Parallel()
	result := torture.Result{Part: torture.FullDisk,
		Promise: "With a limit on the size of files writes are refused as on a full disk, and the same store writes again once it is lifted",
		Method:  "RLIMIT_FSIZE set and lifted under one store, in rounds", Rounds: torture.Rounds(2, 20)}
	torture.Apart(t, result, false, func(t *testing.T, dir string, r *torture.Result) {
		if err := torture.LimitFileSize(-1); err != nil {
			torture.Lacking(t, r, err.Error())
		}
		path, l := filepath.Join(dir, "roster.db"), newLedger()
		st, svc := openStore(t, path)
		for range r.Rounds {
			if err := torture.LimitFileSize(largest(t, path, path+"-wal") + 300_000); err != nil {
				t.Fatal(err)
			}
			l.fill(t, svc)
			assertRefusing(t, st, svc, l)
			if err := torture.LimitFileSize(-1); err != nil {
				t.Fatal(err)
			}
			assertRecovered(t, st, svc, l)
		}
		assertSound(t, path)
		r.Acknowledged, r.Lost = l.all, l.lost
		r.Measured = fmt.Sprintf("%d refused, none of them found", len(l.refused))
	})
}

func largest(t *testing.T, files ...string) (size int64) {
	t.Helper()
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		size = max(size, info.Size())
	}
	return size
}

// TestADatabaseThatHasNoRoomToBeginIsNotMade opens new ones where there is none.
func TestADatabaseThatHasNoRoomToBeginIsNotMade(t *testing.T) {
	t.Parallel()
	result := torture.Result{Part: torture.FullDisk, Promise: "A new database that finds no room is refused with ErrStorageFull, and is made once there is room",
		Method: "opened on tmpfs of 64 KiB and more", Rounds: torture.Rounds(3, 8)}
	torture.Apart(t, result, true, func(t *testing.T, dir string, r *torture.Result) {
		refused := 0
		for i := range r.Rounds {
			at := filepath.Join(dir, fmt.Sprint(i))
			if err := os.Mkdir(at, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := torture.MountTmpfs(at, (i+1)<<16); err != nil {
				torture.Lacking(t, r, err.Error())
			}
			st, err := sqlitestore.Open(filepath.Join(at, "roster.db"), sqlitestore.Options{})
			if err == nil {
				_ = st.Close()
				continue
			}
			refused++
			if !errors.Is(err, store.ErrStorageFull) {
				t.Errorf("with %d KiB Open answers %v", (i+1)*64, err)
			}
			if err := torture.Remount(at, 8<<20); err != nil {
				t.Fatal(err)
			}
			_, svc := openStore(t, filepath.Join(at, "roster.db"))
			if err := newLedger().create(t.Context(), svc); err != nil {
				t.Errorf("with room again: %v", err)
			}
		}
		if r.Measured = fmt.Sprintf("%d of %d had no room", refused, r.Rounds); refused < 3 {
			t.Error(r.Measured)
		}
	})
}
