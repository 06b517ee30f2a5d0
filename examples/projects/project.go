package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
)

type project struct {
	ID    int64   `json:"id"`
	Name  string  `json:"name"`
	Owner *string `json:"owner"` // the member's name; null while nobody is left
}

func insertProject(
	ctx context.Context, tx *sql.Tx, account membership.AccountID, owner membership.MemberID, name string,
) (id int64, err error) {
	err = tx.QueryRowContext(ctx, `INSERT INTO projects (account_id, owner_id, name) VALUES (?, ?, ?) RETURNING id`,
		account.UUID[:], owner.UUID[:], name).Scan(&id)
	return id, err
}

// selectProjects joins roster's view, by the ids that both keep as 16 bytes.
func selectProjects(ctx context.Context, tx *sql.Tx, account membership.AccountID) ([]project, error) {
	rows, err := tx.QueryContext(ctx, `SELECT p.id, p.name, v.account_member_name
		FROM projects p LEFT JOIN roster_memberships_view v
			ON v.account_key = p.account_id AND v.account_member_key = p.owner_id
		WHERE p.account_id = ? ORDER BY p.id`, account.UUID[:])
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	list := []project{}
	for rows.Next() {
		var p project
		if err := rows.Scan(&p.ID, &p.Name, &p.Owner); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, rows.Err()
}

// handOver gives the projects of whoever leaves an account to its oldest member, until ctx ends: exactly once for each
// who leaves, also when the program was not running then.
func (a *app) handOver(ctx context.Context) error {
	opts := roster.ConsumeOptions{
		ChangeOptions: roster.ChangeOptions{Types: []membership.ChangeType{membership.MembershipDeleted}},
		Failed: func(c membership.Change, err error, failures int, wait time.Duration) {
			log.Printf("hand over projects: change %d, failure %d, again in %v: %v", c.Sequence, failures, wait, err)
		},
	}
	return a.roster.As("projects").Consume(ctx, "hand over projects", handOverOne, opts)
}

// handOverOne deals with one who left, in the transaction in which the consumer's position moves. It looks at the
// account as it is now, not as it was then.
func handOverOne(ctx context.Context, in *roster.Service, c membership.Change) error {
	back, err := in.IsMember(ctx, c.AccountID, c.MemberID)
	if err != nil || back {
		return err
	}
	oldest := membership.Query{Order: membership.Order{By: membership.AttrCreatedAt}, Limit: 1}
	heirs, err := in.Memberships(ctx, membership.Scope{Account: c.AccountID}, oldest)
	if errors.Is(err, membership.ErrAccountNotFound) {
		return nil // its projects went along
	}
	if err != nil {
		return err
	}
	var heir any // NULL
	if len(heirs.Items) > 0 {
		heir = heirs.Items[0].MemberID.UUID[:]
	}
	tx, _ := in.Tx()
	conn, ok := sqlitestore.SQL(tx)
	if !ok {
		return fmt.Errorf("%T is no transaction of SQLite", tx)
	}
	// Of a member that was deleted the projects have nobody.
	_, err = conn.ExecContext(ctx, `UPDATE projects SET owner_id = ?
		WHERE account_id = ? AND (owner_id = ? OR owner_id IS NULL)`,
		heir, c.AccountID.UUID[:], c.MemberID.UUID[:])
	return err
}
