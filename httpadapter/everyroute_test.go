package httpadapter_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

const historyPattern = "/v1/account-memberships/{membership}/history"

// notFound is the code with which an unknown id at a parameter of a path is answered.
var notFound = map[string]string{
	"account": "account_not_found", "member": "member_not_found", "membership": "membership_not_found", "tag": "tag_not_found",
	"realm": "realm_not_found", "user": "member_not_found", "profile": "password_profile_not_found", "login": "login_not_found",
	"flow": "flow_not_found", "field": "field_not_found",
}

// TestNoRouteTakesAForeignID puts wrong ids at every wildcard of every route: what is in a path is unknown or known,
// never malformed.
func TestNoRouteTakesAForeignID(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	before := everything(world)
	for _, r := range world.routes() {
		method, pattern := r[0], r[1]
		body := ""
		if example := requestExample(method, pattern); example != nil {
			body = asJSON(t, example)
		}
		for _, wrong := range wildcard.FindAllStringSubmatch(pattern, -1) {
			parameter := wrong[1]
			for _, id := range wrongIDs(pattern, parameter) {
				path := filled(pattern, func(p string) string {
					if p == parameter {
						return id
					}
					return exampleID(p).String()
				})
				world.send(method, path, body).refused(http.StatusNotFound, notFound[parameter])
			}
		}
	}
	if after := everything(world); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
}

// wrongIDs are ids that are not right at a parameter: no ids at all, ids that nothing has, and ids of something else.
func wrongIDs(pattern, parameter string) []string {
	ids := []string{nowhere, "00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "x", "%20", "%00", "null", "a%2Fb",
		"%7B" + exampleID(parameter).String() + "%7D", strings.ReplaceAll(exampleID(parameter).String(), "-", "")}
	for other, code := range notFound {
		if code != notFound[parameter] {
			ids = append(ids, exampleID(other).String())
		}
	}
	// Why only these: the second account is as good as the first, but its membership is not in the first.
	if parameter == "membership" && pattern != historyPattern || parameter == "login" || parameter == "realm" {
		ids = append(ids, foreignID(parameter).String())
	}
	return ids
}

// everything is what all lists and settings answer.
func everything(world *api) string {
	var all strings.Builder
	for _, path := range resources(world) {
		if path != "/openapi.yaml" {
			all.Write(world.get(path).want(http.StatusOK).body)
		}
	}
	return all.String()
}

// TestWhatIsReadCanBeSentBack: a client may send back what it got, links and all, and nothing moves.
func TestWhatIsReadCanBeSentBack(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	bare := []string{world.account("Bare"), "/v2/account-members/" + world.post("/v2/account-members", `{"data":{"type":"account_member","name":"April"}}`).want(http.StatusCreated).text("data.id"),
		"/v2/account-tags/" + world.post("/v2/account-tags", `{"data":{"type":"account_tag","name":"<b>&"}}`).want(http.StatusCreated).text("data.id")}
	for _, r := range world.routes() {
		if r[0] == http.MethodPut {
			bare = append(bare, withExamples(r[1]))
		}
	}
	if len(bare) < 12 {
		t.Errorf("only %d resources can be changed", len(bare))
	}
	for _, path := range bare {
		before := world.get(path).want(http.StatusOK)
		world.clock.advance(time.Hour)
		after := world.put(path, string(before.body)).want(http.StatusOK)
		if string(after.body) != string(before.body) {
			t.Errorf("%s changed:\n%s%s", path, before.body, after.body)
		}
		if again := world.get(path); string(again.body) != string(before.body) {
			t.Errorf("%s changed:\n%s%s", path, before.body, again.body)
		}
	}
}

// TestEveryListIsPaged: page, sort and filter mean the same on every list.
func TestEveryListIsPaged(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	lists := 0
	for _, path := range resources(world) {
		if path == "/openapi.yaml" || world.get(path).at("meta.page") == nil {
			continue
		}
		lists++
		all := world.list(path, "sort=id").want(http.StatusOK)
		ids := strings.Fields(all.each("id"))
		down := strings.Fields(world.list(path, "sort=-id").want(http.StatusOK).each("id"))
		slices.Reverse(down)
		if !slices.IsSorted(ids) || !slices.Equal(ids, down) {
			t.Errorf("%s: sort=id gives %v, sort=-id %v", path, ids, down)
		}
		for _, id := range ids {
			got := world.list(path, "filter=eq(id,"+id+")&page[limit]=1").want(http.StatusOK)
			if got.each("id") != id || got.number("meta.results.total") != 1 {
				t.Errorf("%s: filtered by id: %s", path, got.body)
			}
		}
		if got := world.list(path, "page[limit]=0&include=account_tags,account_members,nothing").want(http.StatusOK); got.at("included") != nil || got.each("id") != "" {
			t.Errorf("%s: a page of nothing: %s", path, got.body)
		}
		for query, code := range map[string]string{"sort=colour": "invalid_sort", "filter=eq(colour,red)": "invalid_filter", "page[limit]=x": "invalid_parameter"} {
			world.list(path, query).refused(http.StatusBadRequest, code)
		}
	}
	if lists != 12 {
		t.Errorf("there are %d lists", lists)
	}
}
