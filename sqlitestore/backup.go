package sqlitestore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/roster-go/roster/store"
)

// BackupInfo says what a backup holds.
type BackupInfo struct {
	Size          int64 // of the file, in bytes
	SchemaVersion int64
	Memberships   int
	LastChange    int64 // the last change of the log that is in it; 0 when there is none

	// Report is what was found when the backup was verified. A backup is sound as a file, or there is none; what else is
	// wrong in it is wrong in the database too: see [Check].
	Report Report
}

// Backup writes the database file at path into a new file, to, while any number of programs read and write it. The backup
// is one state of the database, that of a moment after Backup was called. It has mode 0600 and no file beside it.
//
// It is made under another name in to's directory, verified with SQLite's full integrity check, and on the disk before it gets
// its name. So to is complete, or not there: also when Backup fails, when ctx ends, and when the machine loses its power. What is
// there already is never overwritten: the answer is fs.ErrExist. A file that is none of roster's is refused with
// [ErrNotRoster], a damaged one with [ErrDamaged], a newer one with migrations.ErrNewer. Nothing is migrated: a database of
// an older version becomes a backup of that version.
//
// As long as it takes, the write-ahead log of the database grows with whatever is written.
func Backup(ctx context.Context, path, to string) (BackupInfo, error) {
	target, err := checkPath(to)
	if err == nil {
		err = taken(target)
	}
	if err != nil {
		return BackupInfo{}, named(to, err)
	}
	d, err := newDraft(filepath.Dir(target), filepath.Base(target))
	if err != nil {
		return BackupInfo{}, named(to, err)
	}
	defer d.remove()
	info, err := backUp(ctx, path, d)
	if err != nil {
		return BackupInfo{}, named(path, err)
	}
	if err := errors.Join(d.place(target), syncDirectory(filepath.Dir(target))); err != nil {
		return BackupInfo{}, named(to, err)
	}
	return info, nil
}

// BackupTo is [Backup] into a stream. Nothing is written to w before the whole was verified: it lies in a file of mode 0600 in
// the directory for temporary files (os.TempDir) until then, and is removed afterwards.
func BackupTo(ctx context.Context, path string, w io.Writer) (BackupInfo, error) {
	d, err := newDraft(os.TempDir(), "roster-backup")
	if err != nil {
		return BackupInfo{}, named(path, err)
	}
	defer d.remove()
	info, err := backUp(ctx, path, d)
	if err != nil {
		return BackupInfo{}, named(path, err)
	}
	return info, d.stream(ctx, w)
}

func (d draft) stream(ctx context.Context, w io.Writer) (err error) {
	f, err := os.Open(d.path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = io.Copy(w, untilEnd{ctx, f})
	return err
}

// untilEnd reads until its context ends.
type untilEnd struct {
	ctx context.Context //nolint:containedctx // io.Copy takes none
	io.Reader
}

func (r untilEnd) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// backUp fills a draft, verifies it, and waits until it is on the disk.
func backUp(ctx context.Context, path string, d draft) (BackupInfo, error) {
	if err := copyDatabase(ctx, path, d); err != nil {
		return BackupInfo{}, err
	}
	info, err := verify(ctx, d)
	if err == nil {
		err = d.sync()
	}
	return info, err
}

const copyInto = `VACUUM INTO ?`

// copyDatabase copies a database of roster's into a draft, as one snapshot.
func copyDatabase(ctx context.Context, path string, d draft) (err error) {
	l, err := look(ctx, path, toCopy)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	if _, err := l.requireRoster(ctx); err != nil {
		return err
	}
	if err := l.refuseCut(ctx); err != nil {
		return err
	}
	before, err := os.Stat(l.path)
	if err != nil {
		return err
	}
	l.end() // Why: it cannot be copied within a transaction
	_, err = l.conn.ExecContext(ctx, copyInto, []driver.NamedValue{{Ordinal: 1, Value: d.path}})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if !hasName(l.path, before) { // Why: a database without a log keeps no lock between two transactions
		return errMoved
	}
	if full := askForRoom(translate(ctx, err), tries(d.path)); errors.Is(full, store.ErrStorageFull) {
		return &noRoomError{filepath.Dir(d.path), err} // Why: the other would name the database, which only is read
	}
	return explainDamage(ctx, err)
}

const selectBackedUp = `SELECT (SELECT count(*) FROM roster_memberships),
	(SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'roster_changes')`

// verify checks a draft and says what it holds.
func verify(ctx context.Context, d draft) (info BackupInfo, err error) {
	stat, err := os.Stat(d.path)
	if err != nil {
		return info, err
	}
	l, err := look(ctx, d.path, toRead)
	if err != nil {
		return info, err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	report, err := l.check(ctx, verification)
	if err == nil {
		err = report.damage()
	}
	if err != nil {
		return info, err
	}
	info = BackupInfo{Size: stat.Size(), SchemaVersion: report.SchemaVersion, Report: report}
	var log bool
	dest := []sql.Scanner{scanInt(&info.Memberships), scanBool(&log)}
	if err := l.rows(ctx, selectBackedUp, dest, func() {}); err != nil || !log {
		return info, err
	}
	_, err = l.row(ctx, selectLast, []sql.Scanner{scanNumber(&info.LastChange)})
	return info, err
}
