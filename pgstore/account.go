package pgstore

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster/internal/stored"
	"github.com/roster-go/roster/membership"
)

const accountColumns = `a.id, a.name, a.legal_name, a.registration_id, a.external_ref, a.created_at, a.updated_at, a.parent_id,
	a.fields::text`

func scanAccount(a *membership.Account) []column {
	return []column{scanID(&a.ID.UUID), scanText(&a.Name), scanText(&a.LegalName), scanText(&a.RegistrationID),
		scanText(&a.ExternalRef), scanTime(&a.CreatedAt), scanTime(&a.UpdatedAt), scanID(&a.ParentID.UUID)}
}

var accounts = noun[membership.Account]{
	resource: membership.ResourceAccount,
	scan:     scanAccount,
	fields:   func(a *membership.Account) *membership.Fields { return &a.Fields },
}

const selectAccount = `SELECT ` + fieldVersion + `, ` + accountColumns + ` FROM roster_accounts a WHERE a.id = $1`

// Account implements [store.AccountReader].
func (r reader) Account(ctx context.Context, id membership.AccountID) (membership.Account, error) {
	return accounts.one(ctx, r, selectAccount, nil, membership.ErrAccountNotFound, idParam(id.UUID))
}

const selectAccountsByID = `SELECT ` + fieldVersion + `, ` + accountColumns + ` FROM roster_accounts a
	WHERE a.id = ANY($1::uuid[])`

// AccountsByID implements [store.AccountReader].
func (r reader) AccountsByID(ctx context.Context, wanted []membership.AccountID) ([]membership.Account, error) {
	return accounts.all(ctx, r, selectAccountsByID, ids(wanted, func(id membership.AccountID) uuid.UUID { return id.UUID }))
}

// A row is an account that has a parent, with its parent, or one that has a tag, with its tag. The accounts that are
// asked for and those above them come once each, however many of the former are below one of the latter.
const selectAccountRelations = `WITH RECURSIVE family (id, parent_id) AS (
		SELECT a.id, a.parent_id FROM roster_accounts a WHERE a.id = ANY($1::uuid[])
		UNION
		SELECT a.id, a.parent_id FROM family f JOIN roster_accounts a ON a.id = f.parent_id
	)
	SELECT id AS account_id, parent_id, NULL::uuid AS id, NULL::text COLLATE "C" AS name, NULL AS description,
		NULL::timestamptz AS created_at, NULL::timestamptz AS updated_at
	FROM family WHERE parent_id IS NOT NULL
	UNION ALL
	SELECT x.account_id, NULL, ` + tagColumns + `
	FROM roster_account_tags x JOIN roster_tags t ON t.id = x.tag_id WHERE x.account_id = ANY($1::uuid[])
	ORDER BY name`

// AccountRelations implements [store.AccountReader].
func (r reader) AccountRelations(ctx context.Context, wanted []membership.AccountID) (map[membership.AccountID]membership.Relations, error) {
	var (
		account, parent membership.AccountID
		tag             membership.Tag
		parents         = make(map[membership.AccountID]membership.AccountID)
		tags            = make(map[membership.AccountID][]membership.Tag)
	)
	dest := append([]column{scanID(&account.UUID), scanID(&parent.UUID)}, scanTag(&tag)...)
	err := r.rows(ctx, selectAccountRelations, dest, func() {
		if parent.IsZero() {
			tags[account] = append(tags[account], tag)
		} else {
			parents[account] = parent
		}
	}, ids(wanted, func(id membership.AccountID) uuid.UUID { return id.UUID }))
	if err != nil {
		return nil, err
	}
	return stored.Relations(wanted, parents, tags), nil
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

// Its own parent is none, because it does not exist before. Why the lock, which the foreign key takes anyway: a transaction of
// the program around us may be READ COMMITTED, and the parent may be about to go. Then the lock waits, and finds it gone; the
// foreign key would wait, and end the transaction.
const insertAccount = `INSERT INTO roster_accounts
	(id, name, legal_name, registration_id, external_ref, created_at, updated_at, parent_id, fields)
	SELECT $1::uuid, $2::text, $3::text, $4::text, $5::text, $6::timestamptz, $7::timestamptz, $8::uuid, $9::text::json
	WHERE $8 IS NULL OR EXISTS (SELECT 1 FROM roster_accounts WHERE id = $8 AND id <> $1 FOR KEY SHARE)
	ON CONFLICT DO NOTHING`

// InsertAccount implements [store.AccountWriter].
func (w writer) InsertAccount(ctx context.Context, a membership.Account) error {
	fields, err := w.keep(ctx, membership.ResourceAccount, nil, a.Fields)
	if err != nil {
		return err
	}
	why := func() error { return w.accountConflict(ctx, a, true) }
	return w.add(ctx, why, insertAccount, idParam(a.ID.UUID), a.Name, a.LegalName, a.RegistrationID, a.ExternalRef,
		a.CreatedAt, a.UpdatedAt, optionalID(a.ParentID.UUID), fields)
}

const updateAccount = `UPDATE roster_accounts
	SET name = $2, legal_name = $3, registration_id = $4, external_ref = $5, created_at = $6, updated_at = $7,
		fields = $8::text::json
	WHERE id = $1`

// UpdateAccount implements [store.AccountWriter].
func (w writer) UpdateAccount(ctx context.Context, a membership.Account) error {
	fields, err := w.keep(ctx, membership.ResourceAccount, &a.ID.UUID, a.Fields)
	if err != nil {
		return err
	}
	args := []any{idParam(a.ID.UUID), a.Name, a.LegalName, a.RegistrationID, a.ExternalRef, a.CreatedAt, a.UpdatedAt, fields}
	if a.RegistrationID == "" {
		return w.add(ctx, accountMissing, updateAccount, args...)
	}
	why := func() error { return w.accountConflict(ctx, a, false) }
	return w.take(ctx, `roster_accounts_registration_id`, why, accountMissing, updateAccount, args...)
}

// The children are touched in the same statement, so that they are not when the account is refused by a foreign key of the
// program around us.
const deleteAccount = `WITH children AS (UPDATE roster_accounts SET updated_at = greatest(updated_at, $2) WHERE parent_id = $1)
	DELETE FROM roster_accounts WHERE id = $1`

// DeleteAccount implements [store.AccountWriter]. It leaves it to the schema to make roots of the children.
func (w writer) DeleteAccount(ctx context.Context, id membership.AccountID, at time.Time) error {
	return w.change(ctx, nil, accountMissing, deleteAccount, idParam(id.UUID), at)
}

func accountMissing() error { return membership.ErrAccountNotFound }

const selectAccountConflict = `SELECT $3::uuid IS NULL OR EXISTS (SELECT 1 FROM roster_accounts WHERE id = $3),
	EXISTS (SELECT 1 FROM roster_accounts WHERE id = $1),
	EXISTS (SELECT 1 FROM roster_accounts WHERE registration_id <> '' AND registration_id = $2 AND id <> $1)`

// accountConflict finds what keeps an account from being written, in the contract's order.
func (w writer) accountConflict(ctx context.Context, a membership.Account, insert bool) error {
	var parent, id, registration bool
	dest := []column{scanBool(&parent), scanBool(&id), scanBool(&registration)}
	_, err := w.row(ctx, selectAccountConflict, dest, idParam(a.ID.UUID), a.RegistrationID, optionalID(a.ParentID.UUID))
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
