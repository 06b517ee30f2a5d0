package sqlitestore

import (
	"context"
	"fmt"
	"time"

	"github.com/roster-go/roster/store"
)

// outside is another process that has the write lock and did not give it back in time. Who waits in the queue has waited for it
// too, and is refused when his own time is over: else each in turn would wait as long again, the hundredth a hundred times as
// long. Who has the turn has it to himself.
type outside struct {
	since    time.Time     // when it was first waited for; zero when nobody knows of it
	patience time.Duration // how long that was
}

// leastPatience is a wait that is worth counting: below it, each tries for himself.
const leastPatience = 10 * time.Millisecond

var errOutside = fmt.Errorf("%w: another process has had it for as long as this one has waited", store.ErrBusy)

// begin begins to write for an Update that has waited in the queue since it came; zero is not at all.
func (o *outside) begin(ctx context.Context, db database, came time.Time) (transaction, error) {
	began, waiting := time.Now(), ctx
	if !o.since.IsZero() && !came.IsZero() {
		if o.since.After(came) {
			came = o.since // what it waited for before was our own writers
		}
		until := came.Add(o.patience)
		if !began.Before(until) {
			return nil, errOutside
		}
		var cancel context.CancelFunc
		waiting, cancel = context.WithDeadline(ctx, until)
		defer cancel()
	}
	tx, err := db.update(waiting)
	switch {
	case err == nil:
		*o = outside{}
		return tx, nil
	case ctx.Err() == nil && waiting.Err() != nil:
		return nil, errOutside
	case isBusy(err) && o.since.IsZero() && time.Since(began) >= leastPatience:
		*o = outside{began, time.Since(began)}
	}
	return nil, err
}
