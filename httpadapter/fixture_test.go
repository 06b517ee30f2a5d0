package httpadapter_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
)

// nowhere is an id that nothing has.
const nowhere = "00000000-0000-7000-8000-00000000dead"

// api is an adapter over a fresh memstore, and a client that judges every answer by openapi.yaml.
type api struct {
	t        *testing.T
	svc      *roster.Service
	handler  http.Handler
	tokens   *httpadapter.TokenAuthority
	clock    *clock
	log      *syncBuffer
	header   http.Header // goes with every request
	unjudged bool        // answers may be what openapi.yaml does not say

	endStreams context.CancelFunc // once called, event streams end as soon as they have begun
}

type setup struct {
	store   store.Store
	service roster.Options
	options httpadapter.Options
	tokens  httpadapter.TokenOptions
}

func withOptions(change func(*httpadapter.Options)) func(*setup) {
	return func(s *setup) { change(&s.options) }
}

func withTokens(change func(*httpadapter.TokenOptions)) func(*setup) {
	return func(s *setup) { change(&s.tokens) }
}

func withStore(st store.Store) func(*setup) { return func(s *setup) { s.store = st } }

// newAPI lets everybody do everything unless changed. Its token endpoint is there, but nobody needs it.
func newAPI(t *testing.T, changes ...func(*setup)) *api {
	t.Helper()
	a := &api{t: t, clock: newClock(), log: &syncBuffer{}, header: http.Header{}}
	logger := slog.New(slog.NewTextHandler(a.log, nil))
	s := setup{
		service: roster.Options{Clock: a.clock.now, HashPassword: hashed},
		options: httpadapter.Options{AllowAnonymous: true, Logger: logger},
		tokens:  httpadapter.TokenOptions{Clock: a.clock.now, Logger: logger},
	}
	s.options.StreamsEnd, a.endStreams = context.WithCancel(t.Context())
	for _, change := range changes {
		change(&s)
	}
	if s.store == nil {
		s.store = memstore.New()
	}
	t.Cleanup(func() { _ = s.store.Close() })
	a.svc = roster.New(s.store, s.service)
	a.tokens = httpadapter.NewTokenAuthority(a.svc, s.tokens)
	s.options.Tokens = a.tokens
	if s.options.AllowAnonymous {
		s.options.Authenticator = allowAll
	}
	a.handler = httpadapter.New(a.svc, s.options)
	return a
}

func (a *api) get(path string) reply         { return a.send(http.MethodGet, path, "") }
func (a *api) delete(path string) reply      { return a.send(http.MethodDelete, path, "") }
func (a *api) post(path, body string) reply  { return a.send(http.MethodPost, path, body) }
func (a *api) put(path, body string) reply   { return a.send(http.MethodPut, path, body) }
func (a *api) list(path, query string) reply { return a.get(path + "?" + query) }
func (a *api) with(name, value string) *api {
	b := *a
	b.header = a.header.Clone()
	b.header.Set(name, value)
	return &b
}
func (a *api) judgedByNobody() *api { b := *a; b.unjudged = true; return &b }
func (a *api) send(method, path, body string) reply {
	a.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	return a.do(r)
}

func (a *api) do(r *http.Request) reply {
	a.t.Helper()
	for name, values := range a.header {
		r.Header[name] = values
	}
	rec := httptest.NewRecorder()
	a.handler.ServeHTTP(rec, r)
	got := reply{t: a.t, status: rec.Code, header: rec.Header(), body: rec.Body.Bytes(),
		said: r.Method + " " + r.URL.RequestURI()}
	got.checkBasics(r.Method)
	if !a.unjudged {
		if err := theContract().check(r.Method, r.URL.EscapedPath(), got.status, got.header, got.body); err != nil {
			a.t.Errorf("%s is answered with %d %s, which openapi.yaml does not allow: %v", got.said, got.status, got.body, err)
		}
	}
	return got
}

// account adds an account and returns its path.
func (a *api) account(name string) string {
	a.t.Helper()
	got := a.post("/v2/accounts", fmt.Sprintf(`{"data":{"type":"account","name":%q}}`, name)).want(http.StatusCreated)
	return "/v2/accounts/" + got.text("data.id")
}

// member adds a member and returns its id.
func (a *api) member(name string) string {
	a.t.Helper()
	body := fmt.Sprintf(`{"data":{"type":"account_member","name":%q,"email":"%s@example.com"}}`, name, strings.ToLower(name))
	return a.post("/v2/account-members", body).want(http.StatusCreated).text("data.id")
}

// join adds a membership and returns its path.
func (a *api) join(account, member string) string {
	a.t.Helper()
	got := a.post(account+"/account-memberships", joining(member)).want(http.StatusCreated)
	return account + "/account-memberships/" + got.text("data.id")
}

func joining(member string) string {
	return fmt.Sprintf(`{"data":{"type":"account_membership","account_member_id":%q}}`, member)
}

// clock is a clock that moves when it is told to.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 1, 5, 9, 40, 33, 882_123_456, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// syncBuffer is a log that many goroutines may write.
type syncBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

var allowAll = httpadapter.AuthenticatorFunc(func(*http.Request) (httpadapter.Identity, error) {
	return httpadapter.Identity{Subject: "tests", Scopes: membership.ScopeRead | membership.ScopeWrite}, nil
})

// hashed is quick and good for nothing but tests.
func hashed(password string) (string, error) {
	sum := sha256.Sum256([]byte(password))
	return hex.EncodeToString(sum[:]), nil
}
