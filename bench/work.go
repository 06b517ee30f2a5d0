package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// work is something to do with some of the contenders. Its directory is its own, and gone afterwards.
type work struct {
	name string
	do   func(b *bench, dir string) ([]row, error)
}

// bench is one run: how much there is to do, and what several works share.
type bench struct {
	scale
	dir      string
	grown    map[int]*grownFile // by their number of memberships
	postgres *postgres
}

func newBench(dir string, size scale) *bench {
	return &bench{scale: size, dir: dir, grown: map[int]*grownFile{}, postgres: newPostgres()}
}

// perform does a work in a directory of its own.
func (b *bench) perform(w work) ([]row, error) {
	dir, err := os.MkdirTemp(b.dir, "work-")
	if err != nil {
		return nil, err
	}
	rows, err := w.do(b, dir)
	if err != nil {
		err = fmt.Errorf("%s: %w", w.name, err)
	}
	return rows, errors.Join(err, os.RemoveAll(dir))
}

// player is a contender that is ready to take its turns.
type player interface {
	Turn(length time.Duration) (turn, error)
	// Check looks, after the last turn, whether what was done is there.
	Check() error
	Close() error
}

// entry is a contender in a work.
type entry struct {
	name    string
	roster  bool // whether it is the one that the others are compared with
	start   func(dir string) (player, error)
	targets []target
}

// byTurns is a work in which several contenders take turns.
func byTurns(name string, entries ...entry) work {
	return work{name, func(b *bench, dir string) ([]row, error) {
		players, err := start(entries, dir)
		if err == nil {
			var turns [][]turn
			if turns, err = b.play(entries, players); err == nil {
				return tabulate(entries, turns), closeAll(players)
			}
		}
		return nil, errors.Join(err, closeAll(players))
	}}
}

// start makes everybody ready, each with a directory of its own. With an error it returns those who are.
func start(entries []entry, dir string) (players []player, err error) {
	for i, e := range entries {
		own := filepath.Join(dir, fmt.Sprint(i))
		if err := os.Mkdir(own, 0o700); err != nil {
			return players, err
		}
		p, err := e.start(own)
		if err != nil {
			return players, fmt.Errorf("%s: %w", e.name, err)
		}
		players = append(players, p)
	}
	return players, nil
}

func closeAll(players []player) error {
	var failures []error
	for _, p := range players {
		failures = append(failures, p.Close())
	}
	return errors.Join(failures...)
}

// play gives everybody a turn in each round, another one first in every round. What it returns has the turns of each
// entry, a round each.
func (b *bench) play(entries []entry, players []player) ([][]turn, error) {
	turns := make([][]turn, len(players))
	for round := range b.rounds {
		for i := range players {
			i = (i + round) % len(players)
			settle()
			t, err := players[i].Turn(b.turn)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", entries[i].name, err)
			}
			turns[i] = append(turns[i], t)
		}
	}
	for i, p := range players {
		if err := p.Check(); err != nil {
			return nil, fmt.Errorf("%s: %w", entries[i].name, err)
		}
	}
	return turns, nil
}
