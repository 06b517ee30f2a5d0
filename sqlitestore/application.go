package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/roster-go/roster/migrations"
)

// ApplicationID is what the header of a file of roster's own says that it is: the letters "rost". The program file and
// SQLite's own tools show it. [Open] sets it in a file that has roster's tables and no others; a database that is shared with
// another program is that program's to mark.
const ApplicationID = 0x726f7374

// ErrNotRoster says that a file is a SQLite database, but none of roster's: it has none of roster's tables.
var ErrNotRoster = errors.New("this is no database of roster's")

// ErrDamaged says that a file is no SQLite database, or no longer one that can be read.
var ErrDamaged = errors.New("the database is damaged")

// contents are what a file has in it, in so far as it says whose it is.
type contents struct {
	applicationID int64
	ours, others  int // tables
}

const selectContents = `SELECT (SELECT application_id FROM pragma_application_id),
	coalesce(sum(name GLOB 'roster_*'), 0), coalesce(sum(name NOT GLOB 'roster_*' AND name NOT GLOB 'sqlite_*'), 0)
	FROM sqlite_schema WHERE type = 'table'`

func contentsOf(ctx context.Context, db migrations.Queryer) (c contents, err error) {
	err = db.QueryRowContext(ctx, selectContents).Scan(&c.applicationID, &c.ours, &c.others)
	return c, err
}

// refuse is nil for a file that is roster's, or may become so because it is nobody's yet.
func (c contents) refuse() error {
	switch {
	case c.ours > 0, c.others == 0 && (c.applicationID == 0 || c.applicationID == ApplicationID):
		return nil
	case c.others == 0:
		return fmt.Errorf("%w: it is marked as another program's (application id 0x%08x)", ErrNotRoster, c.applicationID)
	}
	return fmt.Errorf("%w: it has %d tables, of which none is roster's", ErrNotRoster, c.others)
}

// mayMark reports whether the file is roster's alone and does not say so yet.
func (c contents) mayMark() bool { return c.applicationID == 0 && c.ours > 0 && c.others == 0 }

// adviceNotRoster is what to do when a file was found to be somebody else's.
const adviceNotRoster = "name another file; a program that shares its database with roster calls migrations.Up first"

// refuseForeign keeps Open from making roster's tables in a file that is another program's, and from touching one that is
// damaged or newer: opening it to write makes it one with a write-ahead log.
func refuseForeign(ctx context.Context, path string) (err error) {
	l, err := look(ctx, path, toRead)
	if errors.Is(err, errEmpty) {
		return nil // it is about to be made
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	if refusal := l.contents.refuse(); refusal != nil {
		return fmt.Errorf("%w; %s", refusal, adviceNotRoster)
	}
	if _, err := migrations.Check(ctx, l.lent.pool); err != nil {
		return explainDamage(ctx, err)
	}
	return l.refuseCut(ctx)
}

const setApplicationID = `PRAGMA application_id = 1919906676` // ApplicationID: a pragma takes no parameter

// mark writes the application id into a file that is roster's alone and has none.
func mark(ctx context.Context, db *sql.DB) error {
	c, err := contentsOf(ctx, db)
	if err != nil || !c.mayMark() {
		return err
	}
	if _, err = db.ExecContext(ctx, setApplicationID); isBusy(err) {
		return nil // Why: somebody else is writing, and the next Open marks it
	}
	return err
}
