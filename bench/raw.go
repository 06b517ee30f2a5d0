package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
)

// raw is the ceiling: one connection that writes, behind a mutex, and prepared statements.
type raw struct {
	*rows
	mu       sync.Mutex
	writer   *sql.Conn
	joins    joinStatements
	ask      *sql.Stmt
	list     *sql.Stmt
	begin    *sql.Stmt
	commit   *sql.Stmt
	rollback *sql.Stmt
}

func openRaw(dir string, w world) (contender, error) {
	rows, err := openRows(dir, w)
	if err != nil {
		return nil, err
	}
	r := &raw{rows: rows}
	if err := r.prepare(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *raw) prepare() (err error) {
	ctx := context.Background()
	if r.writer, err = r.db.Conn(ctx); err != nil {
		return err
	}
	if r.joins, err = prepareJoin(r.writer); err != nil {
		return err
	}
	for _, each := range []struct {
		stmt  **sql.Stmt
		from  preparer
		query string
	}{
		{&r.begin, r.writer, `BEGIN IMMEDIATE`}, {&r.commit, r.writer, `COMMIT`}, {&r.rollback, r.writer, `ROLLBACK`},
		{&r.ask, r.db, rawIsMember}, {&r.list, r.db, rawList},
	} {
		if *each.stmt, err = each.from.PrepareContext(ctx, each.query); err != nil {
			return err
		}
	}
	return nil
}

// Join implements joiner.
func (r *raw) Join(account, member int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := r.begin.Exec(); err != nil {
		return err
	}
	if err := r.join(r.joins, account, member); err != nil {
		_, undone := r.rollback.Exec()
		return errors.Join(err, undone)
	}
	_, err := r.commit.Exec()
	return err
}

// IsMember implements asker.
func (r *raw) IsMember(account, member int) (is bool, err error) {
	err = r.ask.QueryRow(r.accounts[account][:], r.members[member][:]).Scan(&is)
	return is, err
}

// blobID is an id as it is kept.
type blobID [16]byte

// Scan implements sql.Scanner.
func (id *blobID) Scan(value any) error {
	blob, ok := value.([]byte)
	if !ok || len(blob) != len(id) {
		return fmt.Errorf("an id has 16 bytes, not %T", value)
	}
	copy(id[:], blob)
	return nil
}

// rawMembership is a row as a program would hold it.
type rawMembership struct {
	id, account, member  blobID
	createdAt, updatedAt int64
}

// List implements lister. It does not count.
func (r *raw) List(account, offset int) (rows, total int, err error) {
	found, err := r.list.Query(r.accounts[account][:], pageSize, offset)
	if err != nil {
		return 0, noTotal, err
	}
	defer func() { _ = found.Close() }()
	page := make([]rawMembership, 0, pageSize)
	for found.Next() {
		var m rawMembership
		if err := found.Scan(&m.id, &m.account, &m.member, &m.createdAt, &m.updatedAt); err != nil {
			return 0, noTotal, err
		}
		page = append(page, m)
	}
	return len(page), noTotal, found.Err()
}

// Close implements contender.
func (r *raw) Close() error {
	if r.writer == nil {
		return r.db.Close()
	}
	return errors.Join(r.writer.Close(), r.db.Close())
}
