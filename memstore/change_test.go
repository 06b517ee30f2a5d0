package memstore

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/roster-go/roster/membership"
)

func TestAChangeIsFoundWhereverNumbersAreMissing(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 500 {
		log := changeLog{last: rng.Int64N(50)}
		for range rng.IntN(40) {
			log.last++
			if round%2 > 0 { // else none is missing
				log.last += rng.Int64N(5) / 3 * rng.Int64N(20)
			}
			log.changes = append(log.changes, membership.Change{Sequence: log.last})
		}
		for after := int64(-2); after < log.last+3; after++ {
			want := slices.IndexFunc(log.changes, func(c membership.Change) bool { return c.Sequence > after })
			if want < 0 {
				want = len(log.changes)
			}
			if got := log.find(after); got != want {
				t.Fatalf("behind %d comes place %d, want %d of %v", after, got, want, log.changes)
			}
		}
	}
}
