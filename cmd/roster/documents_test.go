package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

// The ids that the documentation's examples name.
const (
	documentedAccount  = "5b495058-9ffc-4b9b-810a-c9d43ffc6500"
	documentedMember   = "908f7849-60da-4e4a-a3b1-51d4cbe3b953"
	curlMember         = "486fa6f1-d85a-44a0-abdf-ff0076fffd6c"
	sdkAccount         = "00000000-0000-1000-8000-000f00000300"
	sdkMember          = "00000000-0000-1000-8000-000f00000301"
	unknownDocumentIDs = "24e939f6-178f-497b-9d64-5bf2b5a70a2e"
)

// documented starts a server that knows the accounts and members of the documentation.
func documented(t *testing.T) *server {
	path := newDatabase(t)
	fill(t, path, func(svc *roster.Service) error {
		for _, id := range []string{documentedAccount, sdkAccount} {
			a := membership.Account{ID: membership.AccountID{UUID: uuid.MustParse(id)}, Name: "Account " + id}
			if _, err := svc.CreateAccount(t.Context(), a); err != nil {
				return err
			}
		}
		for _, id := range []string{documentedMember, curlMember, sdkMember} {
			m := membership.Member{ID: membership.MemberID{UUID: uuid.MustParse(id)}, Name: "Member " + id}
			if _, err := svc.CreateMember(t.Context(), m); err != nil {
				return err
			}
		}
		return nil
	})
	s := start(t, ownCredentials, "--db", path)
	s.signIn("operator", "correct horse battery staple")
	return s
}

// curlBody is the body of the documentation's curl example, its white space included.
const curlBody = `{
        "data": {
            "type": "account_membership",
            "account_member_id": "486fa6f1-d85a-44a0-abdf-ff0076fffd6c"
          }
    }`

func TestDocumentedRequestsGetTheDocumentedAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, account, slashes, member, body string
	}{
		{"reference", documentedAccount, "", documentedMember,
			`{"data": {"account_member_id": "908f7849-60da-4e4a-a3b1-51d4cbe3b953", "type": "account_membership"}}`},
		{"guide, trailing slash", documentedAccount, "/", curlMember, curlBody},
		{"guide's curl, double slash", documentedAccount, "//", curlMember, curlBody},
		{"guide's SDK example", sdkAccount, "", sdkMember,
			`{"data":{"type":"account_membership","account_member_id":"00000000-0000-1000-8000-000f00000301"}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := documented(t)
			path := "/v2/accounts/" + c.account + "/account-memberships" + c.slashes

			created := s.want(http.StatusCreated, http.MethodPost, path, c.body)
			assertMembership(t, s, created, c.account, c.member)

			again := s.want(http.StatusConflict, http.MethodPost, path, c.body)
			assertError(t, again, "409", "Conflict", "account membership with the given account id and account member id already exists")

			nowhere := strings.Replace(path, c.account, unknownDocumentIDs, 1)
			unknown := s.want(http.StatusNotFound, http.MethodPost, nowhere, c.body)
			assertError(t, unknown, "404", "Not Found", "account not found")
		})
	}
}

func TestDocumentedUpdateGetsTheDocumentedAnswers(t *testing.T) {
	t.Parallel()
	s := documented(t)
	list := "/v2/accounts/" + documentedAccount + "/account-memberships"
	id, _ := s.want(http.StatusCreated, http.MethodPost, list, membershipBody(documentedMember)).At("data", "id").(string)

	body := `{"data": {"account_member_id": "908f7849-60da-4e4a-a3b1-51d4cbe3b953", "type": "account_membership"}}`
	updated := s.want(http.StatusOK, http.MethodPut, list+"/"+id, body)
	assertMembership(t, s, updated, documentedAccount, documentedMember)

	s.want(http.StatusConflict, http.MethodPut, list+"/"+id, membershipBody(curlMember)) // the member cannot be changed
	missing := s.want(http.StatusNotFound, http.MethodPut, list+"/"+unknownDocumentIDs, body)
	assertError(t, missing, "404", "Not Found", "account membership not found")
	nowhere := s.want(http.StatusNotFound, http.MethodPut, "/v2/accounts/"+unknownDocumentIDs+"/account-memberships/"+id, body)
	assertError(t, nowhere, "404", "Not Found", "account not found")
}

// assertMembership checks the documented keys: the documents show the link within data and beside it.
func assertMembership(t *testing.T, s *server, a answer, account, member string) {
	t.Helper()
	id, _ := a.At("data", "id").(string)
	self := s.url + "/v2/accounts/" + account + "/account-memberships/" + id
	for _, want := range []struct {
		value any
		path  []string
	}{
		{"account_membership", []string{"data", "type"}},
		{member, []string{"data", "relationships", "account_member", "data", "id"}},
		{"account_member", []string{"data", "relationships", "account_member", "data", "type"}},
		{self, []string{"data", "links", "self"}},
		{self, []string{"links", "self"}},
	} {
		if got := a.At(want.path...); got != want.value {
			t.Errorf("%s is %v instead of %v", strings.Join(want.path, "."), got, want.value)
		}
	}
	for _, key := range []string{"created_at", "updated_at"} {
		if v, _ := a.At("data", "meta", "timestamps", key).(string); len(v) != len("2021-02-23T09:40:33.882Z") {
			t.Errorf("%s is %q", key, v)
		}
	}
}

func assertError(t *testing.T, a answer, status, title, detail string) {
	t.Helper()
	var body struct {
		Errors []struct{ Status, Title, Detail string }
	}
	if err := json.Unmarshal(a.Body, &body); err != nil || len(body.Errors) != 1 {
		t.Fatalf("not one error in the documented form: %s", a.Body)
	}
	if e := body.Errors[0]; e.Status != status || e.Title != title || e.Detail != detail {
		t.Errorf("%+v instead of %s %s: %s", e, status, title, detail)
	}
}
