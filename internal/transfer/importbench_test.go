package transfer_test

import (
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/transfer"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
)

// parties are as many accounts and members as it takes for some memberships, 100 of each account and 20 of each member.
type parties struct {
	accounts []membership.Account
	members  []membership.Member
}

func newParties(n int) (p parties) {
	for i := range max(n/100, 1) {
		p.accounts = append(p.accounts, membership.Account{ID: membership.AccountID{UUID: uuid.Must(uuid.NewV7())},
			Name: fmt.Sprint("Account ", i), ExternalRef: fmt.Sprint("ref-", i)})
	}
	for i := range max(n/20, 1) {
		p.members = append(p.members, membership.Member{ID: membership.MemberID{UUID: uuid.Must(uuid.NewV7())},
			Name: fmt.Sprint("Member ", i), Email: fmt.Sprintf("member.%d@example.com", i)})
	}
	return p
}

// pair is the account and the member of the membership number i. Those that follow each other have the same account.
func (p parties) pair(i int) (membership.Account, membership.Member) {
	return p.accounts[i/100%len(p.accounts)], p.members[(i/100*7919+i%100)%len(p.members)]
}

// BenchmarkImport imports memberships with Service.Import and from files, by turns, each into a store of its own with the
// accounts and the members in it, and reports the rates and how they compare: medians of the rounds.
func BenchmarkImport(b *testing.B) {
	const n = 100_000
	p := newParties(n)
	var ndjson, csv strings.Builder
	csv.WriteString("account_external_ref,email\n")
	for i := range n {
		a, m := p.pair(i)
		fmt.Fprintf(&ndjson, `{"type":"account_membership","account_id":%q,"account_member_id":%q}`+"\n", a.ID, m.ID)
		fmt.Fprintf(&csv, "%s,%s\n", a.ExternalRef, m.Email)
	}
	took := map[string][]float64{} // seconds, by round
	turn := func(name string, act func(*roster.Service) int) {
		st, err := sqlitestore.Open(filepath.Join(b.TempDir(), "roster.db"), sqlitestore.Options{})
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = st.Close() }()
		svc := roster.New(st, roster.Options{})
		for result, err := range svc.Import(b.Context(), p.rows(), roster.ImportOptions{}) {
			if err != nil || result.Err != nil {
				b.Fatal(err, result.Err)
			}
		}
		begin := time.Now()
		if made := act(svc); made != n {
			b.Fatalf("%s made %d memberships", name, made)
		}
		took[name] = append(took[name], time.Since(begin).Seconds())
	}
	fromFile := func(f transfer.File) func(*roster.Service) int {
		return func(svc *roster.Service) int {
			report, err := transfer.Import(b.Context(), svc, []transfer.File{f}, transfer.ImportOptions{})
			if err != nil {
				b.Fatal(err)
			}
			return report.Created
		}
	}
	for b.Loop() {
		turn("Service.Import", func(svc *roster.Service) (made int) {
			for result, err := range svc.Import(b.Context(), p.memberships(n), roster.ImportOptions{}) {
				if err == nil && result.Err == nil {
					made++
				}
			}
			return made
		})
		turn("ndjson", fromFile(file("in.ndjson", ndjson.String())))
		turn("csv", fromFile(file("in.csv", csv.String())))
	}
	for name, seconds := range took {
		ratios := make([]float64, len(seconds))
		for i := range ratios {
			ratios[i] = took["Service.Import"][i] / seconds[i]
		}
		b.ReportMetric(n/median(seconds), name+"/s")
		b.ReportMetric(median(ratios), name+"-ratio")
	}
	b.ReportMetric(0, "ns/op")
}

func (p parties) rows() iter.Seq[membership.Row] {
	return func(yield func(membership.Row) bool) {
		for _, a := range p.accounts {
			if !yield(a) {
				return
			}
		}
		for _, m := range p.members {
			if !yield(m) {
				return
			}
		}
	}
}

func (p parties) memberships(n int) iter.Seq[membership.Row] {
	return func(yield func(membership.Row) bool) {
		for i := range n {
			a, m := p.pair(i)
			if !yield(membership.Membership{AccountID: a.ID, MemberID: m.ID}) {
				return
			}
		}
	}
}

func median(all []float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}
