package api

import (
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// answers is a handler that gives one answer after the other, and the last one again and again.
func answers(all ...func(http.ResponseWriter, *http.Request)) http.HandlerFunc {
	var count atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		all[min(int(count.Add(1)), len(all))-1](w, r)
	}
}

func says(status int, body string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

const busy = `{"errors":[{"status":"503","detail":"the store is busy","code":"busy"}]}`

func get(c *Client, t *testing.T) (Document, error) {
	t.Helper()
	return c.Do(t.Context(), Request{Method: http.MethodGet, Path: "/v2/accounts"})
}

func TestABusyServerIsAskedAgain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		answers []func(http.ResponseWriter, *http.Request)
		took    time.Duration
		err     string
	}{
		{"once", []func(http.ResponseWriter, *http.Request){says(503, busy), says(200, `{"data":[]}`)}, busyWait, ""},
		{"for ever", []func(http.ResponseWriter, *http.Request){says(503, busy)}, (maxTries - 1) * busyWait, "the store is busy"},
		{"unless the outcome is unknown", []func(http.ResponseWriter, *http.Request){says(503, `{"errors":[{"detail":"look","code":"outcome_unknown"}]}`)}, 0, "look"},
		{"unless it is broken", []func(http.ResponseWriter, *http.Request){says(500, `{"errors":[{"detail":"no","code":"internal"}]}`)}, 0, "no"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				_, err := get(InProcess(answers(c.answers...)), t)
				if took := time.Since(began); took != c.took || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
					t.Errorf("after %v: %v", took, err)
				}
			})
		})
	}
}

func TestEveryReasonIsSaid(t *testing.T) {
	t.Parallel()
	c := InProcess(answers(says(422, `{"errors":[{"detail":"a is wrong","code":"invalid_value"},{"detail":"b is, too","code":"other"}]}`)))
	_, err := get(c, t)
	refused, ok := errors.AsType[*Error](err)
	if !ok || refused.Error() != "a is wrong; b is, too" || refused.Status != 422 || !refused.Has("other") || refused.Has("third") {
		t.Errorf("got %v", err)
	}
}

func TestWhatIsNoRosterIsToldSo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		body   string
		says   string
	}{
		{404, "<html>not here</html>", "no errors"},
		{502, "", "502 Bad Gateway"},
		{200, "<html>hello</html>", "no JSON"},
		{302, "", "sends clients to"},
		{500, `{"errors":[]}`, "no errors"},
	} {
		_, err := get(InProcess(answers(says(c.status, c.body))), t)
		if _, ok := errors.AsType[*StrangeError](err); !ok || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%d %q: %v", c.status, c.body, err)
		}
	}
}

// signing is a server that wants tokens, each good for one request.
func signing(t *testing.T) (*httptest.Server, *atomic.Int64) {
	t.Helper()
	var issued atomic.Int64
	good := func() string { return fmt.Sprintf("Bearer token-%d", issued.Load()) }
	used := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/prefix/oauth/access_token" && r.FormValue("client_secret") == "secret" && r.FormValue("grant_type") == "client_credentials":
			says(200, fmt.Sprintf(`{"access_token":"token-%d"}`, issued.Add(1)))(w, r)
		case r.URL.Path == "/prefix/oauth/access_token":
			says(401, `{"errors":[{"detail":"wrong","code":"invalid_client"}]}`)(w, r)
		case r.Header.Get("Authorization") != good() || used == good():
			says(401, `{"errors":[{"detail":"who is it","code":"unauthorized"}]}`)(w, r)
		default:
			used = good()
			says(200, `{"data":[]}`)(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server, &issued
}

// dial is a client that the test closes.
func dial(t *testing.T, opts Options) *Client {
	t.Helper()
	c, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestAClientGetsATokenAndAnotherOneWhenThatIsOver(t *testing.T) {
	t.Parallel()
	server, issued := signing(t)
	c := dial(t, Options{Server: server.URL + "/prefix/", ClientID: "id", ClientSecret: "secret"})
	for i := range int64(3) {
		if _, err := get(c, t); err != nil || issued.Load() != i+1 {
			t.Errorf("%d tokens, %v", issued.Load(), err)
		}
	}
	if _, err := get(dial(t, Options{Server: server.URL + "/prefix", ClientID: "id", ClientSecret: "wrong"}), t); !errors.Is(err, ErrSignIn) {
		t.Errorf("got %v", err)
	}
	_, err := get(dial(t, Options{Server: server.URL + "/prefix", Token: "old", ClientID: "id", ClientSecret: "secret"}), t)
	if refused, ok := errors.AsType[*Error](err); !ok || refused.Status != http.StatusUnauthorized || issued.Load() != 3 {
		t.Errorf("a token that was given is replaced: %v", err)
	}
}

func TestATokenIsNotCarriedElsewhere(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it is asked") }))
	t.Cleanup(elsewhere.Close)
	server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	t.Cleanup(server.Close)
	_, err := get(dial(t, Options{Server: server.URL, Token: "secret"}), t)
	if err == nil || !strings.Contains(err.Error(), elsewhere.URL) || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}

func TestAServerBehindASocketIsReached(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "api") // Why not t.TempDir: the names of sockets are short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "roster.sock")
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Skipf("no sockets: %v", err)
	}
	server := &httptest.Server{Listener: ln, Config: &http.Server{Handler: answers(says(200, `{"data":[]}`))}}
	server.Start()
	t.Cleanup(server.Close)
	if _, err := get(dial(t, Options{Server: "unix://" + path}), t); err != nil {
		t.Error(err)
	}
}

func TestACertificateIsTrustedWhenItIsNamed(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(answers(says(200, `{"data":[]}`)))
	server.Config.ErrorLog = quiet()
	server.StartTLS()
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := get(dial(t, Options{Server: server.URL, CA: file}), t); err != nil {
		t.Error(err)
	}
	if _, err := get(dial(t, Options{Server: server.URL}), t); err == nil {
		t.Error("a certificate that nobody knows is trusted")
	}
}

func TestNamesOfServersAreChecked(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "localhost:8080", "ftp://host", "http://", "http://user:password@host", "http://host?x=1", "http://host#x", "unix://", "unix://run/roster.sock", "http://host:port"} {
		if _, err := New(Options{Server: name}); !errors.Is(err, ErrServer) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestPlacesEscapeNames(t *testing.T) {
	t.Parallel()
	if got := Place("/v2/accounts", "a/b c", "/account-memberships", "?"); got != "/v2/accounts/a%2Fb%20c/account-memberships/%3F" {
		t.Errorf("got %s", got)
	}
}

func TestChangesAreFollowedThroughEverythingThatGoesWrong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked []string
		ask := func(say func(http.ResponseWriter, *http.Request)) func(http.ResponseWriter, *http.Request) {
			return func(w http.ResponseWriter, r *http.Request) {
				asked = append(asked, r.URL.Query().Get("after")+" "+r.URL.Query().Get("type")+" "+r.Header.Get("Accept"))
				say(w, r)
			}
		}
		c := InProcess(answers(
			ask(says(502, "not yet")),
			ask(says(200, "retry: 1000\n\nid: 8\nevent: a\ndata: {\"sequence\":8}\n\n: comment\r\n\r\nid: 10\n\nid: 11\nevent: a\ndata: {\"sequence\":11}\n")), // broken off
			ask(says(200, "id: 12\ndata: {\"sequence\":\ndata: 12}\n\nevent: error\ndata: {\"errors\":[{\"status\":\"503\",\"detail\":\"stopping\",\"code\":\"shutting_down\"}]}\n\n")),
			ask(says(200, "event: error\ndata: {\"errors\":[{\"status\":\"410\",\"detail\":\"pruned\",\"code\":\"changes_pruned\"}]}\n\n")),
		))
		var seen, lost []string
		var last error
		for row, err := range c.Follow(t.Context(), url.Values{"type": {"a"}}, 7, func(err error, wait time.Duration) {
			lost = append(lost, fmt.Sprintf("%v: %v", err, wait))
		}) {
			if last = err; err == nil {
				seen = append(seen, row.Text("sequence"))
			}
		}
		if !slices.Equal(seen, []string{"8", "12"}) {
			t.Errorf("seen are %q", seen)
		}
		if want := []string{"7 a text/event-stream", "7 a text/event-stream", "10 a text/event-stream", "12 a text/event-stream"}; !slices.Equal(asked, want) {
			t.Errorf("asked for %q", asked)
		}
		if len(lost) != 3 || !strings.HasSuffix(lost[0], ": 1s") || lost[1] != "the server has ended the stream: 1s" || lost[2] != "stopping: 1s" {
			t.Errorf("told of %q", lost)
		}
		if refused, ok := errors.AsType[*Error](last); !ok || refused.Status != 410 || !refused.Has("changes_pruned") {
			t.Errorf("it ends with %v", last)
		}
	})
}

func TestFollowingWaitsLongerEachTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var waits []time.Duration
		c := InProcess(answers(says(502, ""), says(502, ""), says(502, ""), says(502, ""), says(502, ""), says(502, ""), says(502, ""),
			says(404, `{"errors":[{"detail":"gone","code":"x"}]}`)))
		var last error
		for _, err := range c.Follow(t.Context(), nil, 0, func(_ error, wait time.Duration) { waits = append(waits, wait/time.Second) }) {
			last = err
		}
		if !slices.Equal(waits, []time.Duration{1, 2, 4, 8, 16, 30, 30}) || last == nil || last.Error() != "gone" {
			t.Errorf("got %v, %v", waits, last)
		}
	})
}
