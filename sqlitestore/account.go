package sqlitestore

import (
	"context"
	"database/sql"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster/internal/stored"
	"github.com/roster-go/roster/membership"
)

const accountColumns = `a.id, a.name, a.legal_name, a.registration_id, a.external_ref, a.created_at, a.updated_at, a.parent_id, a.fields`

func scanAccount(a *membership.Account) []sql.Scanner {
	return []sql.Scanner{scanID(&a.ID.UUID), scanText(&a.Name), scanText(&a.LegalName), scanText(&a.RegistrationID),
		scanText(&a.ExternalRef), scanTime(&a.CreatedAt), scanTime(&a.UpdatedAt), scanID(&a.ParentID.UUID)}
}

var accounts = noun[membership.Account]{
	resource: membership.ResourceAccount,
	scan:     scanAccount,
	fields:   func(a *membership.Account) *membership.Fields { return &a.Fields },
}

const selectAccount = `SELECT ` + fieldVersion + `, ` + accountColumns + ` FROM roster_accounts a WHERE a.id = ?`

// Account implements [store.AccountReader].
func (r reader) Account(ctx context.Context, id membership.AccountID) (membership.Account, error) {
	return accounts.one(ctx, r, selectAccount, nil, membership.ErrAccountNotFound, id.UUID[:])
}

const selectAccountsByID = `SELECT ` + fieldVersion + `, ` + accountColumns + ` FROM roster_accounts a
	WHERE a.id IN (SELECT unhex(value) FROM json_each(?))`

// AccountsByID implements [store.AccountReader].
func (r reader) AccountsByID(ctx context.Context, ids []membership.AccountID) ([]membership.Account, error) {
	list := jsonIDs(ids, func(id membership.AccountID) uuid.UUID { return id.UUID })
	return accounts.all(ctx, r, selectAccountsByID, list)
}

// A row is an account that has a parent, with its parent, or one that has a tag, with its tag. The accounts that are
// asked for and those above them come once each, however many of the former are below one of the latter.
const selectAccountRelations = `WITH RECURSIVE asked (id) AS (SELECT unhex(value) FROM json_each(?1)),
	family (id, parent_id) AS (
		SELECT a.id, a.parent_id FROM roster_accounts a WHERE a.id IN asked
		UNION
		SELECT a.id, a.parent_id FROM family f JOIN roster_accounts a ON a.id = f.parent_id
	)
	SELECT id AS account_id, parent_id, NULL AS id, NULL AS name, NULL AS description, NULL AS created_at, NULL AS updated_at
	FROM family WHERE parent_id IS NOT NULL
	UNION ALL
	SELECT x.account_id, NULL, ` + tagColumns + `
	FROM roster_account_tags x JOIN roster_tags t ON t.id = x.tag_id WHERE x.account_id IN asked
	ORDER BY name`

// AccountRelations implements [store.AccountReader].
func (r reader) AccountRelations(ctx context.Context, ids []membership.AccountID) (map[membership.AccountID]membership.Relations, error) {
	var (
		account, parent membership.AccountID
		tag             membership.Tag
		parents         = make(map[membership.AccountID]membership.AccountID)
		tags            = make(map[membership.AccountID][]membership.Tag)
	)
	list := jsonIDs(ids, func(id membership.AccountID) uuid.UUID { return id.UUID })
	dest := append([]sql.Scanner{scanID(&account.UUID), scanID(&parent.UUID)}, scanTag(&tag)...)
	err := r.rows(ctx, selectAccountRelations, dest, func() {
		if parent.IsZero() {
			tags[account] = append(tags[account], tag)
		} else {
			parents[account] = parent
		}
	}, list)
	if err != nil {
		return nil, err
	}
	return stored.Relations(ids, parents, tags), nil
}

var accountList = listing[membership.Account]{
	resource: membership.ResourceAccount,
	columns:  accountColumns,
	from:     `roster_accounts a`,
	id:       `a.id`,
	scan:     scanAccount,
	fields:   accounts.fields,
}

// ListAccounts implements [store.AccountReader].
func (r reader) ListAccounts(ctx context.Context, q membership.Query) (membership.Page[membership.Account], error) {
	return listPage(ctx, r, accountList, q, within{})
}

const insertAccount = `INSERT INTO roster_accounts
	(id, name, legal_name, registration_id, external_ref, created_at, updated_at, parent_id, fields)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`

// InsertAccount implements [store.AccountWriter].
func (w writer) InsertAccount(ctx context.Context, a membership.Account) error {
	fields, err := w.keep(ctx, membership.ResourceAccount, nil, a.Fields)
	if err != nil {
		return err
	}
	why := func() error { return w.accountConflict(ctx, a, true) }
	return w.change(ctx, why, nil, insertAccount, a.ID.UUID[:], a.Name, a.LegalName, a.RegistrationID, a.ExternalRef,
		a.CreatedAt.UnixMilli(), a.UpdatedAt.UnixMilli(), optionalID(&a.ParentID.UUID), fields)
}

const updateAccount = `UPDATE roster_accounts
	SET name = ?, legal_name = ?, registration_id = ?, external_ref = ?, created_at = ?, updated_at = ?, fields = ?
	WHERE id = ?`

// UpdateAccount implements [store.AccountWriter].
func (w writer) UpdateAccount(ctx context.Context, a membership.Account) error {
	fields, err := w.keep(ctx, membership.ResourceAccount, a.ID.UUID[:], a.Fields)
	if err != nil {
		return err
	}
	why := func() error { return w.accountConflict(ctx, a, false) }
	return w.change(ctx, why, accountMissing, updateAccount, a.Name, a.LegalName, a.RegistrationID, a.ExternalRef,
		a.CreatedAt.UnixMilli(), a.UpdatedAt.UnixMilli(), fields, a.ID.UUID[:])
}

const (
	selectChildren = `SELECT json_group_array(hex(id)) FROM roster_accounts WHERE parent_id = ?`
	deleteAccount  = `DELETE FROM roster_accounts WHERE id = ?`
	touchAccounts  = `UPDATE roster_accounts SET updated_at = max(updated_at, ?) WHERE id IN (SELECT unhex(value) FROM json_each(?))`
)

// DeleteAccount implements [store.AccountWriter]. It leaves it to the schema to make roots of the children. They are
// touched last: the account may be refused by a foreign key of the program around us, and then nothing must have
// changed.
func (w writer) DeleteAccount(ctx context.Context, id membership.AccountID, at time.Time) error {
	var children string
	if _, err := w.row(ctx, selectChildren, []sql.Scanner{scanText(&children)}, id.UUID[:]); err != nil {
		return err
	}
	if err := w.change(ctx, nil, accountMissing, deleteAccount, id.UUID[:]); err != nil || children == "[]" {
		return err
	}
	// Why without ctx: between the two there is no way back, unless the whole transaction goes.
	return w.change(context.WithoutCancel(ctx), nil, nil, touchAccounts, at.UnixMilli(), children)
}

func accountMissing() error { return membership.ErrAccountNotFound }

const selectAccountConflict = `SELECT ?3 IS NULL OR EXISTS (SELECT 1 FROM roster_accounts WHERE id = ?3),
	EXISTS (SELECT 1 FROM roster_accounts WHERE id = ?1),
	EXISTS (SELECT 1 FROM roster_accounts WHERE registration_id <> '' AND registration_id = ?2 AND id <> ?1)`

// accountConflict finds what keeps an account from being written, in the contract's order.
func (w writer) accountConflict(ctx context.Context, a membership.Account, insert bool) error {
	var parent, id, registration bool
	dest := []sql.Scanner{scanBool(&parent), scanBool(&id), scanBool(&registration)}
	_, err := w.row(ctx, selectAccountConflict, dest, a.ID.UUID[:], a.RegistrationID, optionalID(&a.ParentID.UUID))
	switch {
	case err != nil:
		return err
	case insert && !parent:
		return &membership.Error{Cause: membership.ErrAccountNotFound, Field: "parent_id"}
	case insert && id:
		return membership.ErrDuplicateID
	case registration:
		return &membership.Error{Cause: membership.ErrRegistrationIDTaken, Field: "registration_id"}
	}
	return nil
}
