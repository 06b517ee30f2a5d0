package httpadapter

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/roster-go/roster/membership"
)

// Grant is an access token that was issued.
type Grant struct {
	Token     string
	ExpiresAt time.Time
}

// TooManyFailures is the error of [TokenAuthority.SignIn] for an address that has tried too often.
type TooManyFailures struct {
	Wait time.Duration // until the address may try again
}

// Error says how long to wait.
func (e *TooManyFailures) Error() string { return tooManyFailures(e.Wait).detail }

// SignIn issues an access token to the client that has the id and the secret, as POST /oauth/access_token does: for
// handlers beside the adapter's that ask people for them, in a form say. The failures of an address count together,
// wherever it tried.
//
// Errors: [membership.ErrCredentialNotFound], which does not say which of the two was wrong; [*TooManyFailures].
func (a *TokenAuthority) SignIn(r *http.Request, clientID, secret string) (Grant, error) {
	address := a.guesser(r)
	if wait := a.failures.wait(address, a.clock()); wait > 0 {
		return Grant{}, &TooManyFailures{wait}
	}
	issued, err := a.issue(r, tokenRequest{
		grant: grantCredentials, clientID: clientID, candidates: []idAndSecret{{clientID, secret}},
	})
	if errors.Is(err, membership.ErrCredentialNotFound) {
		if wait := a.failures.add(address, a.clock()); wait > 0 { // Why again: see grant
			return Grant{}, &TooManyFailures{wait}
		}
	}
	if err != nil {
		return Grant{}, err
	}
	return Grant{issued.token, issued.expires}, nil
}

// Identify is [TokenAuthority.Authenticate] for a token that came elsewhere than in the Authorization header, such as in
// a cookie.
func (a *TokenAuthority) Identify(r *http.Request, token string) (Identity, error) {
	bearer := &http.Request{Header: http.Header{"Authorization": {"Bearer " + token}}}
	return a.Authenticate(bearer.WithContext(r.Context()))
}

// Status is how the adapter answers an error: the status, the code that programs act upon, and a text for people that
// tells nothing which they should not see. Handlers beside the adapter's answer with the same.
func Status(err error) (status int, code, detail string) {
	row := rowFor(err)
	return row.status, row.code, row.detail
}

// RequestID is the id that the change log and the log of requests know a request by: the client's own, in X-Request-Id,
// when it is a sane one, else a new one each time.
func RequestID(r *http.Request) string { return requestID(r) }

// IsSecure reports whether a request came over TLS: to this server or, where forwarding headers are trusted, to the proxy
// in front of it.
func IsSecure(r *http.Request, trustForwarded bool) bool {
	if trustForwarded {
		if proto := forwarded(r, "X-Forwarded-Proto"); proto != "" {
			return strings.EqualFold(proto, "https")
		}
	}
	return r.TLS != nil
}
