package membership

import "time"

// Membership says that a member belongs to an account. An account and a member have at most one.
type Membership struct {
	ID        MembershipID
	AccountID AccountID
	MemberID  MemberID
	Fields    Fields // values of custom fields
	CreatedAt time.Time
	UpdatedAt time.Time // never before CreatedAt; moves only when something changed
}

// IsZero reports whether this is no membership at all.
func (m Membership) IsZero() bool { return m.ID.IsZero() }

// MembershipUpdate is a partial change: nil leaves a field alone. A membership's member cannot be changed; naming
// the present one is no change, naming another is [ErrMemberImmutable].
type MembershipUpdate struct {
	Fields   Fields // the custom fields that are named change; null clears
	MemberID *MemberID
}

// Apply returns the membership with the update's fields in place.
func (u MembershipUpdate) Apply(m Membership) (Membership, error) {
	if u.MemberID != nil && *u.MemberID != m.MemberID {
		return m, &Error{Cause: ErrMemberImmutable, Field: "account_member_id", Existing: m,
			Detail: "leave it out, or send the present one; to move a membership, remove it and add another"}
	}
	return m, nil
}

// Scope says whose memberships a list holds: those of an account, those of a member, or the one of both. All is
// for lists that are restricted by neither. The zero Scope is that of the account with the zero id, which does not
// exist: an id that somebody forgot to set must not open everybody's memberships.
type Scope struct {
	Account AccountID
	Member  MemberID
	All     bool // needed where neither is set, ignored else
}

// NamesAccount reports whether the list is one within an account.
func (s Scope) NamesAccount() bool { return !s.Account.IsZero() || s.Member.IsZero() && !s.All }

// NamesMember reports whether the list is one of a member.
func (s Scope) NamesMember() bool { return !s.Member.IsZero() }

// Match reports whether a membership is within the scope.
func (s Scope) Match(m Membership) bool {
	return (!s.NamesAccount() || s.Account == m.AccountID) && (!s.NamesMember() || s.Member == m.MemberID)
}

// Value is the membership's own value of an attribute, for orders. Filters may also look at what it joins: see
// [MembershipRow].
func (m Membership) Value(attr Attribute) Value {
	switch attr {
	case AttrID:
		return IDValue(m.ID.UUID)
	case AttrAccountID:
		return IDValue(m.AccountID.UUID)
	case AttrMemberID:
		return IDValue(m.MemberID.UUID)
	case AttrCreatedAt:
		return TimeValue(m.CreatedAt)
	case AttrUpdatedAt:
		return TimeValue(m.UpdatedAt)
	}
	return m.Fields.Value(string(attr))
}

// MembershipRow is a membership beside the account and the member that it joins: what the filters of a list of
// memberships look at.
type MembershipRow struct {
	Membership
	Account Account
	Member  Member
}

// Value is the row's value of an attribute, for filters and orders.
func (r MembershipRow) Value(attr Attribute) Value {
	switch attr {
	case AttrAccountName:
		return TextValue(r.Account.Name)
	case AttrMemberName:
		return TextValue(r.Member.Name)
	case AttrMemberEmail:
		return TextValue(r.Member.Email)
	}
	return r.Membership.Value(attr)
}
