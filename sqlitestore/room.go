package sqlitestore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/roster-go/roster/store"
)

// room is how many bytes must be free before a database that had none is taken for one that can be written again: more than
// a transaction of ours needs, unless it is an import.
const room = 1 << 20

// tryRoom writes a file of that size, and of so much more, beside the database, waits for the disk, and removes it. nil
// without a database file.
func tryRoom(file string, more int64) (err error) {
	if file == "" {
		return nil
	}
	if err := withinLimit(file, room+more); err != nil {
		return err
	}
	d, err := newDraft(filepath.Dir(file), filepath.Base(file))
	if err != nil {
		return err
	}
	defer d.remove()
	if err := d.fill(room + more); err != nil {
		return err
	}
	return d.sync()
}

// fill writes so many bytes. Why bytes: a file of nothing but its size needs no room.
func (d draft) fill(size int64) (err error) {
	f, err := os.OpenFile(d.path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	block := make([]byte, 1<<16)
	for at := int64(0); at < size; at += int64(len(block)) {
		if _, err := f.Write(block); err != nil {
			return err
		}
	}
	return nil
}

// withinLimit refuses where the limit on the size of files is so near that the database, or its log, cannot grow.
func withinLimit(file string, need int64) error {
	limit := sizeLimit()
	if limit < 0 {
		return nil
	}
	for _, name := range []string{file, file + logSuffix} {
		if size, err := sizeOf(name); err == nil && size+need > limit {
			return &os.PathError{Op: "write", Path: name, Err: errTooLarge}
		}
	}
	return nil
}

// askForRoom finds out whether an error of the disk is one about room, by trying. Why not by the error: SQLite says that it
// could not write, and the driver not why. A full disk has a code of its own; a quota and a limit on the size of files have
// none, nor has a disk that is full just when the index of the log is to grow.
func askForRoom(err error, try func() error) error {
	if !errors.Is(err, store.ErrStorageFailed) || errors.Is(err, store.ErrOutcomeUnknown) || isReading(resultCode(err)) {
		return err
	}
	if cause := try(); isNoRoom(cause) {
		return fmt.Errorf("%w (%w)", store.ErrStorageFull, cause)
	}
	return err
}

// tries is tryRoom for askForRoom.
func tries(file string) func() error { return func() error { return tryRoom(file, 0) } }

// joint is an attempt that is made once for all who ask for it while it lasts. Why: when the disk fails, it fails all who
// write, and each would write a file to find out why.
type joint struct {
	mu      sync.Mutex
	attempt func() error // nil when nobody is at it
}

func (j *joint) try(attempt func() error) error {
	j.mu.Lock()
	if j.attempt == nil {
		j.attempt = sync.OnceValue(func() error {
			defer j.end()
			return attempt()
		})
	}
	underWay := j.attempt
	j.mu.Unlock()
	return underWay()
}

func (j *joint) end() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.attempt = nil
}

// isReading reports whether an error of the disk came from reading, which needs no room.
func isReading(code int) bool {
	return code == sqlite3.SQLITE_IOERR_READ || code == sqlite3.SQLITE_IOERR_SHORT_READ
}

// enough is how many transactions in a row must have been committed before a database counts as one that can be written,
// when nobody has asked. One alone would not do: the log may have room for a small one while the disk has none.
const enough = 16

// trouble is whether the storage may refuse to write.
type trouble struct {
	left atomic.Int32 // how many commits until that is over

	asking, readying joint // of failures, and of Ready
}

func (t *trouble) is() bool { return t.left.Load() > 0 }

// note takes note of an Update's error, which it returns.
func (t *trouble) note(err error) error {
	if errors.Is(err, store.ErrStorageFull) || errors.Is(err, store.ErrStorageFailed) || errors.Is(err, store.ErrOutcomeUnknown) {
		t.suspect()
	}
	return err
}

func (t *trouble) suspect() { t.left.Store(enough) }

// committed takes note of a commit. Only who has the turn calls it.
func (t *trouble) committed() {
	if t.is() {
		t.left.Add(-1)
	}
}

func (t *trouble) end() { t.left.Store(0) }

// noRoomError is a store.ErrStorageFull about a folder that a copy was to be made in.
type noRoomError struct {
	folder string
	cause  error
}

func (e *noRoomError) Error() string {
	return fmt.Sprintf("there is no room for the copy in %s: %v", e.folder, e.cause)
}

func (e *noRoomError) Unwrap() []error { return []error{store.ErrStorageFull, e.cause} }
