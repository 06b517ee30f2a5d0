package compat

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const formType = "application/x-www-form-urlencoded"

// askAs asks for a token with credentials.
func (s *server) askAs(id, secret string) request {
	return s.askForm(formType, url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}.Encode())
}

// signIn gets a token for the tests that are about something else.
func (s *server) signIn(client *http.Client) string {
	s.t.Helper()
	return s.askAs(clientID, clientSecret).want(s.t, client, http.StatusOK).Text("access_token")
}

// TestTokenRequests are the ways in which the clients and the documentation's examples ask for a token.
func TestTokenRequests(t *testing.T) {
	t.Parallel()
	s, client := start(t, "memory"), newClient(t)
	plus := url.QueryEscape(clientSecret)
	percent := strings.ReplaceAll(plus, "+", "%20") // encodeURIComponent
	id := "client_id=" + clientID
	for _, c := range []struct {
		name, contentType, form string
		status                  int
	}{
		{"the SDK's", formType, "grant_type=client_credentials&" + id + "&client_secret=" + percent, 200},
		{"the command line client's", formType, id + "&client_secret=" + plus + "&grant_type=client_credentials", 200},
		{"a form that claims to be JSON", "application/json", "grant_type=client_credentials&" + id + "&client_secret=" + plus, 200},
		{"no content type", "", id + "&client_secret=" + plus + "&grant_type=client_credentials", 200},
		{"a content type with a parameter", formType + "; charset=UTF-8", id + "&client_secret=" + plus + "&grant_type=client_credentials", 200},
		{"JSON", "application/json", `{"grant_type": "client_credentials", "client_id": "` + clientID + `", "client_secret": "` + clientSecret + `"}`, 200},
		{"implicit", formType, "grant_type=implicit&" + id, 200},
		{"wrong secret", formType, "grant_type=client_credentials&" + id + "&client_secret=wrong", 401},
		{"implicit for nobody", formType, "grant_type=implicit&client_id=nobody", 401},
		{"no secret", formType, "grant_type=client_credentials&" + id, 400},
		{"another grant", formType, "grant_type=password&" + id + "&client_secret=" + plus, 400},
		{"nothing", formType, "", 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := s.askForm(c.contentType, c.form).want(t, client, c.status)
			if c.status == http.StatusOK && r.Text("token_type") != "Bearer" {
				t.Errorf("%s", r.Body)
			}
			if c.status != http.StatusOK && len(r.At("errors").([]any)) == 0 {
				t.Errorf("%s", r.Body)
			}
		})
	}
}

func TestTooManyWrongSecretsHaveToWait(t *testing.T) {
	t.Parallel()
	s, client := start(t, "memory"), newClient(t)
	wrong := s.askForm(formType, "grant_type=client_credentials&client_id="+clientID+"&client_secret=wrong")
	for range 1000 {
		r := wrong.do(t, client)
		if r.Status == http.StatusTooManyRequests {
			if r.Header.Get("Retry-After") == "" {
				t.Error("429 without Retry-After")
			}
			return
		}
		if r.Status != http.StatusUnauthorized {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
	}
	t.Error("a thousand guesses were answered")
}

// TestDocumentedCurlLines sends what curl makes of the documentation's examples: a body without a Content-Type of its
// own is said to be a form, paths end in slashes, and the pagination script has a colon and a space too many.
func TestDocumentedCurlLines(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		client := newClient(t)
		token := s.signIn(client)
		curl := func(status int, method, path, body string) reply {
			t.Helper()
			header := http.Header{"Accept": {"*/*"}, "User-Agent": {"curl/7.68.0"}, "Authorization": {"Bearer " + token}}
			if body != "" {
				header.Set("Content-Type", formType)
			}
			return request{method, s.url + path, header, body}.want(t, client, status)
		}

		account := curl(201, "POST", "/v2/accounts/", `{
    "data": {
        "type": "account",
        "name": "Swanson & Sons",
        "legal_name": "Swanson & Sons Ltd",
        "registration_id": "00000000",
        "external_ref": "abc123"
    }
}`).Text("data", "id")
		realm := "/v2/authentication-realms/" + curl(200, "GET", "/v2/settings/account-authentication/", "").Text("data", "relationships", "authentication_realm", "data", "id")
		member := curl(201, "POST", realm+"/user-authentication-info/", `{"data": {"type": "user_authentication_info", "name": "Ron Swanson", "email": "ron@swanson.example"}}`).Text("data", "id")
		profile := curl(201, "POST", realm+"/password-profiles/", `{"data": {"type": "password_profile", "name": "password-profile-1", "username_format": "any"}}`).Text("data", "id")
		logins := realm + "/user-authentication-info/" + member + "/user-authentication-password-profile-info/"
		curl(201, "POST", logins, `{"data": {"type": "user_authentication_password_profile_info", "password_profile_id": "`+profile+`", "username": "ron", "password": "mysecretpassword1234"}}`)
		curl(200, "GET", logins, "")

		body := `{
        "data": {
            "type": "account_membership",
            "account_member_id": "` + member + `"
          }
    }`
		memberships := "/v2/accounts/" + account + "/account-memberships"
		membership := curl(201, "POST", memberships+"//", body).Text("data", "id")
		curl(409, "POST", memberships+"//", body)
		curl(200, "PUT", memberships+"/"+membership+"/", body)
		curl(200, "GET", memberships+"/", "")
		curl(200, "GET", memberships+"/unassigned-account-members/", "")
		curl(200, "GET", "/v2/account-members/"+member+"/account-memberships/", "")
		curl(200, "GET", "/v2//accounts//"+account+"/", "")
		curl(400, "PUT", "/v2/settings/account-membership", `{data: {type: "account_membership_setting", membership_limit: 5000}}`) // as printed there, and no JSON
		curl(200, "PUT", "/v2/settings/account-membership/", `{"data": {"type": "account_membership_setting", "membership_limit": 5000}}`)

		flow := curl(201, "POST", "/v2/flows/", `{
    "data": {
        "type": "flow",
        "name": "Account memberships",
        "slug": "account-memberships",
        "description": "Extends the default membership object",
        "enabled": true
    }
}`).Text("data", "id")
		field := curl(201, "POST", "/v2/fields/", `{
    "data": {
        "type": "field",
        "name": "Seat",
        "slug": "seat",
        "field_type": "integer",
        "validation_rules": [{"type": "between", "options": {"from": 1, "to": 5}}],
        "description": "Where they sit",
        "required": false,
        "default": 1,
        "enabled": true,
        "order": 1,
        "omit_null": false,
        "relationships": {"flow": {"data": {"type": "flow", "id": "`+flow+`"}}}
    }
}`).Text("data", "id")
		curl(200, "GET", "/v2/flows/account-memberships/fields/", "")
		curl(200, "PUT", "/v2/fields/"+field+"/", `{"data": {"id": "`+field+`", "type": "field", "required": true}}`)
		curl(200, "PUT", memberships+"/"+membership+"/", `{"data": {"type": "account_membership", "seat": 5}}`)
		curl(422, "PUT", memberships+"/"+membership+"/", `{"data": {"type": "account_membership", "seat": 6}}`)
		if rows := curl(200, "GET", memberships+"?filter=ge(seat,5)", "").Rows(); len(rows) != 1 || rows[0]["seat"] != 5.0 {
			t.Errorf("seats: %v", rows)
		}
		curl(204, "DELETE", "/v2/fields/"+field+"/", "")
		curl(204, "DELETE", "/v2/flows/"+flow+"/", "")

		curl(204, "DELETE", memberships+"/"+membership+"/", "")
		curl(404, "GET", "/v2/nowhere/", "")
		if r := curl(405, "PATCH", "/v2/accounts/", "{}"); !strings.Contains(r.Header.Get("Allow"), "POST") {
			t.Errorf("405 with Allow: %q", r.Header.Get("Allow"))
		}

		for value, status := range map[string]int{
			"Bearer: " + token + " ": 200,
			"bearer " + token:        200,
			"BEARER  " + token:       200,
			"Bearer " + token + "x":  401,
			"Basic " + token:         401,
			"Bearer":                 401,
			"":                       401,
		} {
			r := request{"GET", s.url + "/v2/accounts?page[limit]=100&page[offset]=0", http.Header{"Authorization": {value}}, ""}.want(t, client, status)
			if challenge := r.Header.Get("WWW-Authenticate"); status == 401 && challenge != "Bearer" {
				t.Errorf("401 with %q", challenge)
			}
		}
	})
}
