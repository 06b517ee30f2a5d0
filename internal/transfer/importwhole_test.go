package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/roster-go/roster/internal/transfer"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store/storecopy"
)

// mixture are rows of every kind, of which many refer to others, meet others, or are refused. The accounts and members of
// the first numbers, as many as known says, come first, and others refer to those or to none; below 0 to any.
func mixture(rng *rand.Rand, n, known int) []string {
	rows := []string{aFlow, `{"type":"field","resource":"account_membership","slug":"role","name":"Role","field_type":"string","default":"guest"}`}
	some := func() int { return rng.IntN(n/8 + 1) }
	for i := range known {
		rows = append(rows, fmt.Sprintf(`{"type":"account","name":"Account","external_ref":"ref-%d"}`, i), fmt.Sprintf(`{"type":"account","id":"%s","name":"Account"}`, id(i)),
			fmt.Sprintf(`{"type":"account_member","name":"Member","email":"%d@example.com"}`, i), fmt.Sprintf(`{"type":"account_member","id":"%s","name":"Member"}`, id(i)))
	}
	other := func() int {
		if i := some(); i < known || known < 0 {
			return i
		}
		return 1000
	}
	for i := range n {
		var row string
		switch rng.IntN(12) {
		case 0, 1:
			row = fmt.Sprintf(`{"type":"account","name":"Account %d","external_ref":"ref-%d"}`, rng.IntN(3), some())
		case 2:
			row = fmt.Sprintf(`{"type":"account","id":"%s","name":"Account","registration_id":"R%d"}`, id(some()), some())
		case 3:
			row = fmt.Sprintf(`{"type":"account","name":"Account %d","registration_id":"R%d","parent_external_ref":"ref-%d"}`, i, some(), other())
		case 4, 5:
			row = fmt.Sprintf(`{"type":"account_member","name":"Member","given_name":"%d","email":"%d@example.com"}`, rng.IntN(2), some())
		case 6:
			row = fmt.Sprintf(`{"type":"account_member","id":"%s","name":"Member %d"}`, id(some()), i)
		case 7:
			row = fmt.Sprintf(`{"type":"account_member","name":"Nobody %d"}`, i) // which nothing matches
		case 8:
			row = fmt.Sprintf(`{"type":"account_tag","name":"tag %d","description":"%d"}`, rng.IntN(4), rng.IntN(2))
		case 9:
			row = fmt.Sprintf(`{"type":"account_membership","account_id":"%s","member_id":"%s"}`, id(other()), id(other()))
		default:
			row = fmt.Sprintf(`{"type":"account_membership","account_external_ref":"ref-%d","email":"%d@example.com","role":"%d"}`, other(), other(), rng.IntN(2))
		}
		rows = append(rows, row)
	}
	return rows
}

// TestHowManyRowsABatchHasDoesNotMatter imports the same rows in batches of several sizes, and in one transaction.
func TestHowManyRowsABatchHasDoesNotMatter(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		rows := mixture(rand.New(rand.NewPCG(seed, 1)), 400, -1)
		for _, how := range []transfer.OnConflict{transfer.ConflictFail, transfer.ConflictSkip, transfer.ConflictUpdate} {
			one := newMemory(t)
			want := one.imports(transfer.ImportOptions{OnConflict: how, Batch: 1}, lines(rows...))
			if want.Created < 50 || want.Refused < 20 || want.Unchanged < 5 {
				t.Fatalf("the rows are too much alike: %+v", want.Counts)
			}
			for _, opts := range []transfer.ImportOptions{{Batch: 7}, {}, {DryRun: true, Batch: 50}} {
				opts.OnConflict = how
				many := newMemory(t)
				got := many.imports(opts, lines(rows...))
				equal(t, "counts", got.Counts, want.Counts)
				if !slices.Equal(got.refusals, want.refusals) {
					t.Errorf("%+v: other rows are refused: %d and %d", opts, len(got.refusals), len(want.refusals))
				}
				if !opts.DryRun {
					sameText(t, many.export(), one.export())
				}
			}
		}
	}
}

// TestAnImportThatWasKilledGoesOn ends imports at random places, by their context and by a file that cannot be read any
// further, and runs them again until one comes to its end.
func TestAnImportThatWasKilledGoesOn(t *testing.T) {
	t.Parallel()
	for name, open := range engines {
		if name == "postgres" {
			continue // which has nothing to do with it, and takes its time
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(6) {
				how := []transfer.OnConflict{transfer.ConflictFail, transfer.ConflictSkip, transfer.ConflictUpdate}[seed%3]
				rng := rand.New(rand.NewPCG(seed, 2))
				text := strings.Join(mixture(rng, 600, 40), "\n")
				once := newMemory(t)
				once.imports(transfer.ImportOptions{Batch: 40, OnConflict: how}, file("in.ndjson", text))
				p := newPlace(t, open(t))
				killed := 0
				for !p.survives(rng, how, text, killed) {
					killed++
				}
				if killed < 3 {
					t.Errorf("it was killed %d times only", killed)
				}
				sameText(t, p.export(), once.export())
				if how == transfer.ConflictUpdate {
					continue // whose log has more updates
				}
				if _, err := storecopy.Compare(t.Context(), once.st, p.st); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

var errCable = errors.New("somebody pulled the cable")

// survives imports a text and is killed somewhere, later each time; it reports whether it came to its end before.
func (p *place) survives(rng *rand.Rand, how transfer.OnConflict, text string, before int) bool {
	p.t.Helper()
	ctx, kill := context.WithCancel(p.t.Context())
	defer kill()
	opts := transfer.ImportOptions{Batch: 40, OnConflict: how}
	f := file("in.ndjson", text)
	if left := rng.IntN(before*3 + 2); rng.IntN(2) == 0 {
		opts.Progress = func(transfer.Progress) {
			if left--; left < 0 {
				kill()
			}
		}
	} else {
		f = breaks(text, rng.IntN(before*len(text)/8+1))
	}
	_, err := p.tries(ctx, opts, f)
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, errCable) {
		p.t.Fatal(err)
	}
	return err == nil
}

// breaks is a file that can be read to its end once, and up to some byte then.
func breaks(text string, at int) transfer.File {
	opened := 0
	return transfer.File{Name: "in.ndjson", Open: func() (io.ReadCloser, error) {
		if opened++; opened == 1 || at >= len(text) {
			return io.NopCloser(strings.NewReader(text)), nil
		}
		return io.NopCloser(io.MultiReader(strings.NewReader(text[:at]), broken{})), nil
	}}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errCable }

func TestWhatIsImportedTwiceIsUnchanged(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, p *place) {
		rows := append(slices.Clone(aTeam), aTag,
			`{"type":"account","name":"Without a key"}`, `{"type":"account_member","name":"Without a key"}`,
			`{"type":"account_membership_setting","membership_limit":7}`)
		first := p.imports(transfer.ImportOptions{}, lines(rows...))
		equal(t, "first", first.Counts, transfer.Counts{Created: len(rows) - 1, Updated: 1})
		before := p.export()
		for _, opts := range []transfer.ImportOptions{{}, {OnConflict: transfer.ConflictUpdate}, {Atomic: true}, {Match: []transfer.Key{transfer.KeyID}}} {
			again := p.imports(opts, lines(rows...))
			equal(t, "again", again.Counts, transfer.Counts{Unchanged: len(rows)})
		}
		sameText(t, p.export(), before)
	})
}

func TestRowsOfTwoFilesAreNotTakenForEachOther(t *testing.T) {
	t.Parallel()
	p := newMemory(t)
	row := `{"type":"account_member","name":"Ann"}`
	r := p.imports(transfer.ImportOptions{}, lines(row, row), lines(row))
	equal(t, "counts", r.Counts, transfer.Counts{Created: 3})
	equal(t, "files", r.Files, 2)
	equal(t, "types", r.Types["account_member"], r.Counts)
}

func TestADryRunTellsWhatWouldHappen(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, p *place) {
		p.has(aTeam...)
		p.has(`{"type":"account_authentication_settings","auto_create_account_for_account_members":true}`)
		before, last := p.export(), p.last()
		rows := mixture(rand.New(rand.NewPCG(3, 3)), 200, -1)
		for _, how := range []transfer.OnConflict{transfer.ConflictFail, transfer.ConflictUpdate} {
			dry := p.imports(transfer.ImportOptions{DryRun: true, OnConflict: how}, lines(rows...))
			if !dry.Undone || dry.Created < 20 {
				t.Errorf("the report is %+v", dry.Report)
			}
			sameText(t, p.export(), before)
			equal(t, "changes", p.last(), last)
			if how == transfer.ConflictFail {
				continue
			}
			real := p.imports(transfer.ImportOptions{OnConflict: how}, lines(rows...))
			equal(t, "undone", real.Undone, false)
			equal(t, "counts", real.Counts, dry.Counts)
			for kind, counts := range real.Types {
				equal(t, kind, dry.Types[kind], counts)
			}
			if !slices.Equal(real.refusals, dry.refusals) {
				t.Errorf("refusals: %+v\nwould have been %+v", real.refusals, dry.refusals)
			}
		}
	})
}

func TestAnAtomicImportKeepsEverythingOrNothing(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, p *place) {
		rows := append(slices.Clone(aTeam), `{"type":"account"}`, `{"type":"account_member","name":"Ann"}`, `{}`)
		before := p.export()
		r := p.imports(transfer.ImportOptions{Atomic: true, Batch: 2}, lines(rows...))
		equal(t, "counts", r.Counts, transfer.Counts{Created: 6, Refused: 2})
		equal(t, "undone", r.Undone, true)
		equal(t, "refusals", len(r.refusals), 2)
		sameText(t, p.export(), before)
		r = p.imports(transfer.ImportOptions{Atomic: true, Batch: 2}, lines(aTeam...))
		equal(t, "undone", r.Undone, false)
		equal(t, "counts", r.Counts, transfer.Counts{Created: len(aTeam)})
		equal(t, "role", role(p), "guest")
	})
}

func TestAnAtomicImportThatEndsEarlyKeepsNothing(t *testing.T) {
	t.Parallel()
	p := newMemory(t)
	text := strings.Join(aTeam, "\n") + "\n"
	r, err := p.tries(t.Context(), transfer.ImportOptions{Atomic: true, Batch: 1}, breaks(text, len(text)-10))
	if !errors.Is(err, errCable) || !r.Undone {
		t.Errorf("got %v and %+v", err, r.Report)
	}
	equal(t, "changes", p.last(), int64(0))
}

func TestProgressIsTold(t *testing.T) {
	t.Parallel()
	p := newMemory(t)
	var rows []string
	for i := range 100 {
		rows = append(rows, fmt.Sprintf(`{"type":"account_member","name":"Member %d"}`, i))
	}
	f := lines(rows...)
	var told []transfer.Progress
	opts := transfer.ImportOptions{Batch: 30, Progress: func(at transfer.Progress) { told = append(told, at) }}
	p.imports(opts, f, f)
	equal(t, "times", len(told), 8)
	for i, at := range told {
		if at.Total <= 0 || at.Done > at.Total || i > 0 && (at.Done < told[i-1].Done || at.Rows() < told[i-1].Rows()) {
			t.Errorf("%+v", told)
		}
	}
	end := told[len(told)-1]
	equal(t, "bytes", end.Done, end.Total)
	equal(t, "rows", end.Counts, transfer.Counts{Created: 100, Unchanged: 100})
}

// TestAHundredThousandRowsWithOneInAHundredBad imports memberships, of which some are wrong in one of several ways.
func TestAHundredThousandRowsWithOneInAHundredBad(t *testing.T) {
	t.Parallel()
	n := 100_000
	if testing.Short() || underRace {
		n = 5_000
	}
	parties := newParties(n)
	p := newPlace(t, openFile(t))
	for result, err := range p.Import(t.Context(), parties.rows(), importAtOnce) {
		must(t, errors.Join(err, result.Err))
	}
	var text strings.Builder
	var bad []int
	for i := range n {
		a, m := parties.pair(i)
		line := fmt.Sprintf(`{"type":"account_membership","account_id":%q,"account_member_id":%q}`, a.ID, m.ID)
		if i%100 == 42 {
			bad = append(bad, i+1)
			line = []string{
				line[:40],
				strings.Replace(line, a.ID.String(), id(98), 1),
				strings.Replace(line, m.ID.String(), "somebody", 1),
				strings.Replace(line, "account_membership", "member", 1),
			}[i/100%4]
		}
		text.WriteString(line + "\n")
	}
	r := p.imports(transfer.ImportOptions{}, file("in.ndjson", text.String()))
	equal(t, "counts", r.Counts, transfer.Counts{Created: n - len(bad), Refused: len(bad)})
	var refused []int
	for _, refusal := range r.refusals {
		refused = append(refused, refusal.Line)
	}
	if !slices.Equal(refused, bad) {
		t.Errorf("the report names %d lines, and %d are bad", len(refused), len(bad))
	}
	page, err := p.Memberships(t.Context(), membership.Scope{All: true}, membership.Query{Limit: -1})
	must(t, err)
	equal(t, "memberships", page.Total, n-len(bad))
}
