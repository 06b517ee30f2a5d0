package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/pgtest"
	"github.com/roster-go/roster/internal/transfer"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/pgstore"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		pgtest.Stop()
		os.Exit(code)
	}))
}

// engines are the stores that imports are tested with.
var engines = map[string]func(testing.TB) store.Store{
	"memory":   func(testing.TB) store.Store { return memstore.New() },
	"sqlite":   openFile,
	"postgres": openPostgres,
	"again":    func(testing.TB) store.Store { return again{memstore.New()} },
}

func openFile(t testing.TB) store.Store {
	t.Helper()
	st, err := sqlitestore.Open(filepath.Join(t.TempDir(), "roster.db"), sqlitestore.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, st.Close()) })
	return st
}

func openPostgres(t testing.TB) store.Store {
	t.Helper()
	st, err := pgstore.Open(t.Context(), pgtest.URL(t), pgstore.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, st.Close()) })
	return st
}

// again is a store that runs every transaction twice, as one may that met a conflict.
type again struct{ store.Store }

var errAgain = errors.New("again")

func (s again) Update(ctx context.Context, fn func(store.Tx) error) error {
	err := s.Store.Update(ctx, func(tx store.Tx) error { return errors.Join(fn(tx), errAgain) })
	if !errors.Is(err, errAgain) {
		return err
	}
	return s.Store.Update(ctx, fn)
}

// onEachEngine runs a test with a fresh place on each engine.
func onEachEngine(t *testing.T, test func(*testing.T, *place)) {
	t.Helper()
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newPlace(t, open(t)))
		})
	}
}

// place is where a test imports to.
type place struct {
	*roster.Service
	t  testing.TB
	st store.Store
}

// someday is the time everywhere.
var someday = time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)

func newPlace(t testing.TB, st store.Store) *place {
	t.Helper()
	return &place{roster.New(st, roster.Options{Clock: func() time.Time { return someday }}), t, st}
}

func newMemory(t testing.TB) *place {
	t.Helper()
	return newPlace(t, memstore.New())
}

// result is what an import tells.
type result struct {
	transfer.Report
	refusals []transfer.Refusal
}

// imports imports files, and expects no error.
func (p *place) imports(opts transfer.ImportOptions, files ...transfer.File) result {
	p.t.Helper()
	r, err := p.tries(p.t.Context(), opts, files...)
	must(p.t, err)
	return r
}

// tries imports files.
func (p *place) tries(ctx context.Context, opts transfer.ImportOptions, files ...transfer.File) (r result, err error) {
	opts.Refused = func(refusal transfer.Refusal) error {
		r.refusals = append(r.refusals, refusal)
		return nil
	}
	r.Report, err = transfer.Import(ctx, p.Service, files, opts)
	return r, err
}

// has imports rows without any refusal.
func (p *place) has(rows ...string) {
	p.t.Helper()
	r := p.imports(transfer.ImportOptions{OnConflict: transfer.ConflictUpdate}, lines(rows...))
	if r.Refused > 0 {
		p.t.Fatalf("refused: %+v", r.refusals)
	}
}

// export is everything that there is, as an export writes it.
func (p *place) export() string {
	p.t.Helper()
	var b strings.Builder
	must(p.t, transfer.Export(p.t.Context(), p.Service, &b, transfer.ExportOptions{Format: transfer.NDJSON}))
	return b.String()
}

// last is the last change's number.
// last is the number of the last change, shown already or not.
func (p *place) last() (last int64) {
	p.t.Helper()
	must(p.t, p.st.Update(p.t.Context(), func(tx store.Tx) (err error) {
		last, err = tx.AppendChanges(p.t.Context(), nil)
		return err
	}))
	return last
}

func (p *place) account(id string) membership.Account {
	p.t.Helper()
	key, err := membership.ParseAccountID(id)
	must(p.t, err)
	a, err := p.Account(p.t.Context(), key)
	must(p.t, err)
	return a
}

func (p *place) member(id string) membership.Member {
	p.t.Helper()
	key, err := membership.ParseMemberID(id)
	must(p.t, err)
	m, err := p.Member(p.t.Context(), key)
	must(p.t, err)
	return m
}

// only is the only membership.
func (p *place) only() membership.Membership {
	p.t.Helper()
	page, err := p.Memberships(p.t.Context(), membership.Scope{All: true}, membership.Query{})
	must(p.t, err)
	if len(page.Items) != 1 {
		p.t.Fatalf("there are %d memberships", len(page.Items))
	}
	return page.Items[0]
}

// tagNames are the names of an account's tags.
func (p *place) tagNames(id string) string {
	p.t.Helper()
	tags, err := p.AccountTags(p.t.Context(), p.account(id).ID)
	must(p.t, err)
	names := make([]string, len(tags))
	for i, t := range tags {
		names[i] = t.Name
	}
	return strings.Join(names, ",")
}

// file is a file that has a text in it.
func file(name, text string) transfer.File {
	return transfer.File{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
}

// lines is a file with rows of JSON.
func lines(rows ...string) transfer.File { return file("in.ndjson", strings.Join(rows, "\n")+"\n") }

// id is the id number n of those that tests use.
func id(n int) string { return fmt.Sprintf("00000000-0000-7000-8000-%012d", n) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

var stop = roster.ChangeOptions{Stop: true}

var importAtOnce roster.ImportOptions
