package storetest

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// benchMembers is how many members the benchmarks' full account has: as many as an account may have.
const benchMembers = membership.DefaultAccountLimit

// benchWriters is how many goroutines write at once where that is measured.
const benchWriters = 64

// Bench measures what an embedding program does most, each on a store of its own: is-member and lists in an account of
// 1000, and joining, alone and with 64 goroutines.
func Bench(b *testing.B, open Open) {
	b.Helper()
	for _, bench := range []struct {
		name string
		run  func(b *testing.B, st store.Store)
	}{
		{"IsMember", benchIsMember},
		{"MembershipByPair", benchByPair},
		{"List25", benchList},
		{"Join", benchJoin},
		{"JoinParallel", benchJoinParallel},
	} {
		b.Run(bench.name, func(b *testing.B) {
			st := open(b)
			b.Cleanup(func() { must(b, "Close", st.Close()) })
			b.ReportAllocs()
			bench.run(b, st)
		})
	}
}

// fullAccount adds account 0 with its members, numbered from 0.
func fullAccount(b *testing.B, st store.Store) {
	b.Helper()
	populate(b, st, 1, benchMembers)
	members := make([]int, benchMembers)
	for n := range members {
		members[n] = n
	}
	join(b, st, 0, 0, members...)
}

func benchIsMember(b *testing.B, st store.Store) {
	fullAccount(b, st)
	ctx := context.Background()
	for n := 0; b.Loop(); n++ {
		is, err := st.IsMember(ctx, accountID(0), memberID(n%benchMembers))
		if err != nil || !is {
			b.Fatalf("IsMember: %t, %v", is, err)
		}
	}
}

func benchByPair(b *testing.B, st store.Store) {
	fullAccount(b, st)
	ctx := context.Background()
	for n := 0; b.Loop(); n++ {
		if _, err := st.MembershipByPair(ctx, accountID(0), memberID(n%benchMembers)); err != nil {
			b.Fatal(err)
		}
	}
}

func benchList(b *testing.B, st store.Store) {
	fullAccount(b, st)
	ctx := context.Background()
	for b.Loop() {
		page, err := st.ListMemberships(ctx, membership.Scope{Account: accountID(0)}, membership.Query{})
		if err != nil || len(page.Items) != membership.DefaultPageSize || page.Total != benchMembers {
			b.Fatalf("ListMemberships: %d of %d, %v", len(page.Items), page.Total, err)
		}
	}
}

// benchAccounts is how many accounts the joining members spread over, so that none has more than a few.
const benchAccounts = 1000

func benchJoin(b *testing.B, st store.Store) {
	populate(b, st, benchAccounts, 0)
	ctx := context.Background()
	for n := 0; b.Loop(); n++ {
		if err := joinNewMember(ctx, st, n); err != nil {
			b.Fatal(err)
		}
	}
}

func benchJoinParallel(b *testing.B, st store.Store) {
	populate(b, st, benchAccounts, 0)
	var next atomic.Int64
	b.SetParallelism(benchWriters)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := joinNewMember(context.Background(), st, int(next.Add(1))); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// joinNewMember adds member number n and lets it join an account, by the rules, in one transaction.
func joinNewMember(ctx context.Context, st store.Store, n int) error {
	m := joining(n, accountID(n%benchAccounts), memberID(n))
	return st.Update(ctx, func(tx store.Tx) error {
		if err := tx.InsertMember(ctx, member(n)); err != nil {
			return err
		}
		facts, err := tx.JoinFacts(ctx, m.AccountID, m.MemberID)
		if err != nil {
			return err
		}
		if err := (membership.Limits{PerAccount: -1}).CheckJoin(facts); err != nil {
			return err
		}
		return tx.InsertMembership(ctx, m)
	})
}
