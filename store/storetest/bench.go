package storetest

import (
	"context"
	"fmt"
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
		{"List25Fields", benchListFields},
		{"List25Filtered", benchListFiltered},
		{"Join", benchJoin},
		{"JoinFields", benchJoinFields},
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

// benchFields is how many custom fields memberships have where that is measured.
const benchFields = 10

// fieldedAccount is fullAccount with custom fields, of which the first, which is indexed, is "a" for half of the
// members.
func fieldedAccount(b *testing.B, st store.Store) {
	b.Helper()
	defineBenchFields(b, st)
	populate(b, st, 1, benchMembers)
	write(b, st, func(ctx context.Context, tx store.Tx) error {
		for n := range benchMembers {
			m := joining(n, accountID(0), memberID(n))
			m.Fields = benchValues(n)
			if err := tx.InsertMembership(ctx, m); err != nil {
				return err
			}
		}
		return nil
	})
}

func defineBenchFields(b *testing.B, st store.Store) {
	b.Helper()
	for n := range benchFields {
		f := field(n, membership.ResourceMembership)
		f.Type, f.Indexed = types[n%len(types)], n == 0
		if n == 0 {
			f.Initial = membership.StringValue("a") // rows are found by it, too
		}
		define(b, st, f)
	}
}

// benchValues has a value for each of the fields.
func benchValues(n int) membership.Fields {
	values := []membership.FieldValue{{Slug: "f0", Value: membership.StringValue([]string{"a", "b"}[n%2])}}
	for i := 1; i < benchFields; i++ {
		all := fieldValues[types[i%len(types)]]
		values = append(values, membership.FieldValue{Slug: fmt.Sprintf("f%d", i), Value: all[(n+i)%min(len(all), 5)]})
	}
	return membership.NewFields(values...)
}

func benchListFields(b *testing.B, st store.Store) {
	fieldedAccount(b, st)
	listPage(b, st, membership.Query{}, benchMembers)
}

// benchListFiltered is to be compared with benchListFields, which answers with as many rows.
func benchListFiltered(b *testing.B, st store.Store) {
	fieldedAccount(b, st)
	filter := membership.All(membership.Eq("f0", membership.StringValue("a")))
	listPage(b, st, membership.Query{Filter: filter}, benchMembers/2)
}

func listPage(b *testing.B, st store.Store, q membership.Query, total int) {
	b.Helper()
	ctx := context.Background()
	for b.Loop() {
		page, err := st.ListMemberships(ctx, membership.Scope{Account: accountID(0)}, q)
		if err != nil || len(page.Items) != membership.DefaultPageSize || page.Total != total {
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
		if err := joinNewMember(ctx, st, n, membership.Fields{}); err != nil {
			b.Fatal(err)
		}
	}
}

// benchJoinFields is benchJoin with custom fields, which are checked in the transaction.
func benchJoinFields(b *testing.B, st store.Store) {
	populate(b, st, benchAccounts, 0)
	defineBenchFields(b, st)
	ctx := context.Background()
	for n := 0; b.Loop(); n++ {
		if err := joinNewMember(ctx, st, n, benchValues(n)); err != nil {
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
			if err := joinNewMember(context.Background(), st, int(next.Add(1)), membership.Fields{}); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// joinNewMember adds member number n and lets it join an account, by the rules, in one transaction.
func joinNewMember(ctx context.Context, st store.Store, n int, given membership.Fields) error {
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
		schema, err := tx.Schema(ctx, membership.ResourceMembership)
		if err != nil {
			return err
		}
		if m.Fields, err = schema.Complete(given); err != nil {
			return err
		}
		return tx.InsertMembership(ctx, m)
	})
}
