package pgstore

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/roster-go/roster/internal/gate"
)

// Transactions draw the numbers of their changes from a sequence, and may be committed in another order than they have
// drawn in. A reader who has seen number 7 and begins behind it would miss number 6 when that is committed later. So nobody
// is shown a number before it is certain that no smaller one is still to come.
//
// A transaction gets an id of PostgreSQL's (xid) before it draws. Therefore: who has seen number n in the log, and then
// draws an xid, knows that whoever has drawn a smaller number than n has a smaller xid than his; and as soon as all
// transactions with smaller xids have ended, that those numbers are in the log or never will be. The log is complete up to n
// then, for every snapshot that is taken from there on. Nothing has to be written for it, and nobody waits but who reads.
//
// The price is that a transaction which has an xid keeps all later changes from being shown as long as it runs: any
// transaction that writes, in any database of the server.

// horizon is up to where this process knows the log to be complete.
type horizon struct {
	asking gate.Slots // one at a time: who else wants to know would ask the same

	mu       sync.Mutex
	complete int64
	seen     int64     // a number up to which it will be,
	older    uint64    // once all transactions with smaller xids have ended; 0 when nothing is awaited
	asked    time.Time // when somebody asked last; zero when we have committed since
}

// known is up to which number the log is complete, for a snapshot that is yet to be taken.
func (h *horizon) known() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.complete
}

// forget begins anew: another server may have taken over.
func (h *horizon) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.complete, h.seen, h.older, h.asked = 0, 0, 0, time.Time{}
}

// committed remembers that there is something to ask for.
func (h *horizon) committed() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = time.Time{}
}

// due reports whether it is time to ask, for one who is about to take a snapshot and cannot ask afterwards.
func (h *horizon) due() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Since(h.asked) > askAgain
}

// askAgain is how old an answer may be.
const askAgain = time.Second

const (
	selectOwn    = `SELECT pg_current_xact_id()::text`
	selectOldest = `SELECT pg_snapshot_xmin(pg_current_snapshot())::text`
)

// advance finds out whether the log is complete up to last, which was seen in it, and returns up to where it is.
func (h *horizon) advance(ctx context.Context, q querier, last int64) (int64, error) {
	if err := h.asking.Acquire(ctx); err != nil {
		return 0, err
	}
	defer h.asking.Release()
	h.mu.Lock()
	awaited, began := h.older != 0, time.Now()
	h.mu.Unlock()
	if awaited { // what somebody else has begun to wait for
		if err := h.ask(ctx, q, last, false); err != nil {
			return 0, err
		}
	}
	h.mu.Lock()
	awaited = h.older != 0
	h.asked = began
	h.mu.Unlock()
	if complete := h.known(); awaited || complete >= last {
		return complete, nil
	}
	err := h.ask(ctx, q, last, true)
	return h.known(), err
}

// ask asks which transactions are running, and first, for a new number, which could have drawn a smaller one.
func (h *horizon) ask(ctx context.Context, q querier, last int64, anew bool) error {
	var own, oldest uint64
	var b pgx.Batch
	if anew {
		b.Queue(selectOwn).QueryRow(scanXID(&own))
	}
	b.Queue(selectOldest).QueryRow(scanXID(&oldest))
	if err := q.SendBatch(ctx, &b).Close(); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if anew {
		h.seen, h.older = last, own
	}
	if h.older != 0 && oldest >= h.older {
		h.complete, h.older = max(h.complete, h.seen), 0
	}
	return nil
}

func scanXID(xid *uint64) func(pgx.Row) error {
	return func(row pgx.Row) error {
		var text string
		err := row.Scan(&text)
		if err == nil {
			*xid, err = strconv.ParseUint(text, 10, 64)
		}
		return err
	}
}
