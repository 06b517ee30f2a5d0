package store

import (
	"context"
	"time"

	"github.com/roster-go/roster/membership"
)

// AccountReader reads accounts.
type AccountReader interface {
	// Account looks one up, or answers [membership.ErrAccountNotFound].
	Account(ctx context.Context, id membership.AccountID) (membership.Account, error)

	// AccountsByID looks up many at once, in no particular order, each once; unknown ids are left out.
	AccountsByID(ctx context.Context, ids []membership.AccountID) ([]membership.Account, error)

	// AccountRelations reads the ancestors and the tags of many accounts at once. Accounts that have neither, and
	// unknown ids, are left out.
	AccountRelations(ctx context.Context, ids []membership.AccountID) (map[membership.AccountID]membership.Relations, error)

	// ListAccounts answers a query about [membership.ResourceAccount].
	ListAccounts(ctx context.Context, q membership.Query) (membership.Page[membership.Account], error)
}

// AccountWriter writes accounts.
type AccountWriter interface {
	// InsertAccount adds an account as it is given. It answers [membership.ErrAccountNotFound] for its parent
	// (with the Field parent_id),
	// [membership.ErrDuplicateID] or [membership.ErrRegistrationIDTaken].
	InsertAccount(ctx context.Context, a membership.Account) error

	// UpdateAccount replaces everything but the parent of the account that has the id. It answers
	// [membership.ErrAccountNotFound] or [membership.ErrRegistrationIDTaken].
	UpdateAccount(ctx context.Context, a membership.Account) error

	// DeleteAccount removes the account, its memberships and its tags' assignments, and makes roots of its children,
	// whose time of update becomes the given one unless it is later. It answers [membership.ErrAccountNotFound], or
	// [membership.ErrReferenced] where something outside of roster refers to the account.
	DeleteAccount(ctx context.Context, id membership.AccountID, at time.Time) error
}
