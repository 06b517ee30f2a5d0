package access_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/console"
	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/sqlitestore"
)

// fortress is a running program with every layer, and its database file, which the tests open beside it.
type fortress struct {
	t          *testing.T
	server     *servertest.Server
	operations string // the URL of metrics and profiles
	client     *servertest.Client
	svc        *roster.Service
	ids        map[string]string // of one resource of every kind, by the wildcard that stands for it
}

func newFortress(t *testing.T) *fortress {
	t.Helper()
	path := filepath.Join(t.TempDir(), "roster.db")
	f := &fortress{t: t, server: servertest.Start(t, "--db", path, "--metrics-addr", "127.0.0.1:0", "--log-level", "debug"), svc: serviceOn(t, path)}
	f.operations = f.server.Operations()
	f.client = f.server.SignIn(t)
	f.ids = newKeep(t, f.client)
	return f
}

// serviceOn is a service of this process over a file.
func serviceOn(t *testing.T, path string) *roster.Service {
	t.Helper()
	st, err := sqlitestore.Open(path, sqlitestore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return roster.New(st, roster.Options{})
}

const realmPath = "/v2/authentication-realms/c1a85157-4f4b-543b-a2c3-9b92891f8e78"

// newKeep makes a resource of every kind, and returns their ids.
func newKeep(t *testing.T, c *servertest.Client) map[string]string {
	t.Helper()
	ids := map[string]string{"realm": strings.TrimPrefix(realmPath, "/v2/authentication-realms/"), "name": "nothing.css"}
	make := func(kind, path, attributes string) {
		t.Helper()
		ids[kind] = c.Want(t, http.StatusCreated, http.MethodPost, path, `{"data":{`+attributes+`}}`).Text("data", "id")
	}
	unique := fmt.Sprint(time.Now().UnixNano())
	make("account", "/v2/accounts", `"type":"account","name":"Parks"`)
	make("member", "/v2/account-members", `"type":"account_member","name":"Ron"`)
	make("tag", "/v2/account-tags", `"type":"account_tag","name":"tag `+unique+`"`)
	make("membership", "/v2/accounts/"+ids["account"]+"/account-memberships", `"type":"account_membership","account_member_id":"`+ids["member"]+`"`)
	make("user", realmPath+"/user-authentication-info", `"type":"user_authentication_info","name":"Ann","email":"ann`+unique+`@example.com"`)
	make("profile", realmPath+"/password-profiles", `"type":"password_profile","name":"Shop","username_format":"any"`)
	make("login", realmPath+"/user-authentication-info/"+ids["user"]+"/user-authentication-password-profile-info",
		`"type":"user_authentication_password_profile_info","password_profile_id":"`+ids["profile"]+`","username":"ann`+unique+`","password":"a long password"`)
	return ids
}

// wildcardOf finds the wildcards of a pattern.
var wildcardOf = regexp.MustCompile(`\{(\w+)\}`)

// nowhereID is an id that nothing has.
const nowhereID = "00000000-0000-7000-8000-00000000dead"

// filled puts ids into a pattern: nothing's where ids has none.
func filled(pattern string, ids map[string]string) string {
	pattern = strings.TrimSuffix(pattern, "{$}")
	return wildcardOf.ReplaceAllStringFunc(pattern, func(w string) string {
		if id := ids[strings.Trim(w, "{}")]; id != "" {
			return id
		}
		return nowhereID
	})
}

// last is the number of the last change.
func (f *fortress) last() int64 {
	f.t.Helper()
	page, err := f.svc.ListChanges(f.t.Context(), membership.ChangeQuery{Limit: -1})
	if err != nil {
		f.t.Fatal(err)
	}
	return page.Last
}

// apiRoutes are those of the document that the server serves.
func (f *fortress) apiRoutes() (routes []string) {
	f.t.Helper()
	var document struct {
		Paths map[string]map[string]any `yaml:"paths"`
	}
	if err := yaml.Unmarshal(f.client.Want(f.t, http.StatusOK, http.MethodGet, "/openapi.yaml", "").Body, &document); err != nil {
		f.t.Fatal(err)
	}
	for path, operations := range document.Paths {
		for method := range operations {
			if method != "parameters" {
				routes = append(routes, strings.ToUpper(method)+" "+path)
			}
		}
	}
	return routes
}

// operationsRoutes are those that the address of metrics lists.
func (f *fortress) operationsRoutes() (routes []string) {
	f.t.Helper()
	at := *f.client
	at.URL = f.operations
	for path := range strings.FieldsSeq(string(at.Want(f.t, http.StatusOK, http.MethodGet, "/", "").Body)) {
		routes = append(routes, http.MethodGet+" "+path)
	}
	return routes
}

// consoleRoutes are those of a console as `roster serve` has it.
func consoleRoutes() []string {
	c := console.New(roster.New(memstore.New(), roster.Options{}), console.Options{
		Import: func(context.Context, *roster.Service, console.Upload, console.ImportOptions) (console.ImportReport, error) {
			return console.ImportReport{}, errors.ErrUnsupported
		},
	})
	return c.Routes()
}

// sameRoutes fails unless there is a rule for every route, and a route for every rule.
func sameRoutes(t *testing.T, where string, routes []string, rules map[string]rule) {
	t.Helper()
	for _, route := range routes {
		if rules[route] == "" {
			t.Errorf("%s: nobody has said who may use %s: give it a rule in accessrule_test.go", where, route)
		}
	}
	for route := range rules {
		if !slices.Contains(routes, route) {
			t.Errorf("%s: there is a rule for %s, which there is not", where, route)
		}
	}
}

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

// visitor is somebody with something in hand that is to open the doors.
type visitor struct {
	name          string
	authorization []string
	cookie        string
	query         string
	may           membership.Scopes
	known         bool // whoever is not is told to sign in, whatever they ask for
}

// visitors are all kinds of them, as they come to the API. The last one may do everything: without it, a server that refuses
// everybody would pass.
func (f *fortress) visitors() []visitor {
	token, other, revoked, ofRevoked := f.client.Token, f.otherDatabase(), f.revoked(), f.ofRevokedCredentials()
	reader, writer := f.withScopes(membership.ScopeRead), f.withScopes(membership.ScopeWrite)
	expired := f.expired() // Why last: whoever issues a token removes those that have expired
	bearer := func(token string) []string { return []string{"Bearer " + token} }
	return []visitor{
		{name: "nobody"},
		{name: "an empty token", authorization: []string{"Bearer "}},
		{name: "a made-up token", authorization: bearer("qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq")},
		{name: "a token of another database", authorization: bearer(other)},
		{name: "a token and something", authorization: bearer(token + "x")},
		{name: "most of a token", authorization: bearer(token[:len(token)-1])},
		{name: "a token in capitals", authorization: bearer(strings.ToUpper(token))},
		{name: "the secret itself", authorization: bearer(servertest.ClientSecret)},
		{name: "a forged implicit token", authorization: bearer("implicit.99999999999.bm9ib2R5")},
		{name: "a revoked token", authorization: bearer(revoked)},
		{name: "a token of revoked credentials", authorization: bearer(ofRevoked)},
		{name: "an expired token", authorization: bearer(expired)},
		{name: "a token as a password", authorization: []string{"Basic " + token}},
		{name: "a token without a scheme", authorization: []string{token}},
		{name: "a token twice", authorization: []string{"Bearer " + token, "Bearer " + token}},
		{name: "a token behind a made-up one", authorization: []string{"Bearer x", "Bearer " + token}},
		{name: "a token in the query", query: url.Values{"access_token": {token}, "token": {token}, "authorization": {"Bearer " + token}}.Encode()},
		{name: "a token as the console's cookie", cookie: "roster_console=" + token},
		{name: "an implicit token", authorization: bearer(f.implicit()), known: true},
		{name: "a token to read", authorization: bearer(reader), known: true, may: membership.ScopeRead},
		{name: "a token to write", authorization: bearer(writer), known: true, may: membership.ScopeWrite},
		{name: "a token for everything", authorization: bearer(token), known: true, may: membership.ScopeAll},
	}
}

// expired is a token that was good for an hour, an hour ago.
func (f *fortress) expired() string { return f.issued(f.svc, servertest.ClientID, -time.Hour) }

func (f *fortress) revoked() string {
	token := f.issued(f.svc, servertest.ClientID, time.Hour)
	if err := f.svc.RevokeToken(f.t.Context(), token); err != nil {
		f.t.Fatal(err)
	}
	return token
}

func (f *fortress) ofRevokedCredentials() string {
	c, _, err := f.svc.CreateCredential(f.t.Context(), membership.ScopeAll)
	if err != nil {
		f.t.Fatal(err)
	}
	token := f.issued(f.svc, c.ClientID, time.Hour)
	if err := f.svc.RevokeCredential(f.t.Context(), c.ClientID); err != nil {
		f.t.Fatal(err)
	}
	return token
}

// otherDatabase is a token that is good for the same client in another file.
func (f *fortress) otherDatabase() string {
	return f.issued(serviceOn(f.t, filepath.Join(f.t.TempDir(), "other.db")), servertest.ClientID, time.Hour)
}

func (f *fortress) issued(svc *roster.Service, clientID string, life time.Duration) string {
	f.t.Helper()
	_, token, err := svc.IssueToken(f.t.Context(), clientID, membership.ScopeAll, life)
	if err != nil {
		f.t.Fatal(err)
	}
	return token
}

// withScopes is a token for all scopes of a client that has only those: what the client may counts.
func (f *fortress) withScopes(scopes membership.Scopes) string {
	c, _, err := f.svc.CreateCredential(f.t.Context(), scopes)
	if err != nil {
		f.t.Fatal(err)
	}
	return f.issued(f.svc, c.ClientID, time.Hour)
}

func (f *fortress) implicit() string {
	form := strings.NewReader(url.Values{"grant_type": {"implicit"}, "client_id": {servertest.ClientID}}.Encode())
	req, err := http.NewRequestWithContext(f.t.Context(), http.MethodPost, f.server.URL+"/oauth/access_token", form)
	if err != nil {
		f.t.Fatal(err)
	}
	r, err := f.client.Send(req)
	if err != nil || r.Status != http.StatusOK {
		f.t.Fatalf("no implicit token: %d, %v", r.Status, err)
	}
	return r.Text("access_token")
}

// asks sends a visitor's request.
func (f *fortress) asks(v visitor, method, path, body string) servertest.Reply {
	f.t.Helper()
	at := f.server.URL + path
	if v.query != "" {
		at += "?" + v.query
	}
	req, err := http.NewRequestWithContext(f.t.Context(), method, at, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header["Authorization"] = v.authorization
	req.Header.Set("Content-Type", "application/json")
	if strings.HasPrefix(path, console.Path) {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if v.cookie != "" {
		req.Header.Set("Cookie", v.cookie)
	}
	r, err := f.client.Send(req)
	if err != nil {
		f.t.Fatalf("%s: %s %s: %v", v.name, method, path, err)
	}
	return r
}

// needs is the scope that a rule asks for.
func (r rule) needs() membership.Scopes {
	return map[rule]membership.Scopes{everybody: 0, reads: membership.ScopeRead, writes: membership.ScopeWrite}[r]
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
	visitors, asked := f.visitors(), 0
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
		}
	}
	if after := f.last(); after != before {
		t.Errorf("%d changes were made by those who may not", after-before)
	}
	torture.Report(t, torture.Result{Part: torture.Access, Rounds: asked,
		Promise:  "Without a session the console shows nothing but the page to sign in, and does nothing",
		Method:   "every page x what somebody may have in hand, over the program; a page without a rule fails",
		Measured: fmt.Sprintf("%d pages, %d kinds of visitors, no change was made", len(consoleRules), len(visitors))})
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
	if !v.may.Has(membership.ScopeRead) && (strings.Contains(string(r.Body), "Parks") || strings.Contains(string(r.Body), "Ron")) {
		f.t.Errorf("%s: %s shows what there is", v.name, route)
	}
}
