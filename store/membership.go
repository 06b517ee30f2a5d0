package store

import (
	"context"

	"github.com/roster-go/roster/membership"
)

// MembershipReader reads memberships.
type MembershipReader interface {
	// Membership looks one up within an account. It answers [membership.ErrAccountNotFound] or
	// [membership.ErrMembershipNotFound].
	Membership(ctx context.Context, account membership.AccountID, id membership.MembershipID) (membership.Membership, error)

	// MembershipByPair looks one up by account and member, or answers [membership.ErrMembershipNotFound], whether
	// or not the two exist.
	MembershipByPair(ctx context.Context, account membership.AccountID, member membership.MemberID) (membership.Membership, error)

	// IsMember reports whether the pair has a membership. An unknown account or member has none.
	IsMember(ctx context.Context, account membership.AccountID, member membership.MemberID) (bool, error)

	// ListMemberships answers a query about [membership.ResourceMembership], within the scope. It answers
	// [membership.ErrAccountNotFound] or [membership.ErrMemberNotFound] for an unknown account or member in the
	// scope.
	ListMemberships(ctx context.Context, scope membership.Scope, q membership.Query) (membership.Page[membership.Membership], error)
}

// MembershipWriter writes memberships.
type MembershipWriter interface {
	// JoinFacts tells what decides whether the member may join the account. An unknown account or member is a
	// fact, not an error.
	JoinFacts(ctx context.Context, account membership.AccountID, member membership.MemberID) (membership.JoinFacts, error)

	// JoinFactsOf is JoinFacts for the account and the member of each of many memberships, in their order.
	JoinFactsOf(ctx context.Context, all []membership.Membership) ([]membership.JoinFacts, error)

	// InsertMembership adds a membership as it is given. It answers [membership.ErrAccountNotFound],
	// [membership.ErrMemberNotFound], [membership.ErrDuplicateID] or [membership.ErrAlreadyMember].
	InsertMembership(ctx context.Context, m membership.Membership) error

	// InsertMemberships adds memberships one after the other, up to one that cannot be added. It answers how many it has
	// added, and what InsertMembership would answer for the one behind them.
	InsertMemberships(ctx context.Context, all []membership.Membership) (int, error)

	// UpdateMembership replaces what can change of the membership that has the id in the account: its custom fields
	// and its time of update. It answers [membership.ErrAccountNotFound] or [membership.ErrMembershipNotFound].
	UpdateMembership(ctx context.Context, m membership.Membership) error

	// DeleteMembership removes one within an account. It answers [membership.ErrAccountNotFound] or
	// [membership.ErrMembershipNotFound].
	DeleteMembership(ctx context.Context, account membership.AccountID, id membership.MembershipID) error
}
