package history

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
)

// Client asks one store or one server. One goroutine uses it at a time.
type Client interface {
	// Do asks, and returns the answer. An error is why there is none, or none that is promised.
	Do(ctx context.Context, club *Club, in Input) (Output, error)
}

// ErrNoAnswer says that what was asked may have been done or not. It is no fault.
var ErrNoAnswer = errors.New("no answer")

// Record lets clients loose on clubs, all at the same time, each with so many operations, and returns what was asked and
// answered, and when. A history ends with two lists of each club, one after the other, when nobody else asks for anything any more. The
// error tells the answers that are never right.
func Record(ctx context.Context, clients []Client, clubs []*Club, each int) ([]porcupine.Operation, error) {
	r := &recording{ctx: ctx, began: time.Now()}
	AtOnce(len(clients), func(n int) {
		// Why not any club: they would gather where it is slow, and the search take hours.
		club := clubs[n*len(clubs)/len(clients)]
		for range each {
			r.act(n, clients[n], club, club.choose())
		}
	})
	for _, club := range clubs {
		last := clients[len(clients)-1] // another server, where there is more than one
		r.act(0, clients[0], club, Input{Club: club.N, Kind: List})
		r.act(len(clients)-1, last, club, Input{Club: club.N, Kind: List})
	}
	return r.history, errors.Join(r.faults...)
}

type recording struct {
	ctx   context.Context //nolint:containedctx // of the one call that records
	began time.Time

	mu      sync.Mutex
	history []porcupine.Operation
	faults  []error
}

func (r *recording) act(n int, c Client, club *Club, in Input) {
	call := time.Since(r.began)
	out, err := c.Do(r.ctx, club, in)
	op := porcupine.Operation{ClientId: n, Input: in, Call: int64(call), Output: out, Return: int64(time.Since(r.began))}
	if out.Answer == Unknown {
		op.Return = whenever
	}
	club.learn(in, out)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.history = append(r.history, op)
	if err != nil && !errors.Is(err, ErrNoAnswer) {
		r.faults = append(r.faults, fmt.Errorf("%v: %w", in, err))
	}
}

// AtOnce does something that often at the same time, each on a goroutine of its own, and waits for all.
func AtOnce(n int, do func(n int)) {
	var all sync.WaitGroup
	begin := make(chan struct{})
	for n := range n {
		all.Go(func() {
			<-begin
			do(n)
		})
	}
	close(begin)
	all.Wait()
}
