package servertest

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Client sends requests to one server. Any goroutine may use it, and more than one.
type Client struct {
	URL   string
	Token string // sent with every request, unless it is empty
	HTTP  *http.Client

	secrets *secrets // of the server; nil where nobody looks for them
}

// NewClient is a client without a token. It keeps up to 512 connections until the test ends, and takes a redirect for an
// answer, because the server must not send any.
func (s *Server) NewClient(t testing.TB) *Client {
	return &Client{URL: s.URL, HTTP: NewHTTPClient(t), secrets: &s.secrets}
}

// NewHTTPClient is what a [Client] sends with.
func NewHTTPClient(t testing.TB) *http.Client {
	transport := &http.Transport{DialContext: (&net.Dialer{}).DialContext, MaxIdleConnsPerHost: 512, DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// SignIn is a client with a token for this package's credentials.
func (s *Server) SignIn(t testing.TB) *Client {
	t.Helper()
	c := s.NewClient(t)
	r, err := c.AskToken(t.Context(), ClientID, ClientSecret)
	if err != nil || r.Status != http.StatusOK {
		t.Fatalf("no token: %d %s, %v", r.Status, r.Body, err)
	}
	c.Token = r.Text("access_token")
	return c
}

// AskToken asks for a token. Neither that nor the secret may be in the server's log when it ends.
func (c *Client) AskToken(ctx context.Context, id, secret string) (Reply, error) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL+"/oauth/access_token", strings.NewReader(form.Encode()))
	if err != nil {
		return Reply{}, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r, err := c.Send(req)
	c.secrets.add(secret, r.Text("access_token"))
	return r, err
}

// Ask sends a request with a JSON body, or without a body where it is empty. An error says that no answer came.
func (c *Client) Ask(ctx context.Context, method, path, body string) (Reply, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.URL+path, strings.NewReader(body))
	if err != nil {
		return Reply{}, err
	}
	if body == "" {
		req.Body = http.NoBody
	} else {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	return c.Send(req)
}

// Want is Ask where one status is expected, on the test's own goroutine.
func (c *Client) Want(t testing.TB, status int, method, path, body string) Reply {
	t.Helper()
	r, err := c.Ask(t.Context(), method, path, body)
	if err != nil || r.Status != status {
		t.Fatalf("%s %s %s: %d instead of %d: %s, %v", method, path, body, r.Status, status, r.Body, err)
	}
	return r
}

// Send sends a request as it is.
func (c *Client) Send(req *http.Request) (Reply, error) {
	res, err := c.HTTP.Do(req)
	if err != nil {
		return Reply{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return Reply{res.StatusCode, res.Header, body}, err
}

// Reply is what the server said.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// At looks up a value in the reply's JSON: At("data", "id").
func (r Reply) At(path ...string) any {
	var v any
	_ = json.Unmarshal(r.Body, &v)
	for _, key := range path {
		object, _ := v.(map[string]any)
		v = object[key]
	}
	return v
}

// Text is a text in the reply's JSON; empty when there is none.
func (r Reply) Text(path ...string) string {
	text, _ := r.At(path...).(string)
	return text
}

// Rows are the objects of a list.
func (r Reply) Rows() []map[string]any {
	list, _ := r.At("data").([]any)
	rows := make([]map[string]any, len(list))
	for i, row := range list {
		rows[i], _ = row.(map[string]any)
	}
	return rows
}

// Total is how many rows there are of the list that the reply is a page of.
func (r Reply) Total() int {
	n, _ := r.At("meta", "results", "total").(float64)
	return int(n)
}

// Fault is why a request was refused: the code of the first error, and the membership that stands in the way.
func (r Reply) Fault() (code, existing string) {
	list, _ := r.At("errors").([]any)
	if len(list) == 0 {
		return "", ""
	}
	first, _ := list[0].(map[string]any)
	meta, _ := first["meta"].(map[string]any)
	code, _ = first["code"].(string)
	existing, _ = meta["account_membership_id"].(string)
	return code, existing
}

// Into decodes the reply's JSON.
func (r Reply) Into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(r.Body, v); err != nil {
		t.Fatalf("%v: %s", err, r.Body)
	}
}
