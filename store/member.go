package store

import (
	"context"

	"github.com/roster-go/roster/membership"
)

// MemberReader reads account members.
type MemberReader interface {
	// Member looks one up, or answers [membership.ErrMemberNotFound].
	Member(ctx context.Context, id membership.MemberID) (membership.Member, error)

	// MembersByID looks up many at once, in no particular order, each once; unknown ids are left out.
	MembersByID(ctx context.Context, ids []membership.MemberID) ([]membership.Member, error)

	// ListMembers answers a query about [membership.ResourceMember].
	ListMembers(ctx context.Context, q membership.Query) (membership.Page[membership.Member], error)

	// ListUnassignedMembers is ListMembers without the members of the account. It answers
	// [membership.ErrAccountNotFound].
	ListUnassignedMembers(ctx context.Context, account membership.AccountID, q membership.Query) (membership.Page[membership.Member], error)
}

// MemberWriter writes account members.
type MemberWriter interface {
	// InsertMember adds a member as it is given, or answers [membership.ErrDuplicateID].
	InsertMember(ctx context.Context, m membership.Member) error

	// UpdateMember replaces the member that has the id, or answers [membership.ErrMemberNotFound].
	UpdateMember(ctx context.Context, m membership.Member) error

	// DeleteMember removes the member, its memberships and its logins. It answers [membership.ErrMemberNotFound], or
	// [membership.ErrReferenced] where something outside of roster refers to the member.
	DeleteMember(ctx context.Context, id membership.MemberID) error
}
