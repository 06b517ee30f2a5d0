package pgstore

import (
	"context"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

const memberColumns = `m.id, m.name, m.email, m.given_name, m.middle_name, m.family_name, m.created_at, m.updated_at,
	m.fields::text`

func scanMember(m *membership.Member) []column {
	return []column{scanID(&m.ID.UUID), scanText(&m.Name), scanText(&m.Email), scanText(&m.GivenName),
		scanText(&m.MiddleName), scanText(&m.FamilyName), scanTime(&m.CreatedAt), scanTime(&m.UpdatedAt)}
}

var members = noun[membership.Member]{
	resource: membership.ResourceMember,
	scan:     scanMember,
	fields:   func(m *membership.Member) *membership.Fields { return &m.Fields },
}

const selectMember = `SELECT ` + fieldVersion + `, ` + memberColumns + ` FROM roster_members m WHERE m.id = $1`

// Member implements [store.MemberReader].
func (r reader) Member(ctx context.Context, id membership.MemberID) (membership.Member, error) {
	return members.one(ctx, r, selectMember, nil, membership.ErrMemberNotFound, idParam(id.UUID))
}

const selectMembersByID = `SELECT ` + fieldVersion + `, ` + memberColumns + ` FROM roster_members m
	WHERE m.id = ANY($1::uuid[])`

// MembersByID implements [store.MemberReader].
func (r reader) MembersByID(ctx context.Context, wanted []membership.MemberID) ([]membership.Member, error) {
	return members.all(ctx, r, selectMembersByID, ids(wanted, func(id membership.MemberID) uuid.UUID { return id.UUID }))
}

var memberList = listing[membership.Member]{
	resource: membership.ResourceMember,
	columns:  memberColumns,
	from:     `roster_members m`,
	id:       `m.id`,
	scan:     scanMember,
	fields:   members.fields,
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
		within{account: &account.UUID, where: []string{isUnassigned}, total: countUnassigned, varied: true})
}

const insertMember = `INSERT INTO roster_members
	(id, name, email, given_name, middle_name, family_name, created_at, updated_at, fields)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::json) ON CONFLICT DO NOTHING`

// InsertMember implements [store.MemberWriter].
func (w writer) InsertMember(ctx context.Context, m membership.Member) error {
	fields, err := w.keep(ctx, membership.ResourceMember, nil, m.Fields)
	if err != nil {
		return err
	}
	why := func() error { return w.memberConflict(ctx, m.ID) }
	return w.add(ctx, why, insertMember, idParam(m.ID.UUID), m.Name, m.Email, m.GivenName, m.MiddleName, m.FamilyName,
		m.CreatedAt, m.UpdatedAt, fields)
}

const updateMember = `UPDATE roster_members SET name = $2, email = $3, given_name = $4, middle_name = $5, family_name = $6,
	created_at = $7, updated_at = $8, fields = $9::text::json WHERE id = $1`

// UpdateMember implements [store.MemberWriter].
func (w writer) UpdateMember(ctx context.Context, m membership.Member) error {
	fields, err := w.keep(ctx, membership.ResourceMember, &m.ID.UUID, m.Fields)
	if err != nil {
		return err
	}
	return w.add(ctx, memberMissing, updateMember, idParam(m.ID.UUID), m.Name, m.Email, m.GivenName, m.MiddleName, m.FamilyName,
		m.CreatedAt, m.UpdatedAt, fields)
}

const deleteMember = `DELETE FROM roster_members WHERE id = $1`

// DeleteMember implements [store.MemberWriter].
func (w writer) DeleteMember(ctx context.Context, id membership.MemberID) error {
	return w.change(ctx, nil, memberMissing, deleteMember, idParam(id.UUID))
}

func memberMissing() error { return membership.ErrMemberNotFound }

const selectMemberExists = `SELECT EXISTS (SELECT 1 FROM roster_members WHERE id = $1)`

// memberConflict finds what keeps a member from being inserted.
func (w writer) memberConflict(ctx context.Context, id membership.MemberID) error {
	var taken bool
	if _, err := w.row(ctx, selectMemberExists, []column{scanBool(&taken)}, idParam(id.UUID)); err != nil {
		return err
	}
	if taken {
		return membership.ErrDuplicateID
	}
	return nil
}
