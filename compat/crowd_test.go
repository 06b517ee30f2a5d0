package compat

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/history"
	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/pgstore"
)

// group is several servers on one database of PostgreSQL, and a token that the first of them made.
type group struct {
	t        *testing.T
	database string // its URL
	servers  []*server
	client   *http.Client
	token    string
}

// startGroup starts servers at the same time. When the database is new, each of them finds it empty.
func startGroup(t *testing.T, database string, n int) *group {
	t.Helper()
	g := &group{t: t, database: database, servers: startTogether(t, n, "--db", database), client: newClient(t)}
	g.token = g.servers[0].signIn(g.client)
	return g
}

// caller is a client of one server. Any goroutine may use it, and more than one.
type caller struct {
	client *http.Client
	server string
	token  string
}

// at is a client of one of the servers.
func (g *group) at(server int) caller {
	return caller{g.client, g.servers[server%len(g.servers)].url, g.token}
}

// callers are clients, as many at each server.
func (g *group) callers(n int) []caller {
	all := make([]caller, n)
	for i := range all {
		all[i] = g.at(i)
	}
	return all
}

// ask sends a request. An error says that no answer came.
func (c caller) ask(ctx context.Context, method, path, body string) (reply, error) {
	header := http.Header{"Authorization": {"Bearer " + c.token}}
	if body != "" {
		header.Set("Content-Type", "application/json")
	}
	return request{method, c.server + path, header, body}.try(ctx, c.client)
}

// want is ask where one status is expected, on the test's own goroutine.
func (c caller) want(t *testing.T, status int, method, path, body string) reply {
	t.Helper()
	r, err := c.ask(t.Context(), method, path, body)
	if err != nil || r.Status != status {
		t.Fatalf("%s %s %s: %d instead of %d: %s, %v", method, path, body, r.Status, status, r.Body, err)
	}
	return r
}

// add asks for a membership.
func (c caller) add(ctx context.Context, account, member string) (reply, error) {
	return c.ask(ctx, http.MethodPost, memberships(account), joining(member))
}

// joining is the body that makes a member join.
func joining(member string) string {
	return `{"data": {"type": "account_membership", "account_member_id": "` + member + `"}}`
}

// memberships is the path of an account's.
func memberships(account string) string { return "/v2/accounts/" + account + "/account-memberships" }

// atOnce lets every caller do something at the same time.
func atOnce(callers []caller, do func(n int, c caller)) {
	history.AtOnce(len(callers), func(n int) { do(n, callers[n]) })
}

// all are the rows of a list, a page after the other.
func (c caller) all(t *testing.T, path string) []map[string]any {
	t.Helper()
	var rows []map[string]any
	for {
		query := url.Values{"page[limit]": {"100"}, "page[offset]": {strconv.Itoa(len(rows))}, "sort": {"created_at"}}
		page := c.want(t, http.StatusOK, http.MethodGet, path+"?"+query.Encode(), "")
		if rows = append(rows, page.Rows()...); len(rows) >= page.Total() || len(page.Rows()) == 0 {
			return rows
		}
	}
}

// command runs the binary and returns what it prints.
func command(t *testing.T, args ...string) []byte {
	t.Helper()
	printed, err := exec.CommandContext(t.Context(), servertest.Program(t), args...).Output()
	if err != nil {
		t.Fatalf("roster %v: %v", args, err)
	}
	return printed
}

// newIDs makes ids for that many rows, as texts.
func newIDs(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = uuid.NewString()
	}
	return ids
}

// accounts, members and joined are rows for fill.
func accounts(ids ...string) (rows []membership.Row) {
	for _, id := range ids {
		rows = append(rows, membership.Account{ID: membership.AccountID{UUID: uuid.MustParse(id)}, Name: "account " + id})
	}
	return rows
}

func members(ids ...string) (rows []membership.Row) {
	for _, id := range ids {
		rows = append(rows, membership.Member{ID: membership.MemberID{UUID: uuid.MustParse(id)}, Name: "member " + id})
	}
	return rows
}

func joined(account string, members ...string) (rows []membership.Row) {
	for _, id := range members {
		rows = append(rows, membership.Membership{
			AccountID: membership.AccountID{UUID: uuid.MustParse(account)}, MemberID: membership.MemberID{UUID: uuid.MustParse(id)},
		})
	}
	return rows
}

// fill imports rows into the group's database, beside its servers.
func (g *group) fill(rows ...[]membership.Row) {
	g.t.Helper()
	st, err := pgstore.Open(g.t.Context(), g.database, pgstore.Options{})
	if err != nil {
		g.t.Fatal(err)
	}
	defer st.Close()
	all := slices.Values(slices.Concat(rows...))
	for imported, err := range roster.New(st, roster.Options{}).Import(g.t.Context(), all, roster.ImportOptions{}) {
		if err != nil || imported.Err != nil {
			g.t.Fatalf("row %d: %v, %v", imported.Index, imported.Err, err)
		}
	}
}

// millis spells a time as people compare it.
func millis(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}
