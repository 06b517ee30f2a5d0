// Program projects is a small web application that keeps its projects and roster's memberships in one SQLite database.
// It is an example of embedding roster: see its README.
package main

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/migrations"
	"github.com/roster-go/roster/sqlitestore"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8081", "where to listen")
	path := flag.String("db", "projects.db", "the database file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr, *path); err != nil {
		log.Fatal(err)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, addr, path string) (err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	a, err := open(ctx, path)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { err = errors.Join(err, a.close()) }()

	// What fails first ends the other, too.
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	server := &http.Server{Handler: a.handler(), ReadHeaderTimeout: 10 * time.Second}
	served, consumed := make(chan error, 1), make(chan error, 1)
	go func() {
		err := server.Serve(listener)
		stop(err)
		served <- err
	}()
	go func() {
		err := a.handOver(ctx)
		stop(err)
		consumed <- err
	}()
	log.Printf("listening on http://%s", listener.Addr())
	<-ctx.Done()

	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err = server.Shutdown(drain)
	for _, ended := range []error{<-served, <-consumed} {
		if !errors.Is(ended, http.ErrServerClosed) && !errors.Is(ended, context.Canceled) {
			err = errors.Join(err, ended)
		}
	}
	return err
}

//go:embed migrations/*.sql
var files embed.FS

// open opens the database with the settings that roster asks for, and brings both schemas up to date.
func open(ctx context.Context, path string) (*app, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	dsn := url.URL{Scheme: "file", Path: filepath.ToSlash(absolute), RawQuery: "_txlock=immediate" +
		"&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)"}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	st, err := sqlitestore.New(db, sqlitestore.Options{})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &app{db: db, store: st, roster: roster.New(st, roster.Options{})}, nil
}

// migrate runs roster's migrations, and then ours, which refer to roster's tables.
func migrate(ctx context.Context, db *sql.DB) error {
	if err := migrations.Up(ctx, db); err != nil {
		return err
	}
	own, err := fs.Sub(files, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, own) // not closed: that would close db
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// close closes what open opened. Roster's store comes first; it leaves the database open.
func (a *app) close() error { return errors.Join(a.store.Close(), a.db.Close()) }
