package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"testing"
)

// TestCustomFieldsSessionWorks pastes the session of docs/custom-fields.md into a shell, against a server that has an
// account with a membership.
func TestCustomFieldsSessionWorks(t *testing.T) {
	t.Parallel()
	shell, script := documentedSession(t, "docs/custom-fields.md", "(?s)<!-- custom-fields-session -->\n```sh\n(.*?)```")

	for _, store := range [][]string{{"--in-memory"}, {"--db", newDatabase(t)}} {
		t.Run(store[0], func(t *testing.T) {
			t.Parallel()
			s := start(t, ownCredentials, store...)
			s.signIn("operator", "correct horse battery staple")
			account := s.createAccount("acme")
			list := "/v2/accounts/" + account + "/account-memberships"
			membership := s.join(account, s.createMember("ron"))
			s.join(account, s.createMember("leslie"))

			session := exec.CommandContext(t.Context(), shell, "-e", "-c", script)
			session.Env = append(os.Environ(), "api="+s.url, "token="+s.token, "account="+account, "membership="+membership)
			out, err := session.Output()
			if err != nil {
				t.Fatalf("%v: %s\n%s", err, out, s.stderr)
			}
			answers := documentsIn(t, out)
			if len(answers) != 4 {
				t.Fatalf("%d answers instead of 4: %s", len(answers), out)
			}
			defined, before, changed, admins := answers[0], answers[1], answers[2], answers[3]
			field, _ := defined.At("data").(map[string]any)
			if field["type"] != "field" || field["slug"] != "role" || field["index"] != true {
				t.Errorf("the field: %s", defined.Body)
			}
			if before.At("data", "id") != membership || before.At("data", "role") != "member" {
				t.Errorf("the membership from before: %s", before.Body)
			}
			if changed.At("data", "id") != membership || changed.At("data", "role") != "admin" {
				t.Errorf("the changed membership: %s", changed.Body)
			}
			rows, _ := admins.At("data").([]any)
			if total := admins.At("meta", "results", "total"); len(rows) != 1 || total != 1.0 {
				t.Fatalf("%d admins, a total of %v: %s", len(rows), total, admins.Body)
			}
			if admin, _ := rows[0].(map[string]any); admin["id"] != membership || admin["role"] != "admin" {
				t.Errorf("the admin: %s", admins.Body)
			}

			refused := s.want(http.StatusUnprocessableEntity, http.MethodPut, list+"/"+membership,
				`{"data": {"type": "account_membership", "role": "owner"}}`)
			for _, says := range []string{`"pointer":"/data/role"`, "member, admin"} { // as the guide says below the session
				if !bytes.Contains(refused.Body, []byte(says)) {
					t.Errorf("no %s in %s", says, refused.Body)
				}
			}
		})
	}
}

// documentsIn are the JSON documents that an output consists of.
func documentsIn(t *testing.T, out []byte) (all []answer) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		var document json.RawMessage
		if err := dec.Decode(&document); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		all = append(all, answer{Body: slices.Clone(document)})
	}
}

// join makes a member join an account, and returns the new id.
func (s *server) join(account, member string) string {
	s.t.Helper()
	path := "/v2/accounts/" + account + "/account-memberships"
	return s.want(http.StatusCreated, http.MethodPost, path, membershipBody(member)).At("data", "id").(string)
}
