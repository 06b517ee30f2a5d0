package httpadapter_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
)

// An application serves memberships under its own prefix, to its own users.
func ExampleNew() {
	svc := roster.New(memstore.New(), roster.Options{})
	handler := httpadapter.New(svc, httpadapter.Options{
		Prefix: "/people",
		Authenticator: httpadapter.AuthenticatorFunc(func(r *http.Request) (httpadapter.Identity, error) {
			user, password, _ := r.BasicAuth() // the application's own way
			if user != "ron" || password != "woodwork" {
				return httpadapter.Identity{}, httpadapter.ErrUnauthenticated
			}
			return httpadapter.Identity{Subject: user, Scopes: membership.ScopeRead}, nil
		}),
	})
	application := http.StripPrefix("/people", handler)

	r := httptest.NewRequest(http.MethodGet, "https://parks.example/people/v2/settings/account-membership", nil)
	r.SetBasicAuth("ron", "woodwork")
	w := httptest.NewRecorder()
	application.ServeHTTP(w, r)
	fmt.Print(w.Code, " ", w.Body)
	// Output: 200 {"data":{"type":"account_membership_setting","membership_limit":10000}}
}

// Machine clients get tokens for their credentials, and show them with every request.
func ExampleNewTokenAuthority() {
	svc := roster.New(memstore.New(), roster.Options{})
	tokens := httpadapter.NewTokenAuthority(svc, httpadapter.TokenOptions{
		Clients: []httpadapter.Client{{ID: "storefront", Secret: "from the environment", Scopes: membership.ScopeRead}},
	})
	handler := httpadapter.New(svc, httpadapter.Options{Tokens: tokens})

	r := httptest.NewRequest(http.MethodGet, "/v2/accounts", nil)
	r.Header.Set("Authorization", "Bearer guessed")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Header().Get("WWW-Authenticate"))
	// Output: 401 Bearer
}
