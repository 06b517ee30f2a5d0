package console_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/membership"
)

// TestFormsAndSearchesTakeAnyText: what a form says is kept as it is, or refused with 4xx; a search for it is answered, and a page
// that shows it is a page.
func TestFormsAndSearchesTakeAnyText(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(membership.ScopeAll)
	token := b.page("/console/accounts/new").fields("/console/accounts")
	tried := 0
	for i, text := range torture.Texts {
		if i%(4*raceCost) != 0 && !torture.Full() && !slices.Contains(torture.Unstorable, text) {
			continue
		}
		tried++
		form := url.Values{}
		for name, values := range token {
			form[name] = values
		}
		form.Set("name", text)
		form.Set("external_ref", text)
		made := b.post("/console/accounts", form)
		switch made.status {
		case http.StatusSeeOther:
			s.kept(made, text)
		case http.StatusUnprocessableEntity, http.StatusBadRequest, http.StatusConflict:
		default:
			t.Errorf("%q is answered with %d: %.200s", text, made.status, made.text())
		}
		for _, query := range []string{"q", "sort", "offset", "done", "parent", "edit", "type"} {
			found := b.get("/console/accounts?" + query + "=" + url.QueryEscape(text))
			if found.status >= http.StatusInternalServerError || !utf8.ValidString(found.body) {
				t.Errorf("%s=%q is answered with %d: %.200s", query, text, found.status, found.body)
			}
			if strings.Contains(found.body, "<script>") || strings.Contains(found.body, "<img src=x") || found.status == http.StatusOK && strings.Count(found.body, "<title>") != 1 {
				t.Errorf("%s=%q breaks out: %.200s", query, text, found.body)
			}
		}
	}
	torture.Report(t, torture.Result{Part: torture.Input, Promise: "In the console a form keeps a text or refuses it, and no page runs it",
		Method: "hostile texts in forms, searches and addresses", Rounds: tried})
}

// kept looks at the account that a form has made. Forms end lines with CR LF, whatever stood in them, so
// it is kept as LF.
func (s *site) kept(made *answer, text string) {
	s.t.Helper()
	path, _, _ := strings.Cut(made.header.Get("Location"), "?")
	path, _, _ = strings.Cut(path, "#")
	id, err := membership.ParseAccountID(path[strings.LastIndexByte(path, '/')+1:])
	if err != nil {
		s.t.Fatalf("%q leads to %q", text, made.header.Get("Location"))
	}
	a, err := s.svc.Account(s.t.Context(), id)
	if text = strings.ReplaceAll(text, "\r\n", "\n"); err != nil || a.Name != text || a.ExternalRef != text {
		s.t.Errorf("%.80q is kept as %.80q and %.80q, %v", text, a.Name, a.ExternalRef, err)
	}
}
