package crash_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/roster-go/roster/membership"
)

// one sends a request of any kind; false when no answer came.
func (c *client) one() bool {
	return requests[c.rng.IntN(len(requests))](c)
}

// requests are all kinds of writes; those that happen more often are listed more often. REQUEST in a body becomes the
// request's id, so that what it changes is new.
var requests = []func(*client) bool{
	(*client).createAccount, (*client).createAccount, (*client).updateAccount, (*client).deleteAccount,
	(*client).createMember, (*client).createMember, (*client).updateMember, (*client).deleteMember,
	(*client).join, (*client).join, (*client).join, (*client).join, (*client).join,
	(*client).updateMembership, (*client).updateMembership, (*client).remove, (*client).remove,
	(*client).createTag, (*client).tagAccount, (*client).deleteTag,
	(*client).createField, (*client).updateField, (*client).deleteField, (*client).changeSettings,
}

// keep puts on the board what was made.
func (b *board) keep(list *[]string, path string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	*list = append(*list, path)
}

// any is one of the newest of a list.
func (c *client) any(list *[]string) (path string, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	newest := (*list)[max(0, len(*list)-20):]
	if len(newest) == 0 {
		return "", false
	}
	return newest[c.rng.IntN(len(newest))], true
}

// drop takes something off the board, most often; else the next one is refused.
func (c *client) drop(list *[]string, path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.Index(*list, path); i >= 0 && c.rng.IntN(4) > 0 {
		*list = slices.Delete(*list, i, i+1)
	}
}

// create makes something, and puts it on the board.
func (c *client) create(list *[]string, typ membership.ChangeType, path, body string) bool {
	r, ok, answered := c.ask(typ, typ == membership.MemberCreated, http.MethodPost, path, body)
	if ok {
		c.keep(list, path+"/"+r.Text("data", "id"))
	}
	return answered
}

// change changes something of the board, or makes do without.
func (c *client) change(list *[]string, typ membership.ChangeType, body string) bool {
	path, ok := c.any(list)
	if !ok {
		return true
	}
	_, _, answered := c.ask(typ, false, http.MethodPut, path, body)
	return answered
}

func (c *client) end(list *[]string, typ membership.ChangeType) bool {
	path, ok := c.any(list)
	if !ok {
		return true
	}
	c.drop(list, path)
	_, _, answered := c.ask(typ, false, http.MethodDelete, path, "")
	return answered
}

func (c *client) createAccount() bool {
	name := "REQUEST"
	if c.rng.IntN(8) == 0 {
		name = "" // which is refused
	}
	return c.create(&c.accounts, membership.AccountCreated, "/v2/accounts", `{"data":{"type":"account","name":"`+name+`"}}`)
}

func (c *client) updateAccount() bool {
	return c.change(&c.accounts, membership.AccountUpdated, `{"data":{"type":"account","legal_name":"REQUEST"}}`)
}

func (c *client) deleteAccount() bool { return c.end(&c.accounts, membership.AccountDeleted) }

func (c *client) createMember() bool {
	return c.create(&c.members, membership.MemberCreated, "/v2/account-members",
		`{"data":{"type":"account_member","name":"REQUEST","email":"ron@example.com"}}`)
}

func (c *client) updateMember() bool {
	return c.change(&c.members, membership.MemberUpdated, `{"data":{"type":"account_member","name":"REQUEST"}}`)
}

func (c *client) deleteMember() bool { return c.end(&c.members, membership.MemberDeleted) }

func (c *client) join() bool {
	account, there := c.any(&c.accounts)
	member, both := c.any(&c.members)
	if !there || !both {
		return true
	}
	return c.create(&c.joined, membership.MembershipCreated, account+"/account-memberships",
		`{"data":{"type":"account_membership","account_member_id":"`+lastOf(member)+`"}}`)
}

func lastOf(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

func (c *client) updateMembership() bool {
	return c.change(&c.joined, membership.MembershipUpdated, `{"data":{"type":"account_membership","seat":"REQUEST"}}`)
}

func (c *client) remove() bool { return c.end(&c.joined, membership.MembershipDeleted) }

func (c *client) createTag() bool {
	return c.create(&c.tags, membership.TagCreated, "/v2/account-tags", `{"data":{"type":"account_tag","name":"REQUEST"}}`)
}

// tagAccount gives a tag to an account that may have it: nothing can be claimed of it.
func (c *client) tagAccount() bool {
	account, there := c.any(&c.accounts)
	tag, both := c.any(&c.tags)
	if !there || !both {
		return true
	}
	_, _, answered := c.ask("", true, http.MethodPost, account+"/relationships/account-tags",
		`{"data":[{"type":"account_tag","id":"`+lastOf(tag)+`"}]}`)
	return answered
}

func (c *client) deleteTag() bool { return c.end(&c.tags, membership.TagDeleted) }

// makeFlow defines the field that memberships have from the beginning.
func (c *client) makeFlow() {
	r, ok, _ := c.ask(membership.FlowCreated, false, http.MethodPost, "/v2/flows", `{"data":{"type":"flow","name":"Account memberships",
		"slug":"account-memberships","description":"with a seat","enabled":true}}`)
	if !ok {
		c.t.Fatalf("no flow: %d %s", r.Status, r.Body)
	}
	c.flow = r.Text("data", "id")
	if r, ok, _ := c.ask(membership.FieldCreated, false, http.MethodPost, "/v2/fields", c.field("seat")); !ok {
		c.t.Fatalf("no field: %d %s", r.Status, r.Body)
	}
}

func (c *client) field(slug string) string {
	return fmt.Sprintf(`{"data":{"type":"field","name":"REQUEST","slug":%q,"field_type":"string","enabled":true,
		"relationships":{"flow":{"data":{"type":"flow","id":%q}}}}}`, slug, c.flow)
}

func (c *client) createField() bool {
	return c.create(&c.fields, membership.FieldCreated, "/v2/fields", c.field([]string{"desk", "floor", "seat"}[c.rng.IntN(3)]))
}

func (c *client) updateField() bool {
	return c.change(&c.fields, membership.FieldUpdated, `{"data":{"type":"field","description":"REQUEST"}}`)
}

func (c *client) deleteField() bool { return c.end(&c.fields, membership.FieldDeleted) }

func (c *client) changeSettings() bool {
	_, _, answered := c.ask(membership.SettingsUpdated, false, http.MethodPut, "/v2/settings/account-authentication",
		fmt.Sprintf(`{"data":{"type":"account_authentication_settings","account_management_authentication_token_timeout_secs":%d,
		"auto_create_account_for_account_members":%v}}`, 1+c.rng.IntN(1<<31), c.rng.IntN(3) == 0))
	return answered
}
