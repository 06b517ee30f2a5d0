package memstore

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

// TestASelectionIsWhatTheQueryMeans compares pages of many rows, most of which have the time and the name of others, with
// those that package membership defines.
func TestASelectionIsWhatTheQueryMeans(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	for _, count := range []int{0, 1, 99, 100, 101, 1000} {
		rows := make([]membership.Account, count)
		for n := range rows {
			rows[n] = membership.Account{ID: membership.AccountID{UUID: uuid.Must(uuid.NewRandom())}, Name: string(rune('a' + rng.IntN(5))),
				CreatedAt: time.UnixMilli(int64(rng.IntN(1 + count/3))), UpdatedAt: time.UnixMilli(int64(rng.IntN(3)))}
		}
		for range 300 {
			checkSelection(t, rows, randomQuery(rng, rows))
		}
		for _, order := range []membership.Order{{}, {By: membership.AttrName}} { // the rows come in the order, and against it
			slices.SortFunc(rows, func(a, b membership.Account) int { return order.Compare(order.Position(a), order.Position(b)) })
			for _, desc := range []bool{false, true} {
				checkSelection(t, rows, membership.Query{Order: membership.Order{By: order.Attr(), Desc: desc}})
			}
		}
	}
}

func randomQuery(rng *rand.Rand, rows []membership.Account) membership.Query {
	sortable := membership.ResourceAccount.Sortable()
	q := membership.Query{
		Order:  membership.Order{By: sortable[rng.IntN(len(sortable))], Desc: rng.IntN(2) == 0},
		Limit:  []int{0, -1, 1, 2, 10, 99, 100, 101, len(rows), math.MaxInt}[rng.IntN(10)],
		Offset: []int{0, 0, 0, -1, 1, 10, 100, len(rows), math.MaxInt}[rng.IntN(9)],
	}
	if rng.IntN(3) == 0 {
		q.Filter = membership.All(membership.Eq(membership.AttrName, membership.TextValue("b")))
	}
	if len(rows) > 0 && rng.IntN(3) == 0 {
		q.After = q.Order.Position(rows[rng.IntN(len(rows))])
		q.After.ID[15] ^= byte(rng.IntN(2)) // the position of a row, or one beside it
	}
	return q
}

func checkSelection(t *testing.T, rows []membership.Account, q membership.Query) {
	t.Helper()
	want := membership.Select(slices.Values(rows), func(a membership.Account) bool { return q.Filter.Match(a) }, q)
	got := selection(slices.Values(rows), itself, func(a *membership.Account) bool { return q.Filter.Match(a) }, q)
	if got.Total != want.Total || !slices.Equal(got.Items, want.Items) || got.Items == nil {
		t.Errorf("%+v of %d rows: got %d of %d, want %d of %d:\n got %v\nwant %v",
			q, len(rows), len(got.Items), got.Total, len(want.Items), want.Total, got.Items, want.Items)
	}
}

// TestASelectionKeepsFewRows holds what a page of a long list costs, whatever order the rows come in.
func TestASelectionKeepsFewRows(t *testing.T) {
	t.Parallel()
	h := newHead[int](membership.Query{Limit: 10, Offset: 5, Order: membership.Order{By: membership.AttrOrder, Desc: true}})
	for n := range 10_000 {
		h.add(membership.Position{Key: membership.IntegerValue(int64(n))}, n)
		if len(h.rows) > 115 {
			t.Fatalf("keeps %d rows of %d for 15", len(h.rows), n+1)
		}
	}
	if got := h.sorted(); len(got) != 15 || got[0].row != 9999 || got[14].row != 9985 {
		t.Errorf("got %v", got)
	}
}
