package console_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/console"
	"github.com/roster-go/roster/membership"
)

func TestTheFeedShowsWhatChanged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.world()
	if _, err := s.svc.UpdateAccount(t.Context(), w.acme.ID, membership.AccountUpdate{Name: new("Acme Two"), ExternalRef: new("")}); err != nil {
		t.Fatal(err)
	}
	if err := s.svc.DeleteMember(t.Context(), w.ron.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.svc.UpdateSettings(t.Context(), membership.SettingsUpdate{MembershipLimit: new(5)}); err != nil {
		t.Fatal(err)
	}
	b := s.signedIn(membership.ScopeRead)
	page := b.page("/console/changes").shows("updated settings", "was 10000 → is now 5", "Name was Acme → is now Acme Two", "was crm-1 taken away",
		"deleted member Ron Swanson", "cascade", "created field Role, of every membership")
	if strings.Contains(page.body, `href="`+w.member()+`"`) {
		t.Errorf("a link leads to a member who is gone: %s", page.body)
	}
	if text := page.text(); strings.Index(text, "updated settings") > strings.Index(text, "Name was Acme") {
		t.Errorf("the oldest comes first: %s", text)
	}
	b.page("/console/changes?type=account.updated").shows("Acme Two").hides("Ron Swanson", "was 10000")
	b.page("/console/changes?member="+w.leslie.ID.String()).shows("Only what concerns Leslie Knope", "created member").hides("Ron Swanson", "was 10000")
	b.page("/console/changes?account=" + w.sub.ID.String()).shows("Acme North").hides("Ron Swanson")
	for _, query := range []string{"type=x", "account=x", "member=x"} {
		b.get("/console/changes?" + query).want(http.StatusBadRequest)
	}
}

// TestTheFeedGoesBackToTheBeginning: every change is on exactly one page, however few of them are asked for among how many
// others.
func TestTheFeedGoesBackToTheBeginning(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.world()
	rename := func(n int) {
		t.Helper()
		err := s.svc.Update(t.Context(), func(in *roster.Service) error {
			for i := range n {
				if _, err := in.UpdateAccount(t.Context(), w.sub.ID, membership.AccountUpdate{Name: new(fmt.Sprintf("North %d %d", n, i))}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	rename(1200)
	for i := range 45 {
		if _, err := s.svc.UpdateMember(t.Context(), w.leslie.ID, membership.MemberUpdate{Name: new(fmt.Sprintf("Leslie %d", i))}); err != nil {
			t.Fatal(err)
		}
	}
	rename(2500)
	b := s.signedIn(membership.ScopeRead)
	for query, want := range map[string]int{"member=" + w.leslie.ID.String(): 46, "type=account.updated": 3700, "": 3752} {
		seen := map[string]bool{}
		for path := "/console/changes?" + query; path != ""; {
			page := b.page(path)
			for _, part := range strings.Split(page.body, `data-sequence="`)[1:] {
				number, _, _ := strings.Cut(part, `"`)
				if seen[number] {
					t.Fatalf("%s: change %s is there twice", path, number)
				}
				seen[number] = true
			}
			path = page.link("Older")
		}
		if len(seen) != want {
			t.Errorf("%q: %d changes, want %d", query, len(seen), want)
		}
	}
}

// link is where a link of the page leads, or empty.
func (a *answer) link(text string) string {
	before, _, there := strings.Cut(a.body, ">"+text+"</a>")
	if !there {
		return ""
	}
	return attribute(before[strings.LastIndex(before, "<a "):]+">", "href")
}

// feed is a feed that is being read.
type feed struct {
	t     *testing.T
	lines *bufio.Scanner
	end   func()
}

func (b *browser) feed(path, lastID string) *feed {
	b.t.Helper()
	ctx, cancel := context.WithCancel(b.t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.site.url+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Last-Event-ID", lastID)
	res, err := b.client.Do(r) //nolint:bodyclose // end closes it
	if err != nil {
		b.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		b.t.Fatalf("%s: %d %v", path, res.StatusCode, res.Header)
	}
	f := &feed{b.t, bufio.NewScanner(res.Body), func() { cancel(); _ = res.Body.Close() }}
	b.t.Cleanup(f.end)
	return f
}

// next is the next event's id and what it shows.
func (f *feed) next() (id, html string) {
	f.t.Helper()
	for f.lines.Scan() {
		line := f.lines.Text()
		if rest, ok := strings.CutPrefix(line, "id: "); ok {
			id = rest
		}
		if rest, ok := strings.CutPrefix(line, "data: "); ok {
			html += rest + "\n"
		}
		if line == "" && html != "" {
			return id, html
		}
	}
	f.t.Fatalf("the feed ended: %v", f.lines.Err())
	return "", ""
}

func TestTheFeedGoesOnByItself(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.world()
	b := s.signedIn(membership.ScopeRead)
	page := b.page("/console/changes?account=" + w.acme.ID.String())
	live := attribute(page.body[strings.Index(page.body, `<div id="feed"`):], "data-events")
	f := b.feed(live, "")
	if _, err := s.svc.UpdateMember(t.Context(), w.leslie.ID, membership.MemberUpdate{Name: new("L")}); err != nil {
		t.Fatal(err) // which does not concern the account
	}
	fields := membership.NewFields(membership.FieldValue{Slug: "role", Value: membership.StringValue("admin")})
	if _, err := s.svc.UpdateMembership(t.Context(), w.acme.ID, w.in.ID, membership.MembershipUpdate{Fields: fields}); err != nil {
		t.Fatal(err)
	}
	id, html := f.next()
	if !strings.Contains(html, "Ron Swanson") || !strings.Contains(html, "admin") || !strings.HasPrefix(html, "<article") {
		t.Errorf("the feed shows %s", html)
	}
	f.end()
	if err := s.svc.Remove(t.Context(), w.acme.ID, w.in.ID); err != nil {
		t.Fatal(err)
	}
	again, html := b.feed(live, id).next()
	if again == id || !strings.Contains(html, "deleted") {
		t.Errorf("after %s came %s: %s", id, again, html)
	}
	for _, path := range []string{"/console/changes/events", "/console/changes/events?after=x", "/console/changes/events?after=-1",
		"/console/changes/events?after=999"} {
		b.get(path).want(http.StatusBadRequest)
	}
}

func TestATextCannotSpeakForTheFeed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(membership.ScopeRead)
	f := b.feed("/console/changes/events?after=0", "")
	for i, name := range []string{"a\rid: 999999", "a\r\rdata: b", "a\revent: other", "a\r\nretry: 1"} {
		if _, err := s.svc.CreateAccount(t.Context(), membership.Account{Name: name}); err != nil {
			t.Fatal(err)
		}
		id, html := f.next()
		if id != strconv.Itoa(i+1) || strings.Contains(html, "\r") || !strings.Contains(html, "</article>") {
			t.Errorf("%q: id %s: %s", name, id, html)
		}
	}
}

func TestFeedsEndWithTheServer(t *testing.T) {
	t.Parallel()
	ended, end := context.WithCancel(t.Context())
	s := newSite(t, withOptions(func(o *console.Options) { o.StreamsEnd = ended }))
	f := s.signedIn(membership.ScopeRead).feed("/console/changes/events?after=0", "")
	end()
	for f.lines.Scan() {
		if strings.HasPrefix(f.lines.Text(), "data:") {
			t.Errorf("got %s", f.lines.Text())
		}
	}
	if err := f.lines.Err(); err != nil && !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}
