package httpadapter_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestAMemberIsAnsweredAsDocumented(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	got := api.post("/v2/account-members", `{"data":{"type":"account_member","name":"Ron Swanson","email":"ron@example.com","given_name":"Ron"}}`).want(http.StatusCreated)

	id := got.text("data.id")
	want := strings.ReplaceAll(`{"data":{"id":"ID","type":"account_member","name":"Ron Swanson","email":"ron@example.com","given_name":"Ron",`+
		`"middle_name":null,"family_name":null,"meta":{"timestamps":{"created_at":"2026-01-05T09:40:33.882Z","updated_at":"2026-01-05T09:40:33.882Z"}},`+
		`"links":{"self":"http://example.com/v2/account-members/ID"}},"links":{"self":"http://example.com/v2/account-members/ID"}}`+"\n", "ID", id)
	if string(got.body) != want {
		t.Errorf("got  %s\nwant %s", got.body, want)
	}
	if again := api.get("/v2/account-members/" + id).want(http.StatusOK); string(again.body) != want {
		t.Errorf("read back: %s", again.body)
	}
}

func TestAMemberWithoutAnAddressHasNoEmail(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	path := "/v2/account-members/" + api.member("Ron")
	got := api.put(path, `{"data":{"type":"account_member","email":null,"family_name":"Swanson"}}`).want(http.StatusOK)
	if got.at("data.email") != nil || got.text("data.family_name") != "Swanson" || got.text("data.name") != "Ron" {
		t.Errorf("got %s", got.body)
	}
}

func TestDeletingAMemberTakesItsMembershipsAlong(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	account, member := api.account("Parks"), api.member("Ron")
	membership := api.join(account, member)
	api.delete("/v2/account-members/" + member).want(http.StatusNoContent)
	api.get("/v2/account-members/"+member).refused(http.StatusNotFound, "member_not_found").saying("account member not found")
	api.get(membership).refused(http.StatusNotFound, "membership_not_found")
}

func TestUnassignedMembersAreThoseWhoCouldJoin(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	account := api.account("Parks")
	ron, leslie := api.member("Ron"), api.member("Leslie")
	api.join(account, ron)
	got := api.get(account + "/account-memberships/unassigned-account-members/").want(http.StatusOK)
	if got.each("id") != leslie || got.text("data.0.email") != "leslie@example.com" {
		t.Errorf("got %s, want Leslie", got.body)
	}
	api.list(account+"/account-memberships/unassigned-account-members", "filter=like(name,R*)").want(http.StatusOK)
}
