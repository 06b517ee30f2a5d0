// Bench compares roster with what a program could use in its place: raw prepared statements, PocketBase, OpenFGA, casbin
// and a map. It does the same work with each, and prints one Markdown table.
//
//	go run . [-rounds 5] [-turn 2s] [-work regexp] [-once]
//
// All take turns: one each in a round, another contender first in every round. What is compared are two turns of the same
// round, so that a machine that is slow for a minute is slow for both; the table has the median over the rounds, and the
// extremes beside it. After the last turn it is counted whether what was done is there. The files are in the directory for
// temporary ones (TMPDIR), which should be on a disk: memory acknowledges everything at once.
//
// How fair it is:
//
//   - Within the process there is one SQLite library for all. Over HTTP each server is a process of its own, so that its CPU
//     is its own, on the same machine as the clients, with whom it shares the processors. Neither asks who they are.
//   - "raw" is the ceiling: what a careful programmer writes against the same tables and indexes, with one connection that
//     writes behind a mutex, and without counters, change log, custom fields, or errors that say more than no.
//     "raw, default pool" is the same with the pool as database/sql has it, and waiting left to SQLite.
//   - roster keeps its change log in all of this, and waits for the disk (synchronous=FULL), as raw and OpenFGA do.
//     PocketBase does not wait (synchronous=NORMAL): what it acknowledged a loss of power may take. Its log of requests is
//     off. Its two limits on memberships are counted in the transaction that inserts; pairs are unique by an index.
//     It has indexes by time, as roster's lists have, where that is said.
//   - OpenFGA and casbin know neither limits, nor whether an account exists, nor pages. Their rows say what a question costs,
//     not that they do the same.
//   - CPU is that of the whole process (of the server's, over HTTP), with garbage collection. Before each turn what the one
//     before left behind is collected, and written to the disk.
//
// The works whose names begin with "on PostgreSQL" have roster on PostgreSQL beside roster on SQLite, and what synchronous
// standbys and the isolation level cost it. They take six minutes more, so they are done when -work names them, and with
// -once; where PostgreSQL is not installed, they are skipped.
//
//   - The servers are on the same machine, and wait for the disk. Their settings are those that scripts/postgres-cluster
//     gives them, with 256 MB of memory of their own. They are asked over TCP, with 16 connections, as pgstore does by itself.
//   - SQLite and PostgreSQL have the same rows, and those who create a copy each. Behind a checkpoint, as behind that copy,
//     PostgreSQL logs whole pages, each once: a short run has more of that than a long one.
//   - CPU is that of this process and of all processes of the server's, and of the standbys'.
//   - The two whose isolation levels are compared run in transactions of the program's, which notify nobody. A retry is a
//     transaction that was begun anew because it met another one.
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"time"
)

func main() {
	if serveIfTold() {
		return
	}
	log.SetFlags(0)
	log.SetPrefix("bench: ")
	if err := run(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(args []string) error {
	size := full
	flags := flag.NewFlagSet("bench", flag.ExitOnError)
	flags.IntVar(&size.rounds, "rounds", size.rounds, "how many `rounds` there are; every contender has a turn in each")
	flags.DurationVar(&size.turn, "turn", size.turn, "how long a turn is")
	only := flags.String("work", "", "do only the works whose name matches the `regexp`; without it, all but those on PostgreSQL")
	once := flags.Bool("once", false, "one short round with little data: that everything still runs, no figures to rely on")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *once {
		size = tiny
	}
	pattern, err := regexp.Compile(*only)
	if err != nil {
		return fmt.Errorf("-work: %w", err)
	}
	chosen := func(name string) bool {
		return pattern.MatchString(name) && (*only != "" || *once || !strings.HasPrefix(name, onPostgres))
	}
	if size.rounds < 1 {
		return fmt.Errorf("-rounds is %d, and should be at least 1", size.rounds)
	}
	return inDirectory(func(dir string) error {
		b := newBench(dir, size)
		return errors.Join(report(os.Stdout, b, chosen), b.postgres.remove())
	})
}

// inDirectory runs fn with a temporary directory, which is gone afterwards, also after Ctrl-C.
func inDirectory(fn func(dir string) error) error {
	dir, err := os.MkdirTemp("", "roster-bench-")
	if err != nil {
		return err
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	go func() {
		<-interrupted
		_ = os.RemoveAll(dir)
		os.Exit(1)
	}()
	err = fn(dir)
	if gone := os.RemoveAll(dir); err == nil {
		err = gone
	}
	return err
}

// scale is how much work is done.
type scale struct {
	rounds int
	turn   time.Duration

	accounts, members int // of the works that create
	lists, each       int // of the works that read: so many accounts with so many memberships each
	small, large      int // memberships in the two files that growth is measured with
	medium            int // memberships in the smaller of those that PostgreSQL has beside it
	crowd             int // accounts, and as many members, of the work that compares isolation levels
	imported          int // memberships in one import
	kept              int // memberships in memory while a heap is measured
}

var full = scale{
	rounds: 5, turn: 2 * time.Second,
	accounts: 1000, members: 10_000,
	lists: 10, each: 1000,
	small: 10_000, large: 1_000_000,
	medium: 100_000, crowd: 2000,
	imported: 100_000,
	kept:     200_000,
}

// tiny is what runs in a few seconds.
var tiny = scale{
	rounds: 1, turn: 20 * time.Millisecond,
	accounts: 20, members: 200,
	lists: 2, each: 200,
	small: 400, large: 4000,
	medium: 1000, crowd: 40,
	imported: 500,
	kept:     500,
}
