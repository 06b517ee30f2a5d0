package httpadapter_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestAnAccountIsAnsweredAsDocumented(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	got := api.post("/v2/accounts", `{"data":{"type":"account","name":"Parks","legal_name":"City of Pawnee","registration_id":"42"}}`).want(http.StatusCreated)

	id := got.text("data.id")
	want := strings.ReplaceAll(`{"data":{"id":"ID","type":"account","name":"Parks","legal_name":"City of Pawnee","registration_id":"42",`+
		`"external_ref":null,"parent_id":null,"meta":{"timestamps":{"created_at":"2026-01-05T09:40:33.882Z","updated_at":"2026-01-05T09:40:33.882Z"}},`+
		`"links":{"self":"http://example.com/v2/accounts/ID"}},"links":{"self":"http://example.com/v2/accounts/ID"}}`+"\n", "ID", id)
	if string(got.body) != want {
		t.Errorf("got  %s\nwant %s", got.body, want)
	}
	if location := got.header.Get("Location"); location != "http://example.com/v2/accounts/"+id {
		t.Errorf("Location is %q", location)
	}
	if again := api.get("/v2/accounts/" + id).want(http.StatusOK); string(again.body) != want {
		t.Errorf("read back: %s", again.body)
	}
}

func TestAnUpdateOfAnAccountIsPartial(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	path := "/v2/accounts/" + api.post("/v2/accounts",
		`{"data":{"type":"account","name":"Parks","legal_name":"City","external_ref":"crm/1"}}`).want(http.StatusCreated).text("data.id")
	api.clock.advance(time.Minute)

	got := api.put(path, `{"data":{"type":"account","name":"Recreation","legal_name":null}}`).want(http.StatusOK)
	if got.text("data.name") != "Recreation" || got.at("data.legal_name") != nil || got.text("data.external_ref") != "crm/1" {
		t.Errorf("got %s", got.body)
	}
	if got.text("data.meta.timestamps.updated_at") != "2026-01-05T09:41:33.882Z" ||
		got.text("data.meta.timestamps.created_at") != "2026-01-05T09:40:33.882Z" {
		t.Errorf("times are wrong: %s", got.body)
	}
	api.put(path, `{"data":{"type":"account","name":null}}`).refused(http.StatusBadRequest, "invalid_field").saying("name is required")
}

func TestARegistrationIDIsTakenOnce(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	body := `{"data":{"type":"account","name":"Parks","registration_id":"42"}}`
	api.post("/v2/accounts", body).want(http.StatusCreated)
	got := api.post("/v2/accounts", body).refused(http.StatusConflict, "registration_id_taken")
	if got.text("errors.0.source.pointer") != "/data/registration_id" {
		t.Errorf("got %s", got.body)
	}
	other := api.account("Other")
	api.put(other, `{"data":{"type":"account","registration_id":"42"}}`).refused(http.StatusConflict, "registration_id_taken")
}

func TestDeletingAnAccountTakesItsMembershipsAlong(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	account, member := api.account("Parks"), api.member("Ron")
	api.join(account, member)
	api.delete(account).want(http.StatusNoContent)
	api.get(account).refused(http.StatusNotFound, "account_not_found")
	api.delete(account).refused(http.StatusNotFound, "account_not_found")
	if left := api.get("/v2/account-members/" + member + "/account-memberships").number("meta.results.total"); left != 0 {
		t.Errorf("the member still has %d memberships", left)
	}
}
