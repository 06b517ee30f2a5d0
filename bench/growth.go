package main

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster/sqlitestore"
)

// grownFile is a database file of roster's with many memberships. It has no change log: the rows went past roster, so that
// a million takes a minute.
type grownFile struct {
	population
	path      string
	bytesEach float64 // of the file, for a membership
}

// grow is the file with so many memberships. All works of a run share it.
func (b *bench) grow(memberships int) (*grownFile, error) {
	if g, ok := b.grown[memberships]; ok {
		return g, nil
	}
	// The limit is beyond what the accounts have, so that there is room for creates.
	w := world{Accounts: memberships / b.each, Members: 10 * b.each, Each: b.each, AccountLimit: 10 * b.each}
	g := &grownFile{population: newPopulation(w), path: filepath.Join(b.dir, fmt.Sprintf("%d.db", memberships))}
	if err := g.fill(); err != nil {
		return nil, err
	}
	b.grown[memberships] = g
	return g, nil
}

func (g *grownFile) fill() (err error) {
	st, err := sqlitestore.Open(g.path, sqlitestore.Options{})
	if err != nil {
		return err
	}
	if err := st.Close(); err != nil {
		return err
	}
	// Nobody reads the file before it is closed, so nothing has to reach the disk earlier.
	db, err := sql.Open("sqlite", fileURI(g.path)+"?_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)"+
		"&_pragma=foreign_keys(0)&_pragma=cache_size(-1000000)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	now := time.Now().UnixMilli()
	if err := inTx(db, func(tx *sql.Tx) error { return g.fillAccounts(tx, now) }); err != nil {
		return err
	}
	before, err := g.size(db)
	if err != nil {
		return err
	}
	if err := g.fillMemberships(db, now); err != nil {
		return err
	}
	after, err := g.size(db)
	g.bytesEach = float64(after-before) / float64(g.memberships())
	return err
}

func (g *grownFile) fillAccounts(tx *sql.Tx, now int64) error {
	for i, id := range g.accounts {
		if _, err := tx.Exec(`INSERT INTO roster_accounts (id, name, created_at, updated_at) VALUES (?, ?, ?, ?)`,
			id[:], fmt.Sprint("Account ", i), now, now); err != nil {
			return err
		}
	}
	for i, id := range g.members {
		if _, err := tx.Exec(`INSERT INTO roster_members (id, name, email, created_at, updated_at) VALUES (?, ?, ?, ?, ?)`,
			id[:], fmt.Sprint("Member ", i), fmt.Sprintf("member%d@example.com", i), now, now); err != nil {
			return err
		}
	}
	return nil
}

// fillMemberships adds them in the order of life, a millisecond apart. The triggers count.
func (g *grownFile) fillMemberships(db *sql.DB, now int64) error {
	const batch = 100_000
	for first := 0; first < g.memberships(); first += batch {
		err := inTx(db, func(tx *sql.Tx) error {
			insert, err := tx.Prepare(`INSERT INTO roster_memberships (id, account_id, member_id, created_at, updated_at) VALUES (?, ?, ?, ?, ?)`)
			if err != nil {
				return err
			}
			defer func() { _ = insert.Close() }()
			for n := first; n < min(first+batch, g.memberships()); n++ {
				account, member := g.pair(n)
				id, at := uuid.Must(uuid.NewV7()), now+int64(n)
				if _, err := insert.Exec(id[:], g.accounts[account][:], g.members[member][:], at, at); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// size is how many bytes the file has, with its log copied back into it.
func (g *grownFile) size(db *sql.DB) (int64, error) {
	if _, err := db.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		return 0, err
	}
	info, err := os.Stat(g.path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// growing is a work that roster does in the small file and in the large one, which may take so many times as long.
func (b *bench) growing(name string, times float64, does task) work {
	in := func(memberships int, targets ...target) entry {
		return entry{name: "roster, " + thousands(float64(memberships)) + " memberships", start: b.inFile(memberships, does), targets: targets}
	}
	large := in(b.large)
	large.roster = true
	return byTurns(name, in(b.small, asLong(times)), large)
}

// inFile has roster do a task in the file with so many memberships, or in a copy when it creates.
func (b *bench) inFile(memberships int, does task) func(dir string) (player, error) {
	return func(dir string) (player, error) {
		g, err := b.grow(memberships)
		if err == nil && does.creates {
			g, err = g.copy(dir)
		}
		if err != nil {
			return nil, err
		}
		s, err := g.open()
		if err != nil {
			return nil, err
		}
		return b.in(g, does).player(s)
	}
}

// in is a task in the world that a file has.
func (b *bench) in(g *grownFile, does task) task {
	does.world, does.most = g.world, g.room()/b.rounds
	return does
}

// copy is the same in a directory of its own, for those who write. Nobody may have the file open meanwhile.
func (g *grownFile) copy(dir string) (*grownFile, error) {
	own := *g
	own.path = filepath.Join(dir, "roster.db")
	from, err := os.Open(g.path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = from.Close() }()
	to, err := os.OpenFile(own.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(to, from)
	return &own, errors.Join(err, to.Close())
}

// open is roster on the file.
func (g *grownFile) open() (*service, error) {
	st, err := sqlitestore.Open(g.path, sqlitestore.Options{})
	if err != nil {
		return nil, err
	}
	return g.service(st), nil
}
