package httpadapter_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
)

// The benchmarks show what the adapter itself costs: there is no network, and what is read is there at once.

// BenchmarkList25 answers with the 25 newest memberships of an account, and how many there are.
func BenchmarkList25(b *testing.B) {
	w := newBench(b)
	w.run(b, http.MethodGet, w.memberships, "", http.StatusOK)
}

// BenchmarkList25Authenticated is the same for a client with a token.
func BenchmarkList25Authenticated(b *testing.B) {
	w := newBench(b)
	w.authenticate(b)
	w.run(b, http.MethodGet, w.memberships, "", http.StatusOK)
}

// BenchmarkList25Include is the same with the members.
func BenchmarkList25Include(b *testing.B) {
	w := newBench(b)
	w.run(b, http.MethodGet, w.memberships+"?include=account_member", "", http.StatusOK)
}

// BenchmarkMembership answers with one membership.
func BenchmarkMembership(b *testing.B) {
	w := newBench(b)
	w.run(b, http.MethodGet, w.membership, "", http.StatusOK)
}

// BenchmarkCreate makes a membership, with the transaction of a memstore.
func BenchmarkCreate(b *testing.B) {
	w := newBench(b)
	w.run(b, http.MethodPost, w.memberships, w.body, http.StatusCreated)
}

// BenchmarkRefused answers that there is no such membership.
func BenchmarkRefused(b *testing.B) {
	w := newBench(b)
	w.run(b, http.MethodGet, w.memberships+"/"+nowhere, "", http.StatusNotFound)
}

// bench is an adapter over an account with 25 memberships.
type bench struct {
	handler     http.Handler
	store       *instant
	tokens      *httpadapter.TokenAuthority
	svc         *roster.Service
	header      http.Header
	memberships string
	membership  string
	body        string // of a membership
}

func newBench(b *testing.B) *bench {
	b.Helper()
	st := &instant{Store: memstore.New()}
	w := &bench{store: st, svc: roster.New(st, roster.Options{}), header: http.Header{}}
	account, err := w.svc.CreateAccount(b.Context(), membership.Account{Name: "Parks"})
	if err != nil {
		b.Fatal(err)
	}
	for i := range membership.DefaultPageSize {
		member := w.member(b, fmt.Sprint("Ron ", i))
		if st.one, err = w.svc.Add(b.Context(), account.ID, member.ID); err != nil {
			b.Fatal(err)
		}
		st.members = append(st.members, member)
	}
	if st.page, err = st.Store.ListMemberships(b.Context(), membership.Scope{Account: account.ID}, membership.Query{}); err != nil {
		b.Fatal(err)
	}
	w.memberships = "/v2/accounts/" + account.ID.String() + "/account-memberships"
	w.membership = w.memberships + "/" + st.one.ID.String()
	w.body = joining(w.member(b, "April").ID.String())
	st.forgets = true
	w.tokens = httpadapter.NewTokenAuthority(w.svc, httpadapter.TokenOptions{})
	w.handler = httpadapter.New(w.svc, httpadapter.Options{Authenticator: allowAll})
	return w
}

func (w *bench) member(b *testing.B, name string) membership.Member {
	b.Helper()
	m, err := w.svc.CreateMember(b.Context(), membership.Member{Name: name, Email: "somebody@example.com"})
	if err != nil {
		b.Fatal(err)
	}
	return m
}

// authenticate makes the adapter ask for tokens, and the requests have one.
func (w *bench) authenticate(b *testing.B) {
	b.Helper()
	w.store.forgets = false
	credential, _, err := w.svc.CreateCredential(b.Context(), readAndWrite)
	if err != nil {
		b.Fatal(err)
	}
	_, token, err := w.svc.IssueToken(b.Context(), credential.ClientID, readAndWrite, httpadapter.DefaultTokenLife)
	if err != nil {
		b.Fatal(err)
	}
	w.handler = httpadapter.New(w.svc, httpadapter.Options{Tokens: w.tokens})
	w.header.Set("Authorization", "Bearer "+token)
}

// run sends one request over and over.
func (w *bench) run(b *testing.B, method, path, body string, status int) {
	b.Helper()
	b.ReportAllocs()
	r := httptest.NewRequest(method, path, nil)
	r.Header = w.header
	text := readCloser{bytes.NewReader(nil)}
	out := &discard{header: http.Header{}}
	for b.Loop() {
		if body != "" {
			text.Reset([]byte(body))
			r.Body, r.ContentLength = text, int64(len(body))
		}
		clear(out.header)
		if w.handler.ServeHTTP(out, r); out.status != status {
			b.Fatalf("answered with %d", out.status)
		}
	}
	b.ReportMetric(float64(out.size), "B-answered")
}

// discard takes an answer and keeps nothing of it but its size.
type discard struct {
	header       http.Header
	status, size int
}

func (d *discard) Header() http.Header    { return d.header }
func (d *discard) WriteHeader(status int) { d.status, d.size = status, 0 }
func (d *discard) Write(p []byte) (int, error) {
	d.size += len(p)
	return len(p), nil
}

// instant is a store that answers at once with memberships and members that it was given, and in the end forgets what
// was written, so that it can be written again.
type instant struct {
	store.Store
	forgets bool
	page    membership.Page[membership.Membership]
	one     membership.Membership
	members []membership.Member
}

func (s *instant) View(_ context.Context, fn func(store.Reader) error) error { return fn(s) }

func (s *instant) Update(ctx context.Context, fn func(store.Tx) error) error {
	err := s.Store.Update(ctx, func(tx store.Tx) error {
		err := fn(tx)
		if err == nil && s.forgets {
			err = errForgotten
		}
		return err
	})
	if errors.Is(err, errForgotten) {
		return nil
	}
	return err
}

var errForgotten = errors.New("forgotten")

func (s *instant) Membership(_ context.Context, _ membership.AccountID, id membership.MembershipID) (membership.Membership, error) {
	if id != s.one.ID {
		return membership.Membership{}, membership.ErrMembershipNotFound
	}
	return s.one, nil
}

func (s *instant) ListMemberships(context.Context, membership.Scope, membership.Query) (membership.Page[membership.Membership], error) {
	return s.page, nil
}

func (s *instant) MembersByID(context.Context, []membership.MemberID) ([]membership.Member, error) {
	return s.members, nil
}
