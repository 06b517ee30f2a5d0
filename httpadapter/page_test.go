package httpadapter_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// withAccounts adds accounts named A, B, C ..., a second apart.
func withAccounts(api *api, n int) {
	for i := range n {
		api.account(string(rune('A' + i)))
		api.clock.advance(time.Second)
	}
}

func TestAListWithoutRowsHasOnePage(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	got := api.get("/v2/accounts").want(http.StatusOK)
	want := `{"data":[],"meta":{"page":{"limit":25,"offset":0,"current":1,"total":1},"results":{"total":0}},"links":{` +
		`"current":"http://example.com/v2/accounts?page[offset]=0&page[limit]=25",` +
		`"first":"http://example.com/v2/accounts?page[offset]=0&page[limit]=25",` +
		`"last":"http://example.com/v2/accounts?page[offset]=0&page[limit]=25","next":null,"prev":null}}` + "\n"
	if string(got.body) != want {
		t.Errorf("got  %s\nwant %s", got.body, want)
	}
}

func TestThePagesOfAList(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	withAccounts(api, 5)
	for _, c := range []struct {
		query                         string
		names                         string
		limit, offset, current, pages int
		next, prev                    any // an offset or nil
		last                          int
	}{
		{"", "E D C B A", 25, 0, 1, 1, nil, nil, 0},
		{"page[limit]=2", "E D", 2, 0, 1, 3, 2, nil, 4},
		{"page%5Blimit%5D=2&page%5Boffset%5D=2", "C B", 2, 2, 2, 3, 4, 0, 4},
		{"page[limit]=2&page[offset]=4", "A", 2, 4, 3, 3, nil, 2, 4},
		{"page[limit]=2&page[offset]=1", "D C", 2, 1, 1, 3, 3, 0, 4},
		{"page[limit]=5", "E D C B A", 5, 0, 1, 1, nil, nil, 0},
		{"page[offset]=10000", "", 25, 10000, 401, 1, nil, 9975, 0},
		{"page[limit]=0", "", 0, 0, 1, 1, nil, nil, 0},
		{"page[limit]=0&page[offset]=3", "", 0, 3, 1, 1, nil, nil, 0},
		{"page[limit]=101", "E D C B A", 100, 0, 1, 1, nil, nil, 0},
		{"page[limit]=99999999999999999999999", "E D C B A", 100, 0, 1, 1, nil, nil, 0},
	} {
		got := api.list("/v2/accounts", c.query).want(http.StatusOK)
		meta := []int{got.number("meta.page.limit"), got.number("meta.page.offset"), got.number("meta.page.current"), got.number("meta.page.total"), got.number("meta.results.total")}
		if got.each("name") != c.names || !slices.Equal(meta, []int{c.limit, c.offset, c.current, c.pages, 5}) {
			t.Errorf("%q: %s, meta %v", c.query, got.each("name"), meta)
		}
		link := func(offset any) any {
			if offset == nil {
				return nil
			}
			return fmt.Sprintf("http://example.com/v2/accounts?page[offset]=%d&page[limit]=%d", offset, c.limit)
		}
		for name, offset := range map[string]any{"current": c.offset, "first": 0, "last": c.last, "next": c.next, "prev": c.prev} {
			if got.at("links."+name) != link(offset) {
				t.Errorf("%q: links.%s is %v, want %v", c.query, name, got.at("links."+name), link(offset))
			}
		}
	}
}

func TestFollowingNextReadsEveryRowOnce(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	account := api.account("Parks")
	for i := range 7 {
		api.join(account, api.member(fmt.Sprintf("M%d", i)))
	}
	list := "http://example.com" + account + "/account-memberships?page[limit]=2&sort=id&include=account_member&filter=" +
		url.QueryEscape(`like(account_member.name,"M*"):gt(created_at,2020-01-01)`)
	var seen []string
	for next := list; next != ""; {
		path, _ := strings.CutPrefix(next, "http://example.com")
		got := api.get(path).want(http.StatusOK)
		for item := range strings.FieldsSeq(got.each("id")) {
			seen = append(seen, item)
		}
		if got.at("included.account_members.0") == nil {
			t.Fatalf("%s forgot the include", next)
		}
		next, _ = got.at("links.next").(string)
	}
	if len(seen) != 7 || !slices.IsSorted(seen) || len(slices.Compact(seen)) != 7 {
		t.Errorf("read %v", seen)
	}
}

func TestListsAreSortedAsAsked(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	withAccounts(api, 3)
	for sort, names := range map[string]string{
		"name": "A B C", "-name": "C B A", "created_at": "A B C", "-created_at": "C B A", "updated_at": "A B C", "id": "A B C", "-id": "C B A", "": "C B A",
	} {
		if got := api.list("/v2/accounts", "sort="+sort).want(http.StatusOK); got.each("name") != names {
			t.Errorf("sort=%s: %s", sort, got.each("name"))
		}
	}
}

func TestListsAreFilteredAsAsked(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	account := api.account("Parks")
	ron, leslie := api.member("Ron"), api.member("Leslie")
	api.join(account, ron)
	api.join(account, leslie)
	api.post("/v2/accounts", `{"data":{"type":"account","name":"Tom's; a/b + c"}}`).want(http.StatusCreated)
	for _, c := range []struct{ list, filter, names string }{
		{"/v2/account-members", "eq(name,Ron)", "Ron"},
		{"/v2/account-members", "ilike(email,'RON*')", "Ron"},
		{"/v2/account-members", "is_null(given_name)", "Leslie Ron"},
		{"/v2/account-members", "(eq(name,Ron)|eq(name,Nobody)):like(email,*@example.com)", "Ron"},
		{"/v2/account-members", "in(id," + ron + "," + leslie + ")", "Leslie Ron"},
		{"/v2/account-members", "gt(created_at,2026-01-05T09:40:33.882Z)", ""},
		{"/v2/accounts", `eq(name,"Tom's; a/b + c")`, "Tom's; a/b + c"},
		{"/v2/accounts", "eq(name,)", ""},
	} {
		got := api.list(c.list, "filter="+url.QueryEscape(c.filter))
		if c.filter == "eq(name,)" {
			got.refused(http.StatusBadRequest, "invalid_filter")
			continue
		}
		if got.want(http.StatusOK).each("name") != c.names || got.number("meta.results.total") != len(strings.Fields(c.names)) && c.list == "/v2/account-members" {
			t.Errorf("%s?filter=%s: %s", c.list, c.filter, got.body)
		}
	}
	got := api.list(account+"/account-memberships", "filter=eq(account_member_id,"+ron+")").want(http.StatusOK)
	if got.each("account_member_id") != ron {
		t.Errorf("by member: %s", got.body)
	}
	// What the SDK leaves unescaped: a semicolon within quotes.
	if got := api.list("/v2/accounts", `filter=eq(name,%22Tom's;%20a/b%20%2B%20c%22)`).want(http.StatusOK); got.number("meta.results.total") != 1 {
		t.Errorf("with a plain semicolon: %s", got.body)
	}
}

func TestBadQueriesAreRefused(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	account, member := api.account("Parks"), api.member("Ron")
	lists := []string{"/v2/accounts", "/v2/account-members", account + "/account-memberships",
		account + "/account-memberships/unassigned-account-members", "/v2/account-members/" + member + "/account-memberships"}
	tooMany := "eq(id," + nowhere + ")" + strings.Repeat(":eq(id,"+nowhere+")", 10)
	for _, list := range lists {
		for _, c := range []struct{ query, code, parameter, detail string }{
			{"page[limit]=x", "invalid_parameter", "page[limit]", "page[limit] must be a whole number of 0 or more"},
			{"page[limit]=-1", "invalid_parameter", "page[limit]", "whole number"},
			{"page[limit]=%2B5", "invalid_parameter", "page[limit]", "whole number"},
			{"page[limit]=", "invalid_parameter", "page[limit]", "whole number"},
			{"page[limit]=1&page[limit]=2", "invalid_parameter", "page[limit]", "more than once"},
			{"page[offset]=1.5", "invalid_parameter", "page[offset]", "whole number"},
			{"page[offset]=10001", "invalid_parameter", "page[offset]", "sort=id&filter=gt(id,"},
			{"page[offset]=99999999999999999999", "invalid_parameter", "page[offset]", "at most 10000"},
			{"sort=colour", "invalid_sort", "sort", "created_at, updated_at"},
			{"sort=-", "invalid_sort", "sort", "allowed are"},
			{"sort=id&sort=name", "invalid_parameter", "sort", "more than once"},
			{"filter=nonsense", "invalid_filter", "filter", "Could not parse the supplied filter"},
			{"filter=eq(colour,red)", "invalid_filter", "filter", "allowed are"},
			{"filter=contains(id,x)", "invalid_filter", "filter", "cannot be used on id"},
			{"filter=" + tooMany, "invalid_filter", "filter", "at most 10"},
			{"filter=" + strings.Repeat("x", 9000), "invalid_filter", "filter", "at most 8192"},
			{"filter=eq(id,x)&filter=eq(id,y)", "invalid_parameter", "filter", "more than once"},
			{"filter=%ff%00", "invalid_filter", "filter", "Could not parse the supplied filter"},
			{"filter=%zz", "invalid_query", "", "cannot be read"},
		} {
			got := api.list(list, c.query).refused(http.StatusBadRequest, c.code).saying(c.detail)
			if parameter, _ := got.at("errors.0.source.parameter").(string); parameter != c.parameter {
				t.Errorf("%s?%s blames %q", list, c.query, parameter)
			}
			if c.code == "invalid_filter" && !strings.HasPrefix(got.text("errors.0.detail"), "Could not parse the supplied filter") {
				t.Errorf("%s?%s: %s", list, c.query, got.body)
			}
		}
		all := api.list(list, "page[limit]=x&page[offset]=x&sort=x&filter=x").want(http.StatusBadRequest)
		if n := len(all.at("errors").([]any)); n != 4 {
			t.Errorf("%s: four faults give %d errors: %s", list, n, all.body)
		}
	}
	api.get(api.join(account, member) + "?%zz").want(http.StatusOK) // it asks for no parameter that could be wrong
}
