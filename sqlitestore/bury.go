package sqlitestore

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/roster-go/roster/store"
)

// SQLite writes a transaction into its log, then waits for the disk, then enters it in the log's index, which readers look
// at. When one of the last two fails, for want of memory say, the commit has failed, and nobody sees what it wrote; but it
// lies in the log behind what was committed, whole. If the machine or the program ended now, the next one to open the file
// would find it there and take it for committed. The next commit writes over it. So a commit that failed like that is
// followed by one that changes nothing.

// isLeftBehind reports whether a commit failed and may have left what it wrote in the log. One that failed while it wrote
// has not: it lacks its end.
func isLeftBehind(failed error) bool {
	switch code := resultCode(failed); primary(code) {
	case sqlite3.SQLITE_IOERR:
		return code != sqlite3.SQLITE_IOERR_WRITE
	case sqlite3.SQLITE_NOMEM:
		return true
	}
	return false
}

// buryingAtMost is how long that may take, which others wait for: a borrowed pool may have no connection for us.
const buryingAtMost = 10 * time.Second

// bury makes sure that what a failed commit has left behind cannot come back, and returns the failure. Where that fails
// too nobody can tell: store.ErrOutcomeUnknown. The caller has the turn.
func (s *Store) bury(ctx context.Context, failed error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), buryingAtMost)
	defer cancel()
	if err := rewriteHeader(ctx, s.db); err != nil {
		return fmt.Errorf("%w (%w; %w)", store.ErrOutcomeUnknown, failed, err)
	}
	return failed
}

const (
	selectUserVersion = `SELECT user_version FROM pragma_user_version`
	setUserVersion    = `PRAGMA user_version = ` // a pragma takes no parameter
)

// rewriteHeader commits the first page of the database as it is. Why the user version: SQLite writes no row that stays as
// it was, and it writes this number even so.
func rewriteHeader(ctx context.Context, db database) error {
	tx, err := db.update(ctx)
	if err != nil {
		return err
	}
	defer tx.end()
	st, err := tx.statement(ctx, selectUserVersion)
	if err != nil {
		return err
	}
	var version int64
	if _, err := st.query(ctx, false, nil, []sql.Scanner{scanNumber(&version)}, nil); err != nil {
		return err
	}
	if err := tx.once(ctx, setUserVersion+strconv.FormatInt(version, 10)); err != nil {
		return err
	}
	return tx.commit()
}
