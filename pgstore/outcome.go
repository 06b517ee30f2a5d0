package pgstore

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/roster-go/roster/membership"
)

// The state of a transaction: committed, aborted, in progress; NULL where it is too old. A server that took over may never
// have heard of it: then its number is none that was given away before the one of the query itself.
const (
	selectTransaction = `SELECT CASE WHEN $1::text::xid8 < pg_current_xact_id() THEN pg_xact_status($1::text::xid8) END`
	inProgress        = "in progress"

	selectPrunedThrough = `SELECT ` + selectPruned
	// A commit of its own, behind the other one: where commits wait for standbys, it waits until they have both.
	commitBehind = `SELECT pg_logical_emit_message(true, 'roster', '')`

	selectWitness = `SELECT type, time, actor, cause, request_id, account_id, member_id, membership_id
		FROM roster_changes WHERE sequence = $1`
)

var (
	errNoWitness     = errors.New("it left no change in the log to look for")
	errWitnessPruned = errors.New("the log is kept no longer where its changes would be")
)

// outcome finds out, on another connection, whether a transaction was committed. Its changes tell: rows that have ids of
// their own. The number alone would not do: a server that takes over may draw it again.
func (s *Store) outcome(ctx context.Context, log appended) (committed bool, err error) {
	if len(log.numbers) == 0 {
		return false, errNoWitness
	}
	ctx, cancel := overtime(ctx, max(s.opts.patience(), grace))
	defer cancel()
	for n := 0; ; n++ {
		var state string
		err := s.withConn(ctx, func(conn *pgx.Conn) (err error) {
			// The order matters: once the transaction has ended, its changes are there or will never be.
			if state, err = transactionState(ctx, conn, log.xid); err != nil {
				return err
			}
			if committed, err = log.isThere(ctx, conn); committed {
				_, err = conn.Exec(ctx, commitBehind)
			}
			return err
		})
		switch {
		case err == nil && (committed || state != inProgress):
			return committed, nil
		case err != nil && !isLost(err):
			return false, translate(ctx, err)
		}
		if err := pause(ctx, n); err != nil {
			return false, err
		}
	}
}

func transactionState(ctx context.Context, conn *pgx.Conn, xid string) (state string, err error) {
	err = conn.QueryRow(ctx, selectTransaction, xid).Scan(scanText(&state))
	return state, err
}

// isThere reports whether the last change is in the log as it was appended.
func (a appended) isThere(ctx context.Context, conn *pgx.Conn) (bool, error) {
	var c membership.Change
	dest := []column{scanText((*string)(&c.Type)), scanTime(&c.Time), scanText(&c.Actor), scanText((*string)(&c.Cause)),
		scanText(&c.RequestID), scanID(&c.AccountID.UUID), scanID(&c.MemberID.UUID), scanID(&c.MembershipID.UUID)}
	number := a.numbers[len(a.numbers)-1]
	rows, err := conn.Query(ctx, selectWitness, number)
	if err != nil {
		return false, err
	}
	there := false
	err = scan(rows, dest, func() {
		there = c.Type == a.last.Type && c.Time.Equal(a.last.Time) && c.Actor == a.last.Actor && c.Cause == a.last.Cause &&
			c.RequestID == a.last.RequestID && c.AccountID == a.last.AccountID && c.MemberID == a.last.MemberID &&
			c.MembershipID == a.last.MembershipID
	})
	if err != nil || there {
		return there, err
	}
	var pruned int64
	if err := conn.QueryRow(ctx, selectPrunedThrough).Scan(scanNumber(&pruned)); err != nil {
		return false, err
	}
	if pruned >= number {
		return false, errWitnessPruned
	}
	return false, nil
}

// grace is how much longer than its context a commit that is under way may take: who waits for it wants to know.
const grace = 2 * time.Second

// overtime is a context that ends with a grace after another one, or after most.
func overtime(ctx context.Context, most time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithTimeout(context.WithoutCancel(ctx), most)
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return longer, func() {
		stop()
		cancel()
	}
}
