package pgstore

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/roster-go/roster/membership"
)

// The facts of joining are read under the locks of the account's row and then the member's, in this order everywhere, and
// each with a statement of its own. In a serializable transaction the locks make it fail early, before it has done its work
// for nothing; in one of the program around us ([InTx]), which may be READ COMMITTED, they make the facts stay true: a
// statement that has waited for a lock sees the row as it is now, and the next statement everything else. One statement for
// all would see the rest as it was before it waited, and let 1,001 into an account of 1,000.
const (
	lockAccount = `SELECT membership_count FROM roster_accounts WHERE id = $1 FOR NO KEY UPDATE`
	lockMember  = `SELECT membership_count FROM roster_members WHERE id = $1 FOR NO KEY UPDATE`

	selectJoinFacts = `SELECT (SELECT membership_limit FROM roster_settings WHERE id = 1), ` + fieldVersion + `,
	EXISTS (SELECT 1 FROM roster_memberships WHERE account_id = $1 AND member_id = $2)`
)

// JoinFacts implements [store.MembershipWriter].
func (w writer) JoinFacts(ctx context.Context, account membership.AccountID, member membership.MemberID) (membership.JoinFacts, error) {
	var (
		inAccount, ofMember, limit count
		version                    int64
		joined                     bool
	)
	err := w.write(ctx, func(q querier) error {
		var b pgx.Batch
		b.Queue(lockAccount, idParam(account.UUID)).Query(into([]column{&inAccount}, nil))
		b.Queue(lockMember, idParam(member.UUID)).Query(into([]column{&ofMember}, nil))
		b.Queue(selectJoinFacts, idParam(account.UUID), idParam(member.UUID)).
			Query(into([]column{&limit, scanNumber(&version), scanBool(&joined)}, nil))
		return q.SendBatch(ctx, &b).Close()
	})
	if err != nil {
		return membership.JoinFacts{}, err
	}
	facts := joinFacts(inAccount, ofMember, limit)
	if joined {
		facts.Existing, err = w.MembershipByPair(ctx, account, member)
	} else {
		_, err = w.schemasAt(ctx, version) // Why: who joins needs them next
	}
	return facts, err
}

// into scans the rows of a statement of a batch.
func into(dest []column, each func()) func(pgx.Rows) error {
	if each == nil {
		each = func() {}
	}
	return func(rows pgx.Rows) error { return scan(rows, dest, each) }
}

// joinFacts are all but the membership that exists.
func joinFacts(inAccount, ofMember, limit count) membership.JoinFacts {
	facts := membership.JoinFacts{AccountExists: inAccount.known, MemberExists: ofMember.known,
		AccountUsed: inAccount.n, MemberUsed: ofMember.n, MemberLimit: limit.n}
	if !limit.known {
		facts.MemberLimit = membership.DefaultSettings().MembershipLimit
	}
	return facts
}

const (
	lockAccounts = `SELECT id, membership_count FROM roster_accounts WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`
	lockMembers  = `SELECT id, membership_count FROM roster_members WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`

	selectSettingsOfJoin = `SELECT (SELECT membership_limit FROM roster_settings WHERE id = 1), ` + fieldVersion
	selectJoined         = `SELECT u.n FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY u (account_id, member_id, n)
	JOIN roster_memberships ms ON ms.account_id = u.account_id AND ms.member_id = u.member_id`
)

// JoinFactsOf implements [store.MembershipWriter].
func (w writer) JoinFactsOf(ctx context.Context, all []membership.Membership) ([]membership.JoinFacts, error) {
	facts := make([]membership.JoinFacts, len(all))
	if len(all) == 0 {
		return facts, nil
	}
	var (
		id                  uuid.UUID
		used, limit         count
		version             int64
		n                   int
		joined              []int
		accounts            = ids(all, func(m membership.Membership) uuid.UUID { return m.AccountID.UUID })
		members             = ids(all, func(m membership.Membership) uuid.UUID { return m.MemberID.UUID })
		inAccount, ofMember = map[uuid.UUID]count{}, map[uuid.UUID]count{}
	)
	err := w.write(ctx, func(q querier) error {
		row := []column{scanID(&id), &used}
		var b pgx.Batch
		b.Queue(lockAccounts, accounts).Query(into(row, func() { inAccount[id] = used }))
		b.Queue(lockMembers, members).Query(into(row, func() { ofMember[id] = used }))
		b.Queue(selectSettingsOfJoin).Query(into([]column{&limit, scanNumber(&version)}, nil))
		b.Queue(selectJoined, accounts, members).Query(into([]column{scanInt(&n)}, func() { joined = append(joined, n-1) }))
		return q.SendBatch(ctx, &b).Close()
	})
	if err != nil {
		return nil, err
	}
	for i, m := range all {
		facts[i] = joinFacts(inAccount[m.AccountID.UUID], ofMember[m.MemberID.UUID], limit)
	}
	for _, i := range joined {
		if facts[i].Existing, err = w.MembershipByPair(ctx, all[i].AccountID, all[i].MemberID); err != nil {
			return nil, err
		}
	}
	_, err = w.schemasAt(ctx, version) // Why: who joins needs them next
	return facts, err
}
