package memstore_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
	"github.com/roster-go/roster/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(testing.TB) store.Store { return memstore.New() }

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, open)
}

// FuzzDifferential plays every history on two memory stores: it shows that the player itself is deterministic, and
// gives the fuzzer something fast to chew on.
func FuzzDifferential(f *testing.F) { storetest.Differential(f, open, open) }

func BenchmarkStore(b *testing.B) { storetest.Bench(b, open) }
