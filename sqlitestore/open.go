package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/roster-go/roster/internal/gate"
	"github.com/roster-go/roster/migrations"
)

// driverName is what modernc.org/sqlite registers itself as.
const driverName = "sqlite"

// walPages is after how many pages of the write-ahead log SQLite copies it back into the file. Its default of 1000
// makes a writer stall more often.
const walPages = 4000

const (
	// What a statement needs to be undone is kept in memory: SQLite would write it into a file once a transaction has
	// touched 16 pages. The cache of 16 MB keeps the pages of a large transaction from being written twice.
	writerPragmas = "&_txlock=immediate&_pragma=temp_store(MEMORY)&_pragma=cache_size(-16000)"
	readerPragmas = "&_pragma=query_only(1)"
)

// Open opens the database file at path and owns it until Close. A new file is created with mode 0600 in a directory
// that exists; the schema is brought up to date. Beside the file lie path-wal and path-shm as long as it is open.
//
// A database of a newer roster is refused with migrations.ErrNewer, and another program's, which has tables but none of
// roster's, with [ErrNotRoster].
func Open(path string, opts Options) (*Store, error) {
	absolute, err := checkPath(path)
	if err != nil {
		return nil, fmt.Errorf("sqlitestore: %w", err)
	}
	if err := refuseLogAlone(withoutLinks(absolute)); err != nil {
		return nil, named(path, err)
	}
	if err := createPrivate(absolute); err != nil {
		return nil, fmt.Errorf("sqlitestore: %w", translate(context.Background(), err))
	}
	if err := refuseForeign(context.Background(), absolute); err != nil {
		return nil, named(path, err)
	}
	s, err := open(absolute, opts)
	if err != nil {
		return nil, explain(path, err)
	}
	return s, nil
}

func open(path string, opts Options) (_ *Store, err error) {
	connector, err := newConnector(path, dsn(path, opts, writerPragmas))
	if err != nil {
		return nil, err
	}
	lent := lend(connector)
	defer func() {
		if err != nil {
			err = errors.Join(err, lent.close())
			if lent.own != nil {
				err = errors.Join(err, lent.own.Close())
			}
		}
	}()
	// The schema comes first: a reading connection could not make it.
	if err := migrations.Up(context.Background(), lent.pool); err != nil {
		return nil, err
	}
	if err := errors.Join(requireWAL(lent.pool), requireWritable(lent.pool)); err != nil {
		return nil, err
	}
	if err := mark(context.Background(), lent.pool); err != nil {
		return nil, err
	}
	file, err := fileOf(context.Background(), lent.pool)
	if err != nil {
		return nil, err
	}
	reader, err := newConnector(path, dsn(path, opts, readerPragmas))
	if err != nil {
		return nil, err
	}
	if err := lent.pin(); err != nil {
		return nil, err
	}
	own := &ownFile{reader: reader, turns: make(gate.Slots, opts.readConns()), writer: newConnection(lent.own), lent: lent}
	s := newStore(own, file)
	s.trouble.suspect() // Why: a disk may have been full before the program began
	return s, nil
}

// requireWAL makes sure of what SQLite does not report when it cannot have it: without the log readers and writers
// would stand in each other's way.
func requireWAL(db *sql.DB) error {
	var mode string
	if err := db.QueryRow(`PRAGMA journal_mode`).Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("its file system has no shared memory, so journal_mode stays %s; use a local disk", mode)
	}
	return nil
}

// requireWritable makes sure of something else that SQLite does not report: a file that it may only read, it opens for
// reading.
func requireWritable(db *sql.DB) error {
	_, err := db.Exec(takeWriteLock) // Why not BEGIN IMMEDIATE: that reads, where it may not write
	if primary(resultCode(err)) == sqlite3.SQLITE_BUSY {
		return nil // somebody is writing it
	}
	return err
}

// dsn is what the driver opens the file with. The pragmas are in it because a PRAGMA statement would reach one
// connection of the pool only. The driver sets busy_timeout before the others, some of which have to wait for locks.
func dsn(path string, opts Options, more string) string {
	synchronous := "FULL"
	if opts.Synchronous == Normal {
		synchronous = "NORMAL"
	}
	return fileURI(path) +
		"?mode=rw" + // Why: a file that somebody deletes must not come back empty
		"&_pragma=busy_timeout(" + strconv.FormatInt(opts.busyTimeout().Milliseconds(), 10) + ")" +
		"&_pragma=journal_mode(WAL)" +
		"&_pragma=synchronous(" + synchronous + ")" +
		"&_pragma=foreign_keys(1)" +
		"&_pragma=wal_autocheckpoint(" + strconv.Itoa(walPages) + ")" +
		more
}

// fileURI spells an absolute path as SQLite reads it, whatever characters it has.
func fileURI(absolute string) string {
	segments := strings.Split(filepath.ToSlash(absolute), "/")
	for i, segment := range segments {
		segments[i] = url.PathEscape(segment)
	}
	path := strings.Join(segments, "/")
	if !strings.HasPrefix(path, "/") { // C:/... on Windows
		path = "/" + path
	}
	return "file://" + path
}

// checkPath makes the path absolute, which also keeps SQLite from seeing one of its special names, and refuses what
// was probably meant otherwise.
func checkPath(path string) (string, error) {
	switch {
	case path == "":
		return "", errors.New("the path of the database file is empty")
	case path == ":memory:":
		return "", errors.New("a database in memory would be another one for each connection: use memstore, or a file in a temporary directory")
	case strings.HasPrefix(path, "file:"):
		return "", errors.New("a path is expected, not a URI: leave file: and the parameters out, and see Options")
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(absolute); err == nil && info.IsDir() {
		return "", fmt.Errorf("%s is a directory; name a file in it", path)
	} else if err == nil && !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is not a regular file", path)
	}
	if _, err := os.Stat(filepath.Dir(absolute)); errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("the directory of %s does not exist; create it first: %w", path, err)
	}
	return absolute, nil
}

// creating keeps another Open of the same new file waiting. Why: closing any descriptor of a file drops the locks that
// the process has on it, so nobody may have opened the database until the descriptor that created it is closed.
var creating sync.Mutex

// createPrivate creates a file that is not there with mode 0600, which SQLite gives to the files beside it too.
func createPrivate(path string) error {
	creating.Lock()
	defer creating.Unlock()
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("create the database file: %w", err)
	}
	return f.Close()
}

// explain says what a failure to open the file at path means.
func explain(path string, err error) error {
	switch primary(resultCode(err)) {
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
		return named(path, explainDamage(context.Background(), err))
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return fmt.Errorf("sqlitestore: %s and its directory must be readable and writable (%w)", path, err)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return translate(context.Background(), err)
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR:
		err = askForRoom(translate(context.Background(), err), tries(withoutLinks(path)))
	}
	return fmt.Errorf("sqlitestore: open %s: %w", path, err)
}
