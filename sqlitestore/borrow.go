package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/roster-go/roster/migrations"
)

// How to mend what a borrowed database lacks. The DSN is the place because a PRAGMA statement reaches one connection
// of the pool only.
const (
	mendForeignKeys = "add _pragma=foreign_keys(1) to its DSN"
	mendJournal     = "add _pragma=journal_mode(WAL) to its DSN, and use a file"
	mendBusy        = "add _pragma=busy_timeout(5000) to its DSN"
	mendSynchronous = "add _pragma=synchronous(FULL) to its DSN, or say Options.Synchronous"
	mendEncoding    = "create it anew with PRAGMA encoding = 'UTF-8', the default"
	mendDriver      = `open it with sql.Open("sqlite", ...) of modernc.org/sqlite, after this package was imported`
	mendSchema      = "call migrations.Up first"
)

// borrowTimeout bounds how long New waits for connections of a pool whose connections are all in use.
const borrowTimeout = 5 * time.Second

// New returns a store in a database that the caller has opened and goes on using. It changes neither the database nor
// the pool's settings, never closes it, and holds a connection only while it works. The caller has called
// migrations.Up.
//
// The database must have been opened with modernc.org/sqlite and, in its DSN, with
//
//	_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)
//
// New looks, on two connections where the pool allows two, and says everything that is wrong and how to mend it.
// Recommended besides is _txlock=immediate, for the caller's own transactions.
//
// Writers through the same Store wait for each other without limit. The caller's own writing transactions are to it
// like another process: they are waited for as long as busy_timeout says.
func New(db *sql.DB, opts Options) (*Store, error) {
	ctx, cancel := context.WithTimeout(context.Background(), borrowTimeout)
	defer cancel()
	if err := inspect(ctx, db, opts); err != nil {
		return nil, fmt.Errorf("sqlitestore: the borrowed database will not do: %w", err)
	}
	file, err := fileOf(ctx, db)
	if err != nil {
		return nil, fmt.Errorf("sqlitestore: %w", err)
	}
	return newStore(&borrowed{db, newStatements(db)}, file), nil
}

// inspect checks two connections, of which one is fresh where the pool had only one, and then the schema.
func inspect(ctx context.Context, db *sql.DB, opts Options) error {
	conns := 2
	if most := db.Stats().MaxOpenConnections; most > 0 {
		conns = min(conns, most)
	}
	var held []*sql.Conn
	defer func() {
		for _, conn := range held {
			_ = conn.Close() // gives it back
		}
	}()
	for range conns {
		conn, err := db.Conn(ctx)
		if err != nil {
			return fmt.Errorf("take a connection of the pool: %w", err)
		}
		held = append(held, conn)
		if err := inspectConn(ctx, conn, opts); err != nil {
			return err
		}
	}
	return inspectSchema(ctx, held[0])
}

const selectPragmas = `SELECT
	(SELECT foreign_keys FROM pragma_foreign_keys),
	(SELECT journal_mode FROM pragma_journal_mode),
	(SELECT timeout FROM pragma_busy_timeout),
	(SELECT synchronous FROM pragma_synchronous),
	(SELECT encoding FROM pragma_encoding),
	EXISTS (SELECT 1 FROM pragma_function_list WHERE name = '` + foldFunction + `')`

func inspectConn(ctx context.Context, conn *sql.Conn, opts Options) error {
	var (
		foreignKeys, folds   bool
		journal, encoding    string
		timeout, synchronous int
	)
	err := conn.QueryRowContext(ctx, selectPragmas).
		Scan(&foreignKeys, &journal, &timeout, &synchronous, &encoding, &folds)
	if err != nil {
		return fmt.Errorf("read the pragmas: %w", err)
	}
	var faults []error
	expect := func(ok bool, what string, is any, mend string) {
		if !ok {
			faults = append(faults, fmt.Errorf("%s is %v in a connection of its pool: %s", what, is, mend))
		}
	}
	expect(foreignKeys, "foreign_keys", "off", mendForeignKeys)
	expect(journal == "wal", "journal_mode", journal, mendJournal)
	expect(timeout > 0, "busy_timeout", timeout, mendBusy)
	expect(synchronous >= opts.Synchronous.level(), "synchronous", synchronous, mendSynchronous)
	expect(encoding == "UTF-8", "encoding", encoding, mendEncoding)
	expect(folds, "function "+foldFunction, "missing", mendDriver)
	return errors.Join(faults...)
}

func inspectSchema(ctx context.Context, db migrations.Queryer) error {
	version, err := migrations.Check(ctx, db)
	if err != nil {
		return err
	}
	if latest := migrations.Latest(); version < latest {
		return fmt.Errorf("its schema has version %d, this program works on version %d: %s", version, latest, mendSchema)
	}
	return nil
}
