package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

// figure is the row of one number with a target.
func figure(contender, spelled string, value, most float64, unit string) row {
	r := row{contender: contender, figure: spelled, promise: fmt.Sprintf("≤ %.0f %s", most, unit), met: "yes"}
	if value > most {
		r.met = "**no**"
	}
	return r
}

// onDisk is how many bytes a membership takes in the file, with all indexes.
func onDisk(b *bench, _ string) ([]row, error) {
	g, err := b.grow(b.large)
	if err != nil {
		return nil, err
	}
	return []row{figure("roster", fmt.Sprintf("%.0f bytes", g.bytesEach), g.bytesEach, 340, "bytes")}, nil
}

// inHeap is how many bytes a membership takes in memory.
func inHeap(b *bench, _ string) ([]row, error) {
	w := world{Accounts: max(b.kept/b.each, 1), Members: 10 * b.each}
	s, err := openService(memstore.New(), w)
	if err != nil {
		return nil, err
	}
	before := heap()
	ctx := context.Background()
	err = s.store.Update(ctx, func(tx store.Tx) error {
		return s.insert(ctx, tx, 0, b.kept, membership.Timestamp(time.Now()))
	})
	if err != nil {
		return nil, err
	}
	each := float64(heap()-before) / float64(b.kept)
	return []row{figure("roster, memory", fmt.Sprintf("%.0f bytes", each), each, 400, "bytes")}, s.Close()
}

// heap is how many bytes are in use.
func heap() uint64 {
	runtime.GC()
	runtime.GC() // what the first one's finalizers let go
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// opening is how long it takes until the large file can be asked.
func opening(b *bench, _ string) ([]row, error) {
	g, err := b.grow(b.large)
	if err != nil {
		return nil, err
	}
	var took []float64
	for range 4*b.rounds + 1 {
		began := time.Now()
		st, err := sqlitestore.Open(g.path, sqlitestore.Options{})
		if err != nil {
			return nil, err
		}
		took = append(took, float64(time.Since(began)))
		if err := st.Close(); err != nil {
			return nil, err
		}
	}
	middle := median(took)
	return []row{figure("roster", duration(middle), middle/1e6, 5, "ms")}, nil
}

// resident is the most memory that a process needs that serves lists from the large file. The process is this program, so
// that what PocketBase and OpenFGA make of memory when a program with them starts is in it, too.
func resident(b *bench, _ string) (rows []row, err error) {
	g, err := b.grow(b.large)
	if err != nil {
		return nil, err
	}
	c, err := newClient(serving{Contender: rosterServer, File: g.path}, rosterAPI{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	c.Accounts = texts(g.accounts)
	w := worker{do: fetches(c, g.world, false), goroutines: clients, timed: true}
	if _, err := w.work(time.Duration(b.rounds) * b.turn); err != nil {
		return nil, err
	}
	used, err := c.usage()
	if err != nil {
		return nil, err
	}
	if used.Peak == 0 {
		return []row{{contender: "roster over HTTP", figure: "n/a"}}, nil
	}
	megabytes := float64(used.Peak) / (1 << 20)
	return []row{figure("roster over HTTP", fmt.Sprintf("%.0f MB at most", megabytes), megabytes, 100, "MB")}, nil
}
