package pgstore_test

import (
	"context"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/goleak"

	"github.com/roster-go/roster/internal/pgtest"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/pgstore"
	"github.com/roster-go/roster/store"
	"github.com/roster-go/roster/store/storetest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		pgtest.Stop()
		os.Exit(code)
	}))
}

func TestOpen(t *testing.T) {
	t.Parallel()
	storetest.Run(t, openStore, storetest.Sparse())
}

func TestNew(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t testing.TB) store.Store { return borrow(t, openPool(t)) }, storetest.Sparse())
}

// As PostgreSQL begins transactions unless told otherwise. TestOpen has the serializable ones.
func TestInTx(t *testing.T) {
	t.Parallel()
	open := func(t testing.TB) store.Store { return pgstore.InTx(begin(t, openPool(t), pgx.ReadCommitted)) }
	storetest.RunSequential(t, open, storetest.Sparse())
}

func FuzzAgainstMemory(f *testing.F) {
	storetest.Differential(f, openStore, func(testing.TB) store.Store { return memstore.New() }, storetest.Sparse())
}

func BenchmarkStore(b *testing.B) { storetest.Bench(b, openStore) }

func openStore(t testing.TB) store.Store {
	t.Helper()
	return open(t, pgtest.URL(t), pgstore.Options{})
}

func open(t testing.TB, url string, opts pgstore.Options) *pgstore.Store {
	t.Helper()
	if opts.MaxConns == 0 {
		opts.MaxConns = 4 // Why: many tests run at once on one server
	}
	st, err := pgstore.Open(t.Context(), url, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

// openPool is a program's own pool on a database that was migrated.
func openPool(t testing.TB) *pgxpool.Pool {
	t.Helper()
	pool := poolOf(t, pgtest.URL(t))
	if err := pgstore.Migrate(t.Context(), pool); err != nil {
		t.Fatal(err)
	}
	return pool
}

// poolOf is one on a database as it is.
func poolOf(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func borrow(t testing.TB, pool *pgxpool.Pool) *pgstore.Store {
	t.Helper()
	st, err := pgstore.New(t.Context(), pool, pgstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

// begin begins a transaction of the program's own.
func begin(t testing.TB, pool *pgxpool.Pool, level pgx.TxIsoLevel) pgx.Tx {
	t.Helper()
	tx, err := pool.BeginTx(t.Context(), pgx.TxOptions{IsoLevel: level})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) })
	return tx
}
