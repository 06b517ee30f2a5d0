package pgstore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/puddle/v2"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// The codes of errors that mean something to us, of appendix A of PostgreSQL's manual.
const (
	codeSerializationFailure = "40001"
	codeDeadlock             = "40P01"
	codeRestrictViolation    = "23001"
	codeForeignKeyViolation  = "23503"
	codeUniqueViolation      = "23505"
	codeReadOnly             = "25006" // a standby, or a primary that has become one
	codeNotOnStandby         = "0A000" // what a standby says to BEGIN
	codeDiskFull             = "53100"
	codeTooManyConnections   = "53300"
	codeLockNotAvailable     = "55P03" // lock_timeout
	codeIO                   = "58030"

	classConnection = "08"
	classConstraint = "23"
	classData       = "22"
	classOperator   = "57P" // shut down, crashed, starting up
)

// code is the code of an error of the server; empty when it is none.
func code(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// isConstraint reports whether the statement was refused by a constraint of the schema.
func isConstraint(err error) bool { return strings.HasPrefix(code(err), classConstraint) }

// isConflict reports whether the transaction met another one, so that it must begin anew.
func isConflict(err error) bool {
	c := code(err)
	return c == codeSerializationFailure || c == codeDeadlock || errors.Is(err, errUnseen)
}

// errUnseen says that a row is in the way which the transaction, having begun before it was there, does not see.
var errUnseen = errors.New("a row that the transaction does not see is in the way")

// isLost reports whether the connection, and with it a transaction that was not committed, is lost: the server is gone, is
// not yet there, or is none that may be written to.
func isLost(err error) bool {
	switch c := code(err); {
	case c == codeReadOnly, c == codeNotOnStandby, c == codeTooManyConnections, strings.HasPrefix(c, classConnection), strings.HasPrefix(c, classOperator):
		return true
	case c != "":
		return false
	}
	return errors.As(err, new(*lostError))
}

// lostError marks an error that came from a connection, and neither from the server that it leads to nor from a context.
type lostError struct{ error }

func (e *lostError) Unwrap() error { return e.error }

// translate turns an error into one that the contract names, or wraps it. Once the context has ended its error is the
// answer: whatever else went wrong is a consequence, or no longer matters.
func translate(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ended := ctx.Err(); ended != nil {
		return ended
	}
	if known, ok := errors.AsType[*failure](err); ok {
		return known
	}
	switch c := code(err); {
	case errors.Is(err, pgx.ErrTxClosed), isClosedPool(err):
		return store.ErrClosed
	case isConflict(err):
		return fmt.Errorf("%w, with a new transaction: this one met another (%w)", store.ErrBusy, err)
	case c == codeLockNotAvailable:
		return fmt.Errorf("%w (%w)", store.ErrBusy, err)
	case isLost(err):
		return fmt.Errorf("%w (%w)", store.ErrUnavailable, err)
	case c == codeDiskFull:
		return fmt.Errorf("%w (%w)", store.ErrStorageFull, err)
	case c == codeIO:
		return fmt.Errorf("%w (%w)", store.ErrStorageFailed, err)
	case c == codeForeignKeyViolation, c == codeRestrictViolation:
		// Of roster's own foreign keys none is left unexplained: it is one of the program around it.
		return fmt.Errorf("%w (%w)", membership.ErrReferenced, err)
	}
	return fmt.Errorf("pgstore: %w", err)
}

// isClosedPool reports whether somebody has closed the pool that the store has borrowed.
func isClosedPool(err error) bool { return errors.Is(err, puddle.ErrClosedPool) }
