package roster

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// Add makes a member belong to an account. Custom fields get their defaults; see [Service.CreateMembership] for others,
// and for the errors.
func (s *Service) Add(ctx context.Context, account membership.AccountID, member membership.MemberID) (membership.Membership, error) {
	return s.CreateMembership(ctx, membership.Membership{AccountID: account, MemberID: member})
}

// CreateMembership makes a member belong to an account. A zero ID becomes a new one; one that is given is kept. The
// times are set here, whatever was given; custom fields that are not given get their defaults. A caller who tries again
// learns of the membership that the first try made from ErrAlreadyMember.
//
// Errors, the first that applies: [membership.ErrAccountNotFound], [membership.ErrMemberNotFound],
// [membership.ErrAlreadyMember] (its [membership.Error] has the membership that exists), [membership.ErrAccountFull],
// [membership.ErrMemberAtLimit]; then [membership.ErrUnknownField], [membership.ErrInvalidField] and
// [membership.ErrInvalidValue] for custom fields, and [membership.ErrDuplicateID].
func (s *Service) CreateMembership(ctx context.Context, m membership.Membership) (membership.Membership, error) {
	m.CreatedAt = s.now()
	m.UpdatedAt = m.CreatedAt
	m = newMembership(m)
	var created membership.Membership
	err := s.update(ctx, func(tx store.Tx) (err error) {
		created, err = s.creating(tx).membership(ctx, m)
		return err
	})
	return orZero(created, err)
}

// newMembership gives a membership an id, unless it has one.
func newMembership(m membership.Membership) membership.Membership {
	if m.ID.IsZero() {
		m.ID = membership.MembershipID{UUID: newID()}
	}
	return m
}

// membership adds a membership that newMembership made, when the rules of joining allow it, and returns it with its custom
// fields completed.
func (c *creation) membership(ctx context.Context, m membership.Membership) (_ membership.Membership, err error) {
	facts, err := c.JoinFacts(ctx, m.AccountID, m.MemberID)
	if err != nil {
		return m, err
	}
	if m, err = c.judge(ctx, m, facts); err != nil {
		return m, err
	}
	return m, c.InsertMembership(ctx, m)
}

// judge decides whether a membership may be added, and completes its custom fields.
func (c *creation) judge(ctx context.Context, m membership.Membership, facts membership.JoinFacts) (_ membership.Membership, err error) {
	if err := c.limits.CheckJoin(facts); err != nil {
		return m, err
	}
	m.Fields, err = c.fields(ctx, membership.ResourceMembership, m.Fields)
	return m, err
}

// joinedAtOnce is how many members join in one go: their facts are read together, and they are added together.
const joinedAtOnce = 128

// memberships adds memberships that newMembership made, each as [creation.membership] would after those before it, with a
// result for each. Only what is no refusal is an error.
func (c *creation) memberships(ctx context.Context, all []membership.Membership) ([]Added, error) {
	results := make([]Added, len(all))
	for first := 0; first < len(all); {
		last := min(first+joinedAtOnce, len(all))
		n, err := c.join(ctx, all[first:last], results[first:last])
		if err != nil {
			return nil, err
		}
		first += n
	}
	return results, nil
}

// join adds memberships, and answers for how many of them the results are final. The store can refuse one, too, because
// its id is taken: what comes behind was judged as if that had joined.
func (c *creation) join(ctx context.Context, all []membership.Membership, results []Added) (int, error) {
	facts, err := c.JoinFactsOf(ctx, all)
	if err != nil {
		return 0, err
	}
	rows := make([]membership.Membership, 0, len(all)) // those to be added
	places := make([]int, 0, len(all))                 // where they are among all
	for n, m := range all {
		for i := range rows {
			if rows[i].AccountID == m.AccountID || rows[i].MemberID == m.MemberID {
				facts[n] = facts[n].After(rows[i], m)
			}
		}
		m, err := c.judge(ctx, m, facts[n])
		switch {
		case err == nil:
			rows, places = append(rows, m), append(places, n)
			results[n] = Added{Membership: m}
		case membership.IsRefusal(err):
			results[n] = Added{Err: err}
		default:
			return 0, err
		}
	}
	added, err := c.InsertMemberships(ctx, rows)
	if err == nil {
		return len(all), nil
	}
	if !membership.IsRefusal(err) {
		return 0, err
	}
	refused := places[added]
	results[refused] = Added{Err: err}
	return refused + 1, nil
}

// checkJoin decides whether the rules of joining allow a membership.
func (c *creation) checkJoin(ctx context.Context, m membership.Membership) error {
	facts, err := c.JoinFacts(ctx, m.AccountID, m.MemberID)
	if err != nil {
		return err
	}
	return c.limits.CheckJoin(facts)
}

// Added is what became of one member that [Service.AddMany] was given: a membership, or why there is none.
type Added struct {
	Membership membership.Membership // zero when the member was refused
	Err        error                 // why it was refused, an error of [Service.CreateMembership]; nil when it was added
}

// AddMany makes many members belong to an account, in one transaction, with one result for each, in their order. A member
// that is refused keeps none of the others out; one that is given twice is refused the second time, with
// ErrAlreadyMember. The error is for the whole, of which nothing has happened then: the results say why a member was
// refused.
//
// However many they are, others who write wait for all of them: for many thousands there is [Service.Import].
func (s *Service) AddMany(ctx context.Context, account membership.AccountID, members []membership.MemberID) ([]Added, error) {
	if len(members) == 0 {
		return nil, nil
	}
	now := s.now()
	joins := make([]membership.Membership, len(members))
	for n, member := range members {
		joins[n] = newMembership(membership.Membership{AccountID: account, MemberID: member, CreatedAt: now, UpdatedAt: now})
	}
	var results []Added
	err := s.update(ctx, func(tx store.Tx) (err error) {
		results, err = s.creating(tx).memberships(ctx, joins)
		return err
	})
	return orZero(results, err)
}

// Ensure is [Service.Add] for a caller who does not mind when the member belongs to the account already: it returns
// the membership that exists, and whether it was created now. Its errors are those of Add but ErrAlreadyMember.
func (s *Service) Ensure(ctx context.Context, account membership.AccountID, member membership.MemberID) (m membership.Membership, created bool, err error) {
	m, err = s.Add(ctx, account, member)
	if refusal, ok := errors.AsType[*membership.Error](err); ok && errors.Is(err, membership.ErrAlreadyMember) {
		return refusal.Existing, false, nil
	}
	return m, err == nil, err
}

// Membership looks up a membership of an account. It answers [membership.ErrAccountNotFound] or
// [membership.ErrMembershipNotFound], the latter for another account's membership too.
func (s *Service) Membership(ctx context.Context, account membership.AccountID, id membership.MembershipID) (membership.Membership, error) {
	return s.store.Membership(ctx, account, id)
}

// MembershipByPair looks up the membership of a member in an account, or answers
// [membership.ErrMembershipNotFound], whether or not the two exist.
func (s *Service) MembershipByPair(ctx context.Context, account membership.AccountID, member membership.MemberID) (membership.Membership, error) {
	return s.store.MembershipByPair(ctx, account, member)
}

// IsMember reports whether the member belongs to the account. An unknown account has no members. It is one lookup in
// one index, cheap enough to ask on every request.
func (s *Service) IsMember(ctx context.Context, account membership.AccountID, member membership.MemberID) (bool, error) {
	return s.store.IsMember(ctx, account, member)
}

// UpdateMembership changes the fields that the update names. The time of update moves only when one of them differs.
//
// Errors: [membership.ErrAccountNotFound], [membership.ErrMembershipNotFound], [membership.ErrMemberImmutable],
// [membership.ErrUnknownField], [membership.ErrInvalidField], [membership.ErrInvalidValue].
func (s *Service) UpdateMembership(ctx context.Context, account membership.AccountID, id membership.MembershipID, u membership.MembershipUpdate) (membership.Membership, error) {
	return change(ctx, s,
		func(tx store.Tx) (membership.Membership, error) { return tx.Membership(ctx, account, id) },
		func(tx store.Tx, old membership.Membership) (membership.Membership, error) {
			m, err := u.Apply(old)
			if err != nil {
				return m, err
			}
			m.Fields, err = changedFields(ctx, tx, membership.ResourceMembership, old.Fields, u.Fields)
			return m, err
		},
		func(m *membership.Membership) *time.Time { return &m.UpdatedAt },
		func(tx store.Tx, m membership.Membership) error { return tx.UpdateMembership(ctx, m) })
}

// Remove ends a membership of an account. It answers [membership.ErrAccountNotFound] or
// [membership.ErrMembershipNotFound].
func (s *Service) Remove(ctx context.Context, account membership.AccountID, id membership.MembershipID) error {
	return s.update(ctx, func(tx store.Tx) error { return tx.DeleteMembership(ctx, account, id) })
}

// Memberships answers one page of the memberships within a scope: an account's, a member's, or, when it says so, all.
// See [Service.AllMemberships] for a walk over every one.
//
// Errors: [membership.ErrInvalidFilter], [membership.ErrInvalidOrder], [membership.ErrAccountNotFound],
// [membership.ErrMemberNotFound].
func (s *Service) Memberships(ctx context.Context, scope membership.Scope, q membership.Query) (membership.Page[membership.Membership], error) {
	return listed(ctx, s, membership.ResourceMembership, q, func(r store.Reader) (membership.Page[membership.Membership], error) {
		return r.ListMemberships(ctx, scope, q)
	})
}

// AllMemberships walks over every membership that scope and query select; see [Service.AllAccounts] for what a walk
// promises.
func (s *Service) AllMemberships(ctx context.Context, scope membership.Scope, q membership.Query) iter.Seq2[membership.Membership, error] {
	return walk(q, func(q membership.Query) (membership.Page[membership.Membership], error) {
		return s.Memberships(ctx, scope, q)
	})
}
