package access_test

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/console"
	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/membership"
)

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
