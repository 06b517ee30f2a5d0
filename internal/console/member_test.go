package console_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/roster-go/roster/membership"
)

func TestAMemberIsCreatedEditedAndDeleted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.world()
	b := s.signedIn(membership.ScopeAll)
	form := b.page("/console/members/new")
	form.submit("/console/members", "name", "", "email", "nonsense").want(http.StatusUnprocessableEntity).
		shows("Is required and must not be blank.", "Must")
	made := form.submit("/console/members", "name", "April Ludgate", "email", "april@example.com", "given_name", "April")
	made.follow().shows("The member is created.", "April Ludgate", "april@example.com", "0 of 10,000")
	path, _, _ := strings.Cut(made.header.Get("Location"), "?")
	b.page(path+"/edit").submit(path, "family_name", "Ludgate", "email", "").follow().shows("The member is saved.", "Ludgate").hides("april@")
	b.page(path+"/edit").submit(path, "name", "").want(http.StatusUnprocessableEntity).shows("Is required and must not be blank.", "Edit April Ludgate")

	b.page(w.member()).shows("Ron Swanson", "Acme", "member", "1 of 10,000")
	b.page(w.member() + "?q=nothing").shows("No account is like that.")
	b.page("/console/members?q=ron@").shows("Ron Swanson", "1 to 1 of 1").hides("Leslie")
	b.page(w.member() + "/delete").shows("Their 1 membership goes with them").submit(w.member() + "/delete").follow().shows("The member is deleted.")
	b.get(w.member()).want(http.StatusNotFound)
	b.page(w.account()).shows("0 of 3")
}
