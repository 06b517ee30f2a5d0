package httpadapter_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
)

const tokenPath = "/oauth/access_token"

const readAndWrite = membership.ScopeRead | membership.ScopeWrite

// newTokenAPI is an adapter whose clients sign in: parks with the secret "s3cret +%", and whoever is in the store.
func newTokenAPI(t *testing.T, changes ...func(*setup)) *api {
	return newAPI(t, append([]func(*setup){
		withOptions(func(o *httpadapter.Options) { o.AllowAnonymous = false }),
		withTokens(func(o *httpadapter.TokenOptions) {
			o.Clients = []httpadapter.Client{{ID: "parks", Secret: "s3cret +%", Scopes: readAndWrite}, {ID: "mute"}}
		}),
	}, changes...)...)
}

func credentials(id, secret string) string {
	return url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}.Encode()
}

// signedIn is the api with a token in every request.
func (a *api) signedIn(id, secret string) *api {
	a.t.Helper()
	return a.with("Authorization", "Bearer "+a.post(tokenPath, credentials(id, secret)).want(http.StatusOK).text("access_token"))
}

func TestAClientSignsIn(t *testing.T) {
	t.Parallel()
	api := newTokenAPI(t)
	stored, secret, err := api.svc.CreateCredential(t.Context(), readAndWrite)
	if err != nil {
		t.Fatal(err)
	}
	for id, secret := range map[string]string{"parks": "s3cret +%", stored.ClientID: secret} {
		got := api.post(tokenPath, credentials(id, secret)).want(http.StatusOK)
		token := got.text("access_token")
		want := fmt.Sprintf(`{"access_token":%q,"token_type":"Bearer","expires_in":3600,"expires":%d,"identifier":"client_credentials"}`+"\n",
			token, api.clock.now().Add(time.Hour).Unix())
		if string(got.body) != want || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("got %s %v", got.body, got.header)
		}
		for _, form := range []string{"Bearer " + token, "Bearer: " + token + " ", "bearer " + token} {
			client := api.with("Authorization", form)
			account := client.account("Parks")
			client.get(account).want(http.StatusOK)
			client.delete(account).want(http.StatusNoContent)
		}
	}
	for _, header := range []string{"", "Bearer", "Bearer nonsense", "Basic cGFya3M6eA==", "Bearer " + secret} {
		got := api.with("Authorization", header).get("/v2/accounts").refused(http.StatusUnauthorized, "unauthorized")
		if got.header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%q: %v", header, got.header)
		}
	}
}

// TestTheFormsOfATokenRequest: as the documentation, its clients and OAuth libraries send it.
func TestTheFormsOfATokenRequest(t *testing.T) {
	t.Parallel()
	basic := func(id, secret string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
	}
	for name, c := range map[string]struct{ contentType, basic, body string }{
		"a sorted form":                {"application/x-www-form-urlencoded", "", credentials("parks", "s3cret +%")},
		"with %20":                     {"application/x-www-form-urlencoded", "", "grant_type=client_credentials&client_id=parks&client_secret=s3cret%20%2B%25"},
		"a form that claims to be":     {"application/json", "", credentials("parks", "s3cret +%")},
		"a form without a type":        {"", "", credentials("parks", "s3cret +%")},
		"JSON":                         {"application/json", "", `{"grant_type":"client_credentials","client_id":"parks","client_secret":"s3cret +%"}`},
		"JSON that claims to be":       {"application/x-www-form-urlencoded", "", ` {"client_id":"parks","client_secret":"s3cret +%","grant_type":"client_credentials","x":[1]}`},
		"HTTP Basic as it is":          {"application/x-www-form-urlencoded", basic("parks", "s3cret +%"), "grant_type=client_credentials"},
		"HTTP Basic as OAuth has it":   {"application/x-www-form-urlencoded", basic("parks", url.QueryEscape("s3cret +%")), "grant_type=client_credentials"},
		"HTTP Basic before the form's": {"application/x-www-form-urlencoded", basic("parks", "s3cret +%"), credentials("other", "x")},
	} {
		api := newTokenAPI(t).with("Content-Type", c.contentType)
		if c.basic != "" {
			api = api.with("Authorization", c.basic)
		}
		if got := api.post(tokenPath, c.body); got.status != http.StatusOK {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
}

func TestBadTokenRequestsAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body         string
		status       int
		code, detail string
	}{
		{credentials("parks", "wrong"), 401, "invalid_client", "client id or the client secret is wrong"},
		{credentials("nobody", "s3cret +%"), 401, "invalid_client", "client id or the client secret is wrong"},
		{credentials("mute", "x"), 401, "invalid_client", "wrong"},
		{credentials("\x00\xff", "x"), 401, "invalid_client", "wrong"},
		{"grant_type=implicit&client_id=nobody", 401, "invalid_client", "wrong"},
		{"", 400, "invalid_field", "grant_type must be client_credentials or implicit"},
		{"grant_type=password&client_id=parks&client_secret=x", 400, "invalid_field", "grant_type must be"},
		{"grant_type=client_credentials", 400, "invalid_field", "client_id is required"},
		{"grant_type=client_credentials&client_id=parks", 400, "invalid_field", "client_secret is required"},
		{"grant_type=client_credentials&client_id=mute&client_secret=", 400, "invalid_field", "client_secret is required"},
		{"grant_type=implicit", 400, "invalid_field", "client_id is required"},
		{credentials("parks", "x") + "&client_id=other", 400, "invalid_field", "client_id is given more than once"},
		{"grant_type=client_credentials&client_secret=%zz", 400, "malformed_body", "percent sign"},
		{"grant_type=client_credentials&client_secret=a;b", 400, "malformed_body", "semicolon"},
		{`{"grant_type":"client_credentials"`, 400, "malformed_body", "not JSON"},
		{`{"grant_type":7}`, 400, "invalid_field", "grant_type must be a string"},
		{`{"GRANT_TYPE":"client_credentials"}`, 400, "invalid_field", "grant_type must be"},
		{strings.Repeat("x", 1<<15), 413, "body_too_large", "more than"},
	} {
		got := newTokenAPI(t).post(tokenPath, c.body).refused(c.status, c.code).saying(c.detail)
		if got.header.Get("Cache-Control") != "no-store" || strings.Contains(string(got.body), "s3cret") {
			t.Errorf("%.60s: %v %s", c.body, got.header, got.body)
		}
	}
}

func TestAnImplicitTokenAllowsNothing(t *testing.T) {
	t.Parallel()
	api := newTokenAPI(t)
	got := api.post(tokenPath, "grant_type=implicit&client_id=parks").want(http.StatusOK)
	if got.text("identifier") != "implicit" || got.number("expires") != int(api.clock.now().Add(time.Hour).Unix()) || got.number("expires_in") != 3600 {
		t.Errorf("got %s", got.body)
	}
	client := api.with("Authorization", "Bearer "+got.text("access_token"))
	everyRoute(api, func(method, path string) { client.send(method, path, "").want(http.StatusForbidden) })

	api.clock.advance(time.Hour)
	client.get("/v2/accounts").want(http.StatusUnauthorized)
	for _, forged := range []string{"implicit.", "implicit.x.y", "implicit.9999999999", "implicit.9999999999.", "implicit.9999999999.!", "implicit.9999999999.bm9ib2R5"} {
		api.with("Authorization", "Bearer "+forged).get("/v2/accounts").want(http.StatusUnauthorized)
	}
}

func TestATokenEnds(t *testing.T) {
	t.Parallel()
	api := newTokenAPI(t, withTokens(func(o *httpadapter.TokenOptions) {
		o.Life, o.Clients = 90*time.Second, []httpadapter.Client{{ID: "parks", Secret: "x", Scopes: membership.ScopeRead}}
	}))
	if got := api.post(tokenPath, credentials("parks", "x")).want(http.StatusOK); got.number("expires_in") != 90 {
		t.Errorf("got %s", got.body)
	}
	client := api.signedIn("parks", "x")
	client.get("/v2/accounts").want(http.StatusOK)
	api.clock.advance(90*time.Second - time.Millisecond)
	client.get("/v2/accounts").want(http.StatusOK)
	api.clock.advance(time.Millisecond)
	client.get("/v2/accounts").want(http.StatusUnauthorized)
}

func TestATokenEndsWithItsClient(t *testing.T) {
	t.Parallel()
	api := newTokenAPI(t)
	stored, secret, err := api.svc.CreateCredential(t.Context(), readAndWrite)
	if err != nil {
		t.Fatal(err)
	}
	ofStored, ofStatic := api.signedIn(stored.ClientID, secret), api.signedIn("parks", "s3cret +%")
	implicit := api.with("Authorization", "Bearer "+api.post(tokenPath, "grant_type=implicit&client_id="+stored.ClientID).text("access_token"))
	ofStored.get("/v2/accounts").want(http.StatusOK)
	implicit.get("/v2/accounts").want(http.StatusForbidden)
	if err := api.svc.RevokeCredential(t.Context(), stored.ClientID); err != nil {
		t.Fatal(err)
	}
	ofStored.get("/v2/accounts").want(http.StatusUnauthorized)
	implicit.get("/v2/accounts").want(http.StatusUnauthorized)
	ofStatic.get("/v2/accounts").want(http.StatusOK)

	// The program starts again without the client in its configuration.
	restarted := httpadapter.NewTokenAuthority(api.svc, httpadapter.TokenOptions{})
	ofStatic.handler = httpadapter.New(api.svc, httpadapter.Options{Tokens: restarted})
	ofStatic.get("/v2/accounts").want(http.StatusUnauthorized)
}

func TestATokenAllowsNoMoreThanItsClientMayNow(t *testing.T) {
	t.Parallel()
	api := newTokenAPI(t)
	reader, secret, err := api.svc.CreateCredential(t.Context(), membership.ScopeRead)
	if err != nil {
		t.Fatal(err)
	}
	client := api.signedIn(reader.ClientID, secret)
	client.get("/v2/accounts").want(http.StatusOK)
	client.post("/v2/accounts", `{}`).refused(http.StatusForbidden, "forbidden")

	client = api.signedIn("parks", "s3cret +%")
	client.handler = httpadapter.New(api.svc, httpadapter.Options{Tokens: httpadapter.NewTokenAuthority(api.svc,
		httpadapter.TokenOptions{Clients: []httpadapter.Client{{ID: "parks", Secret: "new", Scopes: membership.ScopeRead}}})})
	client.get("/v2/accounts").want(http.StatusOK)
	client.post("/v2/accounts", `{}`).refused(http.StatusForbidden, "forbidden")
}

func TestTheTokenEndpointAlone(t *testing.T) {
	t.Parallel()
	api := newTokenAPI(t)
	api.handler = http.StripPrefix("/sign-in", api.tokens)
	api = api.judgedByNobody()
	api.post("/sign-in", credentials("parks", "s3cret +%")).want(http.StatusOK)
	got := api.get("/sign-in").refused(http.StatusMethodNotAllowed, "method_not_allowed")
	if got.header.Get("Allow") != "POST" {
		t.Errorf("Allow is %q", got.header.Get("Allow"))
	}
}

// brokenCredentials is a store whose credentials cannot be read.
type brokenCredentials struct {
	store.Store
	err error
}

func (b brokenCredentials) Credential(context.Context, string) (membership.Credential, error) {
	return membership.Credential{}, b.err
}

func TestAStoreThatFailsIsNotABadPassword(t *testing.T) {
	t.Parallel()
	for err, status := range map[error]int{store.ErrBusy: http.StatusServiceUnavailable, errors.New("disk"): http.StatusInternalServerError} {
		api := newTokenAPI(t, withStore(brokenCredentials{memstore.New(), err}))
		api.post(tokenPath, credentials("somebody", "x")).want(status)
		api.post(tokenPath, "grant_type=implicit&client_id=somebody").want(status)
		_, token, issueErr := api.svc.IssueToken(t.Context(), "somebody", readAndWrite, time.Hour)
		if issueErr != nil {
			t.Fatal(issueErr)
		}
		api.with("Authorization", "Bearer "+token).get("/v2/accounts").want(status)
	}
}
