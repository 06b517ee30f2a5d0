package sqlitestore

import (
	"context"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

const memberColumns = `m.id, m.name, m.email, m.given_name, m.middle_name, m.family_name, m.created_at, m.updated_at`

func scanMember(m *membership.Member) []any {
	return []any{scanID(&m.ID.UUID), scanText(&m.Name), scanText(&m.Email), scanText(&m.GivenName),
		scanText(&m.MiddleName), scanText(&m.FamilyName), scanTime(&m.CreatedAt), scanTime(&m.UpdatedAt)}
}

const selectMember = `SELECT ` + memberColumns + ` FROM roster_members m WHERE m.id = ?`

// Member implements [store.MemberReader].
func (r reader) Member(ctx context.Context, id membership.MemberID) (membership.Member, error) {
	return one(ctx, r, selectMember, scanMember, membership.ErrMemberNotFound, id.UUID[:])
}

const selectMembersByID = `SELECT ` + memberColumns + ` FROM roster_members m
	WHERE m.id IN (SELECT unhex(value) FROM json_each(?))`

// MembersByID implements [store.MemberReader].
func (r reader) MembersByID(ctx context.Context, ids []membership.MemberID) ([]membership.Member, error) {
	list := jsonIDs(ids, func(id membership.MemberID) uuid.UUID { return id.UUID })
	return collect(ctx, r, selectMembersByID, scanMember, list)
}

var memberList = listing[membership.Member]{
	resource: membership.ResourceMember,
	columns:  memberColumns,
	from:     `roster_members m`,
	id:       `m.id`,
	scan:     scanMember,
}

// ListMembers implements [store.MemberReader].
func (r reader) ListMembers(ctx context.Context, q membership.Query) (membership.Page[membership.Member], error) {
	return listPage(ctx, r, memberList, q, within{})
}

const (
	isUnassigned = `NOT EXISTS
	(SELECT 1 FROM roster_memberships x WHERE x.account_id = ` + accountParameter + ` AND x.member_id = m.id)`
	// Each of the account's memberships is one member's.
	countUnassigned = `((SELECT count(*) FROM roster_members) -
	(SELECT membership_count FROM roster_accounts WHERE id = ` + accountParameter + `))`
)

// ListUnassignedMembers implements [store.MemberReader].
func (r reader) ListUnassignedMembers(ctx context.Context, account membership.AccountID, q membership.Query) (membership.Page[membership.Member], error) {
	return listPage(ctx, r, memberList, q,
		within{account: account.UUID[:], where: []string{isUnassigned}, total: countUnassigned})
}

const insertMember = `INSERT INTO roster_members
	(id, name, email, given_name, middle_name, family_name, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`

// InsertMember implements [store.MemberWriter].
func (w writer) InsertMember(ctx context.Context, m membership.Member) error {
	why := func() error { return w.memberConflict(ctx, m.ID) }
	return w.change(ctx, why, nil, insertMember, m.ID.UUID[:], m.Name, m.Email, m.GivenName, m.MiddleName, m.FamilyName,
		m.CreatedAt.UnixMilli(), m.UpdatedAt.UnixMilli())
}

const updateMember = `UPDATE roster_members SET name = ?, email = ?, given_name = ?, middle_name = ?, family_name = ?,
	created_at = ?, updated_at = ? WHERE id = ?`

// UpdateMember implements [store.MemberWriter].
func (w writer) UpdateMember(ctx context.Context, m membership.Member) error {
	return w.change(ctx, nil, memberMissing, updateMember, m.Name, m.Email, m.GivenName, m.MiddleName, m.FamilyName,
		m.CreatedAt.UnixMilli(), m.UpdatedAt.UnixMilli(), m.ID.UUID[:])
}

const deleteMember = `DELETE FROM roster_members WHERE id = ?`

// DeleteMember implements [store.MemberWriter].
func (w writer) DeleteMember(ctx context.Context, id membership.MemberID) error {
	return w.change(ctx, nil, memberMissing, deleteMember, id.UUID[:])
}

func memberMissing() error { return membership.ErrMemberNotFound }

const selectMemberExists = `SELECT EXISTS (SELECT 1 FROM roster_members WHERE id = ?)`

// memberConflict finds what keeps a member from being inserted.
func (w writer) memberConflict(ctx context.Context, id membership.MemberID) error {
	var taken bool
	if _, err := w.row(ctx, selectMemberExists, []any{scanBool(&taken)}, id.UUID[:]); err != nil {
		return err
	}
	if taken {
		return membership.ErrDuplicateID
	}
	return nil
}
