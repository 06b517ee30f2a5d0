package disk_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// ledger remembers what was answered to those who wrote: accounts, by their names, each of which is used once.
type ledger struct {
	mu      sync.Mutex
	made    int
	kept    map[string]membership.AccountID // acknowledged
	refused map[string]bool                 // told that nothing was changed
	unknown int                             // told that nobody can tell
	all     int                             // acknowledged ever
	lost    int                             // of those, how many were not found
}

func newLedger() *ledger {
	return &ledger{kept: map[string]membership.AccountID{}, refused: map[string]bool{}}
}

// name is a new one.
func (l *ledger) name() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.made++
	return fmt.Sprintf("account %d", l.made)
}

// answered takes down the answer about an account.
func (l *ledger) answered(name string, id membership.AccountID, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err == nil:
		l.kept[name] = id
		l.all++
	case errors.Is(err, store.ErrOutcomeUnknown):
		l.unknown++
	default:
		l.refused[name] = true
	}
}

// deleted takes down that an account was.
func (l *ledger) deleted(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.kept, name)
}

// anyKept is an account that was acknowledged.
func (l *ledger) anyKept() (string, membership.AccountID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	name := slices.Min(slices.Collect(maps.Keys(l.kept)))
	return name, l.kept[name]
}

func (l *ledger) create(ctx context.Context, svc *roster.Service) error {
	name := l.name()
	a, err := svc.CreateAccount(ctx, membership.Account{Name: name})
	l.answered(name, a.ID, err)
	return err
}

// verify looks for everything that was acknowledged and for nothing that was refused. It counts what is lost, once.
func (l *ledger) verify(t *testing.T, svc *roster.Service) {
	t.Helper()
	there := map[string]bool{}
	for a, err := range svc.AllAccounts(t.Context(), membership.Query{}) {
		if err != nil {
			t.Fatalf("reading: %v", err)
		}
		there[a.Name] = true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for name := range l.kept {
		if !there[name] {
			l.lost++
			delete(l.kept, name)
		}
	}
	for name := range l.refused {
		if there[name] {
			t.Errorf("%s was refused, and is there", name)
		}
	}
}

// fill creates accounts from several goroutines at once until each has been refused three times, for want of room and for
// nothing else.
func (l *ledger) fill(t *testing.T, svc *roster.Service) {
	t.Helper()
	const most = 20_000 // more than any disk of these tests takes
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			refused := 0
			for range most {
				err := l.create(t.Context(), svc)
				if err != nil && !errors.Is(err, store.ErrStorageFull) {
					t.Errorf("the error of a full disk is %v", err)
				}
				if err != nil {
					refused++
				}
				if refused == 3 {
					return
				}
			}
			t.Error("the disk does not get full")
		})
	}
	all.Wait()
}
