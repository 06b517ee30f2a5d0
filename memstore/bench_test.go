package memstore_test

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
)

// BenchmarkIsMember asks whether members belong to accounts, half of whom do, and by turns asks the same of a map behind
// a sync.RWMutex, which has no rules, no lists, and waits whatever the context says. "ratio" is that of the medians.
func BenchmarkIsMember(b *testing.B) {
	const accounts, each = 10, 1000
	var rows []membership.Membership
	for n := range 2 * accounts * each {
		rows = append(rows, joining(n, n%accounts, n/accounts))
	}
	joined := rows[:len(rows)/2]
	var st store.Store = memstore.New()
	fill(b, st, accounts, 2*each, joined...)
	var mu sync.RWMutex
	set := make(map[[2]uuid.UUID]struct{})
	for _, m := range joined {
		set[[2]uuid.UUID{m.AccountID.UUID, m.MemberID.UUID}] = struct{}{}
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })

	ctx := b.Context()
	asksStore := func(m *membership.Membership) bool {
		is, err := st.IsMember(ctx, m.AccountID, m.MemberID)
		return is && err == nil
	}
	asksMap := func(m *membership.Membership) bool {
		mu.RLock()
		defer mu.RUnlock()
		_, is := set[[2]uuid.UUID{m.AccountID.UUID, m.MemberID.UUID}]
		return is
	}
	var times [2][]time.Duration // of one question, in each turn
	for b.Loop() {
		for i, asks := range []func(*membership.Membership) bool{asksMap, asksStore} {
			found := 0
			began := time.Now()
			for n := range rows {
				if asks(&rows[n]) {
					found++
				}
			}
			times[i] = append(times[i], time.Since(began))
			if found != len(joined) {
				b.Fatalf("%d are members, want %d", found, len(joined))
			}
		}
	}
	for i := range times {
		slices.Sort(times[i])
	}
	perQuestion := func(i int) float64 { return float64(times[i][len(times[i])/2].Nanoseconds()) / float64(len(rows)) }
	b.ReportMetric(perQuestion(0), "ns-map")
	b.ReportMetric(perQuestion(1), "ns-memstore")
	b.ReportMetric(perQuestion(1)/perQuestion(0), "ratio")
}
