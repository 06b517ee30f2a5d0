package compat

import (
	"net/http"
	"regexp"
	"testing"
)

// TestPostmanRequests runs the requests that the published Postman collection has for what roster serves, in an order
// in which each finds what it needs. {{name}} is a variable of the collection, and "name=path" what its scripts take
// from an answer.
func TestPostmanRequests(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		client := newClient(t)
		token := s.signIn(client)
		variables := map[string]string{"baseUrl": s.url}
		fill := func(text string) string {
			return regexp.MustCompile(`\{\{(\w+)\}\}`).ReplaceAllStringFunc(text, func(name string) string {
				value, ok := variables[name[2:len(name)-2]]
				if !ok {
					t.Fatalf("%s is not known yet", name)
				}
				return value
			})
		}
		const (
			accounts    = "{{baseUrl}}/v2/accounts"
			account     = accounts + "/{{accountID}}"
			members     = "{{baseUrl}}/v2/account-members"
			memberships = account + "/account-memberships"
			users       = "{{baseUrl}}/v2/authentication-realms/{{realmID}}/user-authentication-info"
			profiles    = "{{baseUrl}}/v2/authentication-realms/{{realmID}}/password-profiles"
			logins      = users + "/{{userID}}/user-authentication-password-profile-info"
			settings    = "{{baseUrl}}/v2/settings"
			tags        = "{{baseUrl}}/v2/account-tags"
			flows       = "{{baseUrl}}/v2/flows"
			fields      = "{{baseUrl}}/v2/fields"

			newFlow = `{"data":{"type":"flow","name":"Memberships","slug":"account-memberships",` +
				`"description":"Extends memberships","enabled":true}}`
			newField = `{"data":{"type":"field","name":"Role","slug":"role","field_type":"string",` +
				`"validation_rules":[{"type":"enum","options":["buyer","approver"]}],"description":"What they may do",` +
				`"required":false,"default":"buyer","enabled":true,"order":1,"omit_null":false,` +
				`"relationships":{"flow":{"data":{"type":"flow","id":"{{flowID}}"}}}}}`
			newRole = `{"data":{"type":"account_membership","role":"approver"}}`
			badRole = `{"data":{"type":"account_membership","role":"owner"}}`
		)
		realm := []string{"data", "relationships", "authentication_realm", "data", "id"}
		id := []string{"data", "id"}
		for _, c := range []struct {
			method, url, body string
			status            int
			variable          string
			path              []string
		}{
			{"GET", settings + "/account-authentication", "", 200, "realmID", realm},
			{"PUT", settings + "/account-authentication", `{"data":{"type":"account_authentication_settings","enable_self_signup":true,"auto_create_account_for_account_members":false,"account_management_authentication_token_timeout_secs":86400}}`, 200, "", nil},
			{"GET", settings + "/account-membership", "", 200, "", nil},
			{"PUT", settings + "/account-membership", `{"data":{"type":"account_membership_setting","membership_limit":1000}}`, 200, "", nil},

			{"POST", profiles, `{"data":{"type":"password_profile","name":"password-profile-1","username_format":"any"}}`, 201, "profileID", id},
			{"GET", profiles, "", 200, "", nil},
			{"GET", profiles + "/{{profileID}}", "", 200, "", nil},
			{"PUT", profiles + "/{{profileID}}", `{"data":{"id":"{{profileID}}","type":"password_profile","name":"password-profile-2"}}`, 200, "", nil},

			{"POST", users, `{"data":{"type":"user_authentication_info","name":"Ron Swanson","email":"ron@swanson.com"}}`, 201, "userID", id},
			{"GET", users, "", 200, "", nil},
			{"GET", users + "?filter=eq(email,ron@swanson.com)", "", 200, "", nil},
			{"GET", users + "/{{userID}}", "", 200, "", nil},
			{"PUT", users + "/{{userID}}", `{"data":{"id":"{{userID}}","type":"user_authentication_info","name":"Ronald Swanson","email":"ron@swanson.com"}}`, 200, "", nil},
			{"POST", logins, `{"data":{"type":"user_authentication_password_profile_info","password_profile_id":"{{profileID}}","username":"ronswanson","password":"mysecretpassword1234"}}`, 201, "loginID", id},
			{"GET", logins, "", 200, "", nil},
			{"GET", logins + "/{{loginID}}", "", 200, "", nil},
			{"PUT", logins + "/{{loginID}}", `{"data":{"id":"{{loginID}}","type":"user_authentication_password_profile_info","username":"ronald"}}`, 200, "", nil},

			{"POST", accounts, `{"data":{"type":"account","name":"Parent","legal_name":"Parent"}}`, 201, "parentID", id},
			{"POST", accounts, `{"data":{"type":"account","name":"Swanson & Sons","legal_name":"Swanson & Sons Ltd","registration_id":"00000000","parent_id":"{{parentID}}","external_ref":"abc123"}}`, 201, "accountID", id},
			{"GET", accounts + "?page[limit]=10&page[offset]=0", "", 200, "", nil},
			{"GET", accounts + "?filter=eq(name,%22Swanson%20%26%20Sons%22)", "", 200, "", nil},
			{"GET", account, "", 200, "", nil},
			{"PUT", account, `{"data":{"type":"account","name":"Swanson & Daughters"}}`, 200, "", nil},

			{"POST", tags, `{"data":{"type":"account_tag","name":"wholesale","description":"Buys a lot"}}`, 201, "tagID", id},
			{"GET", tags, "", 200, "", nil},
			{"GET", tags + "/{{tagID}}", "", 200, "", nil},
			{"PUT", tags + "/{{tagID}}", `{"data":{"type":"account_tag","name":"bulk"}}`, 200, "", nil},
			{"POST", account + "/relationships/account-tags", `{"data":[{"type":"account_tag","id":"{{tagID}}"}]}`, 200, "", nil},
			{"GET", account + "/relationships/account-tags", "", 200, "", nil},

			{"GET", members, "", 200, "", nil},
			{"GET", members + "?filter=eq(email,ron@swanson.com)", "", 200, "", nil},
			{"GET", members + "/{{userID}}", "", 200, "", nil},
			{"PUT", members + "/{{userID}}", `{"data":{"type":"account_member","name":"Ron U. Swanson"}}`, 200, "", nil},
			{"GET", memberships + "/unassigned-account-members", "", 200, "", nil},
			{"POST", memberships, `{"data":{"type":"account_membership","account_member_id":"{{userID}}"}}`, 201, "membershipID", id},
			{"POST", memberships, `{"data":{"type":"account_membership","account_member_id":"{{userID}}"}}`, 409, "", nil},
			{"GET", memberships + "?include=account_member", "", 200, "", nil},
			{"GET", memberships + "/{{membershipID}}", "", 200, "", nil},
			{"PUT", memberships + "/{{membershipID}}", `{"data":{"type":"account_membership","account_member_id":"{{userID}}"}}`, 200, "", nil},
			{"GET", members + "/{{userID}}/account-memberships?include=account", "", 200, "", nil},

			{"POST", flows, newFlow, 201, "flowID", id},
			{"GET", flows, "", 200, "", nil},
			{"GET", flows + "/{{flowID}}", "", 200, "", nil},
			{"PUT", flows + "/{{flowID}}", `{"data":{"id":"{{flowID}}","type":"flow","name":"Roles"}}`, 200, "", nil},
			{"POST", fields, newField, 201, "fieldID", id},
			{"GET", fields, "", 200, "", nil},
			{"GET", fields + "/{{fieldID}}", "", 200, "", nil},
			{"GET", flows + "/account-memberships/fields", "", 200, "", nil},
			{"PUT", fields + "/{{fieldID}}", `{"data":{"id":"{{fieldID}}","type":"field","name":"Their role"}}`, 200, "", nil},
			{"PUT", memberships + "/{{membershipID}}", newRole, 200, "", nil},
			{"PUT", memberships + "/{{membershipID}}", badRole, 422, "", nil},
			{"DELETE", flows + "/{{flowID}}", "", 409, "", nil},
			{"DELETE", fields + "/{{fieldID}}", "", 204, "", nil},
			{"DELETE", flows + "/{{flowID}}", "", 204, "", nil},
			{"DELETE", memberships + "/{{membershipID}}", "", 204, "", nil},

			{"DELETE", account + "/relationships/account-tags", `{"data":[{"type":"account_tag","id":"{{tagID}}"}]}`, 200, "", nil},
			{"DELETE", tags + "/{{tagID}}", "", 204, "", nil},
			{"DELETE", logins + "/{{loginID}}", "", 204, "", nil},
			{"DELETE", users + "/{{userID}}", "", 204, "", nil},
			{"DELETE", profiles + "/{{profileID}}", "", 204, "", nil},
			{"DELETE", account, "", 204, "", nil},
			{"GET", account, "", 404, "", nil},
		} {
			header := http.Header{
				"Authorization":   {"Bearer " + token},
				"Accept":          {"*/*"},
				"Accept-Encoding": {"gzip, deflate, br"},
				"Postman-Token":   {unknownID},
				"User-Agent":      {"PostmanRuntime/7.29.2"},
			}
			if c.body != "" {
				header.Set("Content-Type", "application/json")
			}
			r := request{c.method, fill(c.url), header, fill(c.body)}.want(t, client, c.status)
			if c.variable == "" {
				continue
			}
			if variables[c.variable] = r.Text(c.path...); variables[c.variable] == "" {
				t.Fatalf("%s %s: no %v in %s", c.method, c.url, c.path, r.Body)
			}
		}
	})
}
