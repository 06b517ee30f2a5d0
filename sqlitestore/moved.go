package sqlitestore

import (
	"context"
	"database/sql/driver"
	"errors"
	"io/fs"
	"os"

	"modernc.org/sqlite"

	"github.com/roster-go/roster/store"
)

// errMoved says that another file got the name of the one that was opened: [Restore] did that. Who uses it on would read the old
// file with the new one's log, and write into that.
var errMoved error = movedError{}

type movedError struct{}

func (movedError) Error() string {
	return "the database was replaced while it was being opened; try again"
}

func (movedError) Is(target error) bool { return target == store.ErrBusy }

// mostMoves is how often in a row a file may be replaced while it is being opened.
const mostMoves = 5

// unmoved opens a file, and makes sure that it has its name still. open returns with a lock on it, because then nobody can claim
// it any more; what it opened and is of no use, undo closes.
//
// Why: SQLite looks whether a file was moved where it begins a log, but not where it joins one, and finds that by its name.
func unmoved[T any](path string, open func() (T, error), undo func(T) error) (T, error) {
	for moves := 0; ; moves++ {
		var none T
		before, missing := os.Stat(path)
		opened, err := open()
		if missing != nil || hasName(path, before) {
			return opened, err
		}
		if err == nil {
			err = undo(opened)
		} else {
			err = nil // Why: it is about a file that nobody asked for
		}
		if moves == mostMoves || err != nil {
			return none, errors.Join(errMoved, err)
		}
	}
}

// hasName reports whether a file has a name.
func hasName(path string, file fs.FileInfo) bool {
	now, err := os.Stat(path)
	return err == nil && os.SameFile(file, now)
}

// unmovedConnector makes connections to the file that has its name when they are made. Their pragmas begin or join its log, which
// takes a lock that they keep.
type unmovedConnector struct {
	driver.Connector
	path string
}

func newConnector(path, dsn string) (driver.Connector, error) {
	c, err := sqlite.NewConnector(dsn)
	return unmovedConnector{c, path}, err
}

// Connect implements driver.Connector.
func (c unmovedConnector) Connect(ctx context.Context) (driver.Conn, error) {
	connect := func() (driver.Conn, error) { return c.Connector.Connect(ctx) }
	return unmoved(c.path, connect, driver.Conn.Close)
}
