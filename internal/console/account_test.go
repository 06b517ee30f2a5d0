package console_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/roster-go/roster/membership"
)

func TestAnAccountIsCreatedChangedAndDeleted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.world()
	b, credential := s.credential(membership.ScopeAll)
	form := b.page("/console/accounts/new?parent=" + w.acme.ID.String()).shows("Below “Acme”")
	form.submit("/console/accounts", "name", "  ", "legal_name", "Kept").want(http.StatusUnprocessableEntity).shows("Is required and must not be blank.")
	made := form.submit("/console/accounts", "name", "Initech", "legal_name", "Initech Inc.", "registration_id", "HRB 1", "external_ref", "x-1")
	page := made.follow().shows("The account is created.", "Initech Inc.", "HRB 1", "x-1", "0 of 3")
	path, _, _ := strings.Cut(made.header.Get("Location"), "?")
	if !strings.Contains(page.body, `<li><a href="`+w.account()+`">Acme</a></li>`) {
		t.Errorf("no way up to Acme: %s", page.body)
	}

	taken := b.page(w.account()+"/edit").submit(w.account(), "registration_id", "HRB 1", "name", "Acme & Co")
	taken.want(http.StatusConflict).shows("Registration id is taken by another account.")
	if !strings.Contains(taken.body, `value="Acme &amp; Co"`) {
		t.Errorf("what was typed is gone: %s", taken.body)
	}
	b.page(w.account()+"/edit").submit(w.account(), "external_ref", "").follow().shows("The account is saved.")
	if a, err := s.svc.Account(t.Context(), w.acme.ID); err != nil || a.ExternalRef != "" || a.Name != "Acme" {
		t.Errorf("%+v, %v", a, err)
	}

	b.page(w.account()+"/delete").shows("1 membership ends with it", "2 accounts right below it").
		submit(w.account() + "/delete").follow().shows("The account is deleted.")
	b.get(w.account()).want(http.StatusNotFound).shows("Account not found.")
	b.page(path) // became a root

	_, last, err := s.svc.ChangeBounds(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	changes, err := s.svc.ListChanges(t.Context(), membership.ChangeQuery{After: last - 1})
	if err != nil || changes.Changes[0].Actor != credential.ClientID || changes.Changes[0].RequestID == "" {
		t.Errorf("the log says %+v, %v", changes.Changes, err)
	}
}

func TestAParentHasToExist(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(membership.ScopeAll)
	form := b.page("/console/accounts/new")
	form.submit("/console/accounts", "name", "A", "parent_id", "x").want(http.StatusUnprocessableEntity).shows("Must be the id of an account.")
	form.submit("/console/accounts", "name", "A", "parent_id", "01936f3e-5a7e-7c61-9d0a-5bf2b5a70a2e").
		want(http.StatusUnprocessableEntity).shows("No account has this id.")
	if s.accounts() != 0 {
		t.Errorf("%d accounts", s.accounts())
	}
}

// TestAFormSendsOnlyWhatWasChanged: what somebody else has changed since the form was shown is not set back.
func TestAFormSendsOnlyWhatWasChanged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.world()
	b := s.signedIn(membership.ScopeAll)
	mine := b.page(w.account() + "/edit")
	if _, err := s.svc.UpdateAccount(t.Context(), w.acme.ID, membership.AccountUpdate{ExternalRef: new("theirs")}); err != nil {
		t.Fatal(err)
	}
	mine.submit(w.account(), "name", "Mine").want(http.StatusSeeOther)
	if a, err := s.svc.Account(t.Context(), w.acme.ID); err != nil || a.Name != "Mine" || a.ExternalRef != "theirs" {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestAFieldThatTheFormDidNotHaveStays: it was defined while the form was being filled in.
func TestAFieldThatTheFormDidNotHaveStays(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.world()
	b := s.signedIn(membership.ScopeAll)
	edit, create := b.page(w.account()+"/edit"), b.page("/console/accounts/new")
	_, err := s.svc.DefineField(t.Context(), membership.Field{Resource: membership.ResourceAccount, Slug: "tier", Name: "Tier",
		Type: membership.TypeString, Default: membership.StringValue("basic")})
	if err != nil {
		t.Fatal(err)
	}
	edit.submit(w.account(), "name", "Mine").want(http.StatusSeeOther)
	if a, err := s.svc.Account(t.Context(), w.acme.ID); err != nil || a.Name != "Mine" || a.Fields.Text("tier") != "basic" {
		t.Errorf("%+v, %v", a, err)
	}
	create.submit("/console/accounts", "name", "New").follow().shows("basic")
}

func TestTextsWithSeveralLinesStayAsTheyAre(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, text := range []string{"two\nlines", "\nthe first is empty", "ends\n", " blanks "} {
		a, err := s.svc.CreateAccount(t.Context(), membership.Account{Name: text})
		if errors.Is(err, membership.ErrInvalidField) {
			continue // no such name is taken
		}
		if err != nil {
			t.Fatal(err)
		}
		path := "/console/accounts/" + a.ID.String()
		b := s.signedIn(membership.ScopeAll)
		b.page(path+"/edit").submit(path, "legal_name", "x").want(http.StatusSeeOther)
		if got, err := s.svc.Account(t.Context(), a.ID); err != nil || got.Name != text || got.LegalName != "x" {
			t.Errorf("%q became %+v, %v", text, got, err)
		}
	}
}

func TestAccountsAreSearchedSortedAndPaged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.world()
	for i := range 60 {
		_, err := s.svc.CreateAccount(t.Context(), membership.Account{Name: fmt.Sprintf("Shop %02d", i), ExternalRef: fmt.Sprintf("ref-%02d", i%7)})
		if err != nil {
			t.Fatal(err)
		}
	}
	b := s.signedIn(membership.ScopeRead)
	b.page("/console/accounts").shows("1 to 25 of 62", "Acme North below Acme", "Page 1 of 3").hides("Shop 30")
	b.page("/console/accounts?page=3").shows("51 to 62 of 62", "Shop 59")
	b.page("/console/accounts?page=9").shows("No rows on this page; there are 62.")
	b.page("/console/accounts?sort=-name").shows("Shop 59").hides("Acme")
	b.page("/console/accounts?q=REF-03").shows("1 to 9 of 9", "Shop 03").hides("Acme")
	b.page("/console/accounts?q=Shop+0*").shows("1 to 10 of 10")
	b.page("/console/accounts?q="+w.acme.ID.String()).shows("1 to 1 of 1", "Acme")
	b.page("/console/accounts?roots=1").shows("of 61").hides("Acme North")
	b.page("/console/accounts?parent="+w.acme.ID.String()).shows("1 to 1 of 1", "Acme North", "Below Acme")
	b.page("/console/accounts?q=nothing").shows("No account is like that.")
	b.get("/console/accounts?sort=legal_name").want(http.StatusBadRequest)
	b.get("/console/accounts?q=%zz").want(http.StatusBadRequest)
	next := b.page("/console/accounts?q=Shop&sort=-name")
	if !strings.Contains(next.body, `href="/console/accounts?page=2&amp;q=Shop&amp;sort=-name"`) {
		t.Errorf("the next page forgets what was asked for: %s", next.body)
	}
}

func TestTagsAreAddedAndTakenAway(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.world()
	b := s.signedIn(membership.ScopeAll)
	tagged := b.page(w.account()).submit(w.account()+"/tags", "name", "wholesale").follow().shows("The tag is added.")
	north := "/console/accounts/" + w.sub.ID.String()
	b.page(north).submit(north+"/tags", "name", "wholesale").follow().shows("wholesale") // the tag that there is
	tags, err := s.svc.AccountTags(t.Context(), w.acme.ID)
	if err != nil || len(tags) != 1 {
		t.Fatalf("%v, %v", tags, err)
	}
	b.page("/console/accounts?tag=" + tags[0].ID.String()).shows("1 to 2 of 2")
	tagged.submit(w.account()+"/tags", "name", " ").want(http.StatusUnprocessableEntity).shows("Is required and must not be blank.", "Ron Swanson")
	tagged.submit(w.account() + "/tags/" + tags[0].ID.String() + "/remove").follow().shows("The tag is taken away.")
	b.page("/console/accounts?tag=" + tags[0].ID.String()).shows("1 to 1 of 1")
}

func TestWhatDoesNotExistIsNotFound(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImport(nil))
	w := s.world()
	b := s.signedIn(membership.ScopeAll)
	token := url.Values{"console.token": {b.page("/console/accounts").fields("/console/sign-out").Get("console.token")}}
	const none = "01936f3e-5a7e-7c61-9d0a-5bf2b5a70a2e"
	for _, id := range []string{none, "x", "..", "%00", "%ff"} {
		for _, path := range []string{"/accounts/" + id, "/accounts/" + id + "/edit", "/accounts/" + id + "/delete", "/accounts/" + id + "/add",
			"/accounts/" + w.acme.ID.String() + "/add/" + id, "/accounts/" + w.acme.ID.String() + "/memberships/" + id,
			"/accounts/" + w.acme.ID.String() + "/memberships/" + id + "/remove", "/accounts/" + w.sub.ID.String() + "/memberships/" + w.in.ID.String(),
			"/members/" + id, "/members/" + id + "/edit", "/members/" + id + "/delete", "/fields/" + id + "/edit", "/fields/" + id + "/delete",
			"/accounts?parent=" + id, "/accounts?tag=" + id, "/import/" + none, "/nowhere", "/assets/" + none} {
			if id == ".." && !strings.Contains(path, "=") {
				continue // which is another path
			}
			if got := b.get("/console" + path); got.status != http.StatusNotFound && got.status != http.StatusBadRequest {
				t.Errorf("%s: %d", got.what, got.status)
			}
		}
	}
	for _, path := range []string{"/accounts/" + none, "/accounts/" + none + "/delete", "/accounts/" + none + "/tags", "/accounts/" + none + "/memberships",
		"/accounts/" + w.acme.ID.String() + "/memberships/" + none, "/accounts/" + w.acme.ID.String() + "/memberships/" + none + "/remove",
		"/accounts/" + w.acme.ID.String() + "/tags/" + none + "/remove", "/accounts/x/tags/y/remove", "/members/" + none, "/members/" + none + "/delete",
		"/fields/" + none, "/fields/" + none + "/delete", "/fields/x", "/members/x/delete"} {
		values := url.Values{"console.token": token["console.token"], "name": {"x"}, "console.member": {w.leslie.ID.String()}}
		b.post("/console"+path, values).want(http.StatusNotFound)
	}
}
