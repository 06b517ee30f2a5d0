package sqlitestore

import (
	"context"
	"database/sql/driver"
	"errors"
	"sync"

	"github.com/roster-go/roster/internal/gate"
)

// ownFile is a database file that the store has opened for itself: one connection that writes, and some that read.
type ownFile struct {
	reader driver.Connector // of connections that only read
	turns  gate.Slots       // as many as connections that read

	mu   sync.Mutex
	idle []*connection // that read, the last used last

	writer *connection // whose turn it is, the store's queue says
	lent   *lent       // the same connection, for database/sql
}

var _ database = (*ownFile)(nil)

// take waits for a connection that reads.
func (f *ownFile) take(ctx context.Context) (*connection, error) {
	if err := f.turns.Acquire(ctx); err != nil {
		return nil, err
	}
	f.mu.Lock()
	if last := len(f.idle) - 1; last >= 0 {
		conn := f.idle[last]
		f.idle = f.idle[:last]
		f.mu.Unlock()
		return conn, nil
	}
	f.mu.Unlock()
	conn, err := dial(context.WithoutCancel(ctx), f.reader)
	if err != nil {
		f.turns.Release()
		return nil, err
	}
	return newConnection(conn), nil
}

func (f *ownFile) giveBack(conn *connection) {
	f.mu.Lock()
	f.idle = append(f.idle, conn)
	f.mu.Unlock()
	f.turns.Release()
}

func (f *ownFile) ready(ctx context.Context, query string) (statement, error) {
	conn, err := f.take(ctx)
	if err != nil {
		return nil, err
	}
	p, err := conn.statement(query)
	if err != nil {
		f.giveBack(conn)
		return nil, err
	}
	return p, nil
}

func (f *ownFile) done(st statement) { f.giveBack(st.(*prepared).conn) }

const (
	beginReading = `BEGIN`
	beginWriting = `BEGIN IMMEDIATE`
	commit       = `COMMIT`
	rollback     = `ROLLBACK`
)

func (f *ownFile) view(ctx context.Context) (transaction, error) {
	conn, err := f.take(ctx)
	if err != nil {
		return nil, err
	}
	if err := conn.run(context.Background(), beginReading); err != nil {
		f.giveBack(conn)
		return nil, err
	}
	return &ownView{ownTransaction{connection: conn}, f}, nil
}

// update begins to write. While it waits for another process, the end of ctx ends the wait.
func (f *ownFile) update(ctx context.Context) (transaction, error) {
	if err := f.writer.run(ctx, beginWriting); err != nil {
		_ = f.writer.run(context.Background(), rollback) // Why: it may have begun as ctx ended
		return nil, err
	}
	return &ownTransaction{connection: f.writer, lent: f.lent}, nil
}

func (f *ownFile) close() error {
	// The writer goes last: the last connection copies the log back into the file, which readers may not.
	var err error
	for _, conn := range f.idle {
		err = errors.Join(err, conn.close())
	}
	return errors.Join(err, f.lent.close(), f.writer.close())
}

// ownTransaction is a transaction of a connection of the store's own.
type ownTransaction struct {
	*connection
	lent  *lent // nil in one that reads
	ended bool
}

var _ transaction = (*ownTransaction)(nil)

func (t *ownTransaction) statement(_ context.Context, query string) (statement, error) {
	p, err := t.connection.statement(query)
	if err != nil {
		return nil, err // Why: a nil *prepared is no nil statement
	}
	return p, nil
}

func (t *ownTransaction) run(_ context.Context, query string) error {
	return t.connection.run(context.Background(), query)
}

func (t *ownTransaction) once(_ context.Context, query string) error { return t.connection.once(query) }

func (t *ownTransaction) sql() sqlRunner { return t.lent.conn }

func (t *ownTransaction) commit() error {
	err := t.connection.run(context.Background(), commit)
	t.ended = err == nil
	return err
}

func (t *ownTransaction) end() {
	if !t.ended {
		_ = t.connection.run(context.Background(), rollback) // SQLite has undone it already after some failures
	}
}

func (t *ownTransaction) afterwards(context.Context) {}

// ownView is a transaction that reads, and gives its connection back.
type ownView struct {
	ownTransaction
	file *ownFile
}

func (v *ownView) end() {
	v.ownTransaction.end()
	v.file.giveBack(v.connection)
}
