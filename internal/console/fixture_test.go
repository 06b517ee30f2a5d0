package console_test

import (
	"bytes"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/console"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
)

// site is a console on a server of its own.
type site struct {
	t    *testing.T
	svc  *roster.Service
	url  string
	log  *bytes.Buffer
	opts console.Options
}

func withOptions(change func(*console.Options)) func(*site) {
	return func(s *site) { change(&s.opts) }
}

func withStore(st store.Store) func(*site) {
	return func(s *site) { s.svc = roster.New(st, roster.Options{AccountLimit: 3}) }
}

func newSite(t *testing.T, changes ...func(*site)) *site {
	t.Helper()
	s := &site{t: t, log: &bytes.Buffer{}, svc: roster.New(memstore.New(), roster.Options{AccountLimit: 3})}
	s.opts = console.Options{AccountLimit: 3, SpoolDir: t.TempDir(), Logger: slog.New(slog.NewTextHandler(s.log, nil))}
	for _, change := range changes {
		change(s)
	}
	c := console.New(s.svc, s.opts)
	server := httptest.NewServer(c)
	t.Cleanup(func() {
		server.Close()
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	s.url = server.URL
	return s
}

// browser is somebody who looks at a site. It follows no redirect.
type browser struct {
	t      *testing.T
	site   *site
	client *http.Client
	header http.Header // sent with every request
}

func (s *site) browser() *browser {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	transport := &http.Transport{}
	s.t.Cleanup(transport.CloseIdleConnections)
	return &browser{t: s.t, site: s, header: http.Header{}, client: &http.Client{
		Jar: jar, Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// signedIn is a browser of somebody whose credential has scopes, and the credential.
func (s *site) signedIn(scopes membership.Scopes) *browser {
	s.t.Helper()
	b, _ := s.credential(scopes)
	return b
}

func (s *site) credential(scopes membership.Scopes) (*browser, membership.Credential) {
	s.t.Helper()
	c, secret, err := s.svc.CreateCredential(s.t.Context(), scopes)
	if err != nil {
		s.t.Fatal(err)
	}
	b := s.browser()
	b.signIn(c.ClientID, secret).want(http.StatusSeeOther)
	return b, c
}

// signIn fills the form in.
func (b *browser) signIn(id, secret string) *answer {
	b.t.Helper()
	return b.get("/console/sign-in").submit("/console/sign-in", "client_id", id, "client_secret", secret)
}

// answer is what the site answered.
type answer struct {
	t       *testing.T
	browser *browser
	what    string
	status  int
	header  http.Header
	body    string
	cookies []*http.Cookie
}

func (b *browser) do(method, path, contentType string, body io.Reader) *answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.site.url+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	for name := range b.header {
		r.Header.Set(name, b.header.Get(name))
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	res, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return &answer{b.t, b, method + " " + path, res.StatusCode, res.Header, string(text), res.Cookies()}
}

func (b *browser) get(path string) *answer {
	b.t.Helper()
	return b.do(http.MethodGet, path, "", nil)
}

// page is a page that there is.
func (b *browser) page(path string) *answer {
	b.t.Helper()
	return b.get(path).want(http.StatusOK)
}

func (b *browser) post(path string, values url.Values) *answer {
	b.t.Helper()
	return b.do(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(values.Encode()))
}

func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: status %d, want %d\n%s", a.what, a.status, status, a.text())
	}
	return a
}

// shows reports texts that the page does not have, as people read it.
func (a *answer) shows(texts ...string) *answer {
	a.t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.text(), text) {
			a.t.Errorf("%s does not show %q:\n%s", a.what, text, a.text())
		}
	}
	return a
}

func (a *answer) hides(texts ...string) *answer {
	a.t.Helper()
	for _, text := range texts {
		if strings.Contains(a.text(), text) {
			a.t.Errorf("%s shows %q:\n%s", a.what, text, a.text())
		}
	}
	return a
}

var (
	tags   = regexp.MustCompile(`(?s)<[^>]*>`)
	blanks = regexp.MustCompile(`\s+`)
)

// text is what people read on the page.
func (a *answer) text() string {
	_, body, _ := strings.Cut(a.body, "<body>")
	return strings.TrimSpace(blanks.ReplaceAllString(html.UnescapeString(tags.ReplaceAllString(body, " ")), " "))
}

// follow goes where the answer leads.
func (a *answer) follow() *answer {
	a.t.Helper()
	a.want(http.StatusSeeOther)
	to, _, _ := strings.Cut(a.header.Get("Location"), "#")
	return a.browser.page(to)
}

var (
	forms    = regexp.MustCompile(`(?s)<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>`)
	controls = regexp.MustCompile(`(?s)<input [^>]*>|<textarea [^>]*>\n.*?</textarea>|<select [^>]*>.*?</select>`)
	chosen   = regexp.MustCompile(`<option value="([^"]*)" selected>`)
	first    = regexp.MustCompile(`<option value="([^"]*)"`)
	area     = regexp.MustCompile(`(?s)^<textarea[^>]*>\n(.*)</textarea>$`)
)

func attribute(tag, name string) string {
	tag, _, _ = strings.Cut(tag, ">")
	_, rest, _ := strings.Cut(tag, " "+name+`="`)
	value, _, _ := strings.Cut(rest, `"`)
	return html.UnescapeString(value)
}

// fields are what a browser sends when a form of the page is sent as it is: those inside, and those that name it.
func (a *answer) fields(action string) url.Values {
	a.t.Helper()
	for _, form := range forms.FindAllStringSubmatch(a.body, -1) {
		if html.UnescapeString(form[1]) != action {
			continue
		}
		inside := controls.FindAllString(form[2], -1)
		if id := attribute(form[0], "id"); id != "" {
			for _, control := range controls.FindAllString(a.body, -1) {
				if attribute(control, "form") == id {
					inside = append(inside, control)
				}
			}
		}
		values := url.Values{}
		for _, control := range inside {
			read(values, control)
		}
		return values
	}
	a.t.Fatalf("%s has no form for %s:\n%s", a.what, action, a.body)
	return nil
}

// read adds what a control sends.
func read(values url.Values, control string) {
	name := attribute(control, "name")
	switch {
	case strings.HasPrefix(control, "<textarea"):
		values.Add(name, strings.ReplaceAll(html.UnescapeString(area.FindStringSubmatch(control)[1]), "\n", "\r\n"))
	case strings.HasPrefix(control, "<select"):
		option := chosen.FindStringSubmatch(control)
		if option == nil {
			option = first.FindStringSubmatch(control)
		}
		values.Add(name, html.UnescapeString(option[1]))
	case strings.Contains(control, `type="checkbox"`):
		if strings.Contains(control, " checked") {
			values.Add(name, "on")
		}
	case strings.Contains(control, `type="file"`):
	default:
		values.Add(name, strings.ReplaceAll(attribute(control, "value"), "\n", "\r\n"))
	}
}

// submit fills a form of the page in, with names and values, and sends it.
func (a *answer) submit(action string, filled ...string) *answer {
	a.t.Helper()
	values := a.fields(action)
	for i := 0; i+1 < len(filled); i += 2 {
		if _, there := values[filled[i]]; !there && filled[i+1] != "on" {
			a.t.Fatalf("%s: the form for %s has no input %q", a.what, action, filled[i])
		}
		values.Set(filled[i], filled[i+1])
	}
	return a.browser.post(action, values)
}

// world is what most tests look at: Acme with Ron in it, and Leslie, who is in none; memberships have a role.
type world struct {
	acme, sub   membership.Account
	ron, leslie membership.Member
	in          membership.Membership
	role        membership.Field
}

func (s *site) world() world {
	s.t.Helper()
	ctx := s.t.Context()
	var w world
	var err error
	check := func(err error) {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
	}
	w.role, err = s.svc.DefineField(ctx, membership.Field{
		Resource: membership.ResourceMembership, Slug: "role", Name: "Role", Type: membership.TypeString,
		Enum:    []membership.Value{membership.StringValue("member"), membership.StringValue("admin")},
		Default: membership.StringValue("member"),
	})
	check(err)
	w.acme, err = s.svc.CreateAccount(ctx, membership.Account{Name: "Acme", ExternalRef: "crm-1"})
	check(err)
	w.sub, err = s.svc.CreateAccount(ctx, membership.Account{Name: "Acme North", ParentID: w.acme.ID})
	check(err)
	w.ron, err = s.svc.CreateMember(ctx, membership.Member{Name: "Ron Swanson", Email: "ron@example.com"})
	check(err)
	w.leslie, err = s.svc.CreateMember(ctx, membership.Member{Name: "Leslie Knope", Email: "leslie@example.com"})
	check(err)
	w.in, err = s.svc.Add(ctx, w.acme.ID, w.ron.ID)
	check(err)
	return w
}

func (w world) account() string    { return "/console/accounts/" + w.acme.ID.String() }
func (w world) membership() string { return w.account() + "/memberships/" + w.in.ID.String() }
func (w world) member() string     { return "/console/members/" + w.ron.ID.String() }
