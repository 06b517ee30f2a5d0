package httpadapter_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// tag adds an account tag and returns its id.
func (a *api) tag(name string) string {
	a.t.Helper()
	return a.post("/v2/account-tags", fmt.Sprintf(`{"data":{"type":"account_tag","name":%q}}`, name)).want(http.StatusCreated).text("data.id")
}

// tagging is a body that names tags.
func tagging(ids ...string) string {
	var all []string
	for _, id := range ids {
		all = append(all, fmt.Sprintf(`{"type":"account_tag","id":%q}`, id))
	}
	return `{"data":[` + strings.Join(all, ",") + `]}`
}

func TestATagIsAnsweredAsDocumented(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	got := api.post("/v2/account-tags/", `{"data":{"type":"account_tag","name":"press","description":"Newspapers"}}`).want(http.StatusCreated)
	self := "http://example.com/v2/account-tags/" + got.text("data.id")
	want := strings.NewReplacer("SELF", self, "ID", got.text("data.id")).Replace(
		`{"data":{"id":"ID","type":"account_tag","name":"press","description":"Newspapers",` +
			`"meta":{"timestamps":{"created_at":"2026-01-05T09:40:33.882Z","updated_at":"2026-01-05T09:40:33.882Z"}},` +
			`"links":{"self":"SELF"}},"links":{"self":"SELF"}}` + "\n")
	if string(got.body) != want || got.header.Get("Location") != self {
		t.Errorf("got  %s\nwant %s", got.body, want)
	}
	path := "/v2/account-tags/" + got.text("data.id")
	if again := api.get(path).want(http.StatusOK); string(again.body) != want {
		t.Errorf("read back: %s", again.body)
	}

	api.clock.advance(time.Minute)
	changed := api.put(path, `{"data":{"type":"account_tag","description":null}}`).want(http.StatusOK)
	if changed.at("data.description") != nil || changed.text("data.name") != "press" || changed.text("data.meta.timestamps.updated_at") != "2026-01-05T09:41:33.882Z" {
		t.Errorf("changed: %s", changed.body)
	}
	api.put(path, `{"data":{"type":"account_tag","name":7}}`).refused(http.StatusBadRequest, "invalid_field")
	api.post("/v2/account-tags", `{"data":{"type":"account_tag","name":" ","description":[]}}`).want(http.StatusBadRequest)
	api.delete(path).want(http.StatusNoContent)
	api.get(path).refused(http.StatusNotFound, "tag_not_found").saying("account tag not found")
}

func TestATagsNameIsTakenOnce(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	api.tag("press")
	got := api.post("/v2/account-tags", `{"data":{"type":"account_tag","name":"press"}}`).refused(http.StatusConflict, "tag_name_taken")
	if got.text("errors.0.source.pointer") != "/data/name" {
		t.Errorf("got %s", got.body)
	}
	api.put("/v2/account-tags/"+api.tag("trade"), `{"data":{"type":"account_tag","name":"press"}}`).refused(http.StatusConflict, "tag_name_taken")
}

func TestAnAccountIsTaggedAndUntagged(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	account := api.account("Parks")
	path := account + "/relationships/account-tags"
	press, trade, local := api.tag("press"), api.tag("trade"), api.tag("local")
	list := func(ids ...string) string {
		var all []string
		for _, id := range ids {
			all = append(all, fmt.Sprintf(`{"id":%q,"type":"account_tag"}`, id))
		}
		return `{"data":[` + strings.Join(all, ",") + `],"links":{"self":"http://example.com` + path + `"}}` + "\n"
	}
	for i, c := range []struct{ method, body, left string }{
		{http.MethodGet, "", list()},
		{http.MethodPost, tagging(), list()},
		{http.MethodPost, tagging(trade, local), list(local, trade)},
		{http.MethodPost, tagging(press, trade, press), list(local, press, trade)},
		{http.MethodGet, "", list(local, press, trade)},
		{http.MethodDelete, tagging(), list(local, press, trade)},
		{http.MethodDelete, tagging(local, local), list(press, trade)},
		{http.MethodDelete, tagging(local), list(press, trade)},
		{http.MethodPost, tagging(slices.Repeat([]string{trade}, 100)...), list(press, trade)},
	} {
		if got := api.send(c.method, path, c.body).want(http.StatusOK); string(got.body) != c.left {
			t.Errorf("step %d: got  %s\nwant %s", i, got.body, c.left)
		}
	}
	got := api.get(account).want(http.StatusOK)
	if got.text("data.relationships.account_tags.data.0.id") != press || got.at("data.relationships.parent") != nil {
		t.Errorf("got %s", got.body)
	}
	api.delete("/v2/account-tags/" + press).want(http.StatusNoContent)
	api.delete("/v2/account-tags/" + trade).want(http.StatusNoContent)
	if got := api.get(account).want(http.StatusOK); got.at("data.relationships") != nil {
		t.Errorf("tags that are gone are still there: %s", got.body)
	}
}

func TestTagsAreGivenAndTakenAllOrNone(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	account := api.account("Parks")
	path := account + "/relationships/account-tags"
	press, trade := api.tag("press"), api.tag("trade")
	api.post(path, tagging(press)).want(http.StatusOK)
	before := api.get(path)
	zeros := `{"data":[` + strings.Repeat("0,", 99) + `0]}`
	tooMany := tagging(slices.Repeat([]string{trade}, 101)...)
	for _, method := range []string{http.MethodPost, http.MethodDelete} {
		for _, c := range []struct {
			body, code, pointer string
			status, errors      int
		}{
			{tagging(trade, press, nowhere), "tag_not_found", "/data/2/id", 404, 1},
			{tagging(press, "00000000-0000-0000-0000-000000000000"), "tag_not_found", "/data/1/id", 404, 1},
			{tagging("x"), "invalid_field", "/data/0/id", 400, 1},
			{tagging(press, "", trade, "y"), "invalid_field", "/data/1/id", 400, 2},
			{`{"data":[{"type":"account_tag"}]}`, "invalid_field", "/data/0/id", 400, 1},
			{`{"data":[{"type":"account_tag","id":7}]}`, "invalid_field", "/data/0/id", 400, 1},
			{`{"data":[{"id":"` + press + `"}]}`, "invalid_field", "/data/0/type", 400, 1},
			{`{"data":[{"type":"tag","id":null}]}`, "invalid_field", "/data/0/type", 400, 2},
			{`{"data":["` + press + `"]}`, "invalid_field", "/data/0", 400, 1},
			{zeros, "invalid_field", "/data/0", 400, 20},
			{tooMany, "invalid_field", "/data", 400, 1},
			{`{"data":{"type":"account_tag","id":"` + press + `"}}`, "invalid_field", "/data", 400, 1},
			{`{"data":null}`, "invalid_field", "/data", 400, 1},
			{`{}`, "invalid_field", "/data", 400, 1},
			{`[]`, "malformed_body", "", 400, 1},
			{``, "malformed_body", "", 400, 1},
			{`{"data":[{"id":1,"id":2}]}`, "malformed_body", "/data/0/id", 400, 1},
		} {
			got := api.send(method, path, c.body).refused(c.status, c.code)
			pointer, _ := got.at("errors.0.source.pointer").(string)
			if pointer != c.pointer || len(got.at("errors").([]any)) != c.errors {
				t.Errorf("%s %.80s: %s", method, c.body, got.body)
			}
		}
	}
	if after := api.get(path); string(after.body) != string(before.body) {
		t.Errorf("refused requests changed %s to %s", before.body, after.body)
	}
}

func TestAccountsAreFoundAndShownWithTheirTags(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	press, trade := api.tag("press"), api.tag("trade")
	for name, tags := range map[string][]string{"A": {press, trade}, "B": {press}, "C": nil} {
		api.post(api.account(name)+"/relationships/account-tags", tagging(tags...)).want(http.StatusOK)
	}
	for filter, names := range map[string]string{
		"contains(account_tags," + press + ")": "A B", "contains(account_tags," + trade + ")": "A", "contains(account_tags," + nowhere + ")": "",
		"contains(account_tags," + press + "):contains(account_tags," + trade + ")": "A",
	} {
		if got := api.list("/v2/accounts", "sort=name&filter="+filter).want(http.StatusOK); got.each("name") != names {
			t.Errorf("%s: %s", filter, got.body)
		}
	}
	got := api.list("/v2/accounts", "sort=name&include=account_tags,foo").want(http.StatusOK)
	if got.text("included.account_tags.0.name") != "press" || got.text("included.account_tags.1.name") != "trade" || len(got.at("included.account_tags").([]any)) != 2 {
		t.Errorf("got %s", got.body)
	}
	if got := api.list("/v2/accounts", "include=account_tags&filter=eq(name,C)").want(http.StatusOK); got.at("included") != nil {
		t.Errorf("an account without tags includes %s", got.body)
	}
	one := api.list("/v2/accounts", "filter=eq(name,A)").want(http.StatusOK).text("data.0.id")
	got = api.list("/v2/accounts/"+one, "include=ACCOUNT_TAGS").want(http.StatusOK)
	if got.text("included.account_tags.1.id") != trade || got.text("data.relationships.account_tags.data.1.id") != trade {
		t.Errorf("got %s", got.body)
	}
	if got := api.get("/v2/accounts/" + one + "?%zz&include=account_tags").want(http.StatusOK); got.at("included") == nil {
		t.Errorf("behind nonsense: %s", got.body)
	}
}
