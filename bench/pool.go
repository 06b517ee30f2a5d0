package main

import (
	"database/sql"
	"errors"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// pool is raw with the pool of database/sql as it is when nobody configures it: as many connections as there are callers,
// who wait for each other inside SQLite.
type pool struct {
	*rows
	joins joinStatements
}

func openPool(dir string, w world) (contender, error) {
	rows, err := openRows(dir, w)
	if err != nil {
		return nil, err
	}
	joins, err := prepareJoin(rows.db)
	if err != nil {
		return nil, errors.Join(err, rows.db.Close())
	}
	return &pool{rows, joins}, nil
}

// Join implements joiner.
func (p *pool) Join(account, member int) error {
	err := inTx(p.db, func(tx *sql.Tx) error { return p.join(p.joins.in(tx), account, member) })
	if gaveUp(err) {
		return errBusy
	}
	return err
}

// gaveUp tells whether a caller waited for the lock for as long as busy_timeout says, in vain.
func gaveUp(err error) bool {
	failure, ok := errors.AsType[*sqlite.Error](err)
	return ok && failure.Code()&0xff == sqlite3.SQLITE_BUSY
}

// Close implements contender.
func (p *pool) Close() error { return p.db.Close() }
