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
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"regexp"
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
	only := flags.String("work", "", "do only the works whose name matches the `regexp`")
	once := flags.Bool("once", false, "one short round with little data: that everything still runs, no figures to rely on")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *once {
		size = tiny
	}
	chosen, err := regexp.Compile(*only)
	if err != nil {
		return fmt.Errorf("-work: %w", err)
	}
	if size.rounds < 1 {
		return fmt.Errorf("-rounds is %d, and should be at least 1", size.rounds)
	}
	return inDirectory(func(dir string) error { return report(os.Stdout, newBench(dir, size), chosen) })
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
	imported          int // memberships in one import
	kept              int // memberships in memory while a heap is measured
}

var full = scale{
	rounds: 5, turn: 2 * time.Second,
	accounts: 1000, members: 10_000,
	lists: 10, each: 1000,
	small: 10_000, large: 1_000_000,
	imported: 100_000,
	kept:     200_000,
}

// tiny is what runs in a few seconds.
var tiny = scale{
	rounds: 1, turn: 20 * time.Millisecond,
	accounts: 20, members: 200,
	lists: 2, each: 200,
	small: 400, large: 4000,
	imported: 500,
	kept:     500,
}
