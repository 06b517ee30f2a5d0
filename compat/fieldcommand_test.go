package compat

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// newField is what `epcc create field` sends, which spells a way into the body as relationships.flow.data.id.
func newField(flow, slug, fieldType string, attributes map[string]any) map[string]any {
	data := map[string]any{
		"type": "field", "name": slug, "slug": slug, "field_type": fieldType,
		"description": "", "enabled": true, "required": false,
		"relationships": map[string]any{"flow": map[string]any{"data": map[string]any{"id": flow, "type": "flow"}}},
	}
	maps.Copy(data, attributes)
	return data
}

func (c *cli) createField(flow, slug, fieldType string, attributes map[string]any) {
	c.t.Helper()
	c.run(http.MethodPost, "/v2/fields", nil, newField(flow, slug, fieldType, attributes))
}

// remove is delete, with the type that the command's resource has.
func (c *cli) remove(path, kind string) reply {
	c.t.Helper()
	return c.do(http.MethodDelete, path, nil, map[string]any{"type": kind})
}

func TestFlowAndFieldCommandsOfTheCommandLineClient(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		c := newCLI(t, s)
		c.logIn()

		c.create("/v2/flows/", "flow", map[string]any{
			"name": "Account memberships", "slug": "account-memberships", "description": "Who may do what", "enabled": true,
		})
		flow := c.alias("flow", "slug=account-memberships")
		if flow != c.alias("flow", "name=Account_memberships") || flow != c.alias("flow", "last_read=entity") {
			t.Error("the flow's aliases differ")
		}
		r := c.run(http.MethodPut, "/v2/flows/"+flow, nil, map[string]any{"type": "flow", "description": nil})
		if r.At("data", "description") != nil || r.Text("data", "name") != "Account memberships" {
			t.Errorf("%s", r.Body)
		}

		c.createField(flow, "role", "string", map[string]any{"default": "member", "required": true, "validation_rules": []any{
			map[string]any{"type": "enum", "options": []any{"member", "admin"}},
		}})
		role := c.alias("field", "slug=role")
		if flow != c.alias("flow", "related_flow_for_field_last_read=entity") {
			t.Error("the field's flow is another one")
		}
		c.createField(flow, "seat", "integer", map[string]any{"order": 1, "omit_null": true, "validation_rules": []any{
			map[string]any{"type": "between", "options": map[string]any{"from": 1, "to": 100}},
		}})
		c.get("/v2/fields/" + role)
		r = c.run(http.MethodPut, "/v2/fields/"+role, nil, map[string]any{"type": "field", "name": "The role"})
		if r.Text("data", "name") != "The role" || r.Text("data", "default") != "member" || r.At("data", "required") != true {
			t.Errorf("%s", r.Body)
		}
		c.alias("field", "name=The_role")

		if got := len(c.all("/v2/flows/", 100)); got != 1 {
			t.Errorf("%d flows", got)
		}
		ids := c.all("/v2/fields", 25)
		ofFlow := c.all("/v2/flows/account-memberships/fields", 25) // flow-fields resolves an alias to the slug
		slices.Sort(ids)
		slices.Sort(ofFlow)
		if len(ids) != 2 || !slices.Equal(ids, ofFlow) {
			t.Errorf("fields %v, of the flow %v", ids, ofFlow)
		}
		sorted := c.get("/v2/fields", "filter", "eq(slug,seat)", "page[limit]", "1", "sort", "-created_at").Rows()
		if len(sorted) != 1 || sorted[0]["id"] != c.alias("field", "slug=seat") {
			t.Errorf("%v", sorted)
		}

		if r := c.remove("/v2/flows/"+flow, "flow"); r.Status != http.StatusConflict {
			t.Errorf("delete a flow with fields: %d %s", r.Status, r.Body)
		}
		for i, status := range []int{http.StatusNoContent, http.StatusNotFound} { // the second as with --allow-404
			if r := c.remove("/v2/fields/"+role, "field"); r.Status != status {
				t.Errorf("delete number %d: %d %s", i+1, r.Status, r.Body)
			}
		}
	})
}

// TestValuesOfTheCommandLineClient: what looks like a number or a boolean is sent as one.
func TestValuesOfTheCommandLineClient(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		c := newCLI(t, s)
		c.logIn()
		users := c.realm() + "/user-authentication-info"
		c.create("/v2/accounts", "account", map[string]any{"name": "Sewage", "legal_name": "Sewage"})
		account := c.alias("account", "name=Sewage")
		c.create(users, "user_authentication_info", map[string]any{"name": "Joe", "email": "joe@example.com"})
		user := c.alias("user_authentication_info", "email=joe@example.com")
		memberships := "/v2/accounts/" + account + "/account-memberships"
		c.create(memberships, "account_membership", map[string]any{"account_member_id": user})
		membership := c.alias("account_membership", "last_read=entity")

		for _, x := range []struct{ slug, path, kind, shown string }{
			{"accounts", "/v2/accounts/" + account, "account", "/v2/accounts/" + account},
			{"account-members", users + "/" + user, "user_authentication_info", "/v2/account-members/" + user},
			{"account-memberships", memberships + "/" + membership, "account_membership", memberships + "/" + membership},
		} {
			flow := c.create("/v2/flows/", "flow", map[string]any{"name": x.slug, "slug": x.slug}).Text("data", "id")
			c.createField(flow, "code", "string", map[string]any{"default": "none"})
			c.createField(flow, "floor", "integer", nil)
			c.createField(flow, "share", "float", map[string]any{"default": 0.5})
			c.createField(flow, "active", "boolean", map[string]any{"default": true})
			c.createField(flow, "since", "date", nil)

			r := c.get(x.shown)
			for name, want := range map[string]any{"code": "none", "floor": nil, "share": 0.5, "active": true, "since": nil} {
				if got := r.At("data", name); got != want {
					t.Errorf("%s, from before its fields: %s is %v", x.slug, name, got)
				}
			}
			c.run(http.MethodPut, x.path, nil, map[string]any{
				"type": x.kind, "active": false, "code": "PIT 46", "floor": -2, "share": 1, "since": "2026-01-05",
			})
			r = c.get(x.shown)
			for name, want := range map[string]any{
				"code": "PIT 46", "floor": -2.0, "share": 1.0, "active": false, "since": "2026-01-05",
			} {
				if got := r.At("data", name); got != want {
					t.Errorf("%s: %s is %v", x.slug, name, got)
				}
			}
			if id := c.alias(r.Text("data", "type"), "code=PIT_46"); id != r.Text("data", "id") {
				t.Errorf("%s: the code's alias is %s", x.slug, id)
			}

			// An unquoted code of digits is a number, which is no text; null clears.
			bad := c.do(http.MethodPut, x.path, nil, map[string]any{"type": x.kind, "code": 46})
			if bad.Status != http.StatusBadRequest {
				t.Errorf("%s: a number for a text: %d %s", x.slug, bad.Status, bad.Body)
			}
			c.run(http.MethodPut, x.path, nil, map[string]any{"type": x.kind, "floor": nil})
			if r = c.get(x.shown); r.At("data", "floor") != nil || r.Text("data", "code") != "PIT 46" {
				t.Errorf("%s", r.Body)
			}
		}
		for path, filter := range map[string]string{
			"/v2/accounts":        `eq(active,false):ge(since,2026-01-01)`,
			"/v2/account-members": `like(code,"PIT *"):gt(share,0.5)`,
			memberships:           `in(code,"PIT 46",other):is_null(floor)`,
		} {
			if rows := c.get(path, "filter", filter, "sort", "-share").Rows(); len(rows) != 1 || rows[0]["code"] != "PIT 46" {
				t.Errorf("%s?filter=%s: %v", path, filter, rows)
			}
		}
	})
}

// TestDeleteAllFieldsAndFlows fills a flow to its limit, and removes all of it at once.
func TestDeleteAllFieldsAndFlows(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		const many = 100
		c := newCLI(t, s)
		c.logIn()
		for _, slug := range []string{"accounts", "account-members", "account-memberships"} {
			c.create("/v2/flows/", "flow", map[string]any{"name": slug, "slug": slug})
		}
		flow := c.alias("flow", "slug=accounts")
		refused := 0
		for i, r := range c.parallel(many+5, 20, func(i int) reply {
			return c.do(http.MethodPost, "/v2/fields", nil, newField(flow, fmt.Sprint("field-", i), "string", nil))
		}) {
			switch {
			case r.Status == http.StatusUnprocessableEntity:
				refused++
			case r.Status != http.StatusCreated:
				t.Fatalf("field %d: %d %s", i, r.Status, r.Body)
			}
		}
		if refused != 5 {
			t.Errorf("%d of %d fields were refused", refused, many+5)
		}
		values := map[string]any{"name": "Wide", "legal_name": "Wide"}
		for i := range many + 5 {
			values[fmt.Sprint("field-", i)] = fmt.Sprint("value ", i)
		}
		wide := c.create("/v2/accounts", "account", values)
		if shown := strings.Count(string(wide.Body), `"value `); shown != many {
			t.Errorf("%d values are shown: %s", shown, wide.Body)
		}

		for _, what := range []struct {
			path string
			rows int
		}{{"/v2/fields", many}, {"/v2/flows", 3}} {
			ids := c.all(what.path, 25)
			if len(ids) != what.rows {
				t.Errorf("%s: %d of %d are listed", what.path, len(ids), what.rows)
			}
			for i, r := range c.parallel(len(ids), 100, func(i int) reply {
				return c.do(http.MethodDelete, what.path+"/"+ids[i], nil, nil)
			}) {
				if r.Status != http.StatusNoContent {
					t.Errorf("%s: delete %d: %d %s", what.path, i, r.Status, r.Body)
				}
			}
			if left := c.all(what.path, 100); len(left) > 0 {
				t.Errorf("%s: %d are left", what.path, len(left))
			}
		}
		bare := c.get("/v2/accounts/" + wide.Text("data", "id"))
		if bare.Text("data", "name") != "Wide" || strings.Contains(string(bare.Body), `"field-`) {
			t.Errorf("after the fields: %s", bare.Body)
		}
	})
}
