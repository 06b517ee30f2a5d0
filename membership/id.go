package membership

import "github.com/google/uuid"

// AccountID identifies an [Account]. The zero value identifies none.
type AccountID struct{ uuid.UUID }

// MemberID identifies a [Member]. The zero value identifies none.
type MemberID struct{ uuid.UUID }

// MembershipID identifies a [Membership]. The zero value identifies none.
type MembershipID struct{ uuid.UUID }

// TagID identifies a [Tag]. The zero value identifies none.
type TagID struct{ uuid.UUID }

// PasswordProfileID identifies a [PasswordProfile]. The zero value identifies none.
type PasswordProfileID struct{ uuid.UUID }

// LoginID identifies a [Login]. The zero value identifies none.
type LoginID struct{ uuid.UUID }

// FlowID identifies a [Flow]. The zero value identifies none.
type FlowID struct{ uuid.UUID }

// FieldID identifies a [Field]. The zero value identifies none.
type FieldID struct{ uuid.UUID }

// IsZero reports whether the id identifies no account.
func (id AccountID) IsZero() bool { return id.UUID == uuid.Nil }

// IsZero reports whether the id identifies no member.
func (id MemberID) IsZero() bool { return id.UUID == uuid.Nil }

// IsZero reports whether the id identifies no membership.
func (id MembershipID) IsZero() bool { return id.UUID == uuid.Nil }

// IsZero reports whether the id identifies no tag.
func (id TagID) IsZero() bool { return id.UUID == uuid.Nil }

// IsZero reports whether the id identifies no password profile.
func (id PasswordProfileID) IsZero() bool { return id.UUID == uuid.Nil }

// IsZero reports whether the id identifies no login.
func (id LoginID) IsZero() bool { return id.UUID == uuid.Nil }

// IsZero reports whether the id identifies no flow.
func (id FlowID) IsZero() bool { return id.UUID == uuid.Nil }

// IsZero reports whether the id identifies no field.
func (id FieldID) IsZero() bool { return id.UUID == uuid.Nil }

// ParseAccountID reads an id in its canonical form of 36 characters, in either case. Anything else is
// [ErrInvalidField].
func ParseAccountID(s string) (AccountID, error) {
	id, err := parseID("account_id", s)
	return AccountID{id}, err
}

// ParseMemberID is [ParseAccountID] for members.
func ParseMemberID(s string) (MemberID, error) {
	id, err := parseID("account_member_id", s)
	return MemberID{id}, err
}

// ParseMembershipID is [ParseAccountID] for memberships.
func ParseMembershipID(s string) (MembershipID, error) {
	id, err := parseID("id", s)
	return MembershipID{id}, err
}

// ParseTagID is [ParseAccountID] for tags.
func ParseTagID(s string) (TagID, error) {
	id, err := parseID("id", s)
	return TagID{id}, err
}

// ParsePasswordProfileID is [ParseAccountID] for password profiles.
func ParsePasswordProfileID(s string) (PasswordProfileID, error) {
	id, err := parseID("password_profile_id", s)
	return PasswordProfileID{id}, err
}

// ParseLoginID is [ParseAccountID] for logins.
func ParseLoginID(s string) (LoginID, error) {
	id, err := parseID("id", s)
	return LoginID{id}, err
}

// ParseFlowID is [ParseAccountID] for flows.
func ParseFlowID(s string) (FlowID, error) {
	id, err := parseID("id", s)
	return FlowID{id}, err
}

// ParseFieldID is [ParseAccountID] for fields.
func ParseFieldID(s string) (FieldID, error) {
	id, err := parseID("id", s)
	return FieldID{id}, err
}

// canonicalIDLength is the length of the only form that is accepted: uuid.Parse alone also takes braces, a URN
// prefix and bare hexadecimal digits, and one id should have one spelling.
const canonicalIDLength = 36

func parseID(field, s string) (uuid.UUID, error) {
	if len(s) == canonicalIDLength {
		if id, err := uuid.Parse(s); err == nil {
			return id, nil
		}
	}
	return uuid.Nil, invalid(field, "must be a UUID such as 24e939f6-178f-497b-9d64-5bf2b5a70a2e")
}
