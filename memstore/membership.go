package memstore

import (
	"context"
	"iter"

	"github.com/roster-go/roster/membership"
)

// Membership implements [store.MembershipReader].
func (s *Store) Membership(ctx context.Context, account membership.AccountID, id membership.MembershipID) (membership.Membership, error) {
	return read(ctx, s, func(r *reader) (membership.Membership, error) { return r.Membership(ctx, account, id) })
}

// MembershipByPair implements [store.MembershipReader].
func (s *Store) MembershipByPair(ctx context.Context, account membership.AccountID, member membership.MemberID) (membership.Membership, error) {
	return read(ctx, s, func(r *reader) (membership.Membership, error) { return r.MembershipByPair(ctx, account, member) })
}

// IsMember implements [store.MembershipReader].
func (s *Store) IsMember(ctx context.Context, account membership.AccountID, member membership.MemberID) (bool, error) {
	return read(ctx, s, func(r *reader) (bool, error) { return r.IsMember(ctx, account, member) })
}

// ListMemberships implements [store.MembershipReader].
func (s *Store) ListMemberships(ctx context.Context, scope membership.Scope, q membership.Query) (membership.Page[membership.Membership], error) {
	return read(ctx, s, func(r *reader) (membership.Page[membership.Membership], error) {
		return r.ListMemberships(ctx, scope, q)
	})
}

func (r *reader) Membership(ctx context.Context, account membership.AccountID, id membership.MembershipID) (membership.Membership, error) {
	m, err := r.membership(ctx, account, id)
	if err != nil {
		return membership.Membership{}, err
	}
	return r.answerMembership(*m), nil
}

func (r *reader) membership(ctx context.Context, account membership.AccountID, id membership.MembershipID) (*membership.Membership, error) {
	if _, err := r.account(ctx, account); err != nil {
		return nil, err
	}
	m, ok := r.tables.memberships[id]
	if !ok || m.AccountID != account {
		return nil, membership.ErrMembershipNotFound
	}
	return m, nil
}

func (r *reader) MembershipByPair(ctx context.Context, account membership.AccountID, member membership.MemberID) (membership.Membership, error) {
	if err := r.check(ctx); err != nil {
		return membership.Membership{}, err
	}
	m := r.pair(account, member)
	if m == nil {
		return membership.Membership{}, membership.ErrMembershipNotFound
	}
	return r.answerMembership(*m), nil
}

func (r *reader) IsMember(ctx context.Context, account membership.AccountID, member membership.MemberID) (bool, error) {
	if err := r.check(ctx); err != nil {
		return false, err
	}
	return r.pair(account, member) != nil, nil
}

// pair finds the membership of an account and a member, or nil.
func (r *reader) pair(account membership.AccountID, member membership.MemberID) *membership.Membership {
	if a, ok := r.tables.accounts[account]; ok {
		return a.byMember[member]
	}
	return nil
}

func (r *reader) ListMemberships(ctx context.Context, scope membership.Scope, q membership.Query) (membership.Page[membership.Membership], error) {
	rows, err := r.membershipRows(ctx, scope)
	if err != nil {
		return membership.Page[membership.Membership]{}, err
	}
	match := func(m membership.Membership) bool {
		return scope.Match(m) && (len(q.Filter) == 0 || q.Filter.Match(r.joined(m)))
	}
	return membership.Select(rows, match, q), nil
}

// joined puts a membership beside its account and its member.
func (r *reader) joined(m membership.Membership) membership.MembershipRow {
	return membership.MembershipRow{
		Membership: m,
		Account:    r.tables.accounts[m.AccountID].row,
		Member:     r.tables.members[m.MemberID].row,
	}
}

// membershipRows are the memberships that may be within the scope: those of its account, else of its member, else all.
func (r *reader) membershipRows(ctx context.Context, scope membership.Scope) (iter.Seq[membership.Membership], error) {
	if err := r.check(ctx); err != nil {
		return nil, err
	}
	a, m := r.tables.accounts[scope.Account], r.tables.members[scope.Member]
	switch {
	case a == nil && scope.NamesAccount():
		return nil, membership.ErrAccountNotFound
	case m == nil && scope.NamesMember():
		return nil, membership.ErrMemberNotFound
	case a != nil:
		return rowsOf(a.byMember, r.storedMembership), nil
	case m != nil:
		return rowsOf(m.byAccount, r.storedMembership), nil
	}
	return rowsOf(r.tables.memberships, r.storedMembership), nil
}

func (t *tx) JoinFacts(ctx context.Context, accountID membership.AccountID, memberID membership.MemberID) (membership.JoinFacts, error) {
	if err := t.check(ctx); err != nil {
		return membership.JoinFacts{}, err
	}
	facts := membership.JoinFacts{MemberLimit: t.tables.settings.MembershipLimit}
	if a, ok := t.tables.accounts[accountID]; ok {
		facts.AccountExists, facts.AccountUsed = true, len(a.byMember)
	}
	if m, ok := t.tables.members[memberID]; ok {
		facts.MemberExists, facts.MemberUsed = true, len(m.byAccount)
	}
	if m := t.pair(accountID, memberID); m != nil {
		facts.Existing = t.answerMembership(*m)
	}
	return facts, nil
}

func (t *tx) JoinFactsOf(ctx context.Context, all []membership.Membership) ([]membership.JoinFacts, error) {
	if err := t.check(ctx); err != nil {
		return nil, err
	}
	facts := make([]membership.JoinFacts, len(all))
	for i, m := range all {
		var err error
		if facts[i], err = t.JoinFacts(ctx, m.AccountID, m.MemberID); err != nil {
			return nil, err
		}
	}
	return facts, nil
}

func (t *tx) InsertMembership(ctx context.Context, m membership.Membership) error {
	if _, err := t.account(ctx, m.AccountID); err != nil {
		return err
	}
	if _, err := t.member(ctx, m.MemberID); err != nil {
		return err
	}
	if _, taken := t.tables.memberships[m.ID]; taken {
		return membership.ErrDuplicateID
	}
	if existing := t.pair(m.AccountID, m.MemberID); existing != nil {
		return &membership.Error{Cause: membership.ErrAlreadyMember, Existing: t.answerMembership(*existing)}
	}
	m.Fields = t.keep(membership.ResourceMembership, membership.Fields{}, m.Fields)
	stored := &m
	t.tables.link(stored)
	t.onRollback(func() { t.tables.unlink(stored) })
	return nil
}

func (t *tx) InsertMemberships(ctx context.Context, all []membership.Membership) (int, error) {
	if err := t.check(ctx); err != nil {
		return 0, err
	}
	for n, m := range all {
		if err := t.InsertMembership(ctx, m); err != nil {
			return n, err
		}
	}
	return len(all), nil
}

func (t *tx) UpdateMembership(ctx context.Context, m membership.Membership) error {
	stored, err := t.membership(ctx, m.AccountID, m.ID)
	if err != nil {
		return err
	}
	m.Fields = t.keep(membership.ResourceMembership, stored.Fields, m.Fields)
	assign(t, &stored.Fields, m.Fields)
	assign(t, &stored.UpdatedAt, m.UpdatedAt)
	return nil
}

func (t *tx) DeleteMembership(ctx context.Context, account membership.AccountID, id membership.MembershipID) error {
	m, err := t.membership(ctx, account, id)
	if err != nil {
		return err
	}
	t.unlink(m)
	return nil
}

// unlink takes a membership out of the tables.
func (t *tx) unlink(m *membership.Membership) {
	t.tables.unlink(m)
	t.onRollback(func() { t.tables.link(m) })
}
