package sqlitestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/roster-go/roster/internal/stored"
	"github.com/roster-go/roster/migrations"
	"github.com/roster-go/roster/store"
)

// looking is a file that is looked at from outside of any store: nothing in it is changed, it is not migrated, and all that
// is read through it is of one snapshot, the one of when it was opened.
type looking struct {
	reader
	conn     *connection
	lent     *lent // the same connection, for database/sql
	scope    *scope
	path     string // absolute
	contents contents
	lostLog  bool // there was the index of a write-ahead log, and no log
}

// Parameters of the connections that look: those that only read, and those that copy, which query_only would not allow.
const (
	toRead = "&_pragma=query_only(1)"
	toCopy = ""
)

// errEmpty says that a file has no byte. SQLite takes it for a new database.
var errEmpty = fmt.Errorf("%w: the file is empty", ErrDamaged)

// look opens a file to read. Its errors are those of [Check].
//
// Why not os.Open, for a look at the header: closing it would drop the locks that this process has on the file.
func look(ctx context.Context, path, parameters string) (*looking, error) {
	absolute, err := checkFile(path)
	if err != nil {
		return nil, err
	}
	once := func() (*looking, error) { return lookOnce(ctx, absolute, parameters) }
	return unmoved(absolute, once, (*looking).close)
}

// lookOnce is look at a file that may lose its name meanwhile.
func lookOnce(ctx context.Context, absolute, parameters string) (*looking, error) {
	lostLog := lostLog(absolute) // Why first: SQLite makes a new one
	conn, err := dialToLook(ctx, absolute, parameters)
	if err != nil {
		return nil, err
	}
	l := &looking{conn: newConnection(conn), lent: lend(nil), path: absolute, lostLog: lostLog}
	l.lent.own = conn
	l.scope = &scope{transaction: &ownTransaction{connection: l.conn}, kept: new(stored.Cache), outer: ctx, interruptible: true}
	l.reader = reader{l.scope}
	if err = l.conn.run(ctx, beginReading); err == nil {
		l.contents, err = contentsOf(ctx, l.lent.pool)
	}
	if err != nil {
		return nil, errors.Join(explainDamage(ctx, err), l.close())
	}
	return l, nil
}

// dialToLook opens the connection. Where there is no write-ahead log it is opened as if to write, because then SQLite takes
// away the log and its index that even a reader has to make; where there is one, only to read, because else the log would be
// copied back into the file in the end. What an interrupted transaction left without a log, SQLite undoes before anybody may
// read.
func dialToLook(ctx context.Context, absolute, parameters string) (driverConn, error) {
	mode := "rw"
	if _, err := os.Stat(absolute + logSuffix); err == nil {
		mode = "ro"
	}
	connector, err := sqlite.NewConnector(fileURI(absolute) + "?mode=" + mode +
		"&_pragma=busy_timeout(5000)&_pragma=cache_size(-16000)" + parameters)
	if err != nil {
		return nil, err
	}
	conn, err := dial(ctx, connector)
	return conn, explainDamage(ctx, err)
}

// checkFile finds the absolute path, without links, of a file that must be there and have something in it.
func checkFile(path string) (string, error) {
	absolute, err := checkPath(path)
	if err != nil {
		return "", err
	}
	absolute = withoutLinks(absolute)
	if err := refuseLogAlone(absolute); err != nil {
		return "", err
	}
	info, err := os.Stat(absolute)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("there is no file %s: %w", path, fs.ErrNotExist)
	case err != nil:
		return "", err
	case info.Size() == 0:
		return "", errEmpty
	}
	return absolute, nil
}

// end ends the snapshot. What was prepared can be used on.
func (l *looking) end() { l.scope.end(); l.scope.transaction.end() }

func (l *looking) close() error {
	l.end()
	return errors.Join(l.lent.close(), l.conn.close())
}

// requireRoster answers with the schema version of a database that has roster's tables and is not newer than this program.
func (l *looking) requireRoster(ctx context.Context) (version int64, err error) {
	if err := l.contents.refuse(); err != nil {
		return 0, err
	}
	version, err = migrations.Check(ctx, l.lent.pool)
	if err == nil && version == 0 {
		err = fmt.Errorf("%w: it has no tables of roster's yet", ErrNotRoster)
	}
	return version, explainDamage(ctx, err)
}

// explainDamage is translate for a file of which nothing is known: damage is [ErrDamaged].
func explainDamage(ctx context.Context, err error) error {
	if errors.Is(err, ErrDamaged) {
		return err
	}
	switch primary(resultCode(err)) {
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: the file is no SQLite database, or its beginning was overwritten (%w)", ErrDamaged, err)
	case sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("%w (%w)", ErrDamaged, err)
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return fmt.Errorf("the file must be readable, and its directory writable for the files that lie beside it (%w)", err)
	case 0:
		return err
	}
	return translate(ctx, err)
}

// adviceDamaged is what to do about a file that cannot be read.
const adviceDamaged = "restore a backup that is sound"

// named puts the file's name and this package's before an error, and behind it what to do about damage.
func named(path string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if isNoRoom(err) && !errors.Is(err, store.ErrStorageFull) {
		err = &noRoomError{filepath.Dir(path), err}
	}
	if errors.Is(err, ErrDamaged) {
		return fmt.Errorf("sqlitestore: %s: %w; %s", filepath.Clean(path), err, adviceDamaged)
	}
	return fmt.Errorf("sqlitestore: %s: %w", filepath.Clean(path), err)
}

// requireLatest refuses a database of an older version.
func (l *looking) requireLatest(version int64) error {
	if latest := migrations.Latest(); version < latest {
		return fmt.Errorf("its schema has version %d, and this program works on version %d: back it up, and migrate it", version, latest)
	}
	return nil
}
