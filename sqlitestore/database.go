package sqlitestore

import (
	"context"
	"database/sql"
)

// database is where a store's tables are: a file of its own, or a database that it has borrowed. Errors are the
// driver's.
type database interface {
	// ready waits for a connection and readies a statement for a read on its own. done gives both back.
	ready(ctx context.Context, query string) (statement, error)
	done(st statement)

	// view begins a transaction that reads, once a connection is free.
	view(ctx context.Context) (transaction, error)

	// update begins one that has the write lock. One at a time, says the store's queue.
	update(ctx context.Context) (transaction, error)

	close() error
}

// transaction is one of SQLite's. Nothing but its own commit and end ends it, and no context ends a statement that writes.
type transaction interface {
	// statement readies a statement.
	statement(ctx context.Context, query string) (statement, error)

	// run runs a statement without parameters and rows, and once one that is not worth keeping prepared.
	run(ctx context.Context, query string) error
	once(ctx context.Context, query string) error

	// sql runs statements of the program's own.
	sql() sqlRunner

	commit() error

	// end undoes what was not committed, and gives back what the transaction used.
	end()

	// afterwards does what can wait until others have their turn.
	afterwards(ctx context.Context)
}

// sqlRunner is what *sql.Tx and *sql.Conn have in common.
type sqlRunner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}
