package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// resultCode is SQLite's extended result code of an error; 0 when the error is not the driver's.
func resultCode(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return 0
}

// primary cuts a result code to the kind of failure, which is in its low byte.
func primary(code int) int { return code & 0xff }

// isConstraint reports whether the statement was refused by a constraint of the schema.
func isConstraint(err error) bool { return primary(resultCode(err)) == sqlite3.SQLITE_CONSTRAINT }

// isBusy reports whether somebody else has the lock.
func isBusy(err error) bool {
	code := primary(resultCode(err))
	return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED
}

// isDisk reports whether the disk, or what is between it and SQLite, answered with an error.
func isDisk(code int) bool {
	return primary(code) == sqlite3.SQLITE_IOERR && code != sqlite3.SQLITE_IOERR_NOMEM
}

// isTranslated reports whether an error is already one that the contract names.
func isTranslated(err error) bool {
	return errors.Is(err, store.ErrBusy) || errors.Is(err, store.ErrStorageFull) || errors.Is(err, store.ErrStorageFailed)
}

// translate turns an error of the driver into one that the contract names, or wraps it. Once the context has ended
// its error is the answer: whatever else went wrong is a consequence, or no longer matters.
func translate(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, store.ErrOutcomeUnknown) {
		return err // also when the context has ended: any other answer would say that nothing was written
	}
	if ended := ctx.Err(); ended != nil {
		return ended
	}
	if isTranslated(err) {
		return err
	}
	if errors.Is(err, sql.ErrTxDone) && resultCode(err) == 0 { // Why: it may stand beside the error that ended the transaction
		return store.ErrClosed
	}
	switch code := resultCode(err); {
	case code == sqlite3.SQLITE_BUSY_SNAPSHOT:
		return fmt.Errorf("%w, with a new transaction: this one read before the other process wrote (%w)", store.ErrBusy, err)
	case primary(code) == sqlite3.SQLITE_BUSY, primary(code) == sqlite3.SQLITE_LOCKED:
		return fmt.Errorf("%w (%w)", store.ErrBusy, err)
	case code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY, code == sqlite3.SQLITE_CONSTRAINT_TRIGGER:
		// Of roster's own foreign keys none is left unexplained: it is one of the program around it. RESTRICT comes as
		// a trigger's refusal.
		return fmt.Errorf("%w (%w)", membership.ErrReferenced, err)
	case primary(code) == sqlite3.SQLITE_FULL, isNoRoom(err):
		return fmt.Errorf("%w (%w)", store.ErrStorageFull, err)
	case isDisk(code):
		return fmt.Errorf("%w (%w)", store.ErrStorageFailed, err)
	}
	return fmt.Errorf("sqlitestore: %w", err)
}
