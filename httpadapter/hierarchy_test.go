package httpadapter_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
)

// below adds an account below another one and returns its id.
func (a *api) below(parent, name string) string {
	a.t.Helper()
	body := fmt.Sprintf(`{"data":{"type":"account","name":%q,"parent_id":%q}}`, name, parent)
	return a.post("/v2/accounts", body).want(http.StatusCreated).text("data.id")
}

func idOf(path string) string { return path[strings.LastIndex(path, "/")+1:] }

func TestAnAccountBelowAnotherNamesItsAncestors(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	city := idOf(api.account("City"))
	parks := api.below(city, "Parks")
	got := api.post("/v2/accounts", `{"data":{"type":"account","name":"Pit 48","parent_id":"`+strings.ToUpper(parks)+`"}}`).want(http.StatusCreated)
	want := strings.NewReplacer("ID", got.text("data.id"), "CITY", city, "PARKS", parks).Replace(
		`{"data":{"id":"ID","type":"account","name":"Pit 48","legal_name":null,"registration_id":null,"external_ref":null,"parent_id":"PARKS",` +
			`"meta":{"timestamps":{"created_at":"2026-01-05T09:40:33.882Z","updated_at":"2026-01-05T09:40:33.882Z"}},` +
			`"relationships":{"parent":{"data":{"id":"PARKS","type":"account"}},` +
			`"ancestors":[{"data":{"id":"CITY","type":"account"}},{"data":{"id":"PARKS","type":"account"}}]},` +
			`"links":{"self":"http://example.com/v2/accounts/ID"}},"links":{"self":"http://example.com/v2/accounts/ID"}}` + "\n")
	if string(got.body) != want {
		t.Errorf("got  %s\nwant %s", got.body, want)
	}
	pit := "/v2/accounts/" + got.text("data.id")
	if again := api.get(pit).want(http.StatusOK); string(again.body) != want {
		t.Errorf("read back: %s", again.body)
	}
	listed := api.list("/v2/accounts", "filter=eq(parent_id,"+parks+")").want(http.StatusOK)
	if listed.each("name") != "Pit 48" || listed.text("data.0.relationships.ancestors.0.data.id") != city {
		t.Errorf("listed: %s", listed.body)
	}
	if roots := api.list("/v2/accounts", "filter=is_null(parent_id)").want(http.StatusOK); roots.each("name") != "City" || roots.at("data.0.relationships") != nil {
		t.Errorf("roots: %s", roots.body)
	}

	api.clock.advance(time.Minute)
	api.delete("/v2/accounts/" + parks).want(http.StatusNoContent)
	orphan := api.get(pit).want(http.StatusOK)
	if orphan.at("data.parent_id") != nil || orphan.at("data.relationships") != nil || orphan.text("data.meta.timestamps.updated_at") != "2026-01-05T09:41:33.882Z" {
		t.Errorf("without its parent: %s", orphan.body)
	}
}

func TestAParentMustBeAnAccount(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	for id, code := range map[string]string{
		`"x"`: "invalid_field", `""`: "invalid_field", `7`: "invalid_field", `[]`: "invalid_field", `"\u0000"`: "invalid_field",
		`"` + nowhere + `"`: "account_not_found", `"00000000-0000-0000-0000-000000000000"`: "account_not_found",
		`"ffffffff-ffff-ffff-ffff-ffffffffffff"`: "account_not_found",
	} {
		status := http.StatusBadRequest
		if code == "account_not_found" {
			status = http.StatusNotFound
		}
		got := api.post("/v2/accounts", `{"data":{"type":"account","name":"Child","parent_id":`+id+`}}`).refused(status, code)
		if got.text("errors.0.source.pointer") != "/data/parent_id" || len(got.at("errors").([]any)) != 1 {
			t.Errorf("%s: %s", id, got.body)
		}
	}
	if n := api.get("/v2/accounts").number("meta.results.total"); n != 0 {
		t.Errorf("%d accounts were created", n)
	}
	api.post("/v2/accounts", `{"data":{"type":"account","name":"Root","parent_id":null}}`).want(http.StatusCreated)
}

func TestAParentCannotBeChanged(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	city, other := idOf(api.account("City")), idOf(api.account("Other"))
	parks := api.below(city, "Parks")
	for _, c := range []struct {
		account, parent string
		allowed         bool
	}{
		{parks, `"` + city + `"`, true},
		{parks, `"` + strings.ToUpper(city) + `"`, true},
		{parks, `"` + other + `"`, false},
		{parks, `"` + parks + `"`, false},
		{parks, `"` + nowhere + `"`, false},
		{parks, `null`, false},
		{city, `null`, true},
		{city, `"` + parks + `"`, false},
		{city, `"00000000-0000-0000-0000-000000000000"`, false},
	} {
		got := api.put("/v2/accounts/"+c.account, `{"data":{"type":"account","parent_id":`+c.parent+`}}`)
		if c.allowed {
			got.want(http.StatusOK)
			continue
		}
		got.refused(http.StatusConflict, "parent_immutable").saying("send the present one")
		if got.text("errors.0.source.pointer") != "/data/parent_id" {
			t.Errorf("%s: %s", c.parent, got.body)
		}
	}
	api.put("/v2/accounts/"+parks, `{"data":{"type":"account","parent_id":"x"}}`).refused(http.StatusBadRequest, "invalid_field")
	api.put("/v2/accounts/"+nowhere, `{"data":{"type":"account","parent_id":"`+city+`"}}`).refused(http.StatusNotFound, "account_not_found")
}

func TestAHierarchyHasALimit(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	account := idOf(api.account("Top"))
	for i := range membership.MaxAncestors {
		account = api.below(account, fmt.Sprint(i))
	}
	if got := api.get("/v2/accounts/" + account); len(got.at("data.relationships.ancestors").([]any)) != membership.MaxAncestors {
		t.Errorf("got %s", got.body)
	}
	got := api.post("/v2/accounts", `{"data":{"type":"account","name":"Too deep","parent_id":"`+account+`"}}`)
	got.refused(http.StatusUnprocessableEntity, "hierarchy_too_deep").saying("at most 100 ancestors")
	if got.text("errors.0.source.pointer") != "/data/parent_id" || got.number("errors.0.meta.limit") != 100 {
		t.Errorf("got %s", got.body)
	}
}

// TestAnIncludedAccountNamesItsParent: its ancestors and tags would take another read.
func TestAnIncludedAccountNamesItsParent(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	city := idOf(api.account("City"))
	parks := api.below(city, "Parks")
	ron := api.member("Ron")
	api.join("/v2/accounts/"+parks, ron)
	got := api.list("/v2/account-members/"+ron+"/account-memberships", "include=account").want(http.StatusOK)
	if got.text("included.accounts.0.relationships.parent.data.id") != city || got.text("included.accounts.0.parent_id") != city ||
		got.at("included.accounts.0.relationships.ancestors") != nil {
		t.Errorf("got %s", got.body)
	}
}

// counted counts the reads of its views, and allows none outside of one.
type counted struct {
	store.Store
	reads *atomic.Int32
}

func (c counted) View(ctx context.Context, fn func(store.Reader) error) error {
	return c.Store.View(ctx, func(r store.Reader) error { return fn(countedReader{r, c.reads}) })
}

func (c counted) ListAccounts(context.Context, membership.Query) (membership.Page[membership.Account], error) {
	panic("a read outside of the view")
}

func (c counted) AccountRelations(context.Context, []membership.AccountID) (map[membership.AccountID]membership.Relations, error) {
	panic("a read outside of the view")
}

type countedReader struct {
	store.Reader
	reads *atomic.Int32
}

func (r countedReader) ListAccounts(ctx context.Context, q membership.Query) (membership.Page[membership.Account], error) {
	r.reads.Add(1)
	return r.Reader.ListAccounts(ctx, q)
}

func (r countedReader) AccountRelations(ctx context.Context, ids []membership.AccountID) (map[membership.AccountID]membership.Relations, error) {
	r.reads.Add(1)
	return r.Reader.AccountRelations(ctx, ids)
}

func TestAPageOfAccountsIsTwoReadsOfOneMoment(t *testing.T) {
	t.Parallel()
	var reads atomic.Int32
	api := newAPI(t, withStore(counted{memstore.New(), &reads}))
	api.list("/v2/accounts", "include=account_tags").want(http.StatusOK)
	if n := reads.Load(); n != 1 {
		t.Errorf("an empty page took %d reads", n)
	}
	city := idOf(api.account("City"))
	tag := api.tag("press")
	for range 5 {
		api.post("/v2/accounts/"+api.below(city, "Parks")+"/relationships/account-tags", tagging(tag)).want(http.StatusOK)
	}
	reads.Store(0)
	got := api.list("/v2/accounts", "include=account_tags").want(http.StatusOK)
	if n := reads.Load(); n != 2 || len(got.at("included.account_tags").([]any)) != 1 {
		t.Errorf("%d reads: %s", n, got.body)
	}
}
