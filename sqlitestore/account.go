package sqlitestore

import (
	"context"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

const accountColumns = `a.id, a.name, a.legal_name, a.registration_id, a.external_ref, a.created_at, a.updated_at`

func scanAccount(a *membership.Account) []any {
	return []any{scanID(&a.ID.UUID), scanText(&a.Name), scanText(&a.LegalName), scanText(&a.RegistrationID),
		scanText(&a.ExternalRef), scanTime(&a.CreatedAt), scanTime(&a.UpdatedAt)}
}

const selectAccount = `SELECT ` + accountColumns + ` FROM roster_accounts a WHERE a.id = ?`

func (r reader) Account(ctx context.Context, id membership.AccountID) (membership.Account, error) {
	var a membership.Account
	found, err := r.row(ctx, selectAccount, scanAccount(&a), id.UUID[:])
	if err == nil && !found {
		err = membership.ErrAccountNotFound
	}
	return a, err
}

const selectAccountsByID = `SELECT ` + accountColumns + ` FROM roster_accounts a
	WHERE a.id IN (SELECT unhex(value) FROM json_each(?))`

func (r reader) AccountsByID(ctx context.Context, ids []membership.AccountID) ([]membership.Account, error) {
	list := jsonIDs(ids, func(id membership.AccountID) uuid.UUID { return id.UUID })
	return collect(ctx, r, selectAccountsByID, scanAccount, list)
}

var accountList = listing[membership.Account]{
	resource: membership.ResourceAccount,
	columns:  accountColumns,
	from:     `roster_accounts a`,
	id:       `a.id`,
	scan:     scanAccount,
}

func (r reader) ListAccounts(ctx context.Context, q membership.Query) (membership.Page[membership.Account], error) {
	return listPage(ctx, r, accountList, q, within{})
}

const insertAccount = `INSERT INTO roster_accounts
	(id, name, legal_name, registration_id, external_ref, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)`

func (w writer) InsertAccount(ctx context.Context, a membership.Account) error {
	why := func() error { return w.accountConflict(ctx, a, true) }
	return w.change(ctx, why, nil, insertAccount, a.ID.UUID[:], a.Name, a.LegalName, a.RegistrationID, a.ExternalRef,
		a.CreatedAt.UnixMilli(), a.UpdatedAt.UnixMilli())
}

const updateAccount = `UPDATE roster_accounts
	SET name = ?, legal_name = ?, registration_id = ?, external_ref = ?, created_at = ?, updated_at = ? WHERE id = ?`

func (w writer) UpdateAccount(ctx context.Context, a membership.Account) error {
	why := func() error { return w.accountConflict(ctx, a, false) }
	return w.change(ctx, why, accountMissing, updateAccount, a.Name, a.LegalName, a.RegistrationID, a.ExternalRef,
		a.CreatedAt.UnixMilli(), a.UpdatedAt.UnixMilli(), a.ID.UUID[:])
}

const deleteAccount = `DELETE FROM roster_accounts WHERE id = ?`

func (w writer) DeleteAccount(ctx context.Context, id membership.AccountID) error {
	return w.change(ctx, nil, accountMissing, deleteAccount, id.UUID[:])
}

func accountMissing() error { return membership.ErrAccountNotFound }

const selectAccountConflict = `SELECT EXISTS (SELECT 1 FROM roster_accounts WHERE id = ?1),
	EXISTS (SELECT 1 FROM roster_accounts WHERE registration_id <> '' AND registration_id = ?2 AND id <> ?1)`

// accountConflict finds what keeps an account from being written.
func (w writer) accountConflict(ctx context.Context, a membership.Account, insert bool) error {
	var id, registration bool
	_, err := w.row(ctx, selectAccountConflict, []any{scanBool(&id), scanBool(&registration)}, a.ID.UUID[:], a.RegistrationID)
	switch {
	case err != nil:
		return err
	case insert && id:
		return membership.ErrDuplicateID
	case registration:
		return &membership.Error{Cause: membership.ErrRegistrationIDTaken, Field: "registration_id"}
	}
	return nil
}
