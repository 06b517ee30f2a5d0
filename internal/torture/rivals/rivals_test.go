package rivals_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/history"
	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/pgstore"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

const (
	rivalWriters = 32 // in each process
	rivalSeats   = 10 // in each account
	rivalLimit   = 4  // accounts that a member may be in
	rivalClubs   = 8
	// rivalPatience is nearly how long each store waits for the other before it says that it is busy.
	rivalPatience = 4 * time.Second
	rivalMembers  = 32 // who may join: so many that an account can be full whoever is in the others
)

// order is what two processes are told to do at the same time.
type order struct {
	Mixed    bool // adds and removes, else adds until the accounts are full
	Accounts []string
	Members  []string
	Each     int // so many by each writer, where they are mixed
}

// told is what one process was answered.
type told struct {
	Deeds   []deed
	Answers map[history.Answer]int
	Faults  []string // answers that are not documented

	by map[deed]int // which of the two did it, where this is what both were told
}

// deed is an acknowledged write.
type deed struct {
	Kind history.Kind
	ID   string
}

// skirmish is an order that is being carried out by the writers of one process.
type skirmish struct {
	order
	clubs []*history.Club
	known [][]atomic.Pointer[string] // by club and member, a membership that somebody has heard of

	mu sync.Mutex
	told
}

// carryOut lets as many writers as there are clients loose, all at the same time.
func (o order) carryOut(ctx context.Context, clients []history.Client) told {
	s := &skirmish{order: o, told: told{Answers: map[history.Answer]int{}}}
	for n, account := range o.Accounts {
		s.clubs = append(s.clubs, &history.Club{N: n, Account: account, Members: o.Members})
		s.known = append(s.known, make([]atomic.Pointer[string], len(o.Members)))
	}
	history.AtOnce(len(clients), func(n int) {
		if o.Mixed {
			s.mix(ctx, clients[n])
		} else {
			s.fillUp(ctx, clients[n], n)
		}
	})
	return s.told
}

// fillUp adds members until the accounts are full. Each writer begins somewhere else.
func (s *skirmish) fillUp(ctx context.Context, c history.Client, first int) {
	for club := range s.clubs {
		for n := range s.Members {
			in := history.Input{Club: (first + club) % len(s.clubs), Kind: history.Add, Member: (first + n) % len(s.Members)}
			if s.do(ctx, c, in) == history.Full {
				break
			}
		}
	}
}

// mix adds and removes what others add and remove.
func (s *skirmish) mix(ctx context.Context, c history.Client) {
	for range s.Each {
		in := history.Input{Club: rand.N(len(s.clubs)), Kind: history.Add, Member: rand.N(len(s.Members))}
		if id := s.known[in.Club][in.Member].Load(); id != nil && rand.N(3) > 0 {
			in.Kind, in.ID = history.Remove, *id
		}
		s.do(ctx, c, in)
	}
}

// do asks, again and again as long as the answer is to do so, and notes the answer.
func (s *skirmish) do(ctx context.Context, c history.Client, in history.Input) history.Answer {
	for {
		began := time.Now()
		out, err := c.Do(ctx, s.clubs[in.Club], in)
		if waited := time.Since(began); out.Answer == history.Busy && waited < rivalPatience {
			err = fmt.Errorf("busy after %s, and not only after %s", waited, rivalPatience)
		}
		s.note(in, out, err)
		if out.Answer != history.Busy || ctx.Err() != nil {
			return out.Answer
		}
	}
}

func (s *skirmish) note(in history.Input, out history.Output, err error) {
	id := out.ID
	if in.Kind == history.Add && id != "" {
		s.known[in.Club][in.Member].Store(&id)
	}
	if in.Kind == history.Remove {
		id = in.ID
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Answers[out.Answer]++
	if err != nil {
		s.Faults = append(s.Faults, fmt.Sprintf("%v: %v", in, err))
	}
	if out.Answer == history.Done {
		s.Deeds = append(s.Deeds, deed{in.Kind, id})
	}
}

// sameClient is one client for many writers.
func sameClient(c history.Client) []history.Client {
	all := make([]history.Client, rivalWriters)
	for n := range all {
		all[n] = c
	}
	return all
}

// rivals is a child that carries out the orders that it reads, one a line, and prints what it was told. Its arguments are
// the engine and where the database is.
func rivals(args []string) (err error) {
	ctx := context.Background()
	st, err := openRival(ctx, args[0], args[1])
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	clients := sameClient(history.Service{Service: roster.New(st, roster.Options{AccountLimit: rivalSeats})})
	in, out := json.NewDecoder(bufio.NewReader(os.Stdin)), json.NewEncoder(os.Stdout)
	if err := out.Encode("ready"); err != nil {
		return err
	}
	for in.More() {
		var o order
		if err := in.Decode(&o); err != nil {
			return err
		}
		if err := out.Encode(o.carryOut(ctx, clients)); err != nil {
			return err
		}
	}
	return nil
}

func openRival(ctx context.Context, engine, where string) (store.Store, error) {
	if engine == "sqlite" {
		return sqlitestore.Open(where, sqlitestore.Options{})
	}
	return pgstore.Open(ctx, where, pgstore.Options{})
}

// rival is a running child.
type rival struct {
	cmd   *exec.Cmd
	stdin io.Closer
	in    *json.Encoder
	out   *json.Decoder
}

// startRival starts a child, and waits until it takes orders.
func startRival(t *testing.T, engine, where string) *rival {
	t.Helper()
	cmd := torture.Child(t, "rivals", engine, where)
	stdin, stdout := torture.Talk(t, cmd)
	t.Cleanup(func() { _ = cmd.Wait() }) // where the test was given up
	r := &rival{cmd, stdin, json.NewEncoder(stdin), json.NewDecoder(stdout)}
	var ready string
	if err := r.out.Decode(&ready); err != nil || ready != "ready" {
		t.Fatalf("the child said %q, %v", ready, err)
	}
	return r
}

// carryOut gives the order and waits until it is done.
func (r *rival) carryOut(o order) (t told, err error) {
	if err = r.in.Encode(o); err == nil {
		err = r.out.Decode(&t)
	}
	return t, err
}

// end lets the child close its store and waits for that.
func (r *rival) end() error { return errors.Join(r.stdin.Close(), r.cmd.Wait()) }
