package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// Differential fuzzes two stores with the same history of transactions and fails where one answers differently from
// the other, or has something else in the end. Every primitive of the contract is in the histories; only those of the
// change log are left out where one of the stores is [Sparse]. Call it from a fuzz target:
//
//	func FuzzDifferential(f *testing.F) { storetest.Differential(f, openThis, openThat) }
func Differential(f *testing.F, a, b Open, opts ...Option) {
	f.Helper()
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	rng := rand.New(rand.NewPCG(5, 6))
	for range 20 {
		history := make([]byte, longestHistory/2)
		for i := range history {
			history[i] = byte(rng.Uint32())
		}
		f.Add(history)
	}
	f.Fuzz(func(t *testing.T, history []byte) {
		one, other := a(t), b(t)
		defer func() { must(t, "Close", errors.Join(one.Close(), other.Close())) }()
		play(t, &script{bytes: history[:min(len(history), longestHistory)], sparse: o.sparse}, one, other)
	})
}

// longestHistory is how many bytes of a history are played. Why no more: what a fuzzer finds in a long one takes it as long
// to play as many short ones do.
const longestHistory = 1200

// script turns bytes into decisions; when they run out every decision is 0.
type script struct {
	bytes  []byte
	sparse bool // nothing depends on the numbers of changes
}

func (s *script) more() bool { return len(s.bytes) > 0 }

// pick decides between n choices.
func (s *script) pick(n int) int {
	if len(s.bytes) == 0 {
		return 0
	}
	b := s.bytes[0]
	s.bytes = s.bytes[1:]
	return int(b) % n
}

// part takes so many bytes for decisions that an operation makes when it runs, because they depend on what is stored. It
// is copied for every run, so that each decides the same.
func (s *script) part(n int) script {
	p := script{s.bytes[:min(n, len(s.bytes))], s.sparse}
	s.bytes = s.bytes[len(p.bytes):]
	return p
}

// operation is one call within a transaction.
type operation struct {
	name string
	run  func(ctx context.Context, tx store.Tx) (any, error)
}

// play runs transactions of one to four operations, of which every eighth fails in the end, on both stores.
func play(t testing.TB, s *script, one, other store.Store) {
	for n := 0; s.more(); n++ {
		fails := s.pick(8) == 7
		ops := make([]operation, 1+s.pick(4))
		for i := range ops {
			ops[i] = s.operation(n*4 + i)
		}
		got, want := transact(t, one, ops, fails), transact(t, other, ops, fails)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("transaction %d: the stores differ:\n one  %s\nother %s", n, got, want)
		}
	}
	all := []operation{inventory(s.sparse)}
	if got, want := transact(t, one, all, false), transact(t, other, all, false); !reflect.DeepEqual(got, want) {
		t.Fatalf("in the end the stores differ:\n one  %s\nother %s", got, want)
	}
}

// transact runs the operations in one transaction and prints every answer.
func transact(t testing.TB, st store.Store, ops []operation, fails bool) []string {
	var answers []string
	err := st.Update(t.Context(), func(tx store.Tx) error {
		answers = nil
		for _, op := range ops {
			v, err := op.run(t.Context(), tx)
			answers = append(answers, fmt.Sprintf("%s: %+v, %s", op.name, v, causeOf(err)))
		}
		if fails {
			return errChangedMind
		}
		return nil
	})
	return append(answers, causeOf(err))
}

// causeOf names an error by what a caller may act on.
func causeOf(err error) string {
	if fault, ok := errors.AsType[*membership.Error](err); ok {
		return fmt.Sprintf("%v %+v", fault.Cause, fault.Existing)
	}
	return fmt.Sprint(err)
}
