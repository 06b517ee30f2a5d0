package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/roster-go/roster/pgstore"
)

// rosterPostgres is roster on a PostgreSQL database.
type rosterPostgres struct {
	*service
	server *cluster
	name   string       // of the database
	after  func() error // puts away what is its own, when it is closed
}

// CPU is that of this process and of all of the server's; see measure.
func (r *rosterPostgres) CPU() ticker { return processCPU().plus(r.server.cpu()) }

// Close implements contender.
func (r *rosterPostgres) Close() error { return errors.Join(r.service.Close(), r.after()) }

// open is roster on a new database of the server that all share.
func (p *postgres) open(_ string, w world) (contender, error) { return p.openNew(w) }

func (p *postgres) openNew(w world) (*rosterPostgres, error) {
	server, err := p.start()
	if err != nil {
		return nil, err
	}
	return openPostgres(server, w)
}

// openReplicated is roster on a server with two synchronous standbys, of its own.
func openReplicated(_ string, w world) (contender, error) {
	servers, err := startCluster(2)
	if err != nil {
		return nil, err
	}
	r, err := openPostgres(servers, w)
	if err != nil {
		return nil, errors.Join(err, servers.remove())
	}
	r.after = servers.remove
	return r, nil
}

func openPostgres(server *cluster, w world) (*rosterPostgres, error) {
	p := newPopulation(w)
	name, err := server.populate(p)
	if err != nil {
		return nil, err
	}
	r, err := openDatabase(server, name, p, func() error { return server.drop(name) })
	if err != nil {
		return nil, err
	}
	if err := r.limit(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// openDatabase is roster on a database that has a population.
func openDatabase(server *cluster, name string, p population, after func() error) (*rosterPostgres, error) {
	st, err := pgstore.Open(context.Background(), server.database(name), pgstore.Options{})
	if err != nil {
		return nil, errors.Join(err, after())
	}
	return &rosterPostgres{service: p.service(st), server: server, name: name, after: after}, nil
}

// openGrown is roster on a database with the same in it as a file has, or on a copy, for those who create.
func (p *postgres) openGrown(g *grownFile, creates bool) (contender, error) {
	server, err := p.start()
	if err != nil {
		return nil, err
	}
	name, ok := p.grown[g]
	if !ok {
		if name, err = server.populate(g.population); err != nil {
			return nil, err
		}
		p.grown[g] = name
	}
	if !creates {
		return openDatabase(server, name, g.population, func() error { return nil })
	}
	own, err := server.create(name)
	if err != nil {
		return nil, err
	}
	return openDatabase(server, own, g.population, func() error { return server.drop(own) })
}

// populate makes a database with a population in it, past roster, and past the change log.
func (c *cluster) populate(p population) (name string, err error) {
	if name, err = c.create(""); err != nil {
		return "", err
	}
	st, err := pgstore.Open(context.Background(), c.database(name), pgstore.Options{})
	if err == nil {
		err = errors.Join(st.Close(), c.connected(name, p.copyInto))
	}
	if err == nil {
		// What a server does behind new rows when it comes to it, it is not to do while somebody is measured.
		err = c.execute(name, "VACUUM (ANALYZE)", "CHECKPOINT")
	}
	if err != nil {
		return "", errors.Join(err, c.drop(name))
	}
	return name, nil
}

// copyInto puts all of it into the tables of an empty database. The triggers count.
func (p population) copyInto(ctx context.Context, conn *pgx.Conn) error {
	now := time.Now().UTC().Truncate(time.Millisecond)
	err := copyRows(ctx, conn, "roster_accounts", []string{"id", "name", "created_at", "updated_at"}, 0, len(p.accounts),
		func(n int) []any { return []any{postgresID(p.accounts[n]), fmt.Sprint("Account ", n), now, now} })
	if err != nil {
		return err
	}
	err = copyRows(ctx, conn, "roster_members", []string{"id", "name", "email", "created_at", "updated_at"}, 0, len(p.members),
		func(n int) []any {
			return []any{postgresID(p.members[n]), fmt.Sprint("Member ", n), fmt.Sprintf("member%d@example.com", n), now, now}
		})
	if err != nil {
		return err
	}
	const batch = 100_000
	for first := 0; first < p.memberships(); first += batch {
		err := copyRows(ctx, conn, "roster_memberships", []string{"id", "account_id", "member_id", "created_at", "updated_at"},
			first, min(first+batch, p.memberships()), func(n int) []any {
				account, member := p.pair(n)
				at := now.Add(time.Duration(n) * time.Millisecond)
				return []any{postgresID(uuid.Must(uuid.NewV7())), postgresID(p.accounts[account]), postgresID(p.members[member]), at, at}
			})
		if err != nil {
			return err
		}
	}
	return nil
}

// copyRows adds the rows from first on, up to the one before end.
func copyRows(ctx context.Context, conn *pgx.Conn, table string, columns []string, first, end int, row func(n int) []any) error {
	n := first - 1
	_, err := conn.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromFunc(func() ([]any, error) {
		if n++; n == end {
			return nil, nil
		}
		return row(n), nil
	}))
	return err
}

func postgresID(id uuid.UUID) pgtype.UUID { return pgtype.UUID{Bytes: id, Valid: true} }
