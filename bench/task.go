package main

import (
	"errors"
	"fmt"
	"time"
)

// opener makes a contender with a world, and keeps its files in a directory.
type opener func(dir string, w world) (contender, error)

// task is what the contenders of a work do: an operation, again and again, each in a world of its own.
type task struct {
	world
	operate    operate
	goroutines int // 0 is one, whose operations are too short to be timed one by one
	most       int // how many operations a turn may have; 0 means as many as there is time for
	creates    bool
}

// beside has a contender do the task, for roster to be compared with.
func (t task) beside(name string, open opener, targets ...target) entry {
	start := func(dir string) (player, error) {
		c, err := open(dir, t.world)
		if err != nil {
			return nil, err
		}
		return t.player(c)
	}
	return entry{name: name, start: start, targets: targets}
}

// roster has roster do the task.
func (t task) roster(name string, open opener, targets ...target) entry {
	e := t.beside(name, open, targets...)
	e.roster = true
	return e
}

func (t task) player(c contender) (player, error) {
	do, err := t.operate(c, t.world)
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return &doing{task: t, contender: c, worker: worker{do: do, goroutines: t.goroutines, timed: t.goroutines > 0, most: t.most}}, nil
}

// doing is a contender that does its task.
type doing struct {
	task
	contender
	worker
	done int
}

// Turn implements player.
func (d *doing) Turn(length time.Duration) (turn, error) {
	cpu := processCPU
	if elsewhere, ok := d.contender.(interface{ CPU() ticker }); ok {
		cpu = elsewhere.CPU
	}
	retries := func() int { return 0 }
	again, counts := d.contender.(interface{ Retries() int })
	if counts {
		retries = again.Retries
	}
	before := retries()
	t, err := measure(cpu, func() (turn, error) { return d.work(length) })
	t.retries = counted{retries() - before, counts}
	d.done += t.done
	return t, err
}

// Check implements player.
func (d *doing) Check() error {
	if !d.creates {
		return nil
	}
	return checkCount(d.contender, d.memberships()+d.done)
}

// checkCount complains unless there are so many memberships.
func checkCount(c contender, want int) error {
	all, err := can[counter](c)
	if err != nil {
		return err
	}
	n, err := all.Count()
	if err == nil && n != want {
		err = fmt.Errorf("there are %d memberships, and should be %d", n, want)
	}
	return err
}

// creating is the task of joining existing members to existing accounts.
func (b *bench) creating(goroutines int) task {
	return b.creatingIn(world{Accounts: b.accounts, Members: b.members}, goroutines)
}

func (b *bench) creatingIn(w world, goroutines int) task {
	return task{world: w, operate: joins, goroutines: goroutines, most: w.room() / b.rounds, creates: true}
}

// room is how many pairs there are beside the memberships of the start, by the accounts' limit.
func (w world) room() int { return w.Accounts * (min(w.accountLimit(), w.Members) - w.Each) }

// reading is a task in a world that does not change.
func (b *bench) reading(operate operate, goroutines int) task {
	return task{world: world{Accounts: b.lists, Members: 4 * b.each, Each: b.each}, operate: operate, goroutines: goroutines}
}
