package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// borrowed is somebody else's database. Beginning a transaction may not take the write lock yet, and a free connection
// is not to be counted on.
type borrowed struct {
	*sql.DB
	statements *statements
}

var _ database = (*borrowed)(nil)

func (b *borrowed) ready(ctx context.Context, query string) (statement, error) {
	st, err := b.statements.take(ctx, query)
	if err != nil {
		return nil, err
	}
	return borrowedStatement{st}, nil
}

func (b *borrowed) done(st statement) { b.statements.put(st.(borrowedStatement).shared) }

// borrowedStatement is a read on its own. Why always with the context: a connection has yet to be waited for.
type borrowedStatement struct{ *shared }

func (s borrowedStatement) query(
	ctx context.Context, _ bool, args []any, dest []sql.Scanner, each func(),
) (int, error) {
	return s.shared.query(ctx, true, args, dest, each)
}

func (b *borrowed) view(ctx context.Context) (transaction, error) {
	return b.begin(ctx, &sql.TxOptions{ReadOnly: true}, ``)
}

func (b *borrowed) update(ctx context.Context) (transaction, error) {
	return b.begin(ctx, nil, takeWriteLock)
}

// begin opens a transaction and runs its first statement. While it waits, the end of ctx ends the wait; once it has the
// transaction nothing but its own commit and rollback end it.
func (b *borrowed) begin(ctx context.Context, opts *sql.TxOptions, first string) (transaction, error) {
	waiting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, cancel)
	tx, err := b.BeginTx(waiting, opts)
	if err == nil && first != `` {
		_, err = tx.ExecContext(waiting, first)
	}
	if stop() && err == nil {
		return &borrowedTransaction{session: newSession(tx, b.statements), db: b, cancel: cancel}, nil
	}
	if tx != nil {
		_ = tx.Rollback()
	}
	cancel()
	return nil, errors.Join(err, ctx.Err())
}

// close leaves the database to its owner.
func (b *borrowed) close() error { return b.statements.close() }

// borrowedTransaction is a transaction of the store's own in a borrowed database.
type borrowedTransaction struct {
	*session
	db     *borrowed
	cancel context.CancelFunc
	left   []string // what it had to prepare
}

func (t *borrowedTransaction) commit() error { return t.Commit() }

func (t *borrowedTransaction) end() {
	_ = t.Rollback() // sql.ErrTxDone after a commit; SQLite has undone it already after some failures
	t.cancel()
	t.left = t.fresh
	t.forget()
}

func (t *borrowedTransaction) afterwards(ctx context.Context) {
	if len(t.left) > 0 {
		t.db.keep(ctx, t.left)
	}
}

// keepingAtMost is how long a transaction that is over may wait for a connection, to keep its statements prepared.
const keepingAtMost = 10 * time.Millisecond

// keep prepares statements for those who come next, if there is a connection to spare: the transaction has given back
// its own, but others may be waiting for it.
func (b *borrowed) keep(ctx context.Context, queries []string) {
	if s := b.Stats(); s.MaxOpenConnections > 0 && s.InUse >= s.MaxOpenConnections {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepingAtMost)
	defer cancel()
	for _, query := range queries {
		st, err := b.statements.take(ctx, query)
		if err != nil {
			return // the next one's to find: this transaction is over
		}
		b.statements.put(st)
	}
}
