package membership

import "fmt"

// DefaultAccountLimit is how many memberships an account may have unless configured otherwise.
const DefaultAccountLimit = 1000

// JoinFacts are the five facts that decide whether a member may join an account. They are facts about now: a store
// reads them in the transaction that inserts the membership.
type JoinFacts struct {
	AccountExists bool
	MemberExists  bool
	Existing      Membership // the pair's membership, zero when there is none
	AccountUsed   int        // how many memberships the account has
	MemberUsed    int        // how many accounts the member is in
	MemberLimit   int        // Settings.MembershipLimit
}

// After are the facts about a membership m once another one has been added.
func (f JoinFacts) After(added, m Membership) JoinFacts {
	if added.MemberID == m.MemberID {
		f.MemberUsed++
	}
	if added.AccountID == m.AccountID {
		f.AccountUsed++
		if added.MemberID == m.MemberID {
			f.Existing = added
		}
	}
	return f
}

// Limits are the limits that are configured in code.
type Limits struct {
	// PerAccount is how many memberships an account may have: 0 means none, below 0 that there is no limit.
	PerAccount int
}

// CheckJoin decides whether a member may join. It refuses in a fixed order: [ErrAccountNotFound],
// [ErrMemberNotFound], [ErrAlreadyMember], [ErrAccountFull], [ErrMemberAtLimit].
func (l Limits) CheckJoin(f JoinFacts) error {
	switch {
	case !f.AccountExists:
		return ErrAccountNotFound
	case !f.MemberExists:
		return ErrMemberNotFound
	case !f.Existing.IsZero():
		return &Error{Cause: ErrAlreadyMember, Existing: f.Existing}
	case l.PerAccount >= 0 && f.AccountUsed >= l.PerAccount:
		return &Error{Cause: ErrAccountFull, Limit: l.PerAccount, Used: f.AccountUsed,
			Detail: fmt.Sprintf("it has %d of at most %d memberships", f.AccountUsed, l.PerAccount)}
	case f.MemberUsed >= f.MemberLimit:
		return &Error{Cause: ErrMemberAtLimit, Limit: f.MemberLimit, Used: f.MemberUsed,
			Detail: fmt.Sprintf("the member is in %d of at most %d accounts", f.MemberUsed, f.MemberLimit)}
	}
	return nil
}
