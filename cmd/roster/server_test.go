package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/sqlitestore"
)

// server is a running `roster serve`, within the test or as a process of its own, and a client that is signed in.
type server struct {
	t      *testing.T
	url    string
	client *http.Client
	token  string
	stdout *servertest.Log
	stderr *servertest.Log
	ended  chan struct{} // closed when it has ended; code is set then
	code   int
	cancel context.CancelFunc

	secrets []string // that it was sent or has made: its log must have none of them
}

var (
	listeningLine = regexp.MustCompile(`^roster listening on (\S+)\n`)
	printedID     = regexp.MustCompile(command.EnvClientID + `=(\S+)`)
	printedSecret = regexp.MustCompile(command.EnvClientSecret + `=(\S+)`)
)

// ownCredentials is an environment with credentials, which signIn uses unless told otherwise.
var ownCredentials = environment(command.EnvClientID, "operator", command.EnvClientSecret, "correct horse battery staple")

// start runs `roster serve` on a free port until the test ends, and waits until it listens.
func start(t *testing.T, env func(string) string, args ...string) *server {
	t.Helper()
	return startAnywhere(t, env, append([]string{"--addr", "127.0.0.1:0"}, args...)...)
}

// startAnywhere is start for a server that is told where to listen.
func startAnywhere(t *testing.T, env func(string) string, args ...string) *server {
	t.Helper()
	s := newServerUnderTest(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.cancel = cancel
	go func() {
		defer close(s.ended)
		s.code = run(ctx, append([]string{"serve"}, args...), env, strings.NewReader(""), s.stdout, s.stderr)
	}()
	t.Cleanup(func() { s.stop() })
	s.waitUntilListening()
	return s
}

func newServerUnderTest(t *testing.T) *server {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	t.Cleanup(transport.CloseIdleConnections)
	s := &server{
		t:      t,
		client: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		stdout: new(servertest.Log),
		stderr: new(servertest.Log),
		ended:  make(chan struct{}),
	}
	t.Cleanup(func() {
		for _, secret := range s.secrets {
			for _, shown := range servertest.Shown([]byte(s.stderr.String()), secret) {
				t.Errorf("the log shows a secret, %s", shown)
			}
		}
	})
	return s
}

func (s *server) waitUntilListening() {
	s.t.Helper()
	var ok bool
	if s.url, ok = s.stdout.WaitFor(listeningLine, s.ended); !ok {
		s.t.Fatalf("roster serve ended with %d: %s", s.code, s.stderr)
	}
}

// waitForLog waits until the log matches, and returns the first group.
func (s *server) waitForLog(pattern string) string {
	s.t.Helper()
	group, ok := s.stderr.WaitFor(regexp.MustCompile(pattern), s.ended)
	if !ok {
		s.t.Fatalf("it ended with %d before the log had %s: %s", s.code, pattern, s.stderr)
	}
	return group
}

// stop asks the server to end, and returns its exit status.
func (s *server) stop() int {
	s.client.CloseIdleConnections() // a server that drains waits seconds for a connection that was opened and never used
	s.cancel()
	<-s.ended
	return s.code
}

// signIn gets a token, and sends it from now on.
func (s *server) signIn(id, secret string) {
	s.t.Helper()
	status, body := s.askToken(id, secret)
	if status != http.StatusOK {
		s.t.Fatalf("no token for %s: %d %s", id, status, body)
	}
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.AccessToken == "" {
		s.t.Fatalf("no token in %s: %v", body, err)
	}
	s.token = answer.AccessToken
	s.secrets = append(s.secrets, secret, answer.AccessToken)
}

func (s *server) askToken(id, secret string) (status int, body []byte) {
	s.t.Helper()
	r, err := (&servertest.Client{URL: s.url, HTTP: s.client}).AskToken(s.t.Context(), id, secret)
	if err != nil {
		s.t.Fatal(err)
	}
	return r.Status, r.Body
}

// answer is what the server said.
type answer = servertest.Reply

// try sends a request as the server's client; the error says that there was no answer.
func (s *server) try(method, path, body string) (answer, error) {
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	if s.token != "" {
		req.Header.Set("Authorization", "Bearer "+s.token)
	}
	return (&servertest.Client{HTTP: s.client}).Send(req)
}

// send is try where an answer is expected.
func (s *server) send(method, path, body string) answer {
	s.t.Helper()
	a, err := s.try(method, path, body)
	if err != nil {
		s.t.Fatalf("%s %s: %v\n%s", method, path, err, s.stderr)
	}
	return a
}

// want is send where one status is expected.
func (s *server) want(status int, method, path, body string) answer {
	s.t.Helper()
	a := s.send(method, path, body)
	if a.Status != status {
		s.t.Fatalf("%s %s %s: %d instead of %d: %s", method, path, body, a.Status, status, a.Body)
	}
	return a
}

// createAccount and createMember return the new id.
func (s *server) createAccount(name string) string {
	s.t.Helper()
	a := s.want(http.StatusCreated, http.MethodPost, "/v2/accounts", `{"data":{"type":"account","name":"`+name+`"}}`)
	return a.At("data", "id").(string)
}

func (s *server) createMember(name string) string {
	s.t.Helper()
	a := s.want(http.StatusCreated, http.MethodPost, "/v2/account-members", `{"data":{"type":"account_member","name":"`+name+`","email":"`+name+`@example.com"}}`)
	return a.At("data", "id").(string)
}

// membershipBody is the body that makes a member join.
func membershipBody(member string) string {
	return `{"data":{"type":"account_membership","account_member_id":"` + member + `"}}`
}

// fill puts data into a database file before a server opens it.
func fill(t *testing.T, path string, with func(svc *roster.Service) error) {
	t.Helper()
	st, err := sqlitestore.Open(path, sqlitestore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = roster.New(st, roster.Options{}).Update(t.Context(), with)
	if err = errors.Join(err, st.Close()); err != nil {
		t.Fatal(err)
	}
}

func newDatabase(t *testing.T) string { return filepath.Join(t.TempDir(), "roster.db") }

// oneLine reports whether a text is exactly one line.
func oneLine(s string) bool {
	return bytes.Count([]byte(s), []byte("\n")) == 1 && strings.HasSuffix(s, "\n")
}
