package httpadapter_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
)

func TestEveryAnswerIsObservedWithItsRouteAndItsErrors(t *testing.T) {
	t.Parallel()
	reader := httpadapter.AuthenticatorFunc(func(r *http.Request) (httpadapter.Identity, error) {
		if httpadapter.BearerToken(r) == "" {
			return httpadapter.Identity{}, httpadapter.ErrUnauthenticated
		}
		return httpadapter.Identity{Subject: "leslie", Scopes: membership.ScopeRead}, nil
	})
	for _, c := range []struct {
		name, method, path, token string
		want                      httpadapter.Observation
	}{
		{"a list", http.MethodGet, "/v2/accounts?filter=eq(name,a)", "t",
			httpadapter.Observation{Route: "/v2/accounts", Subject: "leslie", Status: 200}},
		{"one that is not there", http.MethodGet, "/v2//accounts/" + nowhere + "/", "t",
			httpadapter.Observation{Route: "/v2/accounts/{account}", Subject: "leslie", Status: 404, Codes: []string{"account_not_found"}}},
		{"two faults", http.MethodGet, "/v2/accounts?page[limit]=many&page[offset]=-1", "t",
			httpadapter.Observation{Route: "/v2/accounts", Subject: "leslie", Status: 400, Codes: []string{"invalid_parameter", "invalid_parameter"}}},
		{"a scope that is missing", http.MethodDelete, "/v2/accounts/" + nowhere, "t",
			httpadapter.Observation{Route: "/v2/accounts/{account}", Subject: "leslie", Status: 403, Codes: []string{"forbidden"}}},
		{"nobody", http.MethodGet, "/v2/accounts", "",
			httpadapter.Observation{Route: "/v2/accounts", Status: 401, Codes: []string{"unauthorized"}}},
		{"another method", http.MethodPatch, "/v2/accounts", "t",
			httpadapter.Observation{Route: "/v2/accounts", Status: 405, Codes: []string{"method_not_allowed"}}},
		{"no path", http.MethodGet, "/wp-login.php", "t",
			httpadapter.Observation{Status: 404, Codes: []string{"route_not_found"}}},
		{"the head of a stream", http.MethodHead, "/v1/changes", "t",
			httpadapter.Observation{Route: "/v1/changes", Subject: "leslie", Status: 200}},
		{"a stream", http.MethodGet, "/v1/changes", "t",
			httpadapter.Observation{Route: "/v1/changes", Subject: "leslie", Status: 200, Stream: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got []httpadapter.Observation
			w := httptest.NewRecorder()
			ended, end := context.WithCancel(t.Context())
			end() // streams end as soon as they have begun
			h := httpadapter.New(roster.New(memstore.New(), roster.Options{}), httpadapter.Options{
				Authenticator: reader,
				Observe: func(told http.ResponseWriter, _ *http.Request, o httpadapter.Observation) {
					got = append(got, o)
					if told != http.ResponseWriter(w) || w.Body.Len() > 0 {
						t.Error("another writer, or one that has been written to")
					}
				},
				StreamsEnd: ended,
			})
			r := httptest.NewRequestWithContext(t.Context(), c.method, c.path, strings.NewReader(""))
			if c.token != "" {
				r.Header.Set("Authorization", "Bearer "+c.token)
			}
			if c.path == "/v1/changes" {
				r.Header.Set("Accept", "text/event-stream")
			}
			h.ServeHTTP(w, r)
			if len(got) != 1 || !reflect.DeepEqual(got[0], c.want) {
				t.Errorf("%+v instead of %+v: %s", got, c.want, w.Body)
			}
		})
	}
}
