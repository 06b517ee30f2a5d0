package rivals_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/history"
	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

const (
	hasteners = 16 // goroutines that write
	// shortest is up to which deadlines are chosen. Some are longer, so that many writes succeed, too.
	shortest = 300 * time.Microsecond
	longer   = 1000
)

// verdicts are what writes were answered with, by their keys.
type verdicts struct {
	mu                    sync.Mutex
	done, failed, unknown []string
	faults                []error
}

// isCutOff reports whether an error is the context's, or says that a neighbour had the lock for too long.
func isCutOff(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, store.ErrBusy)
}

// note keeps an answer. An error is one of being cut off, or it says that it does not know; nothing else is promised.
func (v *verdicts) note(key string, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case err == nil:
		v.done = append(v.done, key)
	case errors.Is(err, store.ErrOutcomeUnknown):
		v.unknown = append(v.unknown, key)
	default:
		v.failed = append(v.failed, key)
		if !isCutOff(err) {
			v.faults = append(v.faults, fmt.Errorf("%s: %w", key, err))
		}
	}
}

// soon is a deadline that is at hand, most often.
func soon() time.Duration {
	if rand.N(20) == 0 {
		return rand.N(longer * shortest)
	}
	return rand.N(shortest)
}

// orSure gives the first try too little time while a neighbour has the lock, the second one all that it needs, and the third
// one none, so that there is one of each on any machine.
func orSure(n int, deadline time.Duration) time.Duration {
	switch n {
	case 0:
		return 5 * time.Millisecond
	case 1:
		return time.Hour
	case 2:
		return 0
	}
	return deadline
}

// hurry writes from several goroutines, each time with a deadline.
func (v *victim) hurry(t *testing.T, writes int) *verdicts {
	said := &verdicts{}
	history.AtOnce(hasteners, func(w int) {
		for n := range writes / hasteners {
			key := fmt.Sprintf("key %d-%d", w, n)
			if n%2 == 0 {
				key += " and others"
			}
			ctx, cancel := context.WithTimeout(t.Context(), orSure(n, soon()))
			said.note(key, v.write(ctx, key, n%2 == 0))
			cancel()
			v.ended()
		}
	})
	return said
}

// check holds what was answered against what there is, and returns how many acknowledged writes are lost.
func (v *verdicts) check(t *testing.T, there found) (lost int) {
	t.Helper()
	for _, err := range v.faults {
		t.Error(err)
	}
	for _, key := range v.done {
		if there.accounts[key] != 1 {
			lost++
		}
	}
	for _, key := range v.failed {
		if there.accounts[key] != 0 || there.members[key] != 0 {
			t.Errorf("%s: failed, and is there", key)
		}
	}
	for key, n := range there.members { // whatever was answered: all of it or nothing
		if n != 1 || there.accounts[key] != 1 || there.joined[key] != 1 {
			t.Errorf("%s: there are %d accounts, %d members and %d memberships", key, there.accounts[key], n, there.joined[key])
		}
	}
	for key, n := range there.accounts {
		if n != 1 {
			t.Errorf("%s: there are %d accounts", key, n)
		}
	}
	return lost
}

func TestAWriteThatIsCutOffIsNotCommittedOrSaysThatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for name, open := range victims {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := open(t)
			var said *verdicts
			v.besides(t, hasteners, func() { said = v.hurry(t, torture.Rounds(3000/v.slow, 20_000)/torture.RaceCost) })
			if len(said.done) == 0 || len(said.failed)+len(said.unknown) == 0 {
				t.Errorf("%d writes succeeded and %d failed, so nothing is proven", len(said.done), len(said.failed)+len(said.unknown))
			}
			v.checkIdle(t)
			there := withoutHelpers(v.find(t))
			torture.Report(t, torture.Result{
				Part: torture.Time, Promise: "A write that is cut off is not committed, or says that it does not know", Where: name,
				Rounds:       len(said.done) + len(said.failed) + len(said.unknown),
				Acknowledged: len(said.done), Lost: said.check(t, there),
				Method:   fmt.Sprintf("%d writers, deadlines of 0 to %s, one in twenty up to %s", hasteners, shortest, longer*shortest),
				Measured: fmt.Sprintf("%d not committed, %d unknown, of which %d are there", len(said.failed), len(said.unknown), there.of(said.unknown)),
			})
		})
	}
}

// of counts how many of some keys are there.
func (f found) of(keys []string) (n int) {
	for _, key := range keys {
		n += f.accounts[key]
	}
	return n
}

// withoutHelpers leaves out what checkIdle has made: a rival may have come twice.
func withoutHelpers(f found) found {
	for _, m := range []map[string]int{f.accounts, f.members, f.joined} {
		delete(m, "a rival")
	}
	return f
}

// interruptions are what may be cut off besides a write. Each goes on until its context ends, or it has come to its end.
var interruptions = map[string]func(ctx context.Context, svc *roster.Service) error{
	"lists": func(ctx context.Context, svc *roster.Service) error {
		for {
			q := membership.Query{Limit: 100, Filter: membership.All(membership.ILike(membership.AttrName, "*9*"))}
			if _, err := svc.Accounts(ctx, q); err != nil {
				return err
			}
		}
	},
	"walks": func(ctx context.Context, svc *roster.Service) error {
		for _, err := range svc.AllAccounts(ctx, membership.Query{}) {
			if err != nil {
				return err
			}
		}
		return nil
	},
	"walks that are left": func(ctx context.Context, svc *roster.Service) error {
		for _, err := range svc.AllAccounts(ctx, membership.Query{}) {
			return err
		}
		return nil
	},
	"followers": func(ctx context.Context, svc *roster.Service) error {
		for _, err := range svc.Changes(ctx, 0, roster.ChangeOptions{}) {
			if err != nil {
				return err
			}
		}
		return nil
	},
	"consumers": func(ctx context.Context, svc *roster.Service) error {
		return svc.Consume(ctx, "c", func(ctx context.Context, in *roster.Service, _ membership.Change) error {
			_, err := in.Settings(ctx)
			return err
		}, roster.ConsumeOptions{})
	},
	"views": func(ctx context.Context, svc *roster.Service) error {
		return svc.View(ctx, func(in *roster.Service) error {
			for _, err := range in.AllAccounts(ctx, membership.Query{}) {
				if err != nil {
					return err
				}
			}
			return nil
		})
	},
}

const (
	importRows  = 400
	importBatch = 25
)

// importSome imports accounts, and returns the names of those that were told, and of those that were not.
func (v *victim) importSome(ctx context.Context, name string) (said, unsaid []string, err error) {
	var rows []membership.Row
	for n := range importRows {
		unsaid = append(unsaid, fmt.Sprintf("%s, row %d", name, n))
		rows = append(rows, membership.Account{Name: unsaid[n]})
	}
	for imported, err := range v.svc.Import(ctx, slices.Values(rows), roster.ImportOptions{Batch: importBatch}) {
		if err != nil {
			return said, unsaid, err
		}
		said, unsaid = append(said, unsaid[0]), unsaid[1:]
		v.ended()
		if imported.Err != nil {
			return said, unsaid, imported.Err
		}
	}
	return said, unsaid, nil
}

// cutOff starts whatever can be cut off, again and again, and ends it with a deadline.
func (v *victim) cutOff(t *testing.T, rounds int) *verdicts {
	said := &verdicts{}
	var all sync.WaitGroup
	within := func(deadline time.Duration, do func(ctx context.Context)) {
		ctx, cancel := context.WithTimeout(t.Context(), deadline)
		defer cancel()
		do(ctx)
	}
	for what, interrupted := range interruptions {
		all.Go(func() {
			for range rounds {
				within(rand.N(100*shortest), func(ctx context.Context) {
					if err := interrupted(ctx, v.svc); err != nil && !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("%s: %v", what, err)
					}
				})
			}
		})
	}
	for w := range 2 {
		all.Go(func() {
			for n := range rounds {
				within(orSure(n, rand.N(longer*shortest)), func(ctx context.Context) {
					said.noteImport(v.importSome(ctx, fmt.Sprintf("import %d-%d", w, n)))
					v.ended()
				})
			}
		})
	}
	all.Wait()
	return said
}

// noteImport keeps what an import has told. Where it does not know, that is about the batch that comes next.
func (v *verdicts) noteImport(said, unsaid []string, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.done = append(v.done, said...)
	switch {
	case errors.Is(err, store.ErrOutcomeUnknown):
		v.unknown, unsaid = append(v.unknown, unsaid[:importBatch]...), unsaid[importBatch:]
	case err != nil && !isCutOff(err):
		v.faults = append(v.faults, err)
	}
	v.failed = append(v.failed, unsaid...)
}

func TestWhateverIsCutOffLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	for name, open := range victims {
		if name == "HTTP" || name == "SQLite, a program's transactions" {
			continue // they differ from others in how they write
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := open(t)
			accounts, _ := newAccounts(1200)
			for imported, err := range v.svc.Import(t.Context(), slices.Values(accounts), roster.ImportOptions{}) {
				if err := errors.Join(err, imported.Err); err != nil {
					t.Fatal(err)
				}
			}
			rounds := max(torture.Rounds(15, 200)/torture.RaceCost, 3)
			var said *verdicts
			v.besides(t, 1, func() { said = v.cutOff(t, rounds) })
			if len(said.done) == 0 || len(said.failed) == 0 {
				t.Errorf("%d rows were imported, %d were not, so nothing is proven", len(said.done), len(said.failed))
			}
			v.checkIdle(t)
			torture.Report(t, torture.Result{
				Part: torture.Time, Promise: "What is cut off leaves no connection, lock or transaction behind", Where: name, Rounds: rounds * (len(interruptions) + 2),
				Acknowledged: len(said.done), Lost: said.check(t, withoutHelpers(v.find(t))),
				Method:   "lists, walks, views, followers, consumers and imports with deadlines; then pool statistics, another writer, and Close",
				Measured: fmt.Sprintf("%d rows imported, %d not, %d unknown", len(said.done), len(said.failed), len(said.unknown)),
			})
		})
	}
}
