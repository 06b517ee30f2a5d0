package httpadapter_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster/membership"
)

const (
	profiles = realm + "/password-profiles"
	logins   = "/user-authentication-password-profile-info"
)

// profile adds a password profile and returns its id.
func (a *api) profile(format string) string {
	a.t.Helper()
	body := fmt.Sprintf(`{"data":{"type":"password_profile","name":"Shop","username_format":%q}}`, format)
	return a.post(profiles, body).want(http.StatusCreated).text("data.id")
}

// login is the body for a new login.
func login(profile, username, password string) string {
	return fmt.Sprintf(`{"data":{"type":"user_authentication_password_profile_info","password_profile_id":%q,"username":%q,"password":%q}}`, profile, username, password)
}

func TestAPasswordProfileIsAnsweredAsDocumented(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	got := api.post(profiles+"/", `{"data":{"type":"password_profile","name":"Shop"}}`).want(http.StatusCreated)
	id := got.text("data.id")
	want := strings.NewReplacer("SELF", "http://example.com"+profiles+"/"+id, "ID", id).Replace(
		`{"data":{"id":"ID","type":"password_profile","name":"Shop","username_format":"any","enable_one_time_password_token":false,` +
			`"meta":{"created_at":"2026-01-05T09:40:33.882Z","updated_at":"2026-01-05T09:40:33.882Z"},` +
			`"links":{"self":"SELF"}},"links":{"self":"SELF"}}` + "\n")
	if string(got.body) != want {
		t.Errorf("got  %s\nwant %s", got.body, want)
	}
	path := profiles + "/" + id
	if again := api.get(path).want(http.StatusOK); string(again.body) != want {
		t.Errorf("read back: %s", again.body)
	}
	api.clock.advance(time.Minute)
	got = api.put(path, `{"data":{"type":"password_profile","enable_one_time_password_token":true,"username_format":"email"}}`).want(http.StatusOK)
	if got.text("data.name") != "Shop" || got.text("data.username_format") != "email" || got.at("data.enable_one_time_password_token") != true ||
		got.text("data.meta.updated_at") != "2026-01-05T09:41:33.882Z" {
		t.Errorf("changed: %s", got.body)
	}
	for _, fields := range []string{`"name":null`, `"name":"Shop","username_format":"number"`, `"name":"Shop","username_format":null`,
		`"name":"Shop","username_format":7`, `"name":"Shop","enable_one_time_password_token":"yes"`, `"name":"Shop","enable_one_time_password_token":null`} {
		bad := `{"data":{"type":"password_profile",` + fields + `}}`
		api.put(path, bad).refused(http.StatusBadRequest, "invalid_field")
		api.post(profiles, bad).refused(http.StatusBadRequest, "invalid_field")
	}
	api.delete(path).want(http.StatusNoContent)
	api.get(path).refused(http.StatusNotFound, "password_profile_not_found")
}

func TestALoginIsAnsweredWithoutItsPassword(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	profile, user := api.profile("any"), users+"/"+api.member("Ron")
	got := api.post(user+logins+"/", login(profile, "ron", "bacon and eggs")).want(http.StatusCreated)
	self := "http://example.com" + user + logins + "/" + got.text("data.id")
	want := strings.NewReplacer("SELF", self, "ID", got.text("data.id"), "PROFILE", profile).Replace(
		`{"data":{"id":"ID","type":"user_authentication_password_profile_info","password_profile_id":"PROFILE","username":"ron",` +
			`"meta":{"created_at":"2026-01-05T09:40:33.882Z","updated_at":"2026-01-05T09:40:33.882Z"},` +
			`"links":{"self":"SELF"}},"links":{"self":"SELF"}}` + "\n")
	if string(got.body) != want || got.header.Get("Location") != self {
		t.Errorf("got  %s\nwant %s", got.body, want)
	}
	path := user + logins + "/" + got.text("data.id")
	if again := api.get(path).want(http.StatusOK); string(again.body) != want {
		t.Errorf("read back: %s", again.body)
	}
	if listed := api.list(user+logins, "filter=like(username,r*)&sort=-username").want(http.StatusOK); listed.each("username") != "ron" {
		t.Errorf("listed: %s", listed.body)
	}
	api.clock.advance(time.Minute)
	if got := api.put(path, `{"data":{"type":"user_authentication_password_profile_info","password":"eggs and bacon"}}`).want(http.StatusOK); got.text("data.meta.updated_at") != "2026-01-05T09:41:33.882Z" {
		t.Errorf("with another password: %s", got.body)
	}
	api.delete(path).want(http.StatusNoContent)
	api.get(path).refused(http.StatusNotFound, "login_not_found")
}

func TestThePasswordIsKeptAsItsHash(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	member := api.member("Ron")
	id := api.post(users+"/"+member+logins, login(api.profile("any"), "ron", "bacon and eggs")).want(http.StatusCreated).text("data.id")
	memberID, _ := membership.ParseMemberID(member)
	loginID, _ := membership.ParseLoginID(id)
	stored, err := api.svc.Login(t.Context(), memberID, loginID)
	if hash, _ := hashed("bacon and eggs"); err != nil || stored.PasswordHash != hash {
		t.Errorf("stored %q, %v", stored.PasswordHash, err)
	}
}

func TestBadLoginsAreRefused(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	profile, mails := api.profile("any"), api.profile("email")
	ron, leslie := users+"/"+api.member("Ron")+logins, users+"/"+api.member("Leslie")+logins
	mine := ron + "/" + api.post(ron, login(profile, "ron", "bacon and eggs")).want(http.StatusCreated).text("data.id")
	other := leslie + "/" + api.post(leslie, login(profile, "leslie", "waffles!")).want(http.StatusCreated).text("data.id")
	api.post(leslie, login(mails, "ron@example.com", "waffles!")).want(http.StatusCreated)
	for _, c := range []struct {
		body, code, pointer string
		status              int
	}{
		{login(profile, "ron", "bacon and eggs"), "username_taken", "/data/username", 409},
		{login(profile, "", "bacon and eggs"), "invalid_field", "/data/username", 400},
		{login(mails, "ron", "bacon and eggs"), "invalid_field", "/data/username", 400},
		{login(profile, "april", "seven 7"), "invalid_field", "/data/password", 400},
		{login(profile, "april", strings.Repeat("x", 2049)), "invalid_field", "/data/password", 400},
		{login("x", "april", "bacon and eggs"), "invalid_field", "/data/password_profile_id", 400},
		{login(nowhere, "april", "bacon and eggs"), "password_profile_not_found", "/data/password_profile_id", 404},
		{login("00000000-0000-0000-0000-000000000000", "april", "bacon and eggs"), "password_profile_not_found", "/data/password_profile_id", 404},
		{`{"data":{"type":"user_authentication_password_profile_info","username":"april","password":"bacon and eggs"}}`, "invalid_field", "/data/password_profile_id", 400},
	} {
		got := api.post(leslie, c.body).refused(c.status, c.code)
		if got.text("errors.0.source.pointer") != c.pointer || len(got.at("errors").([]any)) != 1 || strings.Contains(string(got.body), "bacon") {
			t.Errorf("%s: %s", c.body, got.body)
		}
	}
	if got := api.post(leslie, `{"data":{}}`).want(http.StatusBadRequest); len(got.at("errors").([]any)) != 4 {
		t.Errorf("four faults: %s", got.body)
	}
	for _, c := range []struct {
		fields, code, pointer string
		status                int
	}{
		{`"username":"ron"`, "username_taken", "/data/username", 409},
		{`"username":null`, "invalid_field", "/data/username", 400},
		{`"password":null`, "invalid_field", "/data/password", 400},
		{`"password":"short"`, "invalid_field", "/data/password", 400},
		{`"password_profile_id":null`, "invalid_field", "/data/password_profile_id", 400},
		{`"password_profile_id":"` + mails + `"`, "password_profile_immutable", "/data/password_profile_id", 409},
		{`"password_profile_id":"` + nowhere + `"`, "password_profile_immutable", "/data/password_profile_id", 409},
	} {
		got := api.put(other, `{"data":{"type":"user_authentication_password_profile_info",`+c.fields+`}}`).refused(c.status, c.code)
		if got.text("errors.0.source.pointer") != c.pointer {
			t.Errorf("%s: %s", c.fields, got.body)
		}
	}
	api.get(leslie+"/"+idOf(mine)).refused(http.StatusNotFound, "login_not_found")
	api.delete(profiles + "/" + profile).want(http.StatusNoContent)
	api.get(mine).refused(http.StatusNotFound, "login_not_found")
}

func TestAProgramWithoutPasswordsSaysSo(t *testing.T) {
	t.Parallel()
	world := newWorld(t, func(s *setup) { s.service.HashPassword = nil })
	user := withExamples(realm + "/user-authentication-info/{user}" + logins)
	got := world.post(user, login(exampleID("profile").String(), "april", "bacon and eggs")).refused(http.StatusNotImplemented, "passwords_unavailable")
	got.saying("not set up to keep passwords")
	mine := user + "/" + exampleID("login").String()
	world.put(mine, `{"data":{"type":"user_authentication_password_profile_info","password":"eggs and bacon"}}`).refused(http.StatusNotImplemented, "passwords_unavailable")
	world.put(mine, `{"data":{"type":"user_authentication_password_profile_info","username":"ronald"}}`).want(http.StatusOK)
	world.post(user, login(nowhere, "", "short")).refused(http.StatusBadRequest, "invalid_field")
}
