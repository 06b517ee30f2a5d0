package httpadapter_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// everyRoute calls do with a request for every route that needs a right.
func everyRoute(api *api, do func(method, path string)) {
	for _, r := range api.routes() {
		method, path := r[0], r[1]
		if path == "/openapi.yaml" || path == "/oauth/access_token" {
			continue
		}
		path = withNowhere(path)
		do(method, path)
		if method == http.MethodGet {
			do(http.MethodHead, path)
		}
	}
}

func TestWithoutAnAuthenticatorEveryRequestIsRefused(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	refuses := httpadapter.New(api.svc, httpadapter.Options{})
	everyRoute(api, func(method, path string) {
		other := *api
		other.handler = refuses
		got := other.with("Authorization", "Bearer x").send(method, path, `{"data":{}}`).want(http.StatusUnauthorized)
		if got.header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%s %s: no WWW-Authenticate", method, path)
		}
		if method != http.MethodHead {
			got.refused(http.StatusUnauthorized, "unauthorized").saying("Authorization: Bearer TOKEN")
		}
	})
}

func TestEveryRouteNeedsItsScope(t *testing.T) {
	t.Parallel()
	for _, scopes := range []membership.Scopes{0, membership.ScopeRead, membership.ScopeWrite, membership.ScopeRead | membership.ScopeWrite} {
		api := newAPI(t)
		api.handler = httpadapter.New(api.svc, httpadapter.Options{
			Tokens: api.tokens,
			Authenticator: httpadapter.AuthenticatorFunc(func(*http.Request) (httpadapter.Identity, error) {
				return httpadapter.Identity{Subject: "april", Scopes: scopes}, nil
			}),
		})
		everyRoute(api, func(method, path string) {
			needed, name := membership.ScopeWrite, "write"
			if method == http.MethodGet || method == http.MethodHead {
				needed, name = membership.ScopeRead, "read"
			}
			got := api.send(method, path, "")
			if scopes.Has(needed) {
				if got.status == http.StatusForbidden || got.status == http.StatusUnauthorized {
					t.Errorf("%s %s is refused with %d although the scope is there", method, path, got.status)
				}
				return
			}
			got.want(http.StatusForbidden)
			if method != http.MethodHead {
				got.refused(http.StatusForbidden, "forbidden").saying("needs the scope " + name)
			}
		})
	}
}

func TestWhatAnAuthenticatorSaysIsAnswered(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err    error
		status int
		code   string
	}{
		{fmt.Errorf("session 17 has ended: %w", httpadapter.ErrUnauthenticated), http.StatusUnauthorized, "unauthorized"},
		{fmt.Errorf("not on Sundays: %w", httpadapter.ErrForbidden), http.StatusForbidden, "forbidden"},
		{store.ErrBusy, http.StatusServiceUnavailable, "busy"},
		{errors.New("the directory is down"), http.StatusInternalServerError, "internal"},
	} {
		api := newAPI(t, withOptions(func(o *httpadapter.Options) {
			o.AllowAnonymous = false
			o.Authenticator = httpadapter.AuthenticatorFunc(func(*http.Request) (httpadapter.Identity, error) {
				return httpadapter.Identity{}, c.err
			})
		}))
		got := api.get("/v2/accounts").refused(c.status, c.code)
		if strings.Contains(string(got.body), "session") || strings.Contains(string(got.body), "directory") {
			t.Errorf("the cause reaches the client: %s", got.body)
		}
		api.get("/openapi.yaml").want(http.StatusOK)
	}
}

func TestBearerTokensInEveryForm(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"Bearer abc": "abc", "bearer abc": "abc", "BEARER abc": "abc", "Bearer: abc": "abc", "bearer:abc": "abc",
		"  Bearer   abc  ": "abc", "Bearer: abc ": "abc", "Bearer :abc": ":abc",
		"": "", "Bearer": "", "Bearer ": "", "Bearer:": "", "Bearerabc": "", "Basic abc": "", "abc": "", "Bear abc": "",
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Authorization", value)
		if got := httpadapter.BearerToken(r); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header["Authorization"] = []string{"Bearer a", "Bearer b"}
	if got := httpadapter.BearerToken(r); got != "" {
		t.Errorf("of two headers %q was taken", got)
	}
}
