package access_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/membership"
)

func TestEveryRouteHasARule(t *testing.T) {
	t.Parallel()
	f := newFortress(t)
	sameRoutes(t, "the API", f.apiRoutes(), apiRules)
	sameRoutes(t, "the console", consoleRoutes(), consoleRules)
	sameRoutes(t, "metrics and profiles", f.operationsRoutes(), operationsRules)
	for _, url := range []string{f.server.URL, f.operations} { // what no handler of theirs answers
		at := *f.client
		at.URL = url
		for _, path := range []string{"/", "/healthz", "/readyz", "/nowhere", "/console/nowhere", "/debug/pprof/nothing"} {
			r, err := at.Ask(t.Context(), http.MethodPost, path, "")
			if err != nil {
				t.Fatal(err)
			}
			f.safeHeaders(url+path, r)
		}
	}
}

// TestWhoComesInToTheAPI: a table of every route and of everything that somebody may have in hand.
func TestWhoComesInToTheAPI(t *testing.T) {
	t.Parallel()
	f := newFortress(t)
	visitors, asked := f.visitors(), 0
	before := f.last()
	for _, route := range slices.Sorted(maps.Keys(apiRules)) {
		method, pattern, _ := strings.Cut(route, " ")
		methods := []string{method}
		if method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
		for _, v := range visitors {
			ids := f.ids
			if v.may.Has(apiRules[route].needs()) {
				ids = nil // what is allowed is asked of nothing, so that nothing happens
			}
			for _, method := range methods {
				asked++
				f.judge(v, apiRules[route], method, pattern, f.asks(v, method, filled(pattern, ids), `{"data":{}}`))
			}
		}
	}
	if after := f.last(); after != before {
		t.Errorf("%d changes were made by those who may not", after-before)
	}
	torture.Report(t, torture.Result{Part: torture.Access, Rounds: asked,
		Promise:  "Without a good token every route of the API answers 401, without the right scope 403",
		Method:   "every route of openapi.yaml x what somebody may have in hand, over the program; a route without a rule fails",
		Measured: fmt.Sprintf("%d routes, %d kinds of visitors, no change was made", len(apiRules), len(visitors))})
}

// judge compares an answer of the API with what the rule says.
func (f *fortress) judge(v visitor, need rule, method, pattern string, r servertest.Reply) {
	f.t.Helper()
	refused := r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden
	want := 0
	switch {
	case v.may.Has(need.needs()) || need == everybody:
	case !v.known:
		want = http.StatusUnauthorized
	default:
		want = http.StatusForbidden
	}
	if want != 0 && r.Status != want || want == 0 && refused {
		f.t.Errorf("%s: %s %s, which is for %s, is answered with %d: %s", v.name, method, pattern, need, r.Status, r.Body)
	}
	if challenge := r.Header.Get("WWW-Authenticate"); (challenge == "Bearer") != (r.Status == http.StatusUnauthorized) {
		f.t.Errorf("%s: %s %s: %d with WWW-Authenticate %q", v.name, method, pattern, r.Status, challenge)
	}
	f.safeHeaders(method+" "+pattern, r)
}

// safeHeaders fails unless an answer has the headers that every one has, and none of those that none has.
func (f *fortress) safeHeaders(what string, r servertest.Reply) {
	f.t.Helper()
	if r.Header.Get("X-Content-Type-Options") != "nosniff" {
		f.t.Errorf("%s: %d without nosniff: %v", what, r.Status, r.Header)
	}
	if kept := strings.HasPrefix(r.Header.Get("Cache-Control"), "public, max-age="); r.Header.Get("Cache-Control") != "no-store" &&
		(!kept || !strings.Contains(what, "/assets/")) {
		f.t.Errorf("%s: %d may be kept: %q", what, r.Status, r.Header.Get("Cache-Control"))
	}
	for name := range r.Header {
		if name == "Server" || name == "X-Powered-By" || name == "Strict-Transport-Security" || strings.HasPrefix(name, "Access-Control-") {
			f.t.Errorf("%s: %d with %s: %q", what, r.Status, name, r.Header[name])
		}
	}
}

// TestWhoComesInToTheConsole is the same table for pages. A session is a cookie; what is in other headers is none.
func TestWhoComesInToTheConsole(t *testing.T) {
	t.Parallel()
	f := newFortress(t)
	visitors, asked, shown := f.visitors(), 0, 0
	for i, v := range visitors {
		if len(v.authorization) == 1 { // what was sent to the API comes as a cookie here
			token := strings.TrimPrefix(v.authorization[0], "Bearer ")
			visitors[i].authorization, visitors[i].cookie = nil, "roster_console="+token
		}
	}
	visitors = append(slices.DeleteFunc(visitors, func(v visitor) bool {
		// A cookie is its value, without a scheme.
		return v.name == "a token without a scheme" || v.name == "a token as the console's cookie" || strings.Contains(v.cookie, servertest.ClientSecret)
	}), visitor{name: "a token for the API", authorization: []string{"Bearer " + f.client.Token}})
	before := f.last()
	for _, route := range slices.Sorted(maps.Keys(consoleRules)) {
		method, pattern, _ := strings.Cut(route, " ")
		need := consoleRules[route]
		for _, v := range visitors {
			if v.may == membership.ScopeAll && need != everybody {
				continue // whether they come in is for the console's own tests
			}
			asked++
			r := f.asks(v, method, filled(pattern, f.ids), "name=x")
			f.judgePage(v, need, route, r)
			if shows(r) {
				shown++
			}
		}
	}
	if shown == 0 {
		t.Error("nobody is shown anything, so that nobody else is proves nothing")
	}
	if after := f.last(); after != before {
		t.Errorf("%d changes were made by those who may not", after-before)
	}
	torture.Report(t, torture.Result{Part: torture.Access, Rounds: asked,
		Promise:  "Without a session the console shows nothing but the page to sign in, and does nothing",
		Method:   "every page x what somebody may have in hand, over the program; a page without a rule fails",
		Measured: fmt.Sprintf("%d pages, %d kinds of visitors, no change was made", len(consoleRules), len(visitors))})
}

// shows reports whether an answer says what there is.
func shows(r servertest.Reply) bool {
	return strings.Contains(string(r.Body), accountName) || strings.Contains(string(r.Body), memberName)
}

// judgePage compares an answer of the console with what the rule says.
func (f *fortress) judgePage(v visitor, need rule, route string, r servertest.Reply) {
	f.t.Helper()
	f.safeHeaders(route, r)
	for name, want := range map[string]string{"X-Frame-Options": "DENY", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin"} {
		if got := r.Header.Get(name); got != want {
			f.t.Errorf("%s: %s is %q", route, name, got)
		}
	}
	if policy := r.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") {
		f.t.Errorf("%s: the policy is %q", route, policy)
	}
	leads := r.Header.Get("Location")
	asksToSignIn := r.Status == http.StatusSeeOther && strings.HasPrefix(leads, "/console/sign-in")
	get := strings.HasPrefix(route, http.MethodGet)
	// A page that only shows a form to write with is for those who may read, too: it shows what there is.
	scopes := need.needs()
	if need == writes {
		scopes = membership.ScopeAll
	}
	ok := false
	switch {
	case need == everybody && get:
		ok = r.Status == http.StatusOK || r.Status == http.StatusNotFound || r.Status == http.StatusSeeOther && v.known
	case need == everybody: // but a form of everybody's needs its form token
		ok = r.Status == http.StatusForbidden
	case !v.known && get:
		ok = asksToSignIn
	case !v.known:
		ok = r.Status == http.StatusUnauthorized
	case v.may.Has(scopes):
		ok = r.Status == http.StatusOK || r.Status == http.StatusNotFound || r.Status == http.StatusSeeOther && !asksToSignIn || r.Status == http.StatusBadRequest
	default:
		ok = r.Status == http.StatusForbidden
	}
	if !ok {
		f.t.Errorf("%s: %s, which is for %s, is answered with %d to %s", v.name, route, need, r.Status, leads)
	}
	if !v.may.Has(membership.ScopeRead) && shows(r) {
		f.t.Errorf("%s: %s shows what there is", v.name, route)
	}
}
