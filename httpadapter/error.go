package httpadapter

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// errorRow says how an error is answered.
type errorRow struct {
	err    error
	status int
	code   string
	detail string // instead of the error's own text
}

// errorTable is walked from the top: causes come before the categories that they belong to, and what is not in it is
// unforeseen.
var errorTable = []errorRow{
	{err: membership.ErrInvalidField, status: http.StatusBadRequest, code: "invalid_field"},
	{err: membership.ErrUnknownField, status: http.StatusBadRequest, code: "unknown_field"},
	{err: membership.ErrInvalidValue, status: http.StatusUnprocessableEntity, code: "invalid_value"},
	{err: membership.ErrInvalidFilter, status: http.StatusBadRequest, code: "invalid_filter",
		detail: "Could not parse the supplied filter"},
	{err: membership.ErrInvalidOrder, status: http.StatusBadRequest, code: "invalid_sort",
		detail: "Could not use the supplied sort"},

	{err: membership.ErrAccountNotFound, status: http.StatusNotFound, code: "account_not_found"},
	{err: membership.ErrMemberNotFound, status: http.StatusNotFound, code: "member_not_found"},
	{err: membership.ErrMembershipNotFound, status: http.StatusNotFound, code: "membership_not_found"},
	{err: membership.ErrTagNotFound, status: http.StatusNotFound, code: "tag_not_found"},
	{err: membership.ErrPasswordProfileNotFound, status: http.StatusNotFound, code: "password_profile_not_found"},
	{err: membership.ErrLoginNotFound, status: http.StatusNotFound, code: "login_not_found"},
	{err: membership.ErrFlowNotFound, status: http.StatusNotFound, code: "flow_not_found"},
	{err: membership.ErrFieldNotFound, status: http.StatusNotFound, code: "field_not_found"},
	{err: membership.ErrCredentialNotFound, status: http.StatusUnauthorized, code: "invalid_client",
		detail: "the client id or the client secret is wrong"},
	{err: membership.ErrPruned, status: http.StatusGone, code: "changes_pruned"},
	{err: membership.ErrTokenNotFound, status: http.StatusUnauthorized, code: "unauthorized",
		detail: ErrUnauthenticated.Error()},

	{err: membership.ErrAlreadyMember, status: http.StatusConflict, code: "already_member"},
	{err: membership.ErrMemberImmutable, status: http.StatusConflict, code: "member_immutable"},
	{err: membership.ErrRegistrationIDTaken, status: http.StatusConflict, code: "registration_id_taken"},
	{err: membership.ErrParentImmutable, status: http.StatusConflict, code: "parent_immutable"},
	{err: membership.ErrPasswordProfileImmutable, status: http.StatusConflict, code: "password_profile_immutable"},
	{err: membership.ErrTagNameTaken, status: http.StatusConflict, code: "tag_name_taken"},
	{err: membership.ErrUsernameTaken, status: http.StatusConflict, code: "username_taken"},
	{err: membership.ErrFlowExists, status: http.StatusConflict, code: "flow_exists"},
	{err: membership.ErrFlowImmutable, status: http.StatusConflict, code: "flow_immutable"},
	{err: membership.ErrFlowHasFields, status: http.StatusConflict, code: "flow_has_fields"},
	{err: membership.ErrSlugTaken, status: http.StatusConflict, code: "slug_taken"},
	{err: membership.ErrFieldTypeImmutable, status: http.StatusConflict, code: "field_type_immutable"},
	{err: membership.ErrReferenced, status: http.StatusConflict, code: "referenced"},
	{err: membership.ErrDuplicateID, status: http.StatusConflict, code: "duplicate_id"},

	// Why 422: the API's clients read every 409 as "is a member already".
	{err: membership.ErrAccountFull, status: http.StatusUnprocessableEntity, code: "account_full"},
	{err: membership.ErrMemberAtLimit, status: http.StatusUnprocessableEntity, code: "member_at_limit"},
	{err: membership.ErrHierarchyTooDeep, status: http.StatusUnprocessableEntity, code: "hierarchy_too_deep"},
	{err: membership.ErrTooManyFields, status: http.StatusUnprocessableEntity, code: "too_many_fields"},

	{err: membership.ErrInvalid, status: http.StatusBadRequest, code: "invalid"},
	{err: membership.ErrNotFound, status: http.StatusNotFound, code: "not_found"},
	{err: membership.ErrConflict, status: http.StatusConflict, code: "conflict"},
	{err: membership.ErrLimit, status: http.StatusUnprocessableEntity, code: "limit_reached"},

	{err: roster.ErrNoPasswords, status: http.StatusNotImplemented, code: "passwords_unavailable"},

	{err: ErrUnauthenticated, status: http.StatusUnauthorized, code: "unauthorized"},
	{err: ErrForbidden, status: http.StatusForbidden, code: "forbidden"},

	{err: store.ErrBusy, status: http.StatusServiceUnavailable, code: "busy",
		detail: "the store is busy, try again in a moment"},
	{err: store.ErrUnavailable, status: http.StatusServiceUnavailable, code: "store_unavailable",
		detail: "the store cannot be reached and nothing was changed, try again in a moment"},
	{err: store.ErrStorageFull, status: http.StatusInsufficientStorage, code: "storage_full",
		detail: "there is no room for it and nothing was changed; reading goes on, and writing will when the operator has made room"},
	{err: store.ErrStorageFailed, status: http.StatusInternalServerError, code: "storage_failed",
		detail: "the disk of the store has failed and nothing was changed"},
	{err: store.ErrOutcomeUnknown, status: http.StatusServiceUnavailable, code: "outcome_unknown",
		detail: "the store went away, or its disk failed, before it said whether the changes were made: look before you try again"},
	{err: store.ErrClosed, status: http.StatusServiceUnavailable, code: "shutting_down",
		detail: "the service is shutting down, try again in a moment"},
	{err: errTimedOut, status: http.StatusServiceUnavailable, code: "timed_out"},
	{err: errRequestEnded, status: http.StatusServiceUnavailable, code: "request_ended"},
}

// errRequestEnded stands for whatever went wrong after the request's context had ended.
var errRequestEnded = errors.New("the request ended before it was answered")

// unforeseen is how every other error is answered: nothing of it reaches the client.
var unforeseen = errorRow{
	status: http.StatusInternalServerError,
	code:   "internal",
	detail: "there was a problem processing your request",
}

func rowFor(err error) errorRow {
	for _, row := range errorTable {
		if errors.Is(err, row.err) {
			if row.detail == "" {
				row.detail = row.err.Error()
			}
			return row
		}
	}
	return unforeseen
}

// fault is one entry of an answer's errors.
type fault struct {
	status  int
	code    string
	detail  string
	source  *errorSource
	meta    []fact
	headers []header
}

// fact is a member of a fault's meta.
type fact struct {
	name  string
	value membership.Value
}

func (f *fault) Error() string { return f.detail }

// invalidField refuses a member of data.
func invalidField(name, detail string) *fault {
	return &fault{status: http.StatusBadRequest, code: "invalid_field", detail: name + " " + detail,
		source: dataPointer(name)}
}

// faultFor looks an error up in the table.
func faultFor(err error) *fault {
	row := rowFor(err)
	return &fault{status: row.status, code: row.code, detail: row.detail}
}

// faultOf tells what a refusal of the rules carries beyond its cause.
func faultOf(e *membership.Error) *fault {
	f := faultFor(e)
	switch {
	case errors.Is(e, membership.ErrInvalidField):
		return invalidField(e.Field, e.Detail)
	case errors.Is(e, membership.ErrInvalidValue) && e.Field != "":
		f.detail = e.Field + " " + e.Detail
	case e.Detail != "":
		f.detail += ": " + e.Detail
	}
	switch {
	case errors.Is(e, membership.ErrInvalidFilter):
		f.source = &errorSource{Parameter: "filter"}
	case errors.Is(e, membership.ErrInvalidOrder):
		f.source = &errorSource{Parameter: "sort"}
	case e.Field != "":
		f.source = dataPointer(e.Field)
	}
	switch {
	case errors.Is(e, membership.ErrPruned):
		f.source, f.meta = &errorSource{Parameter: e.Field}, []fact{{"first", membership.IntegerValue(e.First)}}
	case errors.Is(e, membership.ErrLimit):
		f.meta = []fact{
			{"limit", membership.IntegerValue(int64(e.Limit))},
			{"used", membership.IntegerValue(int64(e.Used))},
		}
	case !e.Existing.IsZero():
		f.meta = []fact{{"account_membership_id", membership.IDValue(e.Existing.ID.UUID)}}
	}
	return f
}

// inBody says which member of data named what was not found.
func inBody(err error, name string) error {
	f := faultFor(err)
	f.source = dataPointer(name)
	return f
}

// faultsOf lists every fault that an error carries: several where several fields were at fault.
func faultsOf(err error) []*fault {
	switch e := err.(type) { //nolint:errorlint // walks the tree itself, level by level
	case nil:
		return nil
	case *fault:
		return []*fault{e}
	case *membership.Error:
		return []*fault{faultOf(e)}
	case interface{ Unwrap() []error }:
		var all []*fault
		for _, inner := range e.Unwrap() {
			all = append(all, faultsOf(inner)...)
		}
		return all
	default:
		return faultsOf(errors.Unwrap(err))
	}
}

// problem is an answer that refuses: one status, at least one fault.
type problem struct {
	status int
	faults []*fault
}

func problemOf(err error) problem {
	faults := faultsOf(err)
	if len(faults) == 0 {
		faults = []*fault{faultFor(err)}
	}
	return problem{status: faults[0].status, faults: faults}
}

// retryAfter is how long a client should wait when the store is busy.
const retryAfter = time.Second

// problem answers with a problem.
func (c *call) problem(p problem) response {
	res := response{status: p.status}
	switch p.status {
	case http.StatusUnauthorized:
		res.headers = append(res.headers, header{"WWW-Authenticate", "Bearer"})
	case http.StatusServiceUnavailable:
		res.headers = append(res.headers, header{"Retry-After", seconds(retryAfter)})
	}
	for _, f := range p.faults {
		res.headers = append(res.headers, f.headers...)
		c.codes = append(c.codes, f.code)
	}
	e := c.out
	e.open()
	each(e.name("errors"), p.faults, (*encoder).fault)
	if p.status == http.StatusInternalServerError {
		e.name("request_id").text(c.id)
	}
	e.close()
	return res
}

func seconds(d time.Duration) string { return strconv.Itoa(int((d + time.Second - 1) / time.Second)) }

// errorSource is where a fault is: in the body or in the query string.
type errorSource struct{ Pointer, Parameter string }

// dataPointer points at a member of data; the names that come here need no escaping.
func dataPointer(name string) *errorSource { return &errorSource{Pointer: "/data/" + name} }

// elementPointer points at a member of an element of data, or at the element where no member is named.
func elementPointer(i int, name string) *errorSource {
	pointer := "/data/" + strconv.Itoa(i)
	if name != "" {
		pointer += "/" + name
	}
	return &errorSource{Pointer: pointer}
}

func (e *encoder) fault(f *fault) {
	e.open()
	e.name("title").text(http.StatusText(f.status))
	e.name("status").text(strconv.Itoa(f.status))
	e.name("detail").text(f.detail)
	e.name("code").text(f.code)
	if f.source != nil {
		e.name("source").source(*f.source)
	}
	if len(f.meta) > 0 {
		e.name("meta").facts(f.meta)
	}
	e.close()
}

func (e *encoder) source(s errorSource) {
	e.open()
	if s.Pointer != "" {
		e.name("pointer").text(s.Pointer)
	}
	if s.Parameter != "" {
		e.name("parameter").text(s.Parameter)
	}
	e.close()
}

func (e *encoder) facts(all []fact) {
	e.open()
	for _, f := range all {
		e.name(f.name).value(f.value)
	}
	e.close()
}
