package pgstore

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/roster-go/roster/membership"
)

const membershipColumns = `ms.id, ms.account_id, ms.member_id, ms.created_at, ms.updated_at, ms.fields::text`

func scanMembership(m *membership.Membership) []column {
	return []column{scanID(&m.ID.UUID), scanID(&m.AccountID.UUID), scanID(&m.MemberID.UUID),
		scanTime(&m.CreatedAt), scanTime(&m.UpdatedAt)}
}

var memberships = noun[membership.Membership]{
	resource: membership.ResourceMembership,
	scan:     scanMembership,
	fields:   func(m *membership.Membership) *membership.Fields { return &m.Fields },
}

// No row means that there is no account, a row of NULLs that it has no such membership.
const selectMembership = `SELECT ` + fieldVersion + `, ` + membershipColumns + ` FROM roster_accounts a
	LEFT JOIN roster_memberships ms ON ms.id = $2 AND ms.account_id = a.id WHERE a.id = $1`

// Membership implements [store.MembershipReader].
func (r reader) Membership(ctx context.Context, account membership.AccountID, id membership.MembershipID) (membership.Membership, error) {
	m, err := memberships.one(ctx, r, selectMembership, nil, membership.ErrAccountNotFound, idParam(account.UUID), idParam(id.UUID))
	if err == nil && m.IsZero() {
		err = membership.ErrMembershipNotFound
	}
	return m, err
}

const selectMembershipByPair = `SELECT ` + fieldVersion + `, ` + membershipColumns + ` FROM roster_memberships ms
	WHERE ms.account_id = $1 AND ms.member_id = $2`

// MembershipByPair implements [store.MembershipReader].
func (r reader) MembershipByPair(ctx context.Context, account membership.AccountID, member membership.MemberID) (membership.Membership, error) {
	return memberships.one(ctx, r, selectMembershipByPair, nil, membership.ErrMembershipNotFound, idParam(account.UUID), idParam(member.UUID))
}

const selectIsMember = `SELECT EXISTS (SELECT 1 FROM roster_memberships WHERE account_id = $1 AND member_id = $2)`

// IsMember implements [store.MembershipReader].
func (r reader) IsMember(ctx context.Context, account membership.AccountID, member membership.MemberID) (bool, error) {
	var is bool
	_, err := r.row(ctx, selectIsMember, []column{scanBool(&is)}, idParam(account.UUID), idParam(member.UUID))
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

// ListMemberships implements [store.MembershipReader].
func (r reader) ListMemberships(ctx context.Context, scope membership.Scope, q membership.Query) (membership.Page[membership.Membership], error) {
	account, member := scope.NamesAccount(), scope.NamesMember()
	var in within
	if account {
		in.account = &scope.Account.UUID
		in.where = append(in.where, `ms.account_id = `+accountParameter)
	}
	if member {
		in.member = &scope.Member.UUID
		in.where = append(in.where, `ms.member_id = `+memberParameter)
	}
	switch {
	case account && !member:
		in.total = `(SELECT membership_count FROM roster_accounts WHERE id = ` + accountParameter + `)`
	case member && !account:
		in.total = `(SELECT membership_count FROM roster_members WHERE id = ` + memberParameter + `)`
	}
	return listPage(ctx, r, membershipList, q, in)
}

// Why it does not simply insert: a statement that is refused ends the transaction.
const insertMembership = `INSERT INTO roster_memberships (id, account_id, member_id, created_at, updated_at, fields)
	SELECT $1::uuid, a.id, m.id, $4::timestamptz, $5::timestamptz, $6::text::json
	FROM roster_accounts a, roster_members m WHERE a.id = $2 AND m.id = $3 FOR KEY SHARE OF a, m
	ON CONFLICT DO NOTHING`

// InsertMembership implements [store.MembershipWriter].
func (w writer) InsertMembership(ctx context.Context, m membership.Membership) error {
	fields, err := w.keep(ctx, membership.ResourceMembership, nil, m.Fields)
	if err != nil {
		return err
	}
	why := func() error { return w.membershipConflict(ctx, m) }
	return w.add(ctx, why, insertMembership, idParam(m.ID.UUID), idParam(m.AccountID.UUID), idParam(m.MemberID.UUID),
		m.CreatedAt, m.UpdatedAt, fields)
}

// How many rows it adds tells whether one was refused.
const insertManyMemberships = `INSERT INTO roster_memberships (id, account_id, member_id, created_at, updated_at, fields)
	SELECT u.id, a.id, m.id, u.created_at, u.updated_at, u.fields::json
	FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::text[])
		WITH ORDINALITY u (id, account_id, member_id, created_at, updated_at, fields, n)
	JOIN roster_accounts a ON a.id = u.account_id JOIN roster_members m ON m.id = u.member_id
	ORDER BY u.n FOR KEY SHARE OF a, m ON CONFLICT DO NOTHING`

// InsertMemberships implements [store.MembershipWriter]. They are added all at once; where one is refused, that is undone,
// and they are added one by one.
func (w writer) InsertMemberships(ctx context.Context, all []membership.Membership) (int, error) {
	if len(all) > 1 {
		switch added, err := w.insertMemberships(ctx, all); {
		case err != nil:
			return 0, err
		case added:
			return len(all), nil
		}
	}
	for i, m := range all {
		if err := w.InsertMembership(ctx, m); err != nil {
			return i, err
		}
	}
	return len(all), nil
}

// insertMemberships adds all memberships or none.
func (w writer) insertMemberships(ctx context.Context, all []membership.Membership) (added bool, err error) {
	var (
		created, updated = make([]time.Time, len(all)), make([]time.Time, len(all))
		fields           = make([]pgtype.Text, len(all))
	)
	for i, m := range all {
		created[i], updated[i] = m.CreatedAt, m.UpdatedAt
		if fields[i], err = w.keep(ctx, membership.ResourceMembership, nil, m.Fields); err != nil {
			return false, err
		}
	}
	rows := ids(all, func(m membership.Membership) uuid.UUID { return m.ID.UUID })
	accounts := ids(all, func(m membership.Membership) uuid.UUID { return m.AccountID.UUID })
	members := ids(all, func(m membership.Membership) uuid.UUID { return m.MemberID.UUID })
	err = w.write(ctx, func(q querier) error {
		if _, err := q.Exec(ctx, guard); err != nil {
			return err
		}
		tag, err := q.Exec(ctx, insertManyMemberships, rows, accounts, members, created, updated, fields)
		if err != nil {
			return err
		}
		end := undoGuard
		if added = tag.RowsAffected() == int64(len(all)); added {
			end = unguard
		}
		_, err = q.Exec(ctx, end)
		return err
	})
	return added, err
}

const updateMembership = `UPDATE roster_memberships SET updated_at = $1, fields = $2::text::json WHERE id = $3 AND account_id = $4`

// UpdateMembership implements [store.MembershipWriter].
func (w writer) UpdateMembership(ctx context.Context, m membership.Membership) error {
	fields, err := w.keep(ctx, membership.ResourceMembership, &m.ID.UUID, m.Fields)
	if err != nil {
		return err
	}
	missing := func() error { return w.membershipMissing(ctx, m.AccountID) }
	return w.add(ctx, missing, updateMembership, m.UpdatedAt, fields, idParam(m.ID.UUID), idParam(m.AccountID.UUID))
}

const deleteMembership = `DELETE FROM roster_memberships WHERE id = $1 AND account_id = $2`

// DeleteMembership implements [store.MembershipWriter].
func (w writer) DeleteMembership(ctx context.Context, account membership.AccountID, id membership.MembershipID) error {
	missing := func() error { return w.membershipMissing(ctx, account) }
	return w.change(ctx, nil, missing, deleteMembership, idParam(id.UUID), idParam(account.UUID))
}

const selectAccountExists = `SELECT EXISTS (SELECT 1 FROM roster_accounts WHERE id = $1)`

// membershipMissing says what is unknown when an account has no such membership.
func (w writer) membershipMissing(ctx context.Context, account membership.AccountID) error {
	var exists bool
	if _, err := w.row(ctx, selectAccountExists, []column{scanBool(&exists)}, idParam(account.UUID)); err != nil {
		return err
	}
	if !exists {
		return membership.ErrAccountNotFound
	}
	return membership.ErrMembershipNotFound
}

const selectMembershipConflict = `SELECT EXISTS (SELECT 1 FROM roster_accounts WHERE id = $1),
		EXISTS (SELECT 1 FROM roster_members WHERE id = $2), EXISTS (SELECT 1 FROM roster_memberships WHERE id = $3),
		` + fieldVersion + `, ` + membershipColumns + `
	FROM (SELECT 1) one LEFT JOIN roster_memberships ms ON ms.account_id = $1 AND ms.member_id = $2`

// membershipConflict finds what keeps a membership from being inserted, in the contract's order.
func (w writer) membershipConflict(ctx context.Context, m membership.Membership) error {
	var account, member, id bool
	dest := []column{scanBool(&account), scanBool(&member), scanBool(&id)}
	existing, err := memberships.one(ctx, w.reader, selectMembershipConflict, dest, nil, idParam(m.AccountID.UUID),
		idParam(m.MemberID.UUID), idParam(m.ID.UUID))
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
