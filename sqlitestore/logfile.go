package sqlitestore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// The files that SQLite keeps beside a database: its write-ahead log, the index of that, or a journal.
const (
	logSuffix     = "-wal"
	indexSuffix   = "-shm"
	journalSuffix = "-journal" // of a database without a log
)

// withoutLinks is the file that a path leads to, beside which SQLite keeps the others; the path itself where it leads nowhere.
func withoutLinks(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// removeIfThere removes a file that need not be there.
func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// refuseLogAlone refuses a write-ahead log beside an empty file, or none. The path has no links. Why: SQLite would delete it,
// and what was written last may be nowhere else.
func refuseLogAlone(path string) error {
	log, err := os.Stat(path + logSuffix) // Why first: a database is made before its log
	if err != nil || log.Size() == 0 {
		return nil //nolint:nilerr // there is none
	}
	file, err := os.Stat(path)
	switch name := filepath.Base(path); {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %s is missing, but its write-ahead log is there: put the file back, or move %s%s away",
			ErrDamaged, name, name, logSuffix)
	case err == nil && file.Size() == 0:
		return fmt.Errorf("%w: %s is empty, but its write-ahead log is not: move %s%s away",
			ErrDamaged, name, name, logSuffix)
	}
	return nil // what else is wrong, the opening says
}

// lostLog reports whether there is the index of a write-ahead log, and no log. SQLite makes the log first and removes it last, so
// it was somebody else who removed it.
func lostLog(path string) bool {
	there := func(suffix string) bool {
		_, err := os.Stat(path + suffix)
		return err == nil
	}
	// Why twice: somebody may be closing the database, or opening it.
	return there(indexSuffix) && !there(logSuffix) && there(indexSuffix) && !there(logSuffix)
}

const (
	logHeaderSize   = 32
	frameHeaderSize = 24
)

// logHolds reports whether the write-ahead log of that name, if there is one, has a page. Reading it here drops no locks: SQLite
// has none on it.
func logHolds(log string, page, pageSize int64) (held bool, err error) {
	f, err := os.Open(log)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	header := make([]byte, logHeaderSize)
	if _, err := f.ReadAt(header, 0); err != nil {
		return false, atEnd(err)
	}
	salts := [8]byte(header[16:24])
	frame := make([]byte, frameHeaderSize)
	for at := int64(logHeaderSize); ; at += frameHeaderSize + pageSize {
		if _, err := f.ReadAt(frame, at); err != nil {
			return false, atEnd(err)
		}
		if [8]byte(frame[8:16]) != salts { // left from an earlier round of the log
			return false, nil
		}
		if int64(binary.BigEndian.Uint32(frame)) == page {
			return true, nil
		}
	}
}

// atEnd is no error for a file that ends.
func atEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
