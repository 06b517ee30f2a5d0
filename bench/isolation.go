package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/roster-go/roster/pgstore"
	"github.com/roster-go/roster/store"
)

// isolated is roster in transactions of the program around it, at an isolation level of the program's choice. Those that meet
// another one are begun anew as pgstore does it: once at once, and then one at a time.
type isolated struct {
	*rosterPostgres
	pool    *pgxpool.Pool
	level   pgx.TxIsoLevel
	queue   sync.Mutex
	retries atomic.Int64
}

// openIsolated is roster at a level, on a new database of the server that all share.
func (p *postgres) openIsolated(level pgx.TxIsoLevel) opener {
	return func(_ string, w world) (contender, error) {
		r, err := p.openNew(w)
		if err != nil {
			return nil, err
		}
		config, err := pgxpool.ParseConfig(r.server.database(r.name))
		if err != nil {
			return nil, errors.Join(err, r.Close())
		}
		config.MaxConns = pgstore.DefaultMaxConns
		pool, err := pgxpool.NewWithConfig(context.Background(), config)
		if err != nil {
			return nil, errors.Join(err, r.Close())
		}
		return &isolated{rosterPostgres: r, pool: pool, level: level}, nil
	}
}

// Join implements joiner.
func (i *isolated) Join(account, member int) error {
	err := i.try(account, member)
	for n := 0; metAnother(err); n++ {
		i.retries.Add(1)
		if n == 1 {
			i.queue.Lock()
			defer i.queue.Unlock()
		}
		err = i.try(account, member)
	}
	return err
}

func (i *isolated) try(account, member int) error {
	ctx := context.Background()
	tx, err := i.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: i.level})
	if err != nil {
		return err
	}
	in := service{world: i.world, Service: i.In(pgstore.InTx(quiet{tx})), accounts: i.accounts, members: i.members}
	if err := in.Join(account, member); err != nil {
		return errors.Join(err, tx.Rollback(ctx))
	}
	return tx.Commit(ctx)
}

// metAnother tells whether a transaction has to be begun anew because of another one.
func metAnother(err error) bool {
	failure, ok := errors.AsType[*pgconn.PgError](err)
	return ok && failure.Code == "40001" || errors.Is(err, store.ErrBusy)
}

// Retries is how many transactions were begun anew; see doing.
func (i *isolated) Retries() int { return int(i.retries.Load()) }

// Close implements contender.
func (i *isolated) Close() error {
	i.pool.Close()
	return i.rosterPostgres.Close()
}

// quiet is a transaction that notifies nobody. Why: PostgreSQL commits those that notify one after the other, for which
// reason pgstore's own transactions notify behind their commit.
type quiet struct{ pgx.Tx }

// Begin implements pgx.Tx.
func (q quiet) Begin(ctx context.Context) (pgx.Tx, error) {
	tx, err := q.Tx.Begin(ctx)
	return quiet{tx}, err
}

// Exec implements pgx.Tx.
func (q quiet) Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error) {
	if query == "NOTIFY roster_changes" {
		return pgconn.CommandTag{}, nil
	}
	return q.Tx.Exec(ctx, query, args...)
}
