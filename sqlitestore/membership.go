package sqlitestore

import (
	"context"
	"database/sql"

	"github.com/roster-go/roster/membership"
)

const (
	membershipColumns        = `ms.id, ms.account_id, ms.member_id, ms.created_at, ms.updated_at, ms.fields`
	accountMembershipColumns = `ms.id, ms.member_id, ms.created_at, ms.updated_at, ms.fields`
)

func scanMembership(m *membership.Membership) []sql.Scanner {
	return []sql.Scanner{scanID(&m.ID.UUID), scanID(&m.AccountID.UUID), scanID(&m.MemberID.UUID),
		scanTime(&m.CreatedAt), scanTime(&m.UpdatedAt)}
}

var memberships = noun[membership.Membership]{
	resource: membership.ResourceMembership,
	scan:     scanMembership,
	fields:   func(m *membership.Membership) *membership.Fields { return &m.Fields },
}

// No row means that there is no account, a row of NULLs that it has no such membership.
const selectMembership = `SELECT ` + fieldVersion + `, ` + membershipColumns + ` FROM roster_accounts a
	LEFT JOIN roster_memberships ms ON ms.id = ?2 AND ms.account_id = a.id WHERE a.id = ?1`

// Membership implements [store.MembershipReader].
func (r reader) Membership(ctx context.Context, account membership.AccountID, id membership.MembershipID) (membership.Membership, error) {
	m, err := memberships.one(ctx, r, selectMembership, nil, membership.ErrAccountNotFound, account.UUID[:], id.UUID[:])
	if err == nil && m.IsZero() {
		err = membership.ErrMembershipNotFound
	}
	return m, err
}

const selectMembershipByPair = `SELECT ` + fieldVersion + `, ` + membershipColumns + ` FROM roster_memberships ms
	WHERE ms.account_id = ? AND ms.member_id = ?`

// MembershipByPair implements [store.MembershipReader].
func (r reader) MembershipByPair(ctx context.Context, account membership.AccountID, member membership.MemberID) (membership.Membership, error) {
	return memberships.one(ctx, r, selectMembershipByPair, nil, membership.ErrMembershipNotFound, account.UUID[:], member.UUID[:])
}

const selectIsMember = `SELECT EXISTS (SELECT 1 FROM roster_memberships WHERE account_id = ? AND member_id = ?) AS j`

// IsMember implements [store.MembershipReader].
func (r reader) IsMember(ctx context.Context, account membership.AccountID, member membership.MemberID) (bool, error) {
	var is bool
	_, err := r.row(ctx, selectIsMember, []sql.Scanner{scanBool(&is)}, account.UUID[:], member.UUID[:])
	return is, err
}

var membershipList = listing[membership.Membership]{
	resource: membership.ResourceMembership,
	columns:  membershipColumns,
	from:     `roster_memberships ms`,
	id:       `ms.id`,
	scan:     scanMembership,
	fields:   memberships.fields,
}

// accountMembershipList is the list of an account's memberships, whose rows need not be asked which account is theirs.
func accountMembershipList(id membership.AccountID) listing[membership.Membership] {
	l := membershipList
	l.columns = accountMembershipColumns
	l.scan = func(m *membership.Membership) []sql.Scanner {
		m.AccountID = id
		return []sql.Scanner{scanID(&m.ID.UUID), scanID(&m.MemberID.UUID), scanTime(&m.CreatedAt), scanTime(&m.UpdatedAt)}
	}
	return l
}

// ListMemberships implements [store.MembershipReader].
func (r reader) ListMemberships(ctx context.Context, scope membership.Scope, q membership.Query) (membership.Page[membership.Membership], error) {
	account, member := scope.NamesAccount(), scope.NamesMember()
	var in within
	list := membershipList
	if account {
		in.account = scope.Account.UUID[:]
		in.where = append(in.where, `ms.account_id = `+accountParameter)
	}
	if member {
		in.member = scope.Member.UUID[:]
		in.where = append(in.where, `ms.member_id = `+memberParameter)
	}
	switch {
	case account && !member:
		list = accountMembershipList(scope.Account)
		in.total = `(SELECT membership_count FROM roster_accounts WHERE id = ` + accountParameter + `)`
	case member && !account:
		in.total = `(SELECT membership_count FROM roster_members WHERE id = ` + memberParameter + `)`
	}
	return listPage(ctx, r, list, q, in)
}

// The counts are NULL where there is no such account or member. Why the short names and the plus: the driver makes a text
// of each column's name and of its type, where it has one.
const selectJoinFacts = `SELECT (SELECT +membership_count FROM roster_accounts WHERE id = ?) AS a,
	(SELECT +membership_count FROM roster_members WHERE id = ?) AS m,
	(SELECT +membership_limit FROM roster_settings WHERE id = 1) AS l, ` + fieldVersion + ` AS v,
	EXISTS (SELECT 1 FROM roster_memberships WHERE account_id = ? AND member_id = ?) AS j`

// JoinFacts implements [store.MembershipWriter].
func (w writer) JoinFacts(ctx context.Context, account membership.AccountID, member membership.MemberID) (membership.JoinFacts, error) {
	var read struct {
		account, member, limit count
		version                int64
		joined                 bool
	}
	dest := []sql.Scanner{&read.account, &read.member, &read.limit, scanNumber(&read.version), scanBool(&read.joined)}
	_, err := w.row(ctx, selectJoinFacts, dest, &account.UUID, &member.UUID, &account.UUID, &member.UUID)
	if err != nil {
		return membership.JoinFacts{}, err
	}
	f := membership.JoinFacts{AccountExists: read.account.known, MemberExists: read.member.known,
		AccountUsed: read.account.n, MemberUsed: read.member.n, MemberLimit: membership.DefaultSettings().MembershipLimit}
	if read.limit.known {
		f.MemberLimit = read.limit.n
	}
	if read.joined {
		f.Existing, err = w.MembershipByPair(ctx, account, member)
	} else {
		_, err = w.schemasAt(ctx, read.version) // Why: who joins needs them next
	}
	return f, err
}

const insertMembership = `INSERT INTO roster_memberships (id, account_id, member_id, created_at, updated_at, fields)
	VALUES (?, ?, ?, ?, ?, ?)`

// InsertMembership implements [store.MembershipWriter].
func (w writer) InsertMembership(ctx context.Context, m membership.Membership) error {
	fields, err := w.keep(ctx, membership.ResourceMembership, nil, m.Fields)
	if err != nil {
		return err
	}
	why := func() error { return w.membershipConflict(ctx, m) }
	return w.change(ctx, why, nil, insertMembership, &m.ID.UUID, &m.AccountID.UUID, &m.MemberID.UUID,
		m.CreatedAt.UnixMilli(), m.UpdatedAt.UnixMilli(), fields)
}

const updateMembership = `UPDATE roster_memberships SET updated_at = ?, fields = ? WHERE id = ? AND account_id = ?`

// UpdateMembership implements [store.MembershipWriter].
func (w writer) UpdateMembership(ctx context.Context, m membership.Membership) error {
	fields, err := w.keep(ctx, membership.ResourceMembership, m.ID.UUID[:], m.Fields)
	if err != nil {
		return err
	}
	missing := func() error { return w.membershipMissing(ctx, m.AccountID) }
	return w.change(ctx, nil, missing, updateMembership, m.UpdatedAt.UnixMilli(), fields, m.ID.UUID[:], m.AccountID.UUID[:])
}

const deleteMembership = `DELETE FROM roster_memberships WHERE id = ? AND account_id = ?`

// DeleteMembership implements [store.MembershipWriter].
func (w writer) DeleteMembership(ctx context.Context, account membership.AccountID, id membership.MembershipID) error {
	missing := func() error { return w.membershipMissing(ctx, account) }
	return w.change(ctx, nil, missing, deleteMembership, id.UUID[:], account.UUID[:])
}

const selectAccountExists = `SELECT EXISTS (SELECT 1 FROM roster_accounts WHERE id = ?)`

// membershipMissing says what is unknown when an account has no such membership.
func (w writer) membershipMissing(ctx context.Context, account membership.AccountID) error {
	var exists bool
	if _, err := w.row(ctx, selectAccountExists, []sql.Scanner{scanBool(&exists)}, account.UUID[:]); err != nil {
		return err
	}
	if !exists {
		return membership.ErrAccountNotFound
	}
	return membership.ErrMembershipNotFound
}

const selectMembershipConflict = `SELECT a.id IS NOT NULL, m.id IS NOT NULL,
		EXISTS (SELECT 1 FROM roster_memberships WHERE id = ?3), ` + fieldVersion + `, ` + membershipColumns + `
	FROM (SELECT 1)
	LEFT JOIN roster_accounts a ON a.id = ?1
	LEFT JOIN roster_members m ON m.id = ?2
	LEFT JOIN roster_memberships ms ON ms.account_id = ?1 AND ms.member_id = ?2`

// membershipConflict finds what keeps a membership from being inserted, in the contract's order.
func (w writer) membershipConflict(ctx context.Context, m membership.Membership) error {
	var account, member, id bool
	dest := []sql.Scanner{scanBool(&account), scanBool(&member), scanBool(&id)}
	existing, err := memberships.one(ctx, w.reader, selectMembershipConflict, dest, nil, m.AccountID.UUID[:], m.MemberID.UUID[:], m.ID.UUID[:])
	switch {
	case err != nil:
		return err
	case !account:
		return membership.ErrAccountNotFound
	case !member:
		return membership.ErrMemberNotFound
	case id:
		return membership.ErrDuplicateID
	case !existing.IsZero():
		return &membership.Error{Cause: membership.ErrAlreadyMember, Existing: existing}
	}
	return nil
}
