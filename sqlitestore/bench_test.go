package sqlitestore_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// BenchmarkChangeLogCost is what recording a member that joins costs 64 goroutines that write at once: with and without
// the log by turns, in one run, because the speed of a disk changes from one minute to the next. "%cost" is the
// throughput that the log takes; it may be 35.
func BenchmarkChangeLogCost(b *testing.B) {
	const writers, accounts, turn = 64, 1000, 256
	worlds := [2]*joining{newJoining(b, accounts), newJoining(b, accounts)} // without the log, with it
	var spent [2]time.Duration
	b.ResetTimer()
	for done := 0; done < b.N; done += turn {
		for _, which := range [2][2]int{{0, 1}, {1, 0}}[done/turn%2] { // neither is always the first
			spent[which] += worlds[which].join(b, writers, min(turn, b.N-done), which == 1)
		}
	}
	b.ReportMetric(float64(b.N)/spent[0].Seconds(), "joins/s")
	b.ReportMetric(float64(b.N)/spent[1].Seconds(), "recorded/s")
	b.ReportMetric(100*(1-spent[0].Seconds()/spent[1].Seconds()), "%cost")
}

// joining is a store with accounts that new members join.
type joining struct {
	store.Store
	accounts []membership.Account
	next     atomic.Int64
}

func newJoining(b *testing.B, accounts int) *joining {
	b.Helper()
	j := &joining{Store: openStore(b)}
	err := j.Update(b.Context(), func(tx store.Tx) error {
		for range accounts {
			a := account("Acme")
			j.accounts = append(j.accounts, a)
			if err := tx.InsertAccount(b.Context(), a); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return j
}

// join lets so many members join, and says how long it took.
func (j *joining) join(b *testing.B, writers, members int, recorded bool) time.Duration {
	b.Helper()
	var left atomic.Int64
	left.Store(int64(members))
	var wg sync.WaitGroup
	began := time.Now()
	for range writers {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if err := j.joinOne(context.Background(), recorded); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(began)
}

func (j *joining) joinOne(ctx context.Context, recorded bool) error {
	a, m := j.accounts[int(j.next.Add(1))%len(j.accounts)], member("Ron Swanson")
	joins := join(a, m)
	return j.Update(ctx, func(tx store.Tx) error {
		if err := tx.InsertMember(ctx, m); err != nil {
			return err
		}
		facts, err := tx.JoinFacts(ctx, a.ID, m.ID)
		if err != nil {
			return err
		}
		if err := (membership.Limits{PerAccount: -1}).CheckJoin(facts); err != nil {
			return err
		}
		if err := tx.InsertMembership(ctx, joins); err != nil || !recorded {
			return err
		}
		stamp := membership.Change{Time: m.CreatedAt, Actor: "somebody", Cause: membership.CauseRequest, RequestID: "a-request", MemberID: m.ID}
		created, joined := stamp, stamp
		created.Type, created.After = membership.MemberCreated, m
		joined.Type, joined.After, joined.AccountID, joined.MembershipID = membership.MembershipCreated, joins, a.ID, joins.ID
		_, err = tx.AppendChanges(ctx, []membership.Change{created, joined})
		return err
	})
}
