package httpadapter_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

const users = realm + "/user-authentication-info"

func TestAUserIsAnAccountMemberOfTheSameID(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	got := api.post(users+"/", `{"data":{"type":"user_authentication_info","name":"Ron Swanson","email":"ron@example.com","family_name":"Swanson"}}`).want(http.StatusCreated)
	id := got.text("data.id")
	want := strings.NewReplacer("SELF", "http://example.com"+users+"/"+id, "ID", id).Replace(
		`{"data":{"id":"ID","type":"user_authentication_info","name":"Ron Swanson","email":"ron@example.com",` +
			`"given_name":null,"middle_name":null,"family_name":"Swanson",` +
			`"meta":{"created_at":"2026-01-05T09:40:33.882Z","updated_at":"2026-01-05T09:40:33.882Z","creation_status":"COMPLETE"},` +
			`"links":{"self":"SELF"}},"links":{"self":"SELF"}}` + "\n")
	if string(got.body) != want || got.header.Get("Location") != "http://example.com"+users+"/"+id {
		t.Errorf("got  %s\nwant %s", got.body, want)
	}
	if again := api.get(users + "/" + id).want(http.StatusOK); string(again.body) != want {
		t.Errorf("read back: %s", again.body)
	}
	member := "/v2/account-members/" + id
	if got := api.get(member).want(http.StatusOK); got.text("data.name") != "Ron Swanson" || got.text("data.type") != "account_member" {
		t.Errorf("as a member: %s", got.body)
	}

	api.clock.advance(time.Minute)
	api.put(users+"/"+id, `{"data":{"type":"user_authentication_info","given_name":"Ron"}}`).want(http.StatusOK)
	if got := api.get(member); got.text("data.given_name") != "Ron" || got.text("data.meta.timestamps.updated_at") != "2026-01-05T09:41:33.882Z" {
		t.Errorf("the member was not changed: %s", got.body)
	}
	joined := api.join(api.account("Parks"), id)
	api.delete(users + "/" + id).want(http.StatusNoContent)
	api.get(member).refused(http.StatusNotFound, "member_not_found")
	api.get(joined).refused(http.StatusNotFound, "membership_not_found")
}

func TestUsersAreListedAsMembersAre(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	api.member("Ron")
	api.member("Leslie")
	got := api.list(users, "sort=email&page[limit]=1").want(http.StatusOK)
	if got.each("name") != "Leslie" || got.number("meta.results.total") != 2 || !strings.HasPrefix(got.text("links.next"), "http://example.com"+users+"?page[offset]=1") {
		t.Errorf("got %s", got.body)
	}
	if got := api.list(users, "filter=ilike(name,RON)").want(http.StatusOK); got.each("email") != "ron@example.com" {
		t.Errorf("got %s", got.body)
	}
}

func TestUsersAreReadAsMembersAre(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	got := api.post(users, `{"data":{"type":"account_member","name":" ","email":"nobody","given_name":7}}`).want(http.StatusBadRequest)
	if n := len(got.at("errors").([]any)); n != 4 {
		t.Errorf("four faults give %d errors: %s", n, got.body)
	}
	ron := users + "/" + api.member("Ron")
	api.put(ron, `{"data":{"type":"user_authentication_info","email":"nobody"}}`).refused(http.StatusBadRequest, "invalid_field").saying("email must be")
	api.put(ron, `{"data":{"type":"user_authentication_info","email":7}}`).refused(http.StatusBadRequest, "invalid_field").saying("email must be a string")
	api.get(strings.Replace(ron, "c1a8", "C1A8", 1)).want(http.StatusOK) // an id has no case
}

func TestThereIsOneRealm(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	other := strings.Replace(users, "c1a8", "c1a9", 1)
	api.get(other).refused(http.StatusNotFound, "realm_not_found").saying("authentication realm not found")
	api.post(other, "nonsense").refused(http.StatusNotFound, "realm_not_found")
	api.get(realm).refused(http.StatusNotFound, "route_not_found")
}
