package roster_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/replay"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
)

// told walks over an import until it ends, with an error or without.
func told(results iter.Seq2[roster.Imported, error]) (all []roster.Imported, err error) {
	for result, err := range results {
		if err != nil {
			return all, err
		}
		all = append(all, result)
	}
	return all, nil
}

func TestAnImportWritesInBatchesAndTellsWhatIsCommitted(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ rows, batch, transactions, first int }{
		{0, 0, 0, 0},
		{1, 0, 1, 1},
		{999, 0, 1, 999},
		{1000, 0, 1, 1000},
		{1001, 0, 2, 1000},
		{1001, -1, 2, 1000},
		{10, 1, 10, 1},
		{10, 3, 4, 3},
		{10, 5, 2, 5},
		{10, 11, 1, 10},
	} {
		t.Run(fmt.Sprintf("%d rows by %d", test.rows, test.batch), func(t *testing.T) {
			t.Parallel()
			st := &commits{Store: memstore.New()}
			w := newWorldOver(t, st, roster.Options{})
			taken := 0
			rows := func(yield func(membership.Row) bool) {
				for _, row := range people(test.rows) {
					taken++
					if w.census()[1] != 0 && taken <= test.first {
						t.Errorf("something is committed when row %d is taken", taken)
					}
					if !yield(row) {
						return
					}
				}
			}
			n := 0
			for result, err := range w.Import(t.Context(), rows, roster.ImportOptions{Batch: test.batch}) {
				must(t, err)
				must(t, result.Err)
				equal(t, "index", result.Index, n)
				if n == 0 {
					equal(t, "rows taken before the first result", taken, test.first)
				}
				n++
				_, err = w.Member(t.Context(), result.Row.(membership.Member).ID)
				wantError(t, "a row whose result is told", err, nil)
			}
			equal(t, "results", n, test.rows)
			equal(t, "transactions", int(st.n.Load()), test.transactions)
			equal(t, "what is there", w.census(), [3]int{0, test.rows, 0})
		})
	}
}

func TestAnImportWithoutASequenceImportsNothing(t *testing.T) {
	t.Parallel()
	st := &commits{Store: memstore.New()}
	w := newWorldOver(t, st, roster.Options{})
	equal(t, "results", len(collect(t, w.Import(t.Context(), nil, roster.ImportOptions{}))), 0)
	equal(t, "transactions", st.n.Load(), 0)
}

func TestAnImportThatIsWalkedOverAgainHappensAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	results := w.onboarding(roster.ImportOptions{}, membership.Member{ID: noMember, Name: "Ron"})
	equal(t, "before the walk", w.census(), [3]int{})
	must(t, collect(t, results)[0].Err)
	wantError(t, "again", collect(t, results)[0].Err, membership.ErrDuplicateID)
}

func TestTheRowsOfAnImportMayUseTheService(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{})
		rows := func(yield func(membership.Row) bool) {
			for range 5 {
				acme := w.account("Acme")
				if !yield(membership.Membership{AccountID: acme.ID, MemberID: w.member("Ron").ID}) {
					return
				}
			}
		}
		for result, err := range w.Import(t.Context(), rows, roster.ImportOptions{Batch: 2}) {
			must(t, errors.Join(err, result.Err))
			m := result.Row.(membership.Membership)
			must(t, w.Remove(t.Context(), m.AccountID, m.ID))
		}
		equal(t, "what is there", w.census(), [3]int{5, 5, 0})
	})
}

func TestLeavingAnImportEndsIt(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{})
		taken := 0
		rows := func(yield func(membership.Row) bool) {
			for _, row := range people(100) {
				if taken++; !yield(row) {
					return
				}
			}
		}
		for result, err := range w.Import(t.Context(), rows, roster.ImportOptions{Batch: 10}) {
			must(t, err)
			if result.Index == 24 {
				break
			}
		}
		equal(t, "rows taken", taken, 30)
		equal(t, "what is there", w.census(), [3]int{0, 30, 0})
	})
}

func TestAnEndedContextEndsAnImport(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name             string
		row, result      int // the row that is taken, or the result that is told, when it ends; row 26 is the end of them
		results, written int
	}{
		{"before it begins", 0, 0, 0, 0},
		{"with the first row", 1, 0, 0, 0},
		{"while rows are taken", 6, 0, 0, 0},
		{"with the last row of a batch", 10, 0, 0, 0},
		{"while rows of the second batch are taken", 16, 0, 10, 10},
		{"with the last row", 25, 0, 20, 20},
		{"at the end of the rows", 26, 0, 20, 20},
		{"while results are told", 0, 3, 10, 10},
		{"with the last result of a batch", 0, 10, 10, 10},
		{"with the last result", 0, 25, 25, 25},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			onEachStore(t, func(t *testing.T, st store.Store) {
				w := newWorldOver(t, st, roster.Options{})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if test.row+test.result == 0 {
					cancel()
				}
				taken := 0
				rows := func(yield func(membership.Row) bool) {
					for _, row := range people(25) {
						if taken++; taken == test.row {
							cancel()
						}
						if !yield(row) {
							return
						}
					}
					if test.row == 26 {
						cancel()
					}
				}
				var results int
				var ended error
				for result, err := range w.Import(ctx, rows, roster.ImportOptions{Batch: 10}) {
					if ended = err; err != nil {
						continue
					}
					must(t, result.Err)
					if results++; results == test.result {
						cancel()
					}
				}
				wantError(t, "the end", ended, context.Canceled)
				equal(t, "rows taken", taken, min(max(test.row, test.written), 25))
				equal(t, "results", results, test.results)
				equal(t, "what is there", w.census(), [3]int{0, test.written, 0})
			})
		})
	}
}

// faulty is a store whose engine fails on the way.
type faulty struct {
	store.Store
	updates, inserts, appends int // how many of them there are until one fails; below 0 any number
	err                       error
}

func (s *faulty) Update(ctx context.Context, fn func(store.Tx) error) error {
	if s.updates--; s.updates == -1 {
		return s.err
	}
	return s.Store.Update(ctx, func(tx store.Tx) error { return fn(faultyTx{tx, s}) })
}

type faultyTx struct {
	store.Tx
	st *faulty
}

func (t faultyTx) InsertMember(ctx context.Context, m membership.Member) error {
	if t.st.inserts--; t.st.inserts == -1 {
		return t.st.err
	}
	return t.Tx.InsertMember(ctx, m)
}

func (t faultyTx) AppendChanges(ctx context.Context, changes []membership.Change) (int64, error) {
	if t.st.appends--; t.st.appends == -1 {
		return 0, t.st.err
	}
	return t.Tx.AppendChanges(ctx, changes)
}

func TestAFailureOfTheStoreEndsAnImport(t *testing.T) {
	t.Parallel()
	failure := errors.New("out of disk")
	for name, st := range map[string]faulty{
		"it is busy":                  {updates: 2, inserts: -1, appends: -1, err: store.ErrBusy},
		"an insert fails":             {updates: -1, inserts: 23, appends: -1, err: failure},
		"the change log cannot grow":  {updates: -1, inserts: -1, appends: 2, err: failure},
		"an insert says it is closed": {updates: -1, inserts: 29, appends: -1, err: store.ErrClosed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachStore(t, func(t *testing.T, inner store.Store) {
				st := st
				st.Store = inner
				w := newWorldOver(t, &st, roster.Options{})
				results, err := told(w.onboarding(roster.ImportOptions{Batch: 10}, people(100)...))
				wantError(t, "the end", err, st.err)
				equal(t, "results", len(results), 20)
				equal(t, "what is there", w.census(), [3]int{0, 20, 0})
				sameTables(t, "replayed", tables(t, fromLog(t, w.changes(0))), tables(t, inner))
				results, err = told(w.onboarding(roster.ImportOptions{Batch: 10}, people(100)[20:]...)) // going on behind what was told
				must(t, err)
				equal(t, "results of the rest", len(results), 80)
			})
		})
	}
}

// twice is a store that runs everything twice before it commits, as after a conflict, and sees that it is the same.
type twice struct {
	store.Store
	t *testing.T
}

var errAgain = errors.New("again")

func (s twice) Update(ctx context.Context, fn func(store.Tx) error) error {
	var runs [2][]membership.Change
	err := s.Store.Update(ctx, func(tx store.Tx) error { return cmp.Or(fn(appendingTx{tx, &runs[0]}), errAgain) })
	if !errors.Is(err, errAgain) {
		return err
	}
	err = s.Store.Update(ctx, func(tx store.Tx) error { return fn(appendingTx{tx, &runs[1]}) })
	sameChanges(s.t, "the second time", runs[1], runs[0])
	return err
}

// appendingTx notes what is appended to the change log.
type appendingTx struct {
	store.Tx
	appended *[]membership.Change
}

func (t appendingTx) AppendChanges(ctx context.Context, changes []membership.Change) (int64, error) {
	*t.appended = append(*t.appended, changes...)
	return t.Tx.AppendChanges(ctx, changes)
}

func TestAnImportIsTheSameWhenItsTransactionsRunAgain(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, inner store.Store) {
		w := newWorldOver(t, twice{inner, t}, limitOfOne)
		_, err := w.UpdateSettings(t.Context(), membership.SettingsUpdate{AutoCreateAccounts: new(true)})
		must(t, err)
		acme, last := w.account("Acme"), w.last()
		ron := membership.Member{ID: noMember, Name: "Ron"}
		joins := membership.Membership{AccountID: acme.ID, MemberID: ron.ID}
		rows := append(people(3), ron, joins, joins, membership.Account{Name: "Hooli"})
		results, err := told(w.onboarding(roster.ImportOptions{Batch: 4}, rows...))
		must(t, err)
		equal(t, "results", len(results), len(rows))
		for i, result := range results {
			if i == 5 {
				wantError(t, "the second time", result.Err, membership.ErrAlreadyMember)
				continue
			}
			must(t, result.Err)
			stored, err := replay.Present(t.Context(), inner, result.Row.(membership.Image))
			must(t, err)
			equal(t, "what the result shows", result.Row, stored.(membership.Row))
		}
		equal(t, "what is there", w.census(), [3]int{1 + 4 + 1, 4, 4 + 1})
		equal(t, "changes", len(w.changes(last)), 4*3+1+1)
		sameTables(t, "replayed", tables(t, fromLog(t, w.changes(0))), tables(t, inner))

		added, err := w.AddMany(t.Context(), acme.ID, []membership.MemberID{ron.ID, noMember})
		must(t, err)
		for _, result := range added {
			wantError(t, "AddMany", result.Err, membership.ErrAlreadyMember)
		}
	})
}

// asking is a store that counts who asks in its transactions for definitions and settings.
type asking struct {
	store.Store
	n int
}

func (s *asking) Update(ctx context.Context, fn func(store.Tx) error) error {
	return s.Store.Update(ctx, func(tx store.Tx) error { return fn(askingTx{tx, s}) })
}

type askingTx struct {
	store.Tx
	st *asking
}

func (t askingTx) Schema(ctx context.Context, r membership.Resource) (membership.Schema, error) {
	t.st.n++
	return t.Tx.Schema(ctx, r)
}

func (t askingTx) Settings(ctx context.Context) (membership.Settings, error) {
	t.st.n++
	return t.Tx.Settings(ctx)
}

func TestAnImportAsksOnceForWhatItsRowsHaveInCommon(t *testing.T) {
	t.Parallel()
	st := &asking{Store: memstore.New()}
	w := newWorldOver(t, st, roster.Options{})
	var rows []membership.Row
	for range 20 {
		a, m := membership.AccountID{UUID: uuid.New()}, membership.MemberID{UUID: uuid.New()}
		rows = append(rows, membership.Account{ID: a, Name: "Acme"}, membership.Member{ID: m, Name: "Ron"},
			membership.Membership{AccountID: a, MemberID: m})
	}
	_, err := told(w.onboarding(roster.ImportOptions{Batch: 30}, rows...))
	must(t, err)
	equal(t, "what is there", w.census(), [3]int{20, 20, 20})
	equal(t, "questions: three schemas and the settings in each of two transactions", st.n, 2*4)
	_, err = w.AddMany(t.Context(), rows[0].(membership.Account).ID, []membership.MemberID{rows[4].(membership.Member).ID, rows[7].(membership.Member).ID})
	must(t, err)
	equal(t, "questions then", st.n, 2*4+1)
}

func TestAPanicOnTheWayReachesTheCaller(t *testing.T) {
	t.Parallel()
	rows := func(yield func(membership.Row) bool) {
		for _, row := range people(15) {
			if !yield(row) {
				return
			}
		}
		panic(errUndone)
	}
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{})
		onboard := func(svc *roster.Service) (results int) {
			wantError(t, "the panic", attempt(func() error {
				for _, err := range svc.Import(t.Context(), rows, roster.ImportOptions{Batch: 10}) {
					must(t, err)
					results++
				}
				return nil
			}), errUndone)
			return results
		}
		equal(t, "results", onboard(w.Service), 10)
		equal(t, "what is there", w.census(), [3]int{0, 10, 0})

		wantError(t, "a panic of the loop", attempt(func() error {
			for result, err := range w.onboarding(roster.ImportOptions{Batch: 10}, people(15)...) {
				if must(t, err); result.Index == 3 {
					panic(errUndone)
				}
			}
			return nil
		}), errUndone)
		equal(t, "what is there then", w.census(), [3]int{0, 20, 0})

		must(t, w.Update(t.Context(), func(in *roster.Service) error {
			equal(t, "results in an Update that recovers", onboard(in), 10)
			return nil
		}))
		equal(t, "what is there after an Update", w.census(), [3]int{0, 30, 0})
		wantError(t, "an Update that does not recover", attempt(func() error {
			return w.Update(t.Context(), func(in *roster.Service) error {
				_, err := told(in.Import(t.Context(), rows, roster.ImportOptions{Batch: 10}))
				return err
			})
		}), errUndone)
		equal(t, "what is there in the end", w.census(), [3]int{0, 30, 0})
		sameTables(t, "replayed", tables(t, fromLog(t, w.changes(0))), tables(t, st))
	})
}

func TestWithinAnUpdateAnImportBelongsToTheWhole(t *testing.T) {
	t.Parallel()
	errUndo := errors.New("changed my mind")
	onEachStore(t, func(t *testing.T, inner store.Store) {
		st := &faulty{Store: inner, updates: -1, inserts: -1, appends: -1, err: store.ErrBusy}
		w := newWorldOver(t, st, roster.Options{})
		onboard := func(svc *roster.Service, ctx context.Context) ([]roster.Imported, error) {
			rows := append(people(12), membership.Account{Name: " "})
			return told(svc.Import(ctx, slices.Values(rows), roster.ImportOptions{Batch: 5}))
		}
		update := func(what string, want error, written int, fn func(in *roster.Service) error) {
			t.Helper()
			before := w.census()
			wantError(t, what, w.Update(t.Context(), fn), want)
			equal(t, what+": what is there", w.census(), [3]int{before[0], before[1] + written, before[2]})
		}
		update("it is committed", nil, 12, func(in *roster.Service) error {
			results, err := onboard(in, t.Context())
			must(t, err)
			equal(t, "results", len(results), 13)
			wantError(t, "one that is refused", results[12].Err, membership.ErrInvalidField)
			_, err = in.Member(t.Context(), results[11].Row.(membership.Member).ID)
			wantError(t, "what is imported is seen", err, nil)
			return nil
		})
		update("the whole is undone", errUndo, 0, func(in *roster.Service) error {
			_, err := onboard(in, t.Context())
			must(t, err)
			return errUndo
		})
		update("it is left early", nil, 5, func(in *roster.Service) error {
			for _, err := range in.Import(t.Context(), slices.Values(people(12)), roster.ImportOptions{Batch: 5}) {
				return err
			}
			return nil
		})
		update("a failure that is not passed on", store.ErrBusy, 0, func(in *roster.Service) error {
			st.inserts = 7
			results, err := onboard(in, t.Context())
			wantError(t, "the end", err, store.ErrBusy)
			equal(t, "results", len(results), 5)
			return nil
		})
		update("a context that has ended, which is not passed on", context.Canceled, 0, func(in *roster.Service) error {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			for result, err := range in.Import(ctx, slices.Values(people(12)), roster.ImportOptions{Batch: 5}) {
				if cancel(); err != nil {
					equal(t, "results", result.Index, 0)
					wantError(t, "the end", err, context.Canceled)
				}
			}
			return nil
		})
		sameTables(t, "replayed", tables(t, fromLog(t, w.changes(0))), tables(t, inner))
	})
}

func TestWithinAViewNothingIsImported(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.View(t.Context(), func(svc *roster.Service) error {
		results, err := told(svc.Import(t.Context(), slices.Values(people(1)), roster.ImportOptions{}))
		equal(t, "results", len(results), 0)
		if err == nil || err.Error() != "roster: a View cannot write; use Update" {
			t.Errorf("the end: %v", err)
		}
		return nil
	}))
	equal(t, "what is there", w.census(), [3]int{})
}

func TestTheLogIsPrunedDuringAnImport(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{Retention: membership.Retention{MaxCount: 50}})
		_, err := w.UpdateSettings(t.Context(), membership.SettingsUpdate{AutoCreateAccounts: new(true)})
		must(t, err)
		w.clock.Advance(time.Second)
		_, err = told(w.onboarding(roster.ImportOptions{}, people(3000)...)) // three changes each
		must(t, err)
		first, last, err := w.ChangeBounds(t.Context())
		must(t, err)
		equal(t, "the last", last, 1+3*3000)
		if kept := last - first + 1; kept > 50+128 {
			t.Errorf("%d changes are kept", kept)
		}
	})
}
