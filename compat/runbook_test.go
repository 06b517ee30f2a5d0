package compat

import (
	"fmt"
	"net/http"
	"testing"
)

// enablePasswords is the runbook enable-password-authentication.
func (c *cli) enablePasswords() {
	c.t.Helper()
	c.create(c.realm()+"/password-profiles", "password_profile", map[string]any{"name": "Username and Password Authentication"})
}

// createSingleton is the runbook create-singleton-account-member.
func (c *cli) createSingleton(name, email, password string) (membership reply) {
	c.t.Helper()
	realm := c.realm()
	c.get(realm + "/password-profiles")
	c.create(realm+"/user-authentication-info", "user_authentication_info", map[string]any{"name": name, "email": email})
	user := c.alias("user_authentication_info", "last_read=entity")
	c.create(realm+"/user-authentication-info/"+user+"/user-authentication-password-profile-info", "user_authentication_password_profile_info",
		map[string]any{"username": email, "password": password, "password_profile_id": c.alias("password_profile", "last_read=array[0]")})
	c.get("/v2/account-members/" + c.alias("user_authentication_info", "last_read=entity"))
	c.create("/v2/accounts", "account", map[string]any{"name": "Personal Account For " + name, "legal_name": "Individual Account For " + name})
	return c.create("/v2/accounts/"+c.alias("account", "last_read=entity")+"/account-memberships", "account_membership",
		map[string]any{"account_member_id": user})
}

func TestRunbookForASingletonAccountMember(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		c := newCLI(t, s)
		c.logIn()
		c.enablePasswords()
		membership := c.createSingleton("Ron Swanson", "ron@swanson.com", "password")

		member := c.alias("account_member", "last_read=entity")
		if member != c.alias("user_authentication_info", "last_read=entity") {
			t.Error("the account member does not have the user's id")
		}
		if got := membership.Text("data", "account_member_id"); got != member {
			t.Errorf("the membership is of %s", got)
		}
		c.alias("account", "name=Personal_Account_For_Ron_Swanson")
		c.alias("account_member", "email=ron@swanson.com")

		// Run again it stops at the username, as it does there.
		realm := c.realm()
		again := c.do(http.MethodPost, realm+"/user-authentication-info/"+member+"/user-authentication-password-profile-info", nil, map[string]any{
			"type": "user_authentication_password_profile_info", "username": "ron@swanson.com", "password": "password",
			"password_profile_id": c.alias("password_profile", "last_read=entity"),
		})
		if again.Status != http.StatusConflict {
			t.Errorf("the same username again: %d %s", again.Status, again.Body)
		}
		c.createSingleton("April Ludgate", "april@example.com", "password")
	})
}

func TestRunbookForADeepHierarchyAndItsRemoval(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		const depth, width = 4, 3
		c := newCLI(t, s)
		c.logIn()
		level := []any{nil} // the parents of the next level
		want := 0
		for d := range depth {
			var next []any
			want += len(level) * width
			for i, r := range c.parallel(len(level)*width, 20, func(i int) reply {
				data := map[string]any{"type": "account", "name": fmt.Sprintf("Level %d Number %d", d, i), "legal_name": "Hierarchy"}
				if parent := level[i/width]; parent != nil {
					data["parent_id"] = parent
				}
				return c.do(http.MethodPost, "/v2/accounts", nil, data)
			}) {
				if r.Status != http.StatusCreated {
					t.Fatalf("account %d of level %d: %d %s", i, d, r.Status, r.Body)
				}
				next = append(next, r.Text("data", "id"))
			}
			level = next
		}
		leaf := c.get("/v2/accounts/" + level[0].(string))
		if ancestors, _ := leaf.At("data", "relationships", "ancestors").([]any); len(ancestors) != depth-1 {
			t.Errorf("a leaf has the ancestors %v", ancestors)
		}

		ids := c.all("/v2/accounts", 100)
		if len(ids) != want || len(c.all("/v2/accounts", 25)) != want {
			t.Fatalf("%d accounts instead of %d", len(ids), want)
		}
		for i, r := range c.parallel(len(ids), 100, func(i int) reply {
			return c.do(http.MethodDelete, "/v2/accounts/"+ids[i], nil, map[string]any{"type": "account"})
		}) {
			if r.Status != http.StatusNoContent {
				t.Errorf("delete %d: %d %s", i, r.Status, r.Body)
			}
		}
		if left := c.all("/v2/accounts", 100); len(left) > 0 {
			t.Errorf("%d accounts are left", len(left))
		}
	})
}

// TestDeleteAll removes a hundred of everything at once, without bodies and with them.
func TestDeleteAll(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		const many = 100
		c := newCLI(t, s)
		c.logIn()
		users := c.realm() + "/user-authentication-info"
		account := c.create("/v2/accounts", "account", map[string]any{"name": "Full", "legal_name": "Full"}).Text("data", "id")
		memberships := "/v2/accounts/" + account + "/account-memberships"
		created := func(replies []reply) {
			t.Helper()
			for i, r := range replies {
				if r.Status != http.StatusCreated {
					t.Fatalf("%d: %d %s", i, r.Status, r.Body)
				}
			}
		}
		made := c.parallel(many, 20, func(i int) reply {
			return c.do(http.MethodPost, users, nil, map[string]any{"type": "user_authentication_info",
				"name": fmt.Sprint("Member ", i), "email": fmt.Sprintf("member%d@example.com", i)})
		})
		created(made)
		created(c.parallel(many, 20, func(i int) reply {
			return c.do(http.MethodPost, memberships, nil, map[string]any{"type": "account_membership", "account_member_id": made[i].Text("data", "id")})
		}))
		created(c.parallel(many, 20, func(i int) reply {
			return c.do(http.MethodPost, "/v2/account-tags/", nil, map[string]any{"type": "account_tag", "name": fmt.Sprint("tag ", i)})
		}))

		for _, what := range []struct {
			path string
			body any
		}{
			{memberships, map[string]any{"type": "account_membership"}},
			{users, map[string]any{"type": "user_authentication_info"}},
			{"/v2/account-tags", nil},
		} {
			ids := c.all(what.path, 25)
			if len(ids) != many {
				t.Errorf("%s: %d of %d are listed", what.path, len(ids), many)
			}
			for i, r := range c.parallel(len(ids), 100, func(i int) reply {
				return c.do(http.MethodDelete, what.path+"/"+ids[i], nil, what.body)
			}) {
				if r.Status != http.StatusNoContent {
					t.Errorf("%s: delete %d: %d %s", what.path, i, r.Status, r.Body)
				}
			}
			if left := c.all(what.path, 100); len(left) > 0 {
				t.Errorf("%s: %d are left", what.path, len(left))
			}
		}
	})
}
