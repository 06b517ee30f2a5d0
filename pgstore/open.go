package pgstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/roster-go/roster/migrations/postgres"
)

// Open connects to the database that a URL (postgres://...) or a list of settings (host=... dbname=...) names, brings its
// schema up to date and owns the connections until Close. What they do not say is taken from PGHOST and the other variables
// of the environment that PostgreSQL's own programs know. It waits for the server as long as ctx allows, and no longer than
// [Options.Patience].
//
// A database of a newer roster is refused with migrations.ErrNewer.
func Open(ctx context.Context, url string, opts Options) (*Store, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("pgstore: %w", err)
	}
	switch {
	case opts.MaxConns > 0:
		config.MaxConns = int32(min(opts.MaxConns, math.MaxInt32))
	case !strings.Contains(url, "pool_max_conns"):
		config.MaxConns = DefaultMaxConns
	}
	config.ConnConfig.DescriptionCacheCapacity = max(config.ConnConfig.DescriptionCacheCapacity, descriptions)
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "roster"
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("pgstore: %w", err)
	}
	s := newStore(pool, opts, true)
	if err := s.prepare(ctx, postgres.Up); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// descriptions is for how many statements a connection knows the types of their columns, at least.
const descriptions = 128

// New returns a store on a pool that the caller has opened and goes on using. It changes neither the database nor the pool's
// settings, never closes it, and holds a connection only while it works; whoever awaits changes holds one of them to be
// notified, unless the pool has just one. The caller has called [Migrate].
func New(ctx context.Context, pool *pgxpool.Pool, opts Options) (*Store, error) {
	if pool.Config().ConnConfig.DescriptionCacheCapacity == 0 {
		return nil, errors.New("pgstore: the pool's connections have no description cache: leave description_cache_capacity at its default")
	}
	s := newStore(pool, opts, false)
	if err := s.prepare(ctx, postgres.Require); err != nil {
		return nil, err
	}
	return s, nil
}

// Migrate brings the schema of a pool's database up to date. Any number of programs may do so at once.
func Migrate(ctx context.Context, pool *pgxpool.Pool) error {
	db := stdlib.OpenDBFromPool(pool)
	err := postgres.Up(ctx, db)
	return errors.Join(err, db.Close()) // which leaves the pool open
}

const selectServer = `SELECT current_setting('server_version_num')::bigint, current_setting('server_encoding')`

// oldestServer is PostgreSQL 13, which has the type xid8.
const oldestServer = 13_00_00

// prepare makes sure of what the store depends on, with what looks after the schema.
func (s *Store) prepare(ctx context.Context, schema func(context.Context, *sql.DB) error) error {
	return s.persist(ctx, func() error {
		if err := s.withConn(ctx, func(conn *pgx.Conn) error { return requireServer(ctx, conn) }); err != nil {
			return hopeless(err)
		}
		db := stdlib.OpenDBFromPool(s.pool)
		if err := errors.Join(schema(ctx, db), db.Close()); err != nil {
			return err
		}
		// What is in the log at the start can be shown at once.
		return s.withConn(ctx, func(conn *pgx.Conn) error {
			_, err := s.beforeSnapshot(ctx, conn)
			return err
		})
	})
}

// hopeless marks an error at the start that trying again does not mend: most likely the URL is wrong.
func hopeless(err error) error {
	unknown, isDNS := errors.AsType[*net.DNSError](err)
	if isDNS && unknown.IsNotFound || strings.Contains(err.Error(), "server refused TLS connection") {
		return asAnswer(fmt.Errorf("pgstore: %w", err))
	}
	return err
}

func requireServer(ctx context.Context, conn *pgx.Conn) error {
	var version int64
	var encoding string
	if err := conn.QueryRow(ctx, selectServer).Scan(scanNumber(&version), scanText(&encoding)); err != nil {
		return err
	}
	switch {
	case version < oldestServer:
		return fmt.Errorf("the server is PostgreSQL %d, and 13 is the oldest that will do", version/10_000)
	case encoding != "UTF8":
		return fmt.Errorf("the database has the encoding %s: create it with ENCODING 'UTF8' TEMPLATE template0", encoding)
	}
	return nil
}
