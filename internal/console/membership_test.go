package console_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/roster-go/roster/membership"
)

func TestAMemberIsAddedChangedAndRemoved(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.world()
	b := s.signedIn(membership.ScopeAll)
	b.page(w.account()+"/add?q=LES").shows("Leslie Knope", "1 to 1 of 1").hides("Ron Swanson")
	form := b.page(w.account() + "/add/" + w.leslie.ID.String())
	form.submit(w.account()+"/memberships", "role", "boss").want(http.StatusUnprocessableEntity).shows("Must be one of")
	form.submit(w.account()+"/memberships", "role", "admin").follow().shows("The member is added.", "Leslie Knope", "2 of 3")
	form.submit(w.account() + "/memberships").want(http.StatusConflict).shows("Leslie Knope belongs to Acme")
	in, err := s.svc.MembershipByPair(t.Context(), w.acme.ID, w.leslie.ID)
	if err != nil || in.Fields.Text("role") != "admin" {
		t.Fatalf("%+v, %v", in, err)
	}

	row := b.page(w.account() + "?q=ron&sort=role&edit=" + w.in.ID.String())
	row.submit(w.membership(), "role", "boss").want(http.StatusUnprocessableEntity).shows("Must be one of", "Ron Swanson", "2 of 3")
	saved := row.submit(w.membership(), "role", "admin").want(http.StatusSeeOther)
	if got := saved.header.Get("Location"); got != w.account()+"?done=saved&q=ron&sort=role#m-"+w.in.ID.String() {
		t.Errorf("then to %s", got)
	}
	saved.follow().shows("The membership is saved.", "admin").hides("Leslie Knope")

	own := b.page(w.membership()).shows("Ron Swanson in Acme", "was member", "is now admin")
	own.submit(w.membership(), "role", "").follow().shows("taken away")
	b.page(w.membership()+"/remove").shows("Remove Ron Swanson from Acme?", "The member and the account both stay.").
		submit(w.membership()+"/remove").follow().shows("The member is removed from the account.", "1 of 3")
	b.page(w.membership()).shows("ended", "deleted", "Ron Swanson").hides("Save")
	b.get(w.membership() + "/remove").want(http.StatusNotFound)
}

func TestAnAccountThatIsFullSaysSo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.world()
	b := s.signedIn(membership.ScopeAll)
	if _, err := s.svc.DeleteField(t.Context(), w.role.ID); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"April", "Andy"} {
		m, err := s.svc.CreateMember(t.Context(), membership.Member{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.svc.Add(t.Context(), w.acme.ID, m.ID); err != nil {
			t.Fatal(err)
		}
	}
	b.page(w.account()+"/add").shows("3 of 3", "full"). // no fields: no further page
								submit(w.account() + "/memberships").want(http.StatusUnprocessableEntity).shows("Account is full: it has 3 of at most 3 memberships.")
	if _, err := s.svc.UpdateSettings(t.Context(), membership.SettingsUpdate{MembershipLimit: new(1)}); err != nil {
		t.Fatal(err)
	}
	b.page(w.member()).shows("1 of 1", "full")
	if err := s.svc.DeleteMember(t.Context(), w.leslie.ID); err != nil {
		t.Fatal(err)
	}
	b.page(w.account() + "/add").shows("Nobody is left to add")
}

func TestMembersOfAnAccountAreSearchedAndSorted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	w := s.world()
	if _, err := s.svc.CreateMembership(t.Context(), membership.Membership{AccountID: w.acme.ID, MemberID: w.leslie.ID,
		Fields: membership.NewFields(membership.FieldValue{Slug: "role", Value: membership.StringValue("admin")})}); err != nil {
		t.Fatal(err)
	}
	b := s.signedIn(membership.ScopeRead)
	order := func(path, first, second string) {
		t.Helper()
		if text := b.page(path).text(); strings.Index(text, first) > strings.Index(text, second) {
			t.Errorf("%s: %s comes before %s: %s", path, second, first, text)
		}
	}
	order(w.account()+"?sort=role", "Leslie Knope", "Ron Swanson")
	order(w.account()+"?sort=-role", "Ron Swanson", "Leslie Knope")
	order(w.account()+"?sort=created_at", "Ron Swanson", "Leslie Knope")
	b.page(w.account()+"?q=leslie@").shows("Leslie Knope", "1 to 1 of 1", "2 of 3").hides("Ron Swanson")
	b.page(w.account() + "?q=nobody").shows("No member is like that.")
	b.get(w.account() + "?sort=nothing").want(http.StatusBadRequest)
}
