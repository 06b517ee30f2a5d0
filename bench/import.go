package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

// importer adds the pairs from first on, so many of them, by its rules.
type importer interface {
	contender
	importPairs(first, count int) error
}

// importBatch is how many rows a transaction has.
const importBatch = 10_000

// importPairs is the ceiling: nothing is asked but what constraints say.
func (r *raw) importPairs(first, count int) error {
	for end := first + count; first < end; first += importBatch {
		if err := r.importBatch(first, min(first+importBatch, end)); err != nil {
			return err
		}
	}
	return nil
}

func (r *raw) importBatch(first, end int) error {
	if _, err := r.begin.Exec(); err != nil {
		return err
	}
	for n := first; n < end; n++ {
		account, member := r.pair(n)
		id, now := uuid.Must(uuid.NewV7()), time.Now().UnixMilli()
		if _, err := r.joins.insert.Exec(id[:], r.accounts[account][:], r.members[member][:], now, now); err != nil {
			_, undone := r.rollback.Exec()
			return errors.Join(err, undone)
		}
	}
	_, err := r.commit.Exec()
	return err
}

// importPairs goes through the service, with every rule and the change log.
func (s *service) importPairs(first, count int) error {
	rows := func(yield func(membership.Row) bool) {
		for n := first; n < first+count; n++ {
			account, member := s.pair(n)
			if !yield(membership.Membership{AccountID: s.accounts[account], MemberID: s.members[member]}) {
				return
			}
		}
	}
	for result, err := range s.Import(context.Background(), rows, roster.ImportOptions{Batch: importBatch}) {
		if err = cmp.Or(err, result.Err); err != nil {
			return err
		}
	}
	return nil
}

// importing is the player whose turns are imports, each into a new world, however long they take.
type importing struct {
	dir   string
	open  opener
	world world
	rows  int
	round int
}

// Turn implements player.
func (i *importing) Turn(time.Duration) (t turn, err error) {
	dir := filepath.Join(i.dir, fmt.Sprint(i.round))
	i.round++
	if err := os.Mkdir(dir, 0o700); err != nil {
		return t, err
	}
	c, err := i.open(dir, i.world)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, c.Close(), os.RemoveAll(dir)) }()
	into, ok := c.(importer)
	if !ok {
		return t, fmt.Errorf("%T cannot import", c)
	}
	settle()
	t, err = measure(processCPU, func() (turn, error) {
		return turn{done: i.rows}, into.importPairs(i.world.memberships(), i.rows)
	})
	if err != nil {
		return t, err
	}
	return t, checkCount(c, i.world.memberships()+i.rows)
}

// Check implements player. Every turn is checked by itself.
func (i *importing) Check() error { return nil }

// imports has a contender import.
func imports(name string, open opener, into world, rows int, targets ...target) entry {
	start := func(dir string) (player, error) {
		return &importing{dir: dir, open: open, world: into, rows: rows}, nil
	}
	return entry{name: name, roster: len(targets) == 0, start: start, targets: targets}
}

// Close implements player.
func (i *importing) Close() error { return nil }
