package store

import (
	"context"

	"github.com/roster-go/roster/membership"
)

// LoginReader reads the logins of members.
type LoginReader interface {
	// Login looks one up within a member. It answers [membership.ErrMemberNotFound] or
	// [membership.ErrLoginNotFound], the latter for another member's login too.
	Login(ctx context.Context, member membership.MemberID, id membership.LoginID) (membership.Login, error)

	// ListLogins answers a query about [membership.ResourceLogin], for a member's logins. It answers
	// [membership.ErrMemberNotFound].
	ListLogins(ctx context.Context, member membership.MemberID, q membership.Query) (membership.Page[membership.Login], error)

	// LoginsOfProfile are all logins in a password profile, by id. It answers [membership.ErrPasswordProfileNotFound].
	LoginsOfProfile(ctx context.Context, profile membership.PasswordProfileID) ([]membership.Login, error)

	// LoginsOfMembers are all logins of many members, by id; unknown members have none.
	LoginsOfMembers(ctx context.Context, ids []membership.MemberID) ([]membership.Login, error)
}

// LoginWriter writes the logins of members.
type LoginWriter interface {
	// InsertLogin adds a login as it is given. It answers [membership.ErrMemberNotFound],
	// [membership.ErrPasswordProfileNotFound], [membership.ErrDuplicateID] or [membership.ErrUsernameTaken].
	InsertLogin(ctx context.Context, l membership.Login) error

	// UpdateLogin replaces username, hash and time of update of the login that has the id in the member. It answers
	// [membership.ErrMemberNotFound], [membership.ErrLoginNotFound] or [membership.ErrUsernameTaken].
	UpdateLogin(ctx context.Context, l membership.Login) error

	// DeleteLogin removes one within a member. It answers [membership.ErrMemberNotFound] or
	// [membership.ErrLoginNotFound].
	DeleteLogin(ctx context.Context, member membership.MemberID, id membership.LoginID) error
}
