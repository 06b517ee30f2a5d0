package console_test

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/roster-go/roster/internal/console"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
)

var addresses = regexp.MustCompile(`(?:href|src|action)="([^"]*)"`)

// TestEveryLinkLeadsSomewhere walks over everything that pages refer to.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	t.Parallel()
	for name, scopes := range map[string]membership.Scopes{"who may write": membership.ScopeAll, "who may read": membership.ScopeRead} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, withImport(nil))
			w := s.world()
			editor := s.signedIn(membership.ScopeAll)
			editor.page(w.account()).submit(w.account()+"/tags", "name", "wholesale").want(http.StatusSeeOther)
			gone, err := s.svc.Add(t.Context(), w.acme.ID, w.leslie.ID)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(s.svc.Remove(t.Context(), w.acme.ID, gone.ID), s.svc.DeleteMember(t.Context(), w.leslie.ID)); err != nil {
				t.Fatal(err)
			}
			b := s.signedIn(scopes)
			seen, queue := map[string]bool{}, []string{"/console/accounts"}
			for len(queue) > 0 {
				path := queue[0]
				queue = queue[1:]
				if path == "/console/sign-out" {
					continue
				}
				for _, found := range addresses.FindAllStringSubmatch(b.page(path).body, -1) {
					to, _, _ := strings.Cut(html.UnescapeString(found[1]), "#")
					form := strings.HasPrefix(found[0], "action")
					if to == "" || seen[to] || form {
						continue
					}
					if !strings.HasPrefix(to, "/console/") {
						t.Errorf("%s refers to %q", path, to)
						continue
					}
					seen[to] = true
					queue = append(queue, to)
				}
			}
			if least := map[membership.Scopes]int{membership.ScopeAll: 40, membership.ScopeRead: 15}[scopes]; len(seen) < least {
				t.Errorf("only %d addresses: %v", len(seen), seen)
			}
		})
	}
}

// TestNamesAreOnlyNames: whatever people are called, it is text.
func TestNamesAreOnlyNames(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.world()
	hostile := []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `javascript:alert(1)`,
		`{{.FormToken}}`, "</title><script>alert(1)</script>", "</textarea>\n<script>alert(1)</script>", "a\u2028b", `\u003cscript`}
	b := s.signedIn(membership.ScopeAll)
	for _, name := range hostile {
		a, err := s.svc.CreateAccount(t.Context(), membership.Account{Name: name, LegalName: name, ExternalRef: name})
		if err != nil {
			t.Fatal(err)
		}
		m, err := s.svc.CreateMember(t.Context(), membership.Member{Name: name, GivenName: name})
		if err != nil {
			t.Fatal(err)
		}
		in, err := s.svc.Add(t.Context(), a.ID, m.ID)
		if err != nil {
			t.Fatal(err)
		}
		account := "/console/accounts/" + a.ID.String()
		b.page(account).submit(account+"/tags", "name", name).want(http.StatusSeeOther)
		field, err := s.svc.UpdateField(t.Context(), w.role.ID, membership.FieldUpdate{Name: &name, Description: &name,
			Enum: &[]membership.Value{membership.StringValue("member"), membership.StringValue(name)}})
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/console/accounts", "/console/accounts?q=" + url.QueryEscape(name), account, account + "/edit", account + "/delete",
			account + "?edit=" + in.ID.String(), account + "/add", account + "/memberships/" + in.ID.String(), account + "/memberships/" + in.ID.String() + "/remove",
			"/console/members", "/console/members/" + m.ID.String(), "/console/members/" + m.ID.String() + "/edit", "/console/fields",
			"/console/fields/" + field.ID.String() + "/edit", "/console/changes", "/console/accounts/new?parent=" + url.QueryEscape(name)} {
			page := b.page(path)
			for _, raw := range []string{"<script>", "<img src=x", "' onmouseover='", `href="javascript:`} {
				if strings.Contains(page.body, raw) {
					t.Errorf("%s has %s for %q", path, raw, name)
				}
			}
			if strings.Count(page.body, "<script ") != 1 || strings.Count(page.body, "<title>") != 1 {
				t.Errorf("%s: %q breaks out", path, name)
			}
		}
	}
	b.page("/console/settings?done=%3Cscript%3E&values=%3Cscript%3E").hides("<script>")
}

func TestEveryAnswerHasTheHeadersThatKeepItToItself(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.world()
	b := s.signedIn(membership.ScopeAll)
	for _, a := range []*answer{b.page("/console/accounts"), b.page(w.account()), b.get("/console/nowhere"), s.browser().get("/console/accounts"),
		s.browser().page("/console/sign-in"), b.post("/console/accounts", nil), b.do(http.MethodDelete, "/console/accounts", "", nil)} {
		policy := a.header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: the policy lacks %s: %s", a.what, part, policy)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Errorf("%s: %s", a.what, policy)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store"} {
			if got := a.header.Get(name); got != want {
				t.Errorf("%s: %s is %q", a.what, name, got)
			}
		}
		if a.header.Get("X-Request-Id") == "" {
			t.Errorf("%s: no request id", a.what)
		}
		if strings.Contains(a.body, "<style") || strings.Contains(a.body, " style=") || strings.Contains(a.body, " onclick") ||
			strings.Count(a.body, "<script") != strings.Count(a.body, "<script src=") {
			t.Errorf("%s: something stands within the page: %s", a.what, a.body)
		}
	}
}

func TestAssetsAreKeptForEver(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.browser()
	found := 0
	for _, at := range addresses.FindAllStringSubmatch(b.page("/console/sign-in").body, -1) {
		if !strings.Contains(at[1], "/assets/") {
			continue
		}
		found++
		a := b.page(at[1])
		if !strings.Contains(a.header.Get("Cache-Control"), "immutable") || a.header.Get("Content-Type") == "" || a.body == "" {
			t.Errorf("%s: %v", a.what, a.header)
		}
	}
	if found != 4 { // the icon twice
		t.Errorf("%d assets", found)
	}
}

func TestMethodsThatAPageDoesNotHave(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.world()
	b := s.signedIn(membership.ScopeAll)
	for path, allow := range map[string]string{"/console/accounts": "GET, HEAD, POST", w.account() + "/edit": "GET, HEAD", w.account() + "/tags": "POST"} {
		if got := b.do(http.MethodPut, path, "", nil).want(http.StatusMethodNotAllowed); got.header.Get("Allow") != allow {
			t.Errorf("%s: allowed are %s", path, got.header.Get("Allow"))
		}
	}
	for _, path := range []string{"/console/accounts", w.account(), "/console/changes", "/console/changes/events?after=0"} {
		if got := b.do(http.MethodHead, path, "", nil).want(http.StatusOK); got.body != "" || got.header.Get("Content-Type") == "" {
			t.Errorf("%s: %v", got.what, got.header)
		}
	}
	b.post("/console/accounts", url.Values{"name": {strings.Repeat("x", 9<<20)}}).want(http.StatusRequestEntityTooLarge)
	b.do(http.MethodPost, "/console/accounts", "application/x-www-form-urlencoded", strings.NewReader("a=%zz")).want(http.StatusBadRequest)
}

// failing is a store whose next views and updates fail.
type failing struct {
	store.Store
	err error
}

func (f *failing) View(ctx context.Context, fn func(store.Reader) error) error {
	if f.err != nil {
		return f.err
	}
	return f.Store.View(ctx, fn)
}

func (f *failing) Update(ctx context.Context, fn func(store.Tx) error) error {
	if f.err != nil {
		return f.err
	}
	return f.Store.Update(ctx, fn)
}

func TestAStoreThatFailsIsAnsweredWithASentence(t *testing.T) {
	t.Parallel()
	st := &failing{Store: memstore.New()}
	s := newSite(t, withStore(st), withOptions(func(o *console.Options) { o.Tokens = nil }))
	b := s.signedIn(membership.ScopeAll)
	form := b.page("/console/members/new")
	st.err = store.ErrBusy
	busy := b.get("/console/accounts").want(http.StatusServiceUnavailable).shows("Busy", "The store is busy, try again in a moment.")
	if busy.header.Get("Retry-After") == "" {
		t.Errorf("headers: %v", busy.header)
	}
	form.submit("/console/members", "name", "x").want(http.StatusServiceUnavailable)
	s.browser().page(strings.TrimSpace(addresses.FindStringSubmatch(busy.body)[1])) // the page still looks like one
	st.err = fmt.Errorf("commit: %w", store.ErrOutcomeUnknown)
	form.submit("/console/members", "name", "x").want(http.StatusServiceUnavailable).shows("look before you try again")
	if !strings.Contains(s.log.String(), store.ErrOutcomeUnknown.Error()) {
		t.Errorf("the log does not say that a commit got lost: %s", s.log)
	}
	st.err = errors.New("a disk's own words")
	b.get("/console/accounts").want(http.StatusInternalServerError).shows("Something went wrong").hides("disk")
	if !strings.Contains(s.log.String(), "a disk's own words") {
		t.Errorf("the log does not say why: %s", s.log)
	}
}

func TestWhoMayOnlyWriteIsShownNothingThatIsStored(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.world()
	b := s.signedIn(membership.ScopeWrite)
	refused := b.get("/console/accounts").want(http.StatusForbidden)
	values := refused.fields("/console/sign-out") // has the form token
	values.Set("name", "")
	b.post(w.account(), values).want(http.StatusForbidden).hides(w.acme.Name)
	b.post(w.account()+"/tags", values).want(http.StatusForbidden).hides(w.acme.Name, w.ron.Name)
}

func TestALargeFormIsTakenFromThoseWhoAreSignedIn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i := range 60 {
		_, err := s.svc.DefineField(t.Context(), membership.Field{Resource: membership.ResourceAccount, Type: membership.TypeString,
			Slug: fmt.Sprintf("text-%d", i), Name: "Text"})
		if err != nil {
			t.Fatal(err)
		}
	}
	b := s.signedIn(membership.ScopeAll)
	values := b.page("/console/accounts/new").fields("/console/accounts")
	values.Set("name", "Acme")
	for i := range 60 {
		values.Set(fmt.Sprintf("text-%d", i), strings.Repeat("字", membership.MaxTextLength))
	}
	b.post("/console/accounts", values).want(http.StatusSeeOther)
	visitor := s.browser()
	large := visitor.page("/console/sign-in").fields("/console/sign-in")
	large.Set("client_id", strings.Repeat("x", 1<<20))
	visitor.post("/console/sign-in", large).want(http.StatusRequestEntityTooLarge)
}
