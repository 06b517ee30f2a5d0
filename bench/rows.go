package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
)

// rawSchema is roster's tables of memberships with their indexes, without triggers, change log and custom fields.
const rawSchema = `
CREATE TABLE accounts (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE members (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name       TEXT    NOT NULL,
    email      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE memberships (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account_id BLOB    NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    member_id  BLOB    NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (account_id, member_id)
) STRICT;
CREATE INDEX memberships_account ON memberships (account_id, created_at, id);
CREATE INDEX memberships_member ON memberships (member_id, created_at, id);`

const (
	rawAccountExists = `SELECT EXISTS (SELECT 1 FROM accounts WHERE id = ?)`
	rawMemberExists  = `SELECT EXISTS (SELECT 1 FROM members WHERE id = ?)`
	rawIsMember      = `SELECT EXISTS (SELECT 1 FROM memberships WHERE account_id = ? AND member_id = ?)`
	rawAccountUsed   = `SELECT count(*) FROM memberships WHERE account_id = ?`
	rawMemberUsed    = `SELECT count(*) FROM memberships WHERE member_id = ?`
	rawInsert        = `INSERT INTO memberships (id, account_id, member_id, created_at, updated_at) VALUES (?, ?, ?, ?, ?)`
	rawList          = `SELECT id, account_id, member_id, created_at, updated_at FROM memberships
		WHERE account_id = ? ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?`
)

// rawSettings are roster's, so that what is compared is code.
const rawSettings = "?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
	"&_pragma=foreign_keys(1)&_pragma=wal_autocheckpoint(4000)&_txlock=immediate"

// fileURI spells the path of a database file as SQLite reads it.
func fileURI(path string) string {
	u := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path)}
	if !strings.HasPrefix(u.Path, "/") { // C:/... on Windows
		u.Path = "/" + u.Path
	}
	return u.String()
}

// rows are a raw contender's tables: a pool, and the ids of what is in them.
type rows struct {
	world
	db                *sql.DB
	accounts, members []uuid.UUID
}

// openRows makes a database file with the world in it.
func openRows(dir string, w world) (*rows, error) {
	db, err := sql.Open("sqlite", fileURI(filepath.Join(dir, "raw.db"))+rawSettings)
	if err != nil {
		return nil, err
	}
	r := &rows{world: w, db: db, accounts: newIDs(w.Accounts), members: newIDs(w.Members)}
	if err := r.fill(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return r, nil
}

func (r *rows) fill() error {
	if _, err := r.db.Exec(rawSchema); err != nil {
		return err
	}
	now := time.Now().UnixMilli()
	return inTx(r.db, func(tx *sql.Tx) error {
		for i, id := range r.accounts {
			if _, err := tx.Exec(`INSERT INTO accounts VALUES (?, ?, ?, ?)`, id[:], fmt.Sprint("Account ", i), now, now); err != nil {
				return err
			}
		}
		for i, id := range r.members {
			name, email := fmt.Sprint("Member ", i), fmt.Sprintf("member%d@example.com", i)
			if _, err := tx.Exec(`INSERT INTO members VALUES (?, ?, ?, ?, ?)`, id[:], name, email, now, now); err != nil {
				return err
			}
		}
		for n, id := range newIDs(r.memberships()) {
			account, member := r.pair(n)
			at := now + int64(n)
			if _, err := tx.Exec(rawInsert, id[:], r.accounts[account][:], r.members[member][:], at, at); err != nil {
				return err
			}
		}
		return nil
	})
}

// inTx runs fn in a transaction.
func inTx(db *sql.DB, fn func(*sql.Tx) error) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// Count implements counter.
func (r *rows) Count() (n int, err error) {
	err = r.db.QueryRow(`SELECT count(*) FROM memberships`).Scan(&n)
	return n, err
}

// joinStatements are what a join asks, in its order, and the insert behind them.
type joinStatements struct {
	accountExists, memberExists, isMember, accountUsed, memberUsed, insert *sql.Stmt
}

// preparer is a pool or a connection.
type preparer interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

func prepareJoin(p preparer) (s joinStatements, err error) {
	for _, each := range []struct {
		stmt  **sql.Stmt
		query string
	}{
		{&s.accountExists, rawAccountExists}, {&s.memberExists, rawMemberExists}, {&s.isMember, rawIsMember},
		{&s.accountUsed, rawAccountUsed}, {&s.memberUsed, rawMemberUsed}, {&s.insert, rawInsert},
	} {
		if *each.stmt, err = p.PrepareContext(context.Background(), each.query); err != nil {
			return s, err
		}
	}
	return s, nil
}

// in has the statements run within a transaction.
func (s joinStatements) in(tx *sql.Tx) joinStatements {
	return joinStatements{tx.Stmt(s.accountExists), tx.Stmt(s.memberExists), tx.Stmt(s.isMember), tx.Stmt(s.accountUsed),
		tx.Stmt(s.memberUsed), tx.Stmt(s.insert)}
}

// join asks whether the rules allow it, and inserts.
func (r *rows) join(s joinStatements, account, member int) error {
	a, m := r.accounts[account][:], r.members[member][:]
	var accountExists, memberExists, already bool
	var accountUsed, memberUsed int
	err := errors.Join(
		s.accountExists.QueryRow(a).Scan(&accountExists),
		s.memberExists.QueryRow(m).Scan(&memberExists),
		s.isMember.QueryRow(a, m).Scan(&already),
		s.accountUsed.QueryRow(a).Scan(&accountUsed),
		s.memberUsed.QueryRow(m).Scan(&memberUsed))
	if err != nil {
		return err
	}
	if !accountExists || !memberExists || already || accountUsed >= r.accountLimit() || memberUsed >= r.memberLimit() {
		return errRefused
	}
	id, now := uuid.Must(uuid.NewV7()), time.Now().UnixMilli()
	_, err = s.insert.Exec(id[:], a, m, now, now)
	return err
}
