package compat

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestCommandsOfTheCommandLineClient(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		c := newCLI(t, s)
		c.logIn()
		realm := c.realm()

		t.Run("update sends one attribute, null clears it", func(t *testing.T) {
			id := c.create("/v2/accounts", "account", map[string]any{"name": "Paunch Burger", "legal_name": "Paunch Burger Inc.", "external_ref": "crm 1"}).Text("data", "id")
			c.alias("account", "external_ref=crm_1")
			r := c.run(http.MethodPut, "/v2/accounts/"+id, nil, map[string]any{"type": "account", "legal_name": "Paunch"})
			if r.Text("data", "name") != "Paunch Burger" || r.Text("data", "legal_name") != "Paunch" {
				t.Errorf("%s", r.Body)
			}
			r = c.run(http.MethodPut, "/v2/accounts/"+id, nil, map[string]any{"type": "account", "external_ref": nil})
			if r.At("data", "external_ref") != nil || r.Text("data", "legal_name") != "Paunch" {
				t.Errorf("%s", r.Body)
			}
		})

		t.Run("an unquoted number is a number, and refused where text belongs", func(t *testing.T) {
			r := c.do(http.MethodPost, "/v2/accounts", nil, map[string]any{"type": "account", "name": 123, "legal_name": true})
			if r.Status != http.StatusBadRequest {
				t.Errorf("%d %s", r.Status, r.Body)
			}
			c.create("/v2/accounts", "account", map[string]any{"name": "123", "legal_name": "quoted", "registration_id": "12345"})
		})

		t.Run("queries are escaped and sorted", func(t *testing.T) {
			c.create("/v2/accounts", "account", map[string]any{"name": "Pawnee Council", "legal_name": "sorted"})
			c.create("/v2/accounts", "account", map[string]any{"name": "Pawnee Commons", "legal_name": "sorted"})
			found := func(pairs ...string) string {
				var names []string
				for _, row := range c.get("/v2/accounts", pairs...).Rows() {
					name, _ := row["name"].(string)
					names = append(names, name)
				}
				return strings.Join(names, ", ")
			}
			for _, want := range []struct {
				names string
				query []string
			}{
				{"Pawnee Commons, Pawnee Council", []string{"filter", "like(name,*awnee C*)", "sort", "-created_at"}},
				{"Pawnee Council, Pawnee Commons", []string{"filter", "eq(legal_name,sorted)", "sort", "created_at"}},
				{"Pawnee Commons", []string{"filter", "like(name,*awnee C*)", "sort", "-created_at", "page[limit]", "1"}},
				{"Pawnee Council", []string{"filter", "like(name,*awnee C*)", "sort", "-created_at", "page[limit]", "1", "page[offset]", "1"}},
				{"Pawnee Council", []string{"filter", `eq(name,"Pawnee Council"):eq(legal_name,sorted)`}},
				{"", []string{"filter", "eq(name,pawnee council)"}},
			} {
				if got := found(want.query...); got != want.names {
					t.Errorf("%v: %q instead of %q", want.query, got, want.names)
				}
			}
			bad := c.do(http.MethodGet, "/v2/accounts", url.Values{"filter": {"eq(name"}}, nil)
			if bad.Status != http.StatusBadRequest || !strings.Contains(string(bad.Body), "Could not parse the supplied filter") {
				t.Errorf("%d %s", bad.Status, bad.Body)
			}
		})

		t.Run("tags", func(t *testing.T) {
			tag := c.create("/v2/account-tags/", "account_tag", map[string]any{"name": "press", "description": "Journalists"}).Text("data", "id")
			account := c.create("/v2/accounts", "account", map[string]any{"name": "Gazette", "legal_name": "Gazette"}).Text("data", "id")
			path := "/v2/accounts/" + account + "/relationships/account-tags"
			refs := []any{map[string]any{"id": tag, "type": "account_tag"}}
			c.run(http.MethodPost, path, nil, refs)
			if rows := c.get(path).Rows(); len(rows) != 1 || rows[0]["id"] != tag {
				t.Errorf("%v", rows)
			}
			if rows := c.get("/v2/accounts", "filter", "contains(account_tags,"+tag+")", "include", "account_tags").Rows(); len(rows) != 1 || rows[0]["id"] != account {
				t.Errorf("%v", rows)
			}
			if rows := c.run(http.MethodDelete, path, nil, refs).Rows(); len(rows) != 0 {
				t.Errorf("%v", rows)
			}
		})

		t.Run("users and members share their aliases", func(t *testing.T) {
			user := c.create(realm+"/user-authentication-info", "user_authentication_info", map[string]any{"name": "Donna Meagle", "email": "donna@example.com"}).Text("data", "id")
			c.get("/v2/account-members", "filter", "eq(email,donna@example.com)")
			if c.alias("account_member", "last_read=array[0]") != user || c.alias("account_member", "name=Donna_Meagle") != user {
				t.Error("the member is another one")
			}
			account := c.create("/v2/accounts", "account", map[string]any{"name": "Realty", "legal_name": "Realty"}).Text("data", "id")
			path := "/v2/accounts/" + account + "/account-memberships"
			if rows := c.get(path+"/unassigned-account-members/", "filter", "like(email,donna@*)").Rows(); len(rows) != 1 {
				t.Errorf("unassigned: %v", rows)
			}
			c.create(path, "account_membership", map[string]any{"account_member_id": user})
			if rows := c.get(path+"/unassigned-account-members/", "filter", "like(email,donna@*)").Rows(); len(rows) != 0 {
				t.Errorf("unassigned: %v", rows)
			}
			membership := c.alias("account_membership", "last_read=entity")
			c.get(path + "/" + membership)
			c.run(http.MethodDelete, path+"/"+membership, nil, map[string]any{"type": "account_membership"})
			if r := c.do(http.MethodDelete, path+"/"+membership, nil, map[string]any{"type": "account_membership"}); r.Status != http.StatusNotFound {
				t.Errorf("a second time, as with --allow-404: %d %s", r.Status, r.Body)
			}
		})

		t.Run("settings", func(t *testing.T) {
			r := c.run(http.MethodPut, "/v2/settings/account-authentication", nil,
				map[string]any{"type": "account_authentication_settings", "enable_self_signup": true})
			if r.At("data", "enable_self_signup") != true {
				t.Errorf("%s", r.Body)
			}
			c.alias("account_authentication_settings", "last_read=entity")
		})

		t.Run("optional headers", func(t *testing.T) {
			r := request{http.MethodGet, s.url + "/v2/accounts", http.Header{
				"Authorization":    {"Bearer " + c.token},
				"Content-Type":     {"application/json"},
				"EP-Beta-Features": {"account-management"},
				"EP-Account-Management-Authentication-Token": {"a-shopper-token"},
				"X-Moltin-Customer-Token":                    {"a-shopper-token"},
				"EP-Disable-Beta-Filtering":                  {"true"},
				"User-Agent":                                 {cliUserAgent},
			}, ""}
			r.want(t, c.client, http.StatusOK)
		})
	})
}
