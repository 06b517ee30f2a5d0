package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/roster-go/roster/store"
)

// claim keeps everybody else from using a database file until it is released.
type claim struct{ conn *connection }

// claimFile claims a database file, if nobody has it open; otherwise the error is store.ErrBusy. The write-ahead log is copied
// back into the file and removed, and the file keeps none until a store opens it again. What is no SQLite database, or a
// damaged one, is claimed as well.
//
// Of other processes SQLite's locks tell, which whoever has a database with a write-ahead log open holds on it. SQLite takes
// them before it reads the file for the first time: so also on one that cannot be read. Of this process's own stores on
// one that cannot be read only bells tell.
func claimFile(ctx context.Context, path string) (_ *claim, err error) {
	if inUse(path) {
		return nil, errInUse
	}
	c := &claim{}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.release())
		}
	}()
	if err := c.open(ctx, path); err != nil {
		return nil, err
	}
	err = c.takeOver(ctx, path)
	switch primary(resultCode(err)) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return nil, errInUse
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
		return c, nil // Why: a backup is restored because of that
	}
	return c, err
}

// errInUse is a store.ErrBusy that says more than to try again.
var errInUse error = inUseError{}

type inUseError struct{}

func (inUseError) Error() string {
	return "somebody has the database open: end every program that uses it, and try again"
}

func (inUseError) Is(target error) bool { return target == store.ErrBusy }

// inUse reports whether a store of this process has the file open.
func inUse(file string) bool {
	bells.mu.Lock()
	defer bells.mu.Unlock()
	return bells.byFile[file] != nil
}

func (c *claim) open(ctx context.Context, path string) error {
	// In this locking mode reading the log takes the lock that nobody shares, also not a connection of this process, which the
	// locks of the process would let pass; and the index of the log is kept in memory.
	uri := fileURI(path) + "?mode=rw&_pragma=busy_timeout(0)&_pragma=locking_mode(EXCLUSIVE)"
	if runtime.GOOS != "windows" {
		uri += "&vfs=unix-excl" // whose locks keep other processes out from the first read until it is closed
	}
	connector, err := sqlite.NewConnector(uri)
	if err != nil {
		return err
	}
	conn, err := dial(ctx, connector)
	if err != nil {
		return explainDamage(ctx, err)
	}
	c.conn = newConnection(conn)
	return nil
}

const (
	leaveLog       = `PRAGMA journal_mode = DELETE`
	beginExclusive = `BEGIN EXCLUSIVE`
)

// takeOver waits for nobody. Its errors are the driver's, but for [ErrNotRoster].
func (c *claim) takeOver(ctx context.Context, path string) error {
	l := lend(nil)
	l.own = c.conn.driverConn
	found, err := contentsOf(ctx, l.pool)
	err = errors.Join(err, l.close())
	if err != nil {
		return err
	}
	if err := found.refuse(); err != nil {
		return err
	}
	// Why: the claim keeps its own index of the log in memory, so SQLite would remove the log alone, as if that had got lost. It
	// has read the log: what lies there is nobody else's, but left behind by a program that was killed.
	if err := removeIfThere(path + indexSuffix); err != nil {
		return err
	}
	p, err := c.conn.statement(leaveLog)
	if err != nil {
		return err
	}
	var mode string
	if _, err := p.query(ctx, false, nil, []sql.Scanner{scanText(&mode)}, nil); err != nil {
		return err
	}
	if mode != "delete" {
		return fmt.Errorf("its journal_mode stays %s: end every program that uses it first", mode)
	}
	return c.conn.run(ctx, beginExclusive)
}

// release ends the claim. It does nothing a second time, or when there is none.
func (c *claim) release() error {
	if c == nil || c.conn == nil {
		return nil
	}
	conn := c.conn
	c.conn = nil
	return conn.close()
}
