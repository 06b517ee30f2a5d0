package abuse_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster/internal/pgtest"
	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
)

func TestUnderLoadEveryAnswerIsTheRightOneAndNothingGrows(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]func(t *testing.T) []string{
		"memory":     func(*testing.T) []string { return []string{"--in-memory"} },
		"SQLite":     func(t *testing.T) []string { return []string{"--db", filepath.Join(t.TempDir(), "roster.db")} },
		"PostgreSQL": func(t *testing.T) []string { return []string{"--db", pgtest.URL(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			underLoad(t, name, store(t))
		})
	}
}

// underLoad has as many requests in flight as asked for, in two halves, and compares what the server holds behind each.
func underLoad(t *testing.T, name string, store []string) {
	workers, half := torture.Rounds(40, 500), 1500*time.Millisecond
	if torture.Full() {
		half = 30 * time.Second
	}
	args := append([]string{"--log-requests=false", "--account-limit", "3", "--max-body-bytes", "65536", "--changes-max-count", "5000"}, store...)
	s, g := startGauged(t, args...)
	c := s.SignIn(t)
	l := &load{client: c, readers: 10}
	for range workers {
		l.workers = append(l.workers, l.newWorker(t))
	}
	before := g.now()
	l.run(t, half, g)
	l.client.HTTP.CloseIdleConnections()
	g.settled(before)
	warm := g.collected()
	l.run(t, half, g)
	l.client.HTTP.CloseIdleConnections()
	g.settled(before)
	most := float64(torture.Rounds(4*mostMegabytes, mostMegabytes)) // of a short load the second half still warms up
	grown := g.collected() - warm
	if grown >= most {
		t.Errorf("%s: it grew by %.1f MB in the second half", name, grown)
	}
	if wrong := l.wrong.Load(); wrong > 0 {
		t.Errorf("%s: %d answers are wrong", name, wrong)
	}
	if l.lines.Load() == 0 {
		t.Errorf("%s: no event stream had a line", name)
	}
	torture.Report(t, torture.Result{
		Part: torture.Abuse, Promise: "Under a mixed load every request has the answer that is right for it, and the server does not grow", Where: name,
		Method: "lists, filters, creates, updates, deletes, 401, 404, 405, 409, 413, 422, bad bodies and event streams at once; memory after each half", Rounds: len(l.took),
		Measured: fmt.Sprintf("%d in flight for %v: %s; no wrong answer; %s, most %s, the second half added %.1f MB; goroutines and files as before; streams had %d lines",
			workers, 2*half, l.took, megabytes(warm), megabytes(l.most), grown, l.lines.Load()),
	})
}

// load is a number of workers, and what they saw.
type load struct {
	client  *servertest.Client
	workers []*worker
	readers int

	wrong, lines atomic.Int64
	mu           sync.Mutex
	took         times
	most         float64 // the server's resident memory, in MB
}

// run is the load for a while; what is in flight at its end is waited for.
func (l *load) run(t *testing.T, d time.Duration, g gauges) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	var all sync.WaitGroup
	after := int(g.get("roster_change_log_last_sequence"))
	for range l.readers {
		all.Go(func() { l.follow(ctx, t, after) })
	}
	for _, w := range l.workers {
		all.Go(func() {
			mine := times{}
			for ctx.Err() == nil {
				mine = append(mine, w.once(t)...)
			}
			l.mu.Lock()
			defer l.mu.Unlock()
			l.took = append(l.took, mine...)
		})
	}
	tick := time.NewTicker(d / 10)
	defer tick.Stop()
	for ctx.Err() == nil {
		if now := g.get(resident) / (1 << 20); now > l.most || math.IsNaN(now) {
			l.most = now
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	all.Wait()
}

// follow reads an event stream until ctx ends.
func (l *load) follow(ctx context.Context, t *testing.T, after int) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.client.URL+"/v1/changes?after="+strconv.Itoa(after), http.NoBody)
	if err != nil {
		t.Error(err)
		return
	}
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Authorization", "Bearer "+l.client.Token)
	res, err := l.client.HTTP.Do(req)
	if err != nil {
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a reader: %v", err)
		}
		return
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("a reader: %d", res.StatusCode)
	}
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		l.lines.Add(1)
	}
}

// worker has an account of its own, which has room for one more member, and a full one, so that it knows each answer.
type worker struct {
	load          *load
	account, full string // paths
	member        string // who is in both
}

func (l *load) newWorker(t *testing.T) *worker {
	t.Helper()
	w := &worker{load: l}
	create := func(path, body string) string {
		return l.client.Want(t, http.StatusCreated, http.MethodPost, path, body).Text("data", "id")
	}
	w.account = "/v2/accounts/" + create("/v2/accounts", namedAccount("load"))
	w.full = "/v2/accounts/" + create("/v2/accounts", namedAccount("full"))
	for range 3 {
		w.member = create("/v2/account-members", namedMember("Ron"))
		create(w.full+"/account-memberships", joining(w.member))
	}
	create(w.account+"/account-memberships", joining(w.member))
	return w
}

func namedMember(name string) string {
	return `{"data":{"type":"account_member","name":"` + name + `","email":"load@example.com"}}`
}

func joining(member string) string {
	return `{"data":{"type":"account_membership","account_member_id":"` + member + `"}}`
}

// once does one thing that a client may do, rightly or wrongly, and leaves as many rows as there were.
func (w *worker) once(t *testing.T) (took times) {
	ask := func(status int, method, path, body string) servertest.Reply {
		began := time.Now()
		r, err := w.load.client.Ask(t.Context(), method, path, body)
		took = append(took, time.Since(began))
		if (err != nil || r.Status != status) && w.load.wrong.Add(1) <= 10 {
			t.Errorf("%s %s: %d instead of %d: %.300s, %v", method, path, r.Status, status, r.Body, err)
		}
		return r
	}
	memberships := w.account + "/account-memberships"
	switch rand.N(14) {
	case 0:
		ask(http.StatusOK, http.MethodGet, "/v2/accounts?sort=-created_at&page[limit]=25", "")
	case 1:
		ask(http.StatusOK, http.MethodGet, "/v2/account-members?filter=like(name,R*)&page[limit]=10", "")
	case 2:
		ask(http.StatusOK, http.MethodGet, memberships+"?include=account_member", "")
	case 3:
		ask(http.StatusOK, http.MethodPut, w.account, namedAccount("renamed"))
	case 4, 5: // somebody comes and goes
		id := ask(http.StatusCreated, http.MethodPost, "/v2/account-members", namedMember("Rita")).Text("data", "id")
		joined := ask(http.StatusCreated, http.MethodPost, memberships, joining(id)).Text("data", "id")
		ask(http.StatusConflict, http.MethodPost, memberships, joining(id))
		ask(http.StatusOK, http.MethodGet, memberships+"/"+joined, "")
		ask(http.StatusNoContent, http.MethodDelete, memberships+"/"+joined, "")
		ask(http.StatusNoContent, http.MethodDelete, "/v2/account-members/"+id, "")
	case 6:
		ask(http.StatusConflict, http.MethodPost, memberships, joining(w.member))
	case 7:
		ask(http.StatusNotFound, http.MethodGet, "/v2/accounts/"+uuid.NewString(), "")
		ask(http.StatusNotFound, http.MethodGet, "/nowhere", "")
	case 8:
		id := ask(http.StatusCreated, http.MethodPost, "/v2/account-members", namedMember("Rolf")).Text("data", "id")
		ask(http.StatusUnprocessableEntity, http.MethodPost, w.full+"/account-memberships", joining(id))
		ask(http.StatusNoContent, http.MethodDelete, "/v2/account-members/"+id, "")
	case 9:
		began := time.Now()
		stranger := servertest.Client{URL: w.load.client.URL, HTTP: w.load.client.HTTP, Token: "guessed"}
		r, err := stranger.Ask(t.Context(), http.MethodGet, "/v2/accounts", "")
		took = append(took, time.Since(began))
		if err != nil || r.Status != http.StatusUnauthorized {
			t.Errorf("a stranger: %d, %v", r.Status, err)
		}
	case 10:
		ask(http.StatusBadRequest, http.MethodPost, "/v2/accounts", `{"data":{"type":"account","name":""}}`)
		ask(http.StatusBadRequest, http.MethodPost, "/v2/accounts", `{"data":`)
	case 11:
		ask(http.StatusBadRequest, http.MethodGet, "/v2/accounts?filter=eq(nothing", "")
	case 12:
		ask(http.StatusRequestEntityTooLarge, http.MethodPost, "/v2/accounts", strings.Repeat(" ", 66<<10))
	case 13:
		ask(http.StatusMethodNotAllowed, http.MethodPatch, w.account, "")
		ask(http.StatusOK, http.MethodGet, "/v2/settings/account-membership", "")
	}
	return took
}
