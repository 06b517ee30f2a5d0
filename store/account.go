package store

import (
	"context"

	"github.com/roster-go/roster/membership"
)

// AccountReader reads accounts.
type AccountReader interface {
	// Account looks one up, or answers [membership.ErrAccountNotFound].
	Account(ctx context.Context, id membership.AccountID) (membership.Account, error)

	// AccountsByID looks up many at once, in no particular order, each once; unknown ids are left out.
	AccountsByID(ctx context.Context, ids []membership.AccountID) ([]membership.Account, error)

	// ListAccounts answers a query about [membership.ResourceAccount].
	ListAccounts(ctx context.Context, q membership.Query) (membership.Page[membership.Account], error)
}

// AccountWriter writes accounts.
type AccountWriter interface {
	// InsertAccount adds an account as it is given. It answers [membership.ErrDuplicateID] or
	// [membership.ErrRegistrationIDTaken].
	InsertAccount(ctx context.Context, a membership.Account) error

	// UpdateAccount replaces the account that has the id. It answers [membership.ErrAccountNotFound] or
	// [membership.ErrRegistrationIDTaken].
	UpdateAccount(ctx context.Context, a membership.Account) error

	// DeleteAccount removes the account and its memberships, or answers [membership.ErrAccountNotFound].
	DeleteAccount(ctx context.Context, id membership.AccountID) error
}
