package rivals_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/internal/pgtest"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
)

// ownStores are the stores that a program has for itself.
var ownStores = map[string]func(t *testing.T) store.Store{
	"memory":                       func(*testing.T) store.Store { return memstore.New() },
	"SQLite":                       func(t *testing.T) store.Store { return openFile(t, filepath.Join(t.TempDir(), "roster.db")) },
	"SQLite, a program's database": borrow,
	"PostgreSQL":                   func(t *testing.T) store.Store { return openPostgres(t, pgtest.URL(t)) },
}

// noon is when the clocks are right.
var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// stops are what a bad clock says, one after the other.
var stops = []struct {
	name string
	now  time.Time
}{
	{"right", noon},
	{"an hour back", noon.Add(-time.Hour)},
	{"ten years ahead", noon.AddDate(10, 0, 0)},
	{"right again", noon.Add(time.Minute)},
	{"the last moment", time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)},
	{"before 1970", time.Date(1969, 12, 31, 23, 59, 59, 1_000_000, time.UTC)},
	{"the first moment", time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)},
	{"right in the end", noon.Add(2 * time.Minute)},
}

// clock says what it is told to.
type clock struct {
	mu   sync.Mutex
	time time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.time
}

func (c *clock) set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.time = now
}

// town is a service with a bad clock, and what lives in it.
type town struct {
	t     *testing.T
	clock *clock
	svc   *roster.Service
	api   http.Handler

	accounts    []membership.Account // in the order in which they were made; some are no more
	members     []membership.Member
	memberships []membership.Membership
	seen        int64 // up to where the change log was looked at
}

func newTown(t *testing.T, st store.Store) *town {
	c := &clock{time: noon}
	svc := roster.New(st, roster.Options{Clock: c.now})
	return &town{t: t, clock: c, svc: svc, api: httpadapter.New(svc, httpadapter.Options{AllowAnonymous: true})}
}

// must is what a call answers with that must not fail.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// live adds, changes and removes rows, among them those of other times.
func (w *town) live() {
	w.t.Helper()
	ctx, n := w.t.Context(), len(w.accounts)
	account := membership.Account{Name: fmt.Sprint("Acme ", n)}
	if n > 0 {
		account.ParentID = w.accounts[n-1].ID
	}
	w.accounts = append(w.accounts, must(w.svc.CreateAccount(ctx, account))(w.t))
	w.members = append(w.members, must(w.svc.CreateMember(ctx, membership.Member{Name: fmt.Sprint("Ron ", n)}))(w.t))
	for _, member := range w.members {
		w.memberships = append(w.memberships, must(w.svc.Add(ctx, w.accounts[n].ID, member.ID))(w.t))
	}
	tag := must(w.svc.CreateTag(ctx, membership.Tag{Name: fmt.Sprint("tag ", n)}))(w.t)
	must(w.svc.TagAccount(ctx, w.accounts[n].ID, tag.ID))(w.t)
	must(w.svc.DefineField(ctx, membership.Field{Resource: membership.ResourceAccount, Slug: fmt.Sprint("field-", n), Name: "f", Type: membership.TypeString}))(w.t)
	must(w.svc.UpdateSettings(ctx, membership.SettingsUpdate{MembershipLimit: new(1000 + n)}))(w.t)
	w.changeOthers()
}

// changeOthers changes rows that were made when the clock said something else.
func (w *town) changeOthers() {
	w.t.Helper()
	ctx, n := w.t.Context(), len(w.accounts)-1
	if n < 2 {
		return
	}
	older := w.accounts[n-1]
	before := must(w.svc.Account(ctx, older.ID))(w.t)
	after := must(w.svc.UpdateAccount(ctx, older.ID, membership.AccountUpdate{Name: new(fmt.Sprint("renamed ", n))}))(w.t)
	if want := latest(before.UpdatedAt, membership.Timestamp(w.clock.now())); !after.UpdatedAt.Equal(want) || !after.CreatedAt.Equal(before.CreatedAt) {
		w.t.Errorf("an account of %s that was updated at %s was updated at %s, want %s", before.CreatedAt, before.UpdatedAt, after.UpdatedAt, want)
	}
	must(w.svc.UpdateMember(ctx, w.members[n-1].ID, membership.MemberUpdate{Name: new(fmt.Sprint("renamed ", n))}))(w.t)
	last := w.memberships[len(w.memberships)-1]
	if err := w.svc.Remove(ctx, last.AccountID, last.ID); err != nil {
		w.t.Error(err)
	}
	if err := w.svc.DeleteAccount(ctx, w.accounts[n-2].ID); err != nil { // its child is one that is there
		w.t.Error(err)
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// inspect looks at every row, in Go and through the API.
func (w *town) inspect() {
	w.t.Helper()
	ctx := w.t.Context()
	inspect(w, membership.ResourceAccount, w.svc.AllAccounts)
	inspect(w, membership.ResourceMember, w.svc.AllMembers)
	inspect(w, membership.ResourceTag, w.svc.AllTags)
	inspect(w, membership.ResourceMembership, func(ctx context.Context, q membership.Query) iter.Seq2[membership.Membership, error] {
		return w.svc.AllMemberships(ctx, membership.Scope{All: true}, q)
	})
	w.readLog()
	paths := []string{"/v2/accounts?page[limit]=100", "/v2/account-members?page[limit]=100", "/v2/account-tags?page[limit]=100", "/v1/changes?limit=100"}
	for _, a := range must(w.svc.Accounts(ctx, membership.Query{Limit: 100}))(w.t).Items {
		paths = append(paths, "/v2/accounts/"+a.ID.String()+"/account-memberships?page[limit]=100")
	}
	for _, path := range paths {
		w.readable(path)
	}
}

// readLog reads the change log from where it was read last, all of which must have been written now. It reads up to a change
// of its own: PostgreSQL's shows changes only when older transactions have ended.
func (w *town) readLog() {
	w.t.Helper()
	end := must(w.svc.CreateAccount(w.t.Context(), membership.Account{Name: "the end"}))(w.t)
	for c, err := range w.svc.Changes(w.t.Context(), w.seen, roster.ChangeOptions{}) {
		if err != nil {
			w.t.Fatal(err)
		}
		if !c.Time.Equal(membership.Timestamp(w.clock.now())) || c.Sequence <= w.seen {
			w.t.Errorf("change %d behind %d is of %s, and the clock says %s", c.Sequence, w.seen, c.Time, w.clock.now())
		}
		w.seen = c.Sequence
		if c.AccountID == end.ID {
			return
		}
	}
}

// inspect walks over all rows by their times, in both directions.
func inspect[T membership.Row](w *town, r membership.Resource, all func(context.Context, membership.Query) iter.Seq2[T, error]) {
	w.t.Helper()
	var ids [2][]string
	for n, q := range []membership.Query{{Order: membership.Order{By: membership.AttrCreatedAt}}, {Order: membership.Order{By: membership.AttrCreatedAt, Desc: true}}} {
		var last T
		for row, err := range all(w.t.Context(), q) {
			if err != nil {
				w.t.Fatal(err)
			}
			if err := membership.CheckTimes(timeOf(row, membership.AttrCreatedAt), timeOf(row, membership.AttrUpdatedAt)); err != nil {
				w.t.Errorf("%s %+v: %v", r, row, err)
			}
			if len(ids[n]) > 0 && !q.Order.Less(last, row) {
				w.t.Errorf("%s: %+v comes before %+v", r, last, row)
			}
			last = row
			ids[n] = append(ids[n], row.Value(membership.AttrID).ID().String())
		}
	}
	slices.Reverse(ids[1])
	if len(ids[0]) == 0 || !slices.Equal(ids[0], ids[1]) {
		w.t.Errorf("%s: forwards %v, backwards %v", r, ids[0], ids[1])
	}
}

func timeOf(row membership.Row, at membership.Attribute) time.Time {
	return time.UnixMilli(row.Value(at).Number())
}

// readable makes sure that all rows of an answer have times, and that RFC 3339 knows all of them.
func (w *town) readable(path string) {
	w.t.Helper()
	answer := httptest.NewRecorder()
	w.api.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
	var body any
	if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil || answer.Code != http.StatusOK {
		w.t.Fatalf("%s: %d %s, %v", path, answer.Code, answer.Body, err)
	}
	rows, _ := body.(map[string]any)["data"].([]any)
	if times := w.timesIn(path, rows); times < len(rows) {
		w.t.Errorf("%s: %d times in %d rows", path, times, len(rows))
	}
}

func (w *town) timesIn(path string, v any) (n int) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			n += w.timesIn(path, item)
		}
	case map[string]any:
		for name, item := range v {
			text, isText := item.(string)
			if !isText || name != "created_at" && name != "updated_at" && name != "time" {
				n += w.timesIn(path, item)
				continue
			}
			n++
			if _, err := time.Parse(time.RFC3339, text); err != nil {
				w.t.Errorf("%s: %s is %q: %v", path, name, text, err)
			}
		}
	}
	return n
}
