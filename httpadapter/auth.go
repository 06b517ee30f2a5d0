package httpadapter

import (
	"errors"
	"net/http"
	"strings"

	"github.com/roster-go/roster/membership"
)

var (
	// ErrUnauthenticated is what an Authenticator answers, wrapped or as it is, when a request does not show who sends
	// it: 401.
	ErrUnauthenticated = errors.New("a valid access token is required: send it as Authorization: Bearer TOKEN")
	// ErrForbidden says that the sender is known and may not do this: 403. The adapter answers with it when a
	// scope is missing; an Authenticator may, too.
	ErrForbidden = errors.New("not allowed")
)

// Authenticator finds out who sends a request. It is called once for every request that needs a scope, from any number
// of goroutines, before the body is read, which it must leave alone; and for the request of an event stream again every
// now and then, so that the stream ends with the sender's rights.
//
// An error that wraps [ErrUnauthenticated] is answered with 401, [ErrForbidden] with 403, another one of roster's as
// everywhere, such as store.ErrBusy with 503, and any other with 500. Its text goes to the log only.
type Authenticator interface {
	Authenticate(r *http.Request) (Identity, error)
}

// AuthenticatorFunc is a function that is an [Authenticator].
type AuthenticatorFunc func(r *http.Request) (Identity, error)

// Authenticate calls the function.
func (f AuthenticatorFunc) Authenticate(r *http.Request) (Identity, error) { return f(r) }

// Identity is who sends a request, and what they may do: GET and HEAD need [membership.ScopeRead], everything else
// [membership.ScopeWrite].
type Identity struct {
	Subject string // whom the service acts for, see roster.Service.As
	Scopes  membership.Scopes
}

// BearerToken is the token in a request's Authorization header, or empty. The scheme may have any case, and a colon
// behind it, which one of the API's own examples sends.
func BearerToken(r *http.Request) string {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return ""
	}
	const scheme = "bearer"
	value := strings.TrimSpace(values[0])
	if len(value) < len(scheme) || !strings.EqualFold(value[:len(scheme)], scheme) {
		return ""
	}
	rest := strings.TrimPrefix(value[len(scheme):], ":")
	if rest == value[len(scheme):] && !strings.HasPrefix(rest, " ") {
		return ""
	}
	return strings.TrimSpace(rest)
}

// nobody refuses everybody: what an adapter without an Authenticator does.
func nobody(*http.Request) (Identity, error) { return Identity{}, ErrUnauthenticated }

// anybody lets everybody do everything.
func anybody(*http.Request) (Identity, error) {
	return Identity{Scopes: membership.ScopeRead | membership.ScopeWrite}, nil
}

// authorize finds out who sent the request, and refuses it unless they have the scopes that it needs.
func (c *call) authorize() (Identity, error) {
	if c.needs == 0 {
		return Identity{}, nil
	}
	identity, err := c.auth.Authenticate(c.request)
	if err != nil {
		return Identity{}, err
	}
	c.subject = identity.Subject
	if !identity.Scopes.Has(c.needs) {
		f := faultFor(ErrForbidden)
		f.detail += ": this needs the scope " + scopeName(c.needs)
		return Identity{}, f
	}
	return identity, nil
}

func scopeName(s membership.Scopes) string {
	if s == membership.ScopeRead {
		return "read"
	}
	return "write"
}
