package storetest

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// numbered are changes that have these sequence numbers.
func numbered(numbers ...int64) []membership.Change {
	var changes []membership.Change
	for _, n := range numbers {
		c := change(int(n))
		c.Sequence = n
		changes = append(changes, c)
	}
	return changes
}

// restore commits changes with their numbers.
func restore(t testing.TB, st store.Store, first int64, numbers ...int64) {
	t.Helper()
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		return tx.RestoreChanges(ctx, first, numbered(numbers...))
	})
	_ = st.AwaitChanges(t.Context(), numbers[len(numbers)-1]-1, time.Millisecond) // which a store within a transaction refuses
}

// wantLog checks where the log begins, and that it has these numbers, wherever one begins to read and however much.
func wantLog(t testing.TB, what string, st store.Store, first int64, numbers ...int64) {
	t.Helper()
	last := numbers[len(numbers)-1]
	for after := int64(-1); after <= last+2; after++ {
		for _, limit := range []int{-1, 1, 2, math.MaxInt} {
			q := membership.ChangeQuery{After: after, Limit: limit}
			want := membership.ChangePage{Changes: []membership.Change{}, First: first, Last: last}
			for _, c := range numbered(numbers...) {
				if c.Sequence > after && len(want.Changes) < q.Size() {
					want.Changes = append(want.Changes, c)
				}
			}
			same(t, what, changesOf(t, st, q), want)
		}
	}
}

func restoreChanges(t *testing.T, st store.Store) {
	write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.RestoreChanges(ctx, 7, nil) })
	same(t, "the log after nothing was restored", changesOf(t, st, membership.ChangeQuery{}), membership.ChangePage{Changes: []membership.Change{}})
	restore(t, st, 3, 5, 6, 9, 20)
	wantLog(t, "a log with gaps", st, 3, 5, 6, 9, 20)
	restore(t, st, 1, 21, 40) // where it begins is known by now
	wantLog(t, "a log that was added to", st, 3, 5, 6, 9, 20, 21, 40)

	appended := appendAll(t, st, change(1), change(2))
	if appended[0].Sequence <= 40 {
		t.Errorf("behind 40 comes %d", appended[0].Sequence)
	}
	page := changesOf(t, st, membership.ChangeQuery{After: 40})
	same(t, "what was appended", page.Changes, appended)
	equal(t, "the first", page.First, 3)
	many := make([]int64, 100)
	for i := range many {
		many[i] = 1000 + 2*int64(i)
	}
	restore(t, st, 0, many...)
	same(t, "many", sequences(changesOf(t, st, membership.ChangeQuery{After: 999, Limit: 1000})), many)
}

func restoreNothingWrong(t *testing.T, st store.Store) {
	refused := func(what, field string, first int64, numbers ...int64) {
		t.Helper()
		write(t, st, func(ctx context.Context, tx store.Tx) error {
			err := tx.RestoreChanges(ctx, first, numbered(numbers...))
			fault, _ := errors.AsType[*membership.Error](err)
			if !errors.Is(err, membership.ErrInvalidField) || fault.Field != field {
				t.Errorf("%s: got error %v, want ErrInvalidField for %q", what, err, field)
			}
			return nil
		})
	}
	refused("a beginning behind the first", "first", 6, 5)
	refused("a beginning before all", "first", 0, 5)
	refused("a number twice", "sequence", 1, 5, 5)
	refused("a smaller number", "sequence", 5, 5, 9, 8)
	same(t, "the log after all that", changesOf(t, st, membership.ChangeQuery{}), membership.ChangePage{Changes: []membership.Change{}})
	restore(t, st, 4, 5, 8)
	refused("the last number again", "sequence", 1, 8)
	refused("one that was left out", "sequence", 1, 7, 9)
	wantLog(t, "the log after all that", st, 4, 5, 8)
}

func undoneRestore(t *testing.T, st store.Store) {
	undo := func() {
		t.Helper()
		err := attempt(t, st, func(ctx context.Context, tx store.Tx) error {
			must(t, "RestoreChanges", tx.RestoreChanges(ctx, 13, numbered(15, 16)))
			same(t, "what the transaction reads of its own", sequences(changesOf(t, tx, membership.ChangeQuery{After: 14})), []int64{15, 16})
			return errChangedMind
		})
		wantErr(t, "Update", err, errChangedMind)
	}
	undo()
	same(t, "the log after it was undone", changesOf(t, st, membership.ChangeQuery{}), membership.ChangePage{Changes: []membership.Change{}})
	restore(t, st, 2, 3, 7)
	undo()
	wantLog(t, "the log after it was undone", st, 2, 3, 7)
	restore(t, st, 0, 9)
	wantLog(t, "the log after more was restored", st, 2, 3, 7, 9)
}

func pruneGaps(t *testing.T, st store.Store) {
	prune := func(before time.Time, keep, most int) int {
		t.Helper()
		var removed int
		write(t, st, func(ctx context.Context, tx store.Tx) (err error) {
			removed, err = tx.PruneChanges(ctx, before, keep, most)
			return err
		})
		return removed
	}
	restore(t, st, 1, 5, 6, 7, 30, 31, 50, 90, 91)
	equal(t, "removed by age", prune(at(6), 0, 100), 1)
	wantLog(t, "by age", st, 6, 6, 7, 30, 31, 50, 90, 91)
	equal(t, "removed up to a gap", prune(at(20), 0, 100), 2)
	wantLog(t, "up to a gap", st, 8, 30, 31, 50, 90, 91)
	equal(t, "removed by number, missing ones counted", prune(time.Time{}, 62, 100), 0)
	equal(t, "removed in steps, across a gap", prune(at(1000), 0, 3), 3)
	wantLog(t, "in steps, across a gap", st, 51, 90, 91)
	equal(t, "removed, all but the last", prune(at(1000), 0, 3), 1)
	wantLog(t, "all but the last", st, 91, 91)

	restore(t, st, 0, 100, 200, 300, 310)
	all := []int64{91, 100, 200, 300, 310}
	removed := prune(time.Time{}, 2, 100) // all but 310 where those that are missing count
	if removed < 3 || removed > 4 {
		t.Fatalf("removed %d of 5, to keep 2", removed)
	}
	wantLog(t, "by number", st, all[removed-1]+1, all[removed:]...)
}

func awaitRestored(t *testing.T, st store.Store) {
	woken := make(chan error, 1)
	go func() { woken <- st.AwaitChanges(context.WithoutCancel(t.Context()), 0, time.Hour) }()
	restore(t, st, 1, 7)
	select {
	case err := <-woken:
		must(t, "AwaitChanges", err)
	case <-time.After(patience):
		t.Fatal("AwaitChanges missed changes that were restored")
	}
}
