package console_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/internal/console"
	"github.com/roster-go/roster/membership"
)

func TestSomebodySignsInAndOut(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c, secret, err := s.svc.CreateCredential(t.Context(), membership.ScopeAll)
	if err != nil {
		t.Fatal(err)
	}
	b := s.browser()
	to := b.get("/console/members?q=ron").want(http.StatusSeeOther).header.Get("Location")
	if to != "/console/sign-in?next=%2Fconsole%2Fmembers%3Fq%3Dron" {
		t.Fatalf("sent to %s", to)
	}
	in := b.page(to).submit("/console/sign-in", "client_id", c.ClientID, "client_secret", secret).want(http.StatusSeeOther)
	if got := in.header.Get("Location"); got != "/console/members?q=ron" {
		t.Errorf("then to %s", got)
	}
	if len(in.cookies) != 2 || !in.cookies[0].HttpOnly || in.cookies[0].SameSite != http.SameSiteStrictMode ||
		in.cookies[0].Path != "/console" || in.cookies[0].Secure || in.cookies[0].Expires.IsZero() {
		t.Errorf("cookies: %v", in.cookies)
	}
	page := in.follow().shows(c.ClientID, "Sign out")
	old := in.cookies[0]
	page.submit("/console/sign-out").follow().shows("You are signed out.")
	b.get("/console/members").want(http.StatusSeeOther)

	again := s.browser()
	again.header.Set("Cookie", old.Name+"="+old.Value)
	again.get("/console/members").want(http.StatusSeeOther) // whoever kept the cookie is out, too
	if _, err := s.svc.CheckToken(t.Context(), old.Value); !errors.Is(err, membership.ErrTokenNotFound) {
		t.Errorf("the token of the session is still good for the API and other servers: %v", err)
	}
}

func TestNobodyIsSentToAnotherSiteAfterSigningIn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c, secret, err := s.svc.CreateCredential(t.Context(), membership.ScopeAll)
	if err != nil {
		t.Fatal(err)
	}
	for _, next := range []string{"https://evil.example/console/", "//evil.example/console/", `/\evil.example`, "/console/../elsewhere", "/console/%2e%2e/elsewhere",
		"/elsewhere", "javascript:alert(1)", "/console/sign-in", "%zz", ""} {
		b := s.browser()
		got := b.page("/console/sign-in?"+url.Values{"next": {next}}.Encode()).
			submit("/console/sign-in", "client_id", c.ClientID, "client_secret", secret).header.Get("Location")
		if got != "/console/accounts" {
			t.Errorf("%q leads to %q", next, got)
		}
	}
}

func TestAWrongSecretIsRefusedAndSoAreTooManyOfThem(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(s *site) {
		s.opts.Tokens = httpadapter.NewTokenAuthority(s.svc, httpadapter.TokenOptions{MaxFailures: 2})
	})
	c, secret, err := s.svc.CreateCredential(t.Context(), membership.ScopeAll)
	if err != nil {
		t.Fatal(err)
	}
	b := s.browser()
	b.signIn("", "").want(http.StatusUnprocessableEntity).shows("Both the client id and the client secret are needed.")
	wrong := b.signIn(c.ClientID, "wrong").want(http.StatusUnauthorized).shows("The client id or the client secret is wrong.")
	if !strings.Contains(wrong.body, `value="`+c.ClientID+`"`) || strings.Contains(wrong.body, `value="wrong"`) {
		t.Errorf("the id is to stay and the secret is not: %s", wrong.body)
	}
	b.signIn("nobody", secret).want(http.StatusUnauthorized)
	late := b.signIn(c.ClientID, secret).want(http.StatusTooManyRequests).shows("try again in")
	if late.header.Get("Retry-After") == "" {
		t.Errorf("headers: %v", late.header)
	}
}

func TestARevokedCredentialIsOutAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b, c := s.credential(membership.ScopeAll)
	page := b.page("/console/accounts/new")
	if err := s.svc.RevokeCredential(t.Context(), c.ClientID); err != nil {
		t.Fatal(err)
	}
	b.get("/console/accounts").want(http.StatusSeeOther)
	page.submit("/console/accounts", "name", "Acme").want(http.StatusUnauthorized).shows("Your session has ended, and nothing was done.")
	if found, err := s.svc.Accounts(t.Context(), membership.Query{}); err != nil || found.Total != 0 {
		t.Errorf("%d accounts, %v", found.Total, err)
	}
}

func TestTheCookieIsSecureWhereTheRequestIs(t *testing.T) {
	t.Parallel()
	s := newSite(t, withOptions(func(o *console.Options) {
		o.IsSecure = func(r *http.Request) bool { return r.Header.Get("X-Forwarded-Proto") == "https" }
	}))
	c, secret, err := s.svc.CreateCredential(t.Context(), membership.ScopeAll)
	if err != nil {
		t.Fatal(err)
	}
	b := s.browser()
	visit := b.page("/console/sign-in")
	b.header.Set("X-Forwarded-Proto", "https")
	in := visit.submit("/console/sign-in", "client_id", c.ClientID, "client_secret", secret).want(http.StatusSeeOther)
	if !in.cookies[0].Secure || visit.cookies[0].Secure {
		t.Errorf("%v, before %v", in.cookies, visit.cookies)
	}
}

func TestNothingIsShownWithoutASession(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.world()
	b := s.browser()
	for _, path := range []string{"", "/", "/accounts", "/accounts/new", "/members", "/fields", "/settings", "/changes",
		"/changes/events?after=0", "/nowhere"} {
		got := b.get("/console" + path).want(http.StatusSeeOther).hides("Acme")
		if !strings.HasPrefix(got.header.Get("Location"), "/console/sign-in") {
			t.Errorf("%q leads to %s", path, got.header.Get("Location"))
		}
	}
	b.get(w.account()).want(http.StatusSeeOther).hides("Acme")
	b.post(w.account(), url.Values{"name": {"Other"}}).want(http.StatusUnauthorized).hides("Acme")
	b.header.Set("Cookie", "roster_console=nonsense")
	b.get(w.account()).want(http.StatusSeeOther)
}

// TestFormsOfOthersAreRefused: those that another site sends, and those that were not made for the session, which is all
// there is to tell in browsers that do not say where a form comes from.
func TestFormsOfOthersAreRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(membership.ScopeAll)
	values := b.page("/console/accounts/new").fields("/console/accounts")
	values.Set("name", "Acme")
	for name, header := range map[string][2]string{
		"another site":     {"Sec-Fetch-Site", "cross-site"},
		"another port":     {"Sec-Fetch-Site", "same-site"},
		"another origin":   {"Origin", "https://evil.example"},
		"an opaque origin": {"Origin", "null"},
	} {
		b.header = http.Header{header[0]: {header[1]}}
		if got := b.post("/console/accounts", values).want(http.StatusForbidden); !strings.Contains(got.text(), "another site") {
			t.Errorf("%s: %s", name, got.text())
		}
	}
	b.header = http.Header{}
	other := s.signedIn(membership.ScopeAll).page("/console/accounts/new").fields("/console/accounts").Get("console.token")
	for name, token := range map[string]string{"none": "", "made up": "x", "another session's": other} {
		values.Set("console.token", token)
		if got := b.post("/console/accounts", values).want(http.StatusForbidden); !strings.Contains(got.text(), "another session") {
			t.Errorf("%s: %s", name, got.text())
		}
	}
	values.Del("console.token")
	b.post("/console/accounts", values).want(http.StatusForbidden)
	b.post("/console/sign-out", url.Values{}).want(http.StatusForbidden)
	s.browser().post("/console/sign-in", url.Values{"client_id": {"x"}, "client_secret": {"y"}}).want(http.StatusForbidden)
	if found, err := s.svc.Accounts(t.Context(), membership.Query{}); err != nil || found.Total != 0 {
		t.Errorf("%d accounts, %v", found.Total, err)
	}
}

func TestACredentialDoesNoMoreThanItMay(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImport(nil))
	w := s.world()
	writer, reader := s.signedIn(membership.ScopeAll), s.signedIn(membership.ScopeRead)
	for _, path := range []string{"/console/accounts", w.account(), w.account() + "?edit=" + w.in.ID.String(), w.membership(), "/console/members",
		w.member(), "/console/fields", "/console/settings", "/console/changes"} {
		page := reader.page(path).shows("read only")
		if n := strings.Count(page.body, `method="post"`); n != 1 { // to sign out
			t.Errorf("%s has %d forms that write", path, n)
		}
		page.hides("New account", "New member", "New field", "Add a member", "Delete", "Remove", "Edit", "Import")
	}
	for _, path := range []string{"/console/accounts/new", w.account() + "/edit", w.account() + "/delete", w.account() + "/add",
		w.membership() + "/remove", "/console/members/new", "/console/fields/new", "/console/import"} {
		writer.page(path)
		reader.get(path).want(http.StatusForbidden).shows("lacks the scope write")
	}
	values := writer.page(w.account() + "/edit").fields(w.account())
	values.Set("name", "Other")
	values.Set("console.token", reader.page("/console/accounts").fields("/console/sign-out").Get("console.token"))
	reader.post(w.account(), values).want(http.StatusForbidden)
	reader.post(w.membership()+"/remove", values).want(http.StatusForbidden)
	if a, err := s.svc.Account(t.Context(), w.acme.ID); a != w.acme || err != nil {
		t.Errorf("%+v, %v", a, err)
	}
	s.signedIn(membership.ScopeWrite).get("/console/accounts").want(http.StatusForbidden).shows("lacks the scope read")
}
