package membership

import (
	"errors"
	"fmt"
	"strings"
)

// The four categories. Every cause below wraps exactly one of them.
var (
	// ErrInvalid says that what was given breaks a rule of its own, whatever is stored.
	ErrInvalid = errors.New("invalid")
	// ErrNotFound says that what was named does not exist.
	ErrNotFound = errors.New("not found")
	// ErrConflict says that what was asked contradicts what is stored.
	ErrConflict = errors.New("conflict")
	// ErrLimit says that there is no room.
	ErrLimit = errors.New("limit reached")
)

// IsRefusal tells an answer of the rules, which is of one of the four categories, from a failure.
func IsRefusal(err error) bool {
	return errors.Is(err, ErrInvalid) || errors.Is(err, ErrNotFound) || errors.Is(err, ErrConflict) || errors.Is(err, ErrLimit)
}

// The causes, grouped by category.
var (
	// ErrInvalidField names a field whose value breaks a rule, or a custom field whose value has another type;
	// Error.Field says which, Error.Detail why.
	ErrInvalidField = cause(ErrInvalid, "invalid field")
	// ErrUnknownField names a custom field that is not defined, or disabled.
	ErrUnknownField = cause(ErrInvalid, "unknown custom field")
	// ErrInvalidValue names a custom field whose value breaks the field's rules, or what of a definition breaks a rule
	// about values; Error.Field says which, Error.Detail what is allowed.
	ErrInvalidValue = cause(ErrInvalid, "invalid value")
	// ErrInvalidFilter is a filter that cannot be parsed or does not fit the list; Error.Detail says where.
	ErrInvalidFilter = cause(ErrInvalid, "invalid filter")
	// ErrInvalidOrder is an order by an attribute that the list cannot be sorted by.
	ErrInvalidOrder = cause(ErrInvalid, "invalid order")

	// ErrAccountNotFound says that no account has the id.
	ErrAccountNotFound = cause(ErrNotFound, "account not found")
	// ErrMemberNotFound says that no account member has the id.
	ErrMemberNotFound = cause(ErrNotFound, "account member not found")
	// ErrMembershipNotFound says that the account has no membership with the id, or none with the member.
	ErrMembershipNotFound = cause(ErrNotFound, "account membership not found")
	// ErrTagNotFound says that no account tag has the id.
	ErrTagNotFound = cause(ErrNotFound, "account tag not found")
	// ErrPasswordProfileNotFound says that no password profile has the id.
	ErrPasswordProfileNotFound = cause(ErrNotFound, "password profile not found")
	// ErrLoginNotFound says that the member has no login with the id.
	ErrLoginNotFound = cause(ErrNotFound, "user authentication password profile info not found")
	// ErrFlowNotFound says that no flow has the id, or that the resource has none.
	ErrFlowNotFound = cause(ErrNotFound, "flow not found")
	// ErrFieldNotFound says that no custom field has the id.
	ErrFieldNotFound = cause(ErrNotFound, "field not found")
	// ErrPruned says that changes behind a sequence number have been removed from the change log; Error.First is the
	// first one that is left.
	ErrPruned = cause(ErrNotFound, "changes have been pruned")
	// ErrCredentialNotFound says that no credential has the client id, or that the secret is not its secret.
	ErrCredentialNotFound = cause(ErrNotFound, "credential not found")
	// ErrTokenNotFound says that no token has the hash, or that it has expired.
	ErrTokenNotFound = cause(ErrNotFound, "token not found")

	// ErrAlreadyMember says that the pair of account and member exists; Error.Existing is the membership.
	ErrAlreadyMember = cause(ErrConflict, "account membership with the given account id and account member id already exists")
	// ErrMemberImmutable says that a membership cannot be handed to another member.
	ErrMemberImmutable = cause(ErrConflict, "the account member of a membership cannot be changed")
	// ErrRegistrationIDTaken says that another account has the registration id.
	ErrRegistrationIDTaken = cause(ErrConflict, "registration id is taken by another account")
	// ErrParentImmutable says that an account cannot be moved below another one.
	ErrParentImmutable = cause(ErrConflict, "the parent of an account cannot be changed")
	// ErrPasswordProfileImmutable says that a login cannot be moved to another password profile.
	ErrPasswordProfileImmutable = cause(ErrConflict, "the password profile of a username cannot be changed")
	// ErrTagNameTaken says that another tag has the name.
	ErrTagNameTaken = cause(ErrConflict, "name is taken by another account tag")
	// ErrUsernameTaken says that another login in the password profile has the username.
	ErrUsernameTaken = cause(ErrConflict, "username is taken in the password profile")
	// ErrFlowExists says that the resource has a flow already.
	ErrFlowExists = cause(ErrConflict, "a flow with this slug already exists")
	// ErrFlowImmutable says that neither a flow nor a field can become another resource's.
	ErrFlowImmutable = cause(ErrConflict, "a flow keeps its slug, and a field its flow")
	// ErrFlowHasFields says that the flow's fields have to be deleted first.
	ErrFlowHasFields = cause(ErrConflict, "the flow has fields; delete them first")
	// ErrSlugTaken says that another custom field of the resource has the slug.
	ErrSlugTaken = cause(ErrConflict, "slug is taken by another field of the flow")
	// ErrFieldTypeImmutable says that a custom field's type cannot be changed.
	ErrFieldTypeImmutable = cause(ErrConflict, "the type of a field cannot be changed")
	// ErrReferenced says that rows of the embedding program refer to what was to be deleted, and that its own foreign
	// key refuses.
	ErrReferenced = cause(ErrConflict, "rows outside of roster refer to it")
	// ErrDuplicateID says that a row of the same kind has the id.
	ErrDuplicateID = cause(ErrConflict, "id is taken")

	// ErrAccountFull says that the account has as many memberships as it may have; see Error.Limit and Error.Used.
	ErrAccountFull = cause(ErrLimit, "account is full")
	// ErrHierarchyTooDeep says that an account would have more than [MaxAncestors] ancestors.
	ErrHierarchyTooDeep = cause(ErrLimit, "account hierarchy is too deep")
	// ErrTooManyFields says that the resource has [MaxFields] custom fields.
	ErrTooManyFields = cause(ErrLimit, "too many custom fields")
	// ErrMemberAtLimit says that the member is in as many accounts as the settings allow; see Error.Limit and
	// Error.Used.
	ErrMemberAtLimit = cause(ErrLimit, "account member is in as many accounts as allowed")
)

// causeError is a sentinel that wraps its category without repeating the category's text.
type causeError struct {
	category error
	text     string
}

func cause(category error, text string) error { return &causeError{category, text} }

func (c *causeError) Error() string { return c.text }
func (c *causeError) Unwrap() error { return c.category }

// Error carries the facts of a refusal. Cause is always one of the causes above; the other fields are set where
// they apply and zero elsewhere. Several faults of one value come as one error that joins several of these
// (see [Faults]).
type Error struct {
	Cause    error      // which rule; errors.Is looks through it
	Field    string     // the field at fault, in the wire's spelling ("registration_id")
	Detail   string     // what is wrong and what is allowed, for people
	Index    int        // which of several values was at fault, from 0
	Limit    int        // the limit that was reached
	Used     int        // how much of it is used
	Existing Membership // the membership that the pair has already
	First    int64      // the first change that is left
}

// Error says the cause and, where there is one, the field and the detail.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Cause.Error())
	if e.Field != "" {
		fmt.Fprintf(&b, " %q", e.Field)
	}
	if e.Detail != "" {
		b.WriteString(": " + e.Detail)
	}
	return b.String()
}

// Unwrap makes errors.Is see the cause and its category.
func (e *Error) Unwrap() error { return e.Cause }

// Faults lists every [Error] within err, in order: one for most errors, several where several fields of one value
// were at fault, none when err carries no facts.
func Faults(err error) []*Error {
	switch e := err.(type) { //nolint:errorlint // walks the tree itself, level by level
	case nil:
		return nil
	case *Error:
		return []*Error{e}
	case interface{ Unwrap() []error }:
		var all []*Error
		for _, inner := range e.Unwrap() {
			all = append(all, Faults(inner)...)
		}
		return all
	default:
		return Faults(errors.Unwrap(err))
	}
}

// invalid reports a field that breaks a rule.
func invalid(field, format string, args ...any) error {
	return &Error{Cause: ErrInvalidField, Field: field, Detail: fmt.Sprintf(format, args...)}
}

// broken reports a value that breaks a rule of a custom field.
func broken(field, format string, args ...any) error {
	return &Error{Cause: ErrInvalidValue, Field: field, Detail: fmt.Sprintf(format, args...)}
}
