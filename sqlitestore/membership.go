package sqlitestore

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/google/uuid"

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

// joinFacts are the facts of joining as they are read.
type joinFacts struct {
	account, member, limit count
	version                int64 // of the definitions of custom fields
	joined                 bool
}

func (f *joinFacts) columns() []sql.Scanner {
	return []sql.Scanner{&f.account, &f.member, &f.limit, scanNumber(&f.version), scanBool(&f.joined)}
}

// facts are all but the membership that exists.
func (f *joinFacts) facts() membership.JoinFacts {
	facts := membership.JoinFacts{AccountExists: f.account.known, MemberExists: f.member.known,
		AccountUsed: f.account.n, MemberUsed: f.member.n, MemberLimit: f.limit.n}
	if !f.limit.known {
		facts.MemberLimit = membership.DefaultSettings().MembershipLimit
	}
	return facts
}

// JoinFacts implements [store.MembershipWriter].
func (w writer) JoinFacts(ctx context.Context, account membership.AccountID, member membership.MemberID) (membership.JoinFacts, error) {
	var read joinFacts
	_, err := w.row(ctx, selectJoinFacts, read.columns(), &account.UUID, &member.UUID, &account.UUID, &member.UUID)
	if err != nil {
		return membership.JoinFacts{}, err
	}
	f := read.facts()
	if read.joined {
		f.Existing, err = w.MembershipByPair(ctx, account, member)
	} else {
		_, err = w.schemasAt(ctx, read.version) // Why: who joins needs them next
	}
	return f, err
}

// The pairs are one value, the ids behind each other, so that there are as many as one likes.
const selectJoinFactsOf = `WITH RECURSIVE numbers (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < ?1),
		pairs (i, account, member) AS (SELECT i, substr(?2, 32 * i + 1, 16), substr(?2, 32 * i + 17, 16) FROM numbers)
	SELECT i, (SELECT membership_count FROM roster_accounts WHERE id = account),
		(SELECT membership_count FROM roster_members WHERE id = member),
		(SELECT membership_limit FROM roster_settings WHERE id = 1), ` + fieldVersion + `,
		EXISTS (SELECT 1 FROM roster_memberships WHERE account_id = account AND member_id = member)
	FROM pairs`

// JoinFactsOf implements [store.MembershipWriter].
func (w writer) JoinFactsOf(ctx context.Context, all []membership.Membership) ([]membership.JoinFacts, error) {
	facts := make([]membership.JoinFacts, len(all))
	if len(all) == 0 {
		return facts, nil
	}
	pairs := make([]byte, 0, 2*len(uuid.Nil)*len(all))
	for _, m := range all {
		pairs = append(append(pairs, m.AccountID.UUID[:]...), m.MemberID.UUID[:]...)
	}
	var (
		i      int
		joined []int
		read   joinFacts
	)
	each := func() {
		facts[i] = read.facts()
		if read.joined {
			joined = append(joined, i)
		}
	}
	err := w.rows(ctx, selectJoinFactsOf, append([]sql.Scanner{scanInt(&i)}, read.columns()...), each, len(all), pairs)
	if err != nil {
		return nil, err
	}
	for _, i := range joined {
		if facts[i].Existing, err = w.MembershipByPair(ctx, all[i].AccountID, all[i].MemberID); err != nil {
			return nil, err
		}
	}
	_, err = w.schemasAt(ctx, read.version) // Why: who joins needs them next
	return facts, err
}

const (
	insertMembership = `INSERT INTO roster_memberships (id, account_id, member_id, created_at, updated_at, fields)
	VALUES ` + membershipRow
	membershipRow = `(?, ?, ?, ?, ?, ?)`
)

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

// InsertMemberships implements [store.MembershipWriter].
func (w writer) InsertMemberships(ctx context.Context, all []membership.Membership) (int, error) {
	added := 0
	for chunk := range slices.Chunk(all, rowsAtOnce) {
		if len(chunk) == rowsAtOnce {
			if err := w.insertMemberships(ctx, chunk); err == nil {
				added += len(chunk)
				continue
			} else if !isConstraint(err) {
				return added, err
			}
		}
		for _, m := range chunk { // also to find the one that was refused
			if err := w.InsertMembership(ctx, m); err != nil {
				return added, err
			}
			added++
		}
	}
	return added, nil
}

var insertManyMemberships = insertMembership + strings.Repeat(`, `+membershipRow, rowsAtOnce-1)

// insertMemberships adds all memberships or none. An error of a constraint comes as it is.
func (w writer) insertMemberships(ctx context.Context, all []membership.Membership) error {
	args := make([]any, 0, 6*len(all))
	for i := range all {
		m := &all[i]
		fields, err := w.keep(ctx, membership.ResourceMembership, nil, m.Fields)
		if err != nil {
			return err
		}
		args = append(args, &m.ID.UUID, &m.AccountID.UUID, &m.MemberID.UUID, m.CreatedAt.UnixMilli(), m.UpdatedAt.UnixMilli(), fields)
	}
	_, err := w.exec(ctx, insertManyMemberships, args...)
	return err
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
