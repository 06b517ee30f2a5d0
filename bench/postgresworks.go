package main

import (
	"log"
	"os"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// onPostgres is how the names of the works begin that need PostgreSQL.
const onPostgres = "on PostgreSQL: "

func (w work) onPostgres() bool { return strings.HasPrefix(w.name, onPostgres) }

// possible leaves out what cannot be done here, and says so. Why it is an error with CI=true: there, nobody would see it.
func possible(works []work) ([]work, error) {
	if !slices.ContainsFunc(works, work.onPostgres) {
		return works, nil
	}
	switch missing := postgresMissing(); {
	case missing == nil:
		return works, nil
	case os.Getenv("CI") == "true":
		return nil, missing
	default:
		log.Print("skipped what is on PostgreSQL: ", missing)
		return slices.DeleteFunc(works, work.onPostgres), nil
	}
}

func (b *bench) onPostgres() (works []work) {
	for _, memberships := range []int{b.medium, b.large} {
		for _, each := range []struct {
			name string
			does task
		}{
			{"is-member, 1 goroutine", task{operate: asks, goroutines: 1}},
			{"is-member, 64 goroutines", task{operate: asks, goroutines: writers}},
			{"25 newest of 1000 with the total, 1 goroutine", task{operate: lists(0), goroutines: 1}},
			{"create, 1 goroutine", task{operate: joins, goroutines: 1, creates: true}},
			{"create, 64 goroutines", task{operate: joins, goroutines: writers, creates: true}},
		} {
			works = append(works, b.onEither(each.name, memberships, each.does))
		}
	}
	// Why they have some from the start: in tables with a few pages, all meet on the same ones.
	crowd := b.creatingIn(world{Accounts: b.crowd, Members: b.crowd, Each: b.each / 50}, writers)
	many := b.creatingIn(world{Accounts: b.accounts, Members: b.members, Each: b.each / 50}, writers)
	return append(works,
		byTurns(onPostgres+"create, 64 goroutines, by isolation level",
			crowd.beside("roster as it is", b.postgres.open, compared, comparedCPU),
			crowd.beside("roster in READ COMMITTED of the program's", b.postgres.openIsolated(pgx.ReadCommitted), compared, comparedCPU),
			crowd.roster("roster in SERIALIZABLE of the program's", b.postgres.openIsolated(pgx.Serializable))),
		byTurns(onPostgres+"create, 64 goroutines, replicated",
			many.beside("roster on a single server", b.postgres.open, compared, comparedCPU),
			many.roster("roster with two synchronous standbys", openReplicated)))
}

// onEither is a work that roster does on SQLite and on PostgreSQL, with so many memberships.
func (b *bench) onEither(name string, memberships int, does task) work {
	start := func(dir string) (player, error) {
		g, err := b.grow(memberships)
		if err != nil {
			return nil, err
		}
		c, err := b.postgres.openGrown(g, does.creates)
		if err != nil {
			return nil, err
		}
		return b.in(g, does).player(c)
	}
	return byTurns(onPostgres+name+", "+thousands(float64(memberships))+" memberships",
		entry{name: "roster on SQLite", start: b.inFile(memberships, does), targets: []target{compared, comparedCPU}},
		entry{name: "roster on PostgreSQL", roster: true, start: start})
}
