package memstore

import (
	"context"
	"maps"
	"slices"

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

// IsMember implements [store.MembershipReader]. Why not through read: the calls in between would be a
// seventh of its time.
func (s *Store) IsMember(ctx context.Context, account membership.AccountID, member membership.MemberID) (bool, error) {
	if err := s.enter(ctx); err != nil {
		return false, err
	}
	defer s.lock.release(shared)
	return s.tables.pairs[pair{account, member}] != nil, nil
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
	m := r.tables.pairs[pair{account, member}]
	if m == nil {
		return membership.Membership{}, membership.ErrMembershipNotFound
	}
	return r.answerMembership(*m), nil
}

func (r *reader) IsMember(ctx context.Context, account membership.AccountID, member membership.MemberID) (bool, error) {
	if err := r.check(ctx); err != nil {
		return false, err
	}
	return r.tables.pairs[pair{account, member}] != nil, nil
}

func (r *reader) ListMemberships(ctx context.Context, scope membership.Scope, q membership.Query) (membership.Page[membership.Membership], error) {
	if err := r.checkScope(ctx, scope); err != nil {
		return membership.Page[membership.Membership]{}, err
	}
	match := r.matching(q.Filter)
	// Why everybody's memberships have no timeline: nobody asks often for all of them, and an old one would move millions.
	if !scope.NamesAccount() && !scope.NamesMember() {
		return selection(maps.Values(r.tables.memberships), r.storedMembership, match, q), nil
	}
	list := r.within(scope)
	if q.Order.Attr() != byAge.Attr() {
		return selection(slices.Values(list), r.storedMembership, match, q), nil
	}
	if len(q.Filter) > 0 {
		list = list.only(func(m *membership.Membership) bool { row := r.storedMembership(m); return match(&row) })
	}
	page := list.page(q)
	items := make([]membership.Membership, len(page))
	for i, m := range page {
		items[i] = r.storedMembership(m)
	}
	return membership.Page[membership.Membership]{Items: items, Total: len(list)}, nil
}

// checkScope looks whether there is what the scope names.
func (r *reader) checkScope(ctx context.Context, scope membership.Scope) error {
	if err := r.check(ctx); err != nil {
		return err
	}
	switch {
	case scope.NamesAccount() && r.tables.accounts[scope.Account] == nil:
		return membership.ErrAccountNotFound
	case scope.NamesMember() && r.tables.members[scope.Member] == nil:
		return membership.ErrMemberNotFound
	}
	return nil
}

// within are the memberships of the account or the member that the scope names, or the one of both.
func (r *reader) within(scope membership.Scope) timeline {
	switch {
	case !scope.NamesMember():
		return r.tables.accounts[scope.Account].memberships
	case !scope.NamesAccount():
		return r.tables.members[scope.Member].memberships
	}
	if m := r.tables.pairs[pair{scope.Account, scope.Member}]; m != nil {
		return timeline{m}
	}
	return nil
}

// matching reports whether a membership, as it answers, fulfils the filter.
func (r *reader) matching(filter membership.Filter) func(*membership.Membership) bool {
	var row membership.MembershipRow // the same for all of them: each would be 500 bytes on the heap
	return func(m *membership.Membership) bool {
		if len(filter) == 0 {
			return true
		}
		row.Membership, row.Account, row.Member = *m, r.tables.accounts[m.AccountID].row, r.tables.members[m.MemberID].row
		return filter.Match(&row)
	}
}

func (t *tx) JoinFacts(ctx context.Context, accountID membership.AccountID, memberID membership.MemberID) (membership.JoinFacts, error) {
	if err := t.check(ctx); err != nil {
		return membership.JoinFacts{}, err
	}
	facts := membership.JoinFacts{MemberLimit: t.tables.settings.MembershipLimit}
	if a, ok := t.tables.accounts[accountID]; ok {
		facts.AccountExists, facts.AccountUsed = true, len(a.memberships)
	}
	if m, ok := t.tables.members[memberID]; ok {
		facts.MemberExists, facts.MemberUsed = true, len(m.memberships)
	}
	if m := t.tables.pairs[pair{accountID, memberID}]; m != nil {
		facts.Existing = t.answerMembership(*m)
	}
	return facts, nil
}

func (t *tx) JoinFactsOf(ctx context.Context, all []membership.Membership) ([]membership.JoinFacts, error) {
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
	if existing := t.tables.pairs[pairOf(&m)]; existing != nil {
		return &membership.Error{Cause: membership.ErrAlreadyMember, Existing: t.answerMembership(*existing)}
	}
	m.Fields = t.keep(membership.ResourceMembership, membership.Fields{}, m.Fields)
	stored := &m
	t.tables.link(stored)
	t.onRollback(func() { t.tables.unlink(stored) })
	return nil
}

func (t *tx) InsertMemberships(ctx context.Context, all []membership.Membership) (int, error) {
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
