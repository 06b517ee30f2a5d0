package roster_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
)

// The benchmarks of custom fields compare, by turns in one run, because the speed of a machine changes from one minute
// to the next: "ratio" is that of the medians.

// BenchmarkCustomFieldsCost creates memberships without custom fields, and with ten, of which one has an index.
func BenchmarkCustomFieldsCost(b *testing.B) {
	plain, fielded := newFieldBench(b, 0), newFieldBench(b, 10)
	compareBy(b, func(n int) { plain.create(n, membership.Fields{}) }, func(n int) { fielded.create(n, fielded.values(n)) })
}

// BenchmarkCustomFieldFilterCost lists 25 memberships of an account of 1000, each with ten custom fields: all of them,
// and the half that an indexed field with a default finds.
func BenchmarkCustomFieldFilterCost(b *testing.B) {
	w := newFieldBench(b, 10)
	for n := range 1000 {
		w.create(n*len(w.accounts), w.values(n))
	}
	list := func(total int, filter membership.Filter) {
		page, err := w.Memberships(b.Context(), membership.Scope{Account: w.accounts[0]}, membership.Query{Filter: filter})
		if err != nil || len(page.Items) != membership.DefaultPageSize || page.Total != total {
			b.Fatalf("%d of %d, %v", len(page.Items), page.Total, err)
		}
	}
	half := membership.All(membership.Eq("f0", membership.StringValue("member")))
	compareBy(b, func(int) { list(1000, nil) }, func(int) { list(500, half) })
}

// compareBy runs two things by turns and reports how much longer the second takes.
func compareBy(b *testing.B, first, second func(n int)) {
	b.Helper()
	var times [2][]time.Duration
	for n := 0; b.Loop(); n++ {
		for i, run := range []func(int){first, second} {
			began := time.Now()
			run(n)
			times[i] = append(times[i], time.Since(began))
		}
	}
	var medians [2]time.Duration
	for i := range times {
		slices.Sort(times[i])
		medians[i] = times[i][len(times[i])/2]
	}
	b.ReportMetric(float64(medians[1])/float64(medians[0]), "ratio")
	b.ReportMetric(float64(medians[0].Microseconds()), "us-without")
	b.ReportMetric(float64(medians[1].Microseconds()), "us-with")
}

// fieldBench is a service with accounts and members that have no membership yet.
type fieldBench struct {
	*roster.Service
	b        *testing.B
	accounts []membership.AccountID
	members  []membership.MemberID
	fields   int
}

func newFieldBench(b *testing.B, fields int) *fieldBench {
	b.Helper()
	st, err := sqlitestore.Open(filepath.Join(b.TempDir(), "bench.db"), sqlitestore.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = st.Close() })
	w := &fieldBench{Service: roster.New(st, roster.Options{}), b: b, fields: fields}
	err = w.Update(b.Context(), func(svc *roster.Service) error {
		for n := range fields {
			f := membership.Field{Resource: membership.ResourceMembership, Slug: fmt.Sprintf("f%d", n), Name: "Field", Type: membership.TypeString}
			if n == 0 {
				f.Default, f.Indexed = membership.StringValue("member"), true
			}
			if _, err := svc.DefineField(b.Context(), f); err != nil {
				return err
			}
		}
		for range 50 {
			a, err := svc.CreateAccount(b.Context(), membership.Account{Name: "Acme"})
			if err != nil {
				return err
			}
			w.accounts = append(w.accounts, a.ID)
		}
		for range 1000 {
			m, err := svc.CreateMember(b.Context(), membership.Member{Name: "Ron"})
			if err != nil {
				return err
			}
			w.members = append(w.members, m.ID)
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return w
}

// create adds the membership number n, of 50,000.
func (w *fieldBench) create(n int, fields membership.Fields) {
	_, err := w.CreateMembership(w.b.Context(), membership.Membership{
		AccountID: w.accounts[n%len(w.accounts)], MemberID: w.members[n/len(w.accounts)%len(w.members)], Fields: fields,
	})
	if err != nil {
		w.b.Fatal(err)
	}
}

// values has one for each field.
func (w *fieldBench) values(n int) membership.Fields {
	values := []membership.FieldValue{{Slug: "f0", Value: membership.StringValue([]string{"member", "admin"}[n%2])}}
	for i := 1; i < w.fields; i++ {
		values = append(values, membership.FieldValue{Slug: fmt.Sprintf("f%d", i), Value: membership.StringValue(fmt.Sprintf("value %d", n))})
	}
	return membership.NewFields(values...)
}
