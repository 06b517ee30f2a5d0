package httpadapter_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
)

func TestAHandlerBesideTheAdapterSignsAClientIn(t *testing.T) {
	t.Parallel()
	svc := roster.New(memstore.New(), roster.Options{})
	stored, secret, err := svc.CreateCredential(t.Context(), membership.ScopeRead)
	if err != nil {
		t.Fatal(err)
	}
	authority := httpadapter.NewTokenAuthority(svc, httpadapter.TokenOptions{
		Clients: []httpadapter.Client{{ID: "parks", Secret: "s3cret", Scopes: readAndWrite}},
	})
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/anywhere", nil)
	for id, client := range map[string]struct {
		secret string
		scopes membership.Scopes
	}{"parks": {"s3cret", readAndWrite}, stored.ClientID: {secret, membership.ScopeRead}} {
		grant, err := authority.SignIn(r, id, client.secret)
		if err != nil || !grant.ExpiresAt.After(time.Now()) {
			t.Fatalf("%+v, %v", grant, err)
		}
		got, err := authority.Identify(r, grant.Token)
		if want := (httpadapter.Identity{Subject: id, Scopes: client.scopes}); got != want || err != nil {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	}
	for _, token := range []string{"", "nonsense", secret} {
		if _, err := authority.Identify(r, token); !errors.Is(err, httpadapter.ErrUnauthenticated) {
			t.Errorf("%q: %v", token, err)
		}
	}
}

func TestFailedSignInsCountWithRefusedRequestsForTokens(t *testing.T) {
	t.Parallel()
	svc := roster.New(memstore.New(), roster.Options{})
	authority := httpadapter.NewTokenAuthority(svc, httpadapter.TokenOptions{
		Clients: []httpadapter.Client{{ID: "parks", Secret: "s3cret", Scopes: readAndWrite}}, MaxFailures: 2,
	})
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, tokenPath+"?", nil)
	if _, err := authority.SignIn(r, "parks", "wrong"); !errors.Is(err, membership.ErrCredentialNotFound) {
		t.Fatal(err)
	}
	if _, err := authority.SignIn(r, "nobody", "wrong"); !errors.Is(err, membership.ErrCredentialNotFound) {
		t.Fatal(err)
	}
	var many *httpadapter.TooManyFailures
	if _, err := authority.SignIn(r, "parks", "s3cret"); !errors.As(err, &many) || many.Wait <= 0 || many.Error() == "" {
		t.Errorf("the right secret after too many wrong ones: %v", err)
	}
	w := httptest.NewRecorder()
	authority.ServeHTTP(w, r)
	if w.Code != http.StatusTooManyRequests {
		t.Errorf("the token endpoint answers %d", w.Code)
	}
}

func TestHandlersBesideTheAdapterAnswerErrorsAsItDoes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err    error
		status int
		code   string
	}{
		{&membership.Error{Cause: membership.ErrAccountFull}, http.StatusUnprocessableEntity, "account_full"},
		{store.ErrBusy, http.StatusServiceUnavailable, "busy"},
		{errors.New("a disk's own words"), http.StatusInternalServerError, "internal"},
	} {
		status, code, detail := httpadapter.Status(c.err)
		if status != c.status || code != c.code || detail == "" || detail == "a disk's own words" {
			t.Errorf("%v: %d %s %q", c.err, status, code, detail)
		}
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	if a, b := httpadapter.RequestID(r), httpadapter.RequestID(r); a == b || a == "" {
		t.Errorf("%q and %q", a, b)
	}
	r.Header.Set("X-Request-Id", "mine")
	if got := httpadapter.RequestID(r); got != "mine" {
		t.Errorf("got %q", got)
	}
}

func TestARequestIsSecureWhereItsSenderEncryptedIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		url, forwarded string
		trusted, want  bool
	}{
		{"http://x/", "", false, false}, {"https://x/", "", false, true}, {"https://x/", "", true, true},
		{"http://x/", "https", false, false}, {"http://x/", "https", true, true}, {"http://x/", "https, http", true, false},
		{"http://x/", "http, HTTPS", true, true}, {"https://x/", "http", true, false},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, c.url, nil)
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-Proto", c.forwarded)
		}
		if got := httpadapter.IsSecure(r, c.trusted); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
