package main

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// turn is what one contender did in one round.
type turn struct {
	done, busy  int
	took        time.Duration
	p50, p99    time.Duration // 0 where single operations were not timed
	cpu         ticker        // what it used
	allocations uint64
	retries     counted // transactions that were begun anew
}

// ticker is a reading of CPU time; Known is false where it cannot be had.
type ticker struct {
	Used  time.Duration
	Known bool
}

func (t ticker) plus(u ticker) ticker { return ticker{t.Used + u.Used, t.Known && u.Known} }

// counted is a number; known is false where nobody counts.
type counted struct {
	n     int
	known bool
}

func (t turn) rate() float64 { return float64(t.done) / t.took.Seconds() }

// cpuPer is the CPU time of one operation.
func (t turn) cpuPer() time.Duration { return t.cpu.Used / time.Duration(max(t.done, 1)) }

func (t turn) allocationsPer() float64 { return float64(t.allocations) / float64(max(t.done, 1)) }

// measure says what fn used, beside what it says itself.
func measure(cpu func() ticker, fn func() (turn, error)) (turn, error) {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	used := cpu()
	began := time.Now()
	t, err := fn()
	t.took = time.Since(began)
	now := cpu()
	runtime.ReadMemStats(&after)
	t.cpu = ticker{now.Used - used.Used, now.Known && used.Known}
	t.allocations = after.Mallocs - before.Mallocs
	if err == nil && t.done == 0 {
		err = fmt.Errorf("nothing was done in %v, %d gave up waiting", t.took, t.busy)
	}
	return t, err
}

// operation does one piece of work, which is number n for the contender, counted from 0 over all rounds.
type operation func(n int) error

// worker repeats an operation for as long as a turn is.
type worker struct {
	do         operation
	goroutines int
	timed      bool // each operation by itself, which would be most of the time that a very short one takes
	most       int  // how many operations a turn may have; 0 means as many as there is time for
	next       atomic.Int64
}

func (w *worker) work(length time.Duration) (turn, error) {
	if w.timed {
		return w.workTimed(length)
	}
	return w.workAlone(length)
}

// workTimed works with all goroutines and times each operation.
func (w *worker) workTimed(length time.Duration) (turn, error) {
	end, last := time.Now().Add(length), w.next.Load()+int64(w.most)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var t turn
	var all []time.Duration
	var failures []error
	for range w.goroutines {
		wg.Go(func() {
			took, busy, err := w.repeat(end, last)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
			t.busy += busy
			if err != nil {
				failures = append(failures, err)
			}
		})
	}
	wg.Wait()
	slices.Sort(all)
	t.done, t.p50, t.p99 = len(all), percentile(all, 50), percentile(all, 99)
	return t, errors.Join(failures...)
}

// repeat is what one goroutine does, until the time or the numbers come to their end. It begins once, however late it is.
func (w *worker) repeat(end time.Time, last int64) (took []time.Duration, busy int, err error) {
	took = make([]time.Duration, 0, 1<<12)
	for at := time.Now(); len(took)+busy == 0 || at.Before(end); {
		n := w.next.Add(1)
		if w.most > 0 && n > last {
			w.next.Add(-1)
			break
		}
		err := w.do(int(n - 1))
		now := time.Now()
		switch {
		case errors.Is(err, errBusy):
			busy++
		case err != nil:
			return took, busy, err
		default:
			took = append(took, now.Sub(at))
		}
		at = now
	}
	return took, busy, nil
}

// workAlone works with one goroutine, and looks at the clock about once in a millisecond.
func (w *worker) workAlone(length time.Duration) (turn, error) {
	began, first := time.Now(), int(w.next.Load())
	n := first
	for batch, last := 1, began; last.Sub(began) < length; {
		for range batch {
			if err := w.do(n); err != nil {
				return turn{}, err
			}
			n++
		}
		now := time.Now()
		if now.Sub(last) < time.Millisecond {
			batch *= 2
		}
		last = now
	}
	w.next.Store(int64(n))
	return turn{done: n - first}, nil
}
