package memstore

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// isFree checks that a lock is as it was in the beginning.
func isFree(t *testing.T, l *lock) {
	t.Helper()
	if n := l.readers.Load(); n != 0 || l.writing || len(l.queue) != 0 {
		t.Errorf("the lock has %d readers, a writer: %t, %d waiters; want none", n, l.writing, len(l.queue))
	}
}

// visitors come to a lock one after the other, and tell when they are in.
type visitors struct {
	lock
	t       *testing.T
	telling sync.Mutex
	in      []string // guarded by telling
}

// comes has a visitor acquire the lock, and returns when it is in or waits. It stays until the returned function is called.
func (v *visitors) comes(ctx context.Context, name string, m mode) (leave func()) {
	gone := make(chan struct{})
	go func() {
		if err := v.acquire(ctx, m); err != nil {
			v.enters(name + " gave up")
			return
		}
		v.enters(name)
		<-gone
		v.release(m)
	}()
	synctest.Wait()
	return func() { close(gone); synctest.Wait() }
}

func (v *visitors) enters(name string) {
	v.telling.Lock()
	defer v.telling.Unlock()
	v.in = append(v.in, name)
}

// entered checks who has come in since the last time, in any order.
func (v *visitors) entered(want ...string) {
	v.t.Helper()
	v.telling.Lock()
	defer v.telling.Unlock()
	slices.Sort(v.in)
	if !slices.Equal(v.in, want) {
		v.t.Errorf("those came in: %q, want %q", v.in, want)
	}
	v.in = nil
}

func TestWhoeverComesFirstIsServedFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := &visitors{t: t}
		reader1 := v.comes(t.Context(), "reader 1", shared)
		reader2 := v.comes(t.Context(), "reader 2", shared)
		v.entered("reader 1", "reader 2")
		writer1 := v.comes(t.Context(), "writer 1", exclusive)
		reader3 := v.comes(t.Context(), "reader 3", shared)
		reader4 := v.comes(t.Context(), "reader 4", shared)
		writer2 := v.comes(t.Context(), "writer 2", exclusive)
		reader5 := v.comes(t.Context(), "reader 5", shared)
		reader1()
		v.entered()
		reader2()
		v.entered("writer 1")
		writer1()
		v.entered("reader 3", "reader 4")
		reader4()
		v.entered()
		reader3()
		v.entered("writer 2")
		writer2()
		v.entered("reader 5")
		reader5()
		isFree(t, &v.lock)
	})
}

func TestWhoGivesUpWaitingStandsInNobodysWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := &visitors{t: t}
		impatient, giveUp := context.WithCancel(t.Context())
		first := v.comes(t.Context(), "first", shared)
		v.entered("first")
		v.comes(impatient, "writer", exclusive)
		second := v.comes(t.Context(), "second", shared)
		v.entered()
		giveUp()
		synctest.Wait()
		v.entered("second", "writer gave up")
		third := v.comes(t.Context(), "third", shared)
		v.entered("third")
		third()
		second()
		first()
		isFree(t, &v.lock)

		impatient, giveUp = context.WithCancel(t.Context())
		writer := v.comes(t.Context(), "writer", exclusive)
		v.entered("writer")
		v.comes(impatient, "reader", shared)
		v.comes(impatient, "other writer", exclusive)
		giveUp()
		synctest.Wait()
		v.entered("other writer gave up", "reader gave up")
		writer()
		isFree(t, &v.lock)
	})
}

func TestWhatIsGrantedInTheLastMomentIsGivenBack(t *testing.T) {
	t.Parallel()
	for _, m := range []mode{shared, exclusive} {
		var l lock
		if err := l.acquire(t.Context(), exclusive); err != nil {
			t.Fatal(err)
		}
		w := &waiter{mode: m, granted: make(chan struct{})}
		l.queue = append(l.queue, w)
		l.release(exclusive)
		<-w.granted
		l.abandon(w) // its context has ended at the same time
		isFree(t, &l)
	}
}

func TestAContextThatHasEndedTakesNoLock(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var l lock
	for _, m := range []mode{shared, exclusive} {
		if err := l.acquire(ctx, m); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		isFree(t, &l)
	}
}

// TestALockKeepsWritersApart has the race detector, too, look at what the lock guards.
func TestALockKeepsWritersApart(t *testing.T) {
	t.Parallel()
	const visitors, visits = 8, 10_000
	var l lock
	var readers, writers atomic.Int64
	guarded := 0
	visit := func(rng *rand.Rand) bool {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if rng.IntN(3) == 0 {
			go cancel()
		}
		m := mode(rng.IntN(4) == 0)
		if err := l.acquire(ctx, m); err != nil {
			return false
		}
		defer l.release(m)
		if m == exclusive {
			writers.Add(1)
			defer writers.Add(-1)
			guarded++
		} else {
			readers.Add(1)
			defer readers.Add(-1)
		}
		if rng.IntN(4) == 0 {
			runtime.Gosched()
		}
		if w, r := writers.Load(), readers.Load(); w > 1 || w == 1 && (r > 0 || m == shared) || guarded < 0 {
			t.Errorf("%d writers and %d readers are in", w, r)
		}
		return m == exclusive
	}
	var wrote atomic.Int64
	var wg sync.WaitGroup
	for n := range visitors {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(n), 1))
			for range visits {
				if visit(rng) {
					wrote.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if int64(guarded) != wrote.Load() {
		t.Errorf("%d writes are left of %d", guarded, wrote.Load())
	}
	isFree(t, &l)
}
