package membership

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Change is one entry of the change log: that one row was created, updated or deleted. A write and its changes are
// committed together or not at all.
type Change struct {
	Sequence  int64 // from 1, increasing; a store says whether numbers are left out
	Type      ChangeType
	Time      time.Time // when the use case began; it may be a little before that of the change before
	Actor     string    // on whose behalf; empty when nobody was named
	Cause     Cause
	RequestID string // of the request that asked for it; empty when there was none

	// Who is concerned: the account, the member and the membership that the row is, joins or belongs to. Zero where
	// there is none.
	AccountID    AccountID
	MemberID     MemberID
	MembershipID MembershipID

	// The row before and after: nil before it was created and after it was deleted. What a tag's assignment shows is
	// the tag. A login's hash is left out.
	Before, After Image
}

// Image is a row as a change shows it: an [Account], a [Member], a [Membership], a [Tag], [Settings], a
// [PasswordProfile], a [Login], a [Flow] or a [Field].
type Image interface{ image() }

func (Account) image()         {}
func (Member) image()          {}
func (Membership) image()      {}
func (Tag) image()             {}
func (Settings) image()        {}
func (PasswordProfile) image() {}
func (Login) image()           {}
func (Flow) image()            {}
func (Field) image()           {}

// ChangeType says what happened to what.
type ChangeType string

// The types of changes. An account that gets or loses a tag is no update of either.
const (
	AccountCreated  ChangeType = "account.created"
	AccountUpdated  ChangeType = "account.updated"
	AccountDeleted  ChangeType = "account.deleted"
	AccountTagged   ChangeType = "account.tagged"
	AccountUntagged ChangeType = "account.untagged"

	MemberCreated ChangeType = "account-member.created"
	MemberUpdated ChangeType = "account-member.updated"
	MemberDeleted ChangeType = "account-member.deleted"

	MembershipCreated ChangeType = "account-membership.created"
	MembershipUpdated ChangeType = "account-membership.updated"
	MembershipDeleted ChangeType = "account-membership.deleted"

	TagCreated ChangeType = "account-tag.created"
	TagUpdated ChangeType = "account-tag.updated"
	TagDeleted ChangeType = "account-tag.deleted"

	SettingsUpdated ChangeType = "account-membership-settings.updated"

	PasswordProfileCreated ChangeType = "password-profile.created"
	PasswordProfileUpdated ChangeType = "password-profile.updated"
	PasswordProfileDeleted ChangeType = "password-profile.deleted"

	LoginCreated ChangeType = "user-authentication-password-profile-info.created"
	LoginUpdated ChangeType = "user-authentication-password-profile-info.updated"
	LoginDeleted ChangeType = "user-authentication-password-profile-info.deleted"

	FlowCreated ChangeType = "flow.created"
	FlowUpdated ChangeType = "flow.updated"
	FlowDeleted ChangeType = "flow.deleted"

	// What a field's change does to the values of rows is not told row by row: a deleted field takes its values along,
	// a renamed one keeps them under its new slug.

	FieldCreated ChangeType = "field.created"
	FieldUpdated ChangeType = "field.updated"
	FieldDeleted ChangeType = "field.deleted"
)

// ChangeTypes lists every type.
func ChangeTypes() []ChangeType {
	return []ChangeType{
		AccountCreated, AccountUpdated, AccountDeleted, AccountTagged, AccountUntagged,
		MemberCreated, MemberUpdated, MemberDeleted,
		MembershipCreated, MembershipUpdated, MembershipDeleted,
		TagCreated, TagUpdated, TagDeleted,
		SettingsUpdated,
		PasswordProfileCreated, PasswordProfileUpdated, PasswordProfileDeleted,
		LoginCreated, LoginUpdated, LoginDeleted,
		FlowCreated, FlowUpdated, FlowDeleted,
		FieldCreated, FieldUpdated, FieldDeleted,
	}
}

// ParseChangeType reads a type as it is spelled. Its error is [ErrInvalidField].
func ParseChangeType(s string) (ChangeType, error) {
	if t := ChangeType(s); slices.Contains(ChangeTypes(), t) {
		return t, nil
	}
	return "", invalid("type", "must be one of: %s", list(ChangeTypes()))
}

// Cause is why a row changed.
type Cause string

// The causes.
const (
	CauseRequest  Cause = "request"  // somebody asked for it
	CauseCascade  Cause = "cascade"  // it belongs to something that was deleted
	CauseConsumer Cause = "consumer" // a consumer of the change log did it
	CauseImport   Cause = "import"   // it came with an import
)

// DefaultChangeLimit is how many changes a page has unless the query says otherwise.
const DefaultChangeLimit = 100

// ChangeQuery asks for changes. The zero query asks for the first 100.
type ChangeQuery struct {
	After int64 // the sequence number behind which to begin; 0 is the beginning
	Limit int   // at most so many changes; 0 means [DefaultChangeLimit], below 0 none, which leaves First and Last

	// Where one of these is set, only changes that concern it.

	Account    AccountID
	Member     MemberID
	Membership MembershipID
	Types      []ChangeType // of any of these types; empty means of every type
}

// Size is the largest number of changes that the page may have.
func (q ChangeQuery) Size() int {
	if q.Limit == 0 {
		return DefaultChangeLimit
	}
	return max(q.Limit, 0)
}

// Match reports whether the query selects a change, wherever it begins.
func (q ChangeQuery) Match(c Change) bool {
	return (q.Account.IsZero() || q.Account == c.AccountID) &&
		(q.Member.IsZero() || q.Member == c.MemberID) &&
		(q.Membership.IsZero() || q.Membership == c.MembershipID) &&
		(len(q.Types) == 0 || slices.Contains(q.Types, c.Type))
}

// ChangePage is what a query answers with: changes in their order, never nil, and where the log begins and ends.
type ChangePage struct {
	Changes []Change
	First   int64 // where the log begins: behind the last change that was removed, 1 when none was; 0 when there has been none
	Last    int64 // the last one
}

// Next is behind what the next query should begin, so that no change is missed: the last change of a full page, else
// the end of the log; where the query asked for no changes, where it began.
func (p ChangePage) Next(q ChangeQuery) int64 {
	switch n := len(p.Changes); {
	case q.Size() == 0:
		return q.After
	case n >= q.Size():
		return p.Changes[n-1].Sequence
	}
	return max(p.Last, q.After)
}

// Check decides whether a reader that has seen everything up to the query's After can go on without missing a change.
// Its errors are [ErrPruned], which says what is left, and [ErrInvalidField] for a number that the log has not reached.
func (p ChangePage) Check(q ChangeQuery) error {
	switch {
	case q.After < 0 || q.After > p.Last:
		return invalid("after", "must be from 0 to %d, the last change that there is", p.Last)
	case q.After < p.First-1:
		return &Error{Cause: ErrPruned, Field: "after", First: p.First,
			Detail: fmt.Sprintf("the first change that is left is %d", p.First)}
	}
	return nil
}

// CheckRestored decides whether changes may be added, with the sequence numbers that they have, to a log whose last change
// has the number last; to one that is empty, where last is 0, if it is to begin at first. Its error is [ErrInvalidField].
func CheckRestored(changes []Change, first, last int64) error {
	if last == 0 && len(changes) > 0 {
		if first < 1 || first > changes[0].Sequence {
			return invalid("first", "must be from 1 to %d, the first change's number", changes[0].Sequence)
		}
		last = first - 1
	}
	for _, c := range changes {
		if c.Sequence <= last {
			return invalid("sequence", "must be greater than %d, the number before it: %d is not", last, c.Sequence)
		}
		last = c.Sequence
	}
	return nil
}

// Retention says how long changes are kept. The zero value keeps them for ever. The last change is always kept.
type Retention struct {
	MaxAge   time.Duration // 0 means any age
	MaxCount int           // 0 means any number
}

// IsZero reports whether changes are kept for ever.
func (r Retention) IsZero() bool { return r.MaxAge <= 0 && r.MaxCount <= 0 }

// Consumer is how far somebody who reads the change log has come.
type Consumer struct {
	Name     string
	Position int64 // the last change that was dealt with; 0 before the first
}

// CheckOrigin checks what changes would say of where they come from: on whose behalf, and for which request. Either may be
// empty, and as long as it likes. Its error is [ErrInvalidField].
func CheckOrigin(actor, requestID string) error {
	var faults []error
	if fault := storable(actor); fault != "" {
		faults = append(faults, invalid("actor", "%s", fault))
	}
	if fault := storable(requestID); fault != "" {
		faults = append(faults, invalid("request_id", "%s", fault))
	}
	return errors.Join(faults...)
}

// CheckConsumerName checks what a consumer may be called. Its error is [ErrInvalidField].
func CheckConsumerName(name string) error { return required("name", name) }
