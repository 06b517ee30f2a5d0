package httpadapter_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
)

// event is one block of an event stream. Without data it is no event for a client.
type event struct{ id, name, data string }

// eventsIn reads a stream block by block until it ends.
func eventsIn(r io.Reader) iter.Seq[event] {
	return func(yield func(event) bool) {
		lines := bufio.NewReader(r)
		for e := (event{}); ; {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
			switch name {
			case "id":
				e.id = value
			case "event":
				e.name = value
			case "data":
				e.data = value
			case "":
				if !yield(e) {
					return
				}
				e = event{}
			}
		}
	}
}

// live is an api over a real server.
type live struct {
	*api
	server *httptest.Server
	done   chan struct{} // gets one for each request that has been served
}

func (a *api) live(changes ...func(*httptest.Server)) *live {
	a.t.Helper()
	l := &live{api: a, done: make(chan struct{}, 100)}
	handler := a.handler
	l.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { l.done <- struct{}{} }()
		handler.ServeHTTP(w, r)
	}))
	for _, change := range changes {
		change(l.server)
	}
	if l.server.EnableHTTP2 {
		l.server.StartTLS()
	} else {
		l.server.Start()
	}
	a.t.Cleanup(func() {
		a.endStreams()
		l.server.Close()
	})
	return l
}

// pace sets the times of streams.
func (a *api) pace(heartbeat, patience time.Duration) *api {
	a.handler.(*httpadapter.Handler).SetStreams(heartbeat, patience)
	return a
}

// follower is a client of a stream.
type follower struct {
	t    *testing.T
	res  *http.Response
	next func() (event, bool)
	gone context.CancelFunc
}

// follow opens a stream.
func (l *live) follow(query string) *follower {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), time.Minute)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, l.server.URL+"/v1/changes"+query, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	for name, values := range l.header {
		r.Header[name] = values
	}
	r.Header.Set("Accept", "text/event-stream")
	res, err := l.server.Client().Do(r)
	if err != nil {
		cancel()
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { cancel(); _ = res.Body.Close() })
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		body, _ := io.ReadAll(res.Body)
		l.t.Fatalf("%s is answered with %d %v %s", r.URL, res.StatusCode, res.Header, body)
	}
	f := &follower{t: l.t, res: res, gone: cancel}
	var stop func()
	f.next, stop = iter.Pull(eventsIn(res.Body))
	l.t.Cleanup(stop)
	return f
}

// beat is the next block that is no event.
func (f *follower) beat() event {
	f.t.Helper()
	for {
		e, ok := f.next()
		if !ok {
			f.t.Fatal("the stream ended")
		}
		if e.data == "" && e.id != "" {
			return e
		}
	}
}

// change is the next event, and what it says.
func (f *follower) change() (event, reply) {
	f.t.Helper()
	for {
		e, ok := f.next()
		if !ok {
			f.t.Fatal("the stream ended")
		}
		if e.data == "" {
			continue
		}
		got := reply{t: f.t, said: "event " + e.id, body: []byte(e.data)}
		if e.name != "error" && (e.id != fmt.Sprint(got.number("sequence")) || e.name != got.text("type")) {
			f.t.Errorf("id and name are not those of the change: %+v", e)
		}
		return e, got
	}
}

// ended expects the end, whatever signs of life come before.
func (f *follower) ended() {
	f.t.Helper()
	for {
		e, ok := f.next()
		if !ok {
			return
		}
		if e.data != "" {
			f.t.Errorf("got %+v instead of the end", e)
		}
	}
}

func TestAStreamHasTheChangesThatAreAndThenThoseThatCome(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	api.account("Parks")
	l := api.live()
	f := l.follow("")
	for name, want := range map[string]string{"Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"} {
		if got := f.res.Header.Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	if f.res.Header.Get("X-Request-Id") == "" || f.res.ContentLength >= 0 {
		t.Errorf("got %v", f.res.Header)
	}
	member := ""
	for i, do := range []func(){
		func() {},
		func() { member = api.member("Ron") },
		func() { api.delete("/v2/account-members/" + member).want(http.StatusNoContent) },
	} {
		do()
		e, _ := f.change()
		streamed := reply{t: t, said: e.name, body: []byte(`{"data":` + strings.ReplaceAll(e.data, l.server.URL, "http://example.com") + "}")}
		page := api.get(fmt.Sprintf("/v1/changes?after=%d&limit=1", i)).want(http.StatusOK)
		if got, want := asJSON(t, streamed.at("data")), asJSON(t, page.at("data.0")); got != want {
			t.Errorf("streamed %s, listed %s", got, want)
		}
	}
}

func TestWhereAStreamBegins(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	for i := range 5 {
		api.account(fmt.Sprint("Account ", i))
	}
	for _, c := range []struct{ query, lastEventID, first string }{
		{"", "", "1"},
		{"?after=2", "", "3"},
		{"", "3", "4"},
		{"?after=1&limit=1", "4", "5"},
		{"?after=nonsense", "4", "5"},
		{"?after=4&limit=0", "0", "1"},
	} {
		l := api.with("Last-Event-ID", c.lastEventID).live()
		if e, _ := l.follow(c.query).change(); e.id != c.first {
			t.Errorf("%s, Last-Event-ID %q: begins with %s", c.query, c.lastEventID, e.id)
		}
	}
	api.with("Last-Event-ID", "4").get("/v1/changes?after=1&limit=1").want(http.StatusOK) // no stream: the header means nothing
	if got := api.with("Last-Event-ID", "4").get("/v1/changes?after=1&limit=1"); got.number("data.0.sequence") != 2 {
		t.Errorf("got %s", got.body)
	}
}

// TestAStreamIsRefusedInFull: what can be refused is, with a status and a body like everything else.
func TestAStreamIsRefusedInFull(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	for i := range 3 {
		api.account(fmt.Sprint("Account ", i))
	}
	if _, err := api.svc.PruneChanges(t.Context(), membership.Retention{MaxCount: 1}); err != nil {
		t.Fatal(err)
	}
	events := api.with("Accept", "application/json;q=0.5, Text/Event-Stream; charset=utf-8")
	for _, c := range []struct {
		query, lastEventID string
		status             int
		code, parameter    string
	}{
		{"", "", 410, "changes_pruned", "after"},
		{"?after=1", "", 410, "changes_pruned", "after"},
		{"?after=2", "1", 410, "changes_pruned", "after"},
		{"?after=4", "", 400, "invalid_parameter", "after"},
		{"?after=2", "4", 400, "invalid_parameter", "Last-Event-ID"},
		{"?after=2", "x", 400, "invalid_parameter", "Last-Event-ID"},
		{"?after=2", "-1", 400, "invalid_parameter", "Last-Event-ID"},
		{"?after=2&account_id=x", "", 400, "invalid_parameter", "account_id"},
		{"?after=2&limit=x", "", 400, "invalid_parameter", "limit"},
		{"?after=2&types=account.created", "", 400, "invalid_parameter", "types"},
	} {
		got := events.with("Last-Event-ID", c.lastEventID).get("/v1/changes"+c.query).refused(c.status, c.code)
		if got.text("errors.0.source.parameter") != c.parameter || c.status == 410 && got.number("errors.0.meta.first") != 3 {
			t.Errorf("%s, Last-Event-ID %q: %s", c.query, c.lastEventID, got.body)
		}
		events.with("Last-Event-ID", c.lastEventID).send(http.MethodHead, "/v1/changes"+c.query, "").want(c.status)
	}
	head := events.send(http.MethodHead, "/v1/changes?after=2", "").want(http.StatusOK)
	if head.header.Get("Content-Type") != "text/event-stream" || head.header.Get("Connection") != "" {
		t.Errorf("HEAD: %v", head.header)
	}
	locked := newAPI(t, withOptions(func(o *httpadapter.Options) { o.AllowAnonymous = false }))
	locked.with("Accept", "text/event-stream").get("/v1/changes").refused(http.StatusUnauthorized, "unauthorized")
}

// TestAFilteredStreamMovesOn: a client whose filter lets nothing through gets signs of life, and learns where to go on.
func TestAFilteredStreamMovesOn(t *testing.T) {
	t.Parallel()
	api := newAPI(t).pace(5*time.Millisecond, time.Minute)
	l := api.live()
	f := l.follow("?type=account-tag.created,account-tag.deleted")
	if e := f.beat(); e.id != "0" {
		t.Errorf("an empty log: %+v", e)
	}
	stop := make(chan struct{})
	busy := make(chan struct{})
	go func() { // a log that is never silent
		defer close(busy)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				if _, err := api.svc.CreateAccount(context.Background(), membership.Account{Name: fmt.Sprint("Account ", i)}); err != nil {
					t.Error(err)
					return
				}
			}
		}
	}()
	for f.beat().id == "0" {
	}
	close(stop)
	<-busy
	api.post("/v2/account-tags", `{"data":{"type":"account_tag","name":"vip"}}`).want(http.StatusCreated)
	if e, _ := f.change(); e.name != "account-tag.created" {
		t.Errorf("got %+v", e)
	}
}

// TestAStreamEndsWithTheRightsOfItsClient, also on a log that is never silent.
func TestAStreamEndsWithTheRightsOfItsClient(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		end  func(*api, membership.Credential)
	}{
		{"revoked", func(a *api, c membership.Credential) {
			if err := a.svc.RevokeCredential(context.Background(), c.ClientID); err != nil {
				a.t.Error(err)
			}
		}},
		{"expired", func(a *api, _ membership.Credential) { a.clock.advance(2 * time.Hour) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			api := newTokenAPI(t).pace(5*time.Millisecond, time.Minute)
			credential, secret, err := api.svc.CreateCredential(t.Context(), membership.ScopeRead)
			if err != nil {
				t.Fatal(err)
			}
			f := api.signedIn(credential.ClientID, secret).live().follow("")
			f.beat()
			f.beat()
			stop, busy := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(busy)
				for range 1_000_000 {
					select {
					case <-stop:
						return
					default:
						_, _ = api.svc.CreateAccount(context.Background(), membership.Account{Name: "Parks"})
					}
				}
			}()
			c.end(api, credential)
			for {
				if e, got := f.change(); e.name == "error" {
					if got.text("errors.0.code") != "unauthorized" || e.id != "" {
						t.Errorf("got %+v", e)
					}
					break
				}
			}
			f.ended()
			close(stop)
			<-busy
			if api.log.String() != "" {
				t.Errorf("it was logged: %s", api.log)
			}
		})
	}
}

// moody is a store whose change log fails when it is told to.
type moody struct {
	store.Store
	fail chan func() error
}

func (m moody) Changes(ctx context.Context, q membership.ChangeQuery) (membership.ChangePage, error) {
	if q.Limit > 0 { // the stream's own look at it, not the one before
		select {
		case fail := <-m.fail:
			return membership.ChangePage{}, fail()
		default:
		}
	}
	return m.Store.Changes(ctx, q)
}

// TestAStreamSaysWhyItEnds: to the client as much as any answer would, and the rest to the log.
func TestAStreamSaysWhyItEnds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		fail         func() error
		status, code string
		log          string
	}{
		{"pruned", func() error { return &membership.Error{Cause: membership.ErrPruned, Field: "after", First: 9} }, "410", "changes_pruned", ""},
		{"closed", func() error { return store.ErrClosed }, "503", "shutting_down", ""},
		{"unforeseen", func() error { return errors.New("SELECT secret") }, "500", "internal", `error="SELECT secret"`},
		{"panic", func() error { panic("boom") }, "500", "internal", `error="panic: boom"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			st := moody{memstore.New(), make(chan func() error)}
			api := newAPI(t, withStore(st)).pace(time.Millisecond, time.Minute).with("X-Request-Id", "abc-123")
			f := api.live().follow("")
			f.beat()
			st.fail <- c.fail
			e, got := f.change()
			if e.name != "error" || e.id != "" || got.text("errors.0.code") != c.code || got.text("errors.0.status") != c.status {
				t.Errorf("got %+v", e)
			}
			if c.status == "500" != (got.at("request_id") == "abc-123") || strings.Contains(e.data, "secret") || strings.Contains(e.data, "boom") {
				t.Errorf("got %+v", e)
			}
			if err := theContract().checkEvents([]byte("event: error\ndata: " + e.data + "\n\n")); err != nil {
				t.Error(err)
			}
			f.ended()
			if log := api.log.String(); !strings.Contains(log, c.log) || (c.log == "") != (log == "") ||
				c.log != "" && (!strings.Contains(log, "request_id=abc-123") || !strings.Contains(log, "route=/v1/changes")) {
				t.Errorf("the log has %q", log)
			}
		})
	}
}

func TestAnAuthenticatorThatFailsEndsTheStream(t *testing.T) {
	t.Parallel()
	down := make(chan struct{})
	api := newAPI(t, withOptions(func(o *httpadapter.Options) {
		o.AllowAnonymous = false
		o.Authenticator = httpadapter.AuthenticatorFunc(func(r *http.Request) (httpadapter.Identity, error) {
			select {
			case <-down:
				return httpadapter.Identity{}, errors.New("the directory is down")
			default:
				return allowAll(r)
			}
		})
	})).pace(time.Millisecond, time.Minute)
	f := api.live().follow("")
	f.beat()
	close(down)
	if e, got := f.change(); e.name != "error" || got.text("errors.0.code") != "internal" || strings.Contains(e.data, "directory") {
		t.Errorf("got %+v", e)
	}
	f.ended()
	if !strings.Contains(api.log.String(), "the directory is down") {
		t.Errorf("the log has %q", api.log)
	}
}

func TestAllStreamsEndWhenTheServerSaysSo(t *testing.T) {
	t.Parallel()
	api := newAPI(t).pace(time.Hour, time.Hour)
	l := api.live()
	followers := []*follower{l.follow(""), l.follow("?type=flow.created"), l.follow("?after=0")}
	api.endStreams()
	for _, f := range followers {
		f.ended()
		if !f.res.Close {
			t.Error("the connection outlives the stream, and its deadlines with it")
		}
	}
	l.follow("").ended() // and so does one that comes late
	if api.log.String() != "" {
		t.Errorf("it was logged: %s", api.log)
	}
}

// TestTheServersTimeoutsDoNotEndAStream, which is older than all of them.
func TestTheServersTimeoutsDoNotEndAStream(t *testing.T) {
	t.Parallel()
	const timeout = time.Second
	impatient := func(s *httptest.Server) {
		s.Config.ReadTimeout, s.Config.WriteTimeout, s.Config.IdleTimeout = timeout, timeout, timeout
	}
	for name, change := range map[string]func(*httptest.Server){
		"HTTP/1.1": impatient,
		"HTTP/2": func(s *httptest.Server) {
			impatient(s)
			s.EnableHTTP2 = true
			s.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
		},
		"HTTP/2, silent longer than its client may take": func(s *httptest.Server) { s.EnableHTTP2 = true },
	} {
		for _, heartbeat := range []time.Duration{timeout / 4, 3 * timeout} {
			t.Run(fmt.Sprint(name, " ", heartbeat), func(t *testing.T) {
				t.Parallel()
				patience := time.Minute
				if name != "HTTP/1.1" {
					patience = timeout
				}
				api := newAPI(t).pace(heartbeat, patience)
				f := api.live(change).follow("")
				if got, want := f.res.Proto, strings.Split(name, ",")[0]; !strings.HasPrefix(got, want) {
					t.Fatalf("it speaks %s", got)
				}
				for began := time.Now(); time.Since(began) < 5*timeout; {
					f.beat()
				}
				api.account("Parks")
				if e, _ := f.change(); e.id != "1" {
					t.Errorf("got %+v", e)
				}
			})
		}
	}
}

// deaf sends a request for changes over a connection that nobody reads, of which there are more than the kernel keeps.
func (a *api) deaf(changes ...func(*httptest.Server)) *live {
	a.t.Helper()
	long := strings.Repeat("x", 2048)
	err := a.svc.Update(a.t.Context(), func(svc *roster.Service) error {
		for range 2000 {
			_, err := svc.CreateAccount(a.t.Context(), membership.Account{Name: long, LegalName: long, ExternalRef: long})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		a.t.Fatal(err)
	}
	l := a.live(append(changes, func(s *httptest.Server) {
		s.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
			_ = c.(*net.TCPConn).SetWriteBuffer(4096)
			return ctx
		}
	})...)
	conn, err := net.Dial("tcp", l.server.Listener.Addr().String())
	if err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, "GET /v1/changes HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n"); err != nil {
		a.t.Fatal(err)
	}
	return l
}

// TestAClientThatDoesNotReadDoesNotDelayTheEnd, however long it may take otherwise.
func TestAClientThatDoesNotReadDoesNotDelayTheEnd(t *testing.T) {
	t.Parallel()
	api := newAPI(t).pace(time.Hour, time.Hour)
	l := api.deaf()
	api.account("Parks")
	l.follow("?after=2000").change() // by now the other one may have been met, too
	api.endStreams()
	for range 2 {
		select {
		case <-l.done:
		case <-time.After(30 * time.Second):
			t.Fatal("a stream goes on")
		}
	}
}

func TestWhoWeighsEventsWithNothingGetsPages(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	api.account("Acme")
	for _, accept := range []string{"text/event-stream;q=0", "text/event-stream; q=0.000, */*", "text/html", "text/event-stream-2"} {
		if got := api.with("Accept", accept).get("/v1/changes").want(http.StatusOK); got.number("meta.last") != 1 {
			t.Errorf("%s: %s", accept, got.body)
		}
	}
}

// TestAClientThatDoesNotReadIsCutOff, while writers and other clients go on.
func TestAClientThatDoesNotReadIsCutOff(t *testing.T) {
	t.Parallel()
	api := newAPI(t).pace(time.Hour, time.Second)
	l := api.deaf()
	f := l.follow("?after=2000")
	for i := 2001; ; i++ {
		api.account("Parks")
		if e, _ := f.change(); e.id != fmt.Sprint(i) {
			t.Fatalf("got %+v instead of %d", e, i)
		}
		select {
		case <-l.done: // the deaf one: the other one is being served
			api.account("Parks")
			f.change()
			return
		default:
		}
	}
}

func TestAClientThatGoesEndsItsStream(t *testing.T) {
	t.Parallel()
	l := newAPI(t).pace(time.Hour, time.Hour).live()
	for range 10 {
		f := l.follow("")
		f.gone()
		<-l.done
	}
}

// veil hides what a http.ResponseWriter can do besides; frame does not.
type (
	veil  struct{ http.ResponseWriter }
	frame struct{ veil }
)

func (f frame) Unwrap() http.ResponseWriter { return f.ResponseWriter }

func TestAStreamBehindAnotherWriter(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	api.account("Parks")
	inner := api.handler
	api.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { inner.ServeHTTP(frame{veil{w}}, r) })
	if e, _ := api.live().follow("").change(); e.id != "1" {
		t.Errorf("got %+v", e)
	}
	api.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { inner.ServeHTTP(veil{w}, r) })
	api.with("Accept", "text/event-stream").get("/v1/changes").refused(http.StatusInternalServerError, "internal")
	if !strings.Contains(api.log.String(), "needs Unwrap") {
		t.Errorf("the log has %q", api.log)
	}
}
