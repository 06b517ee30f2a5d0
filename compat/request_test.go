package compat

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/roster-go/roster/internal/servertest"
)

// request is one request, byte for byte.
type request struct {
	method, url string
	header      http.Header
	body        string
}

// reply is what the server said.
type reply = servertest.Reply

// try sends a request. An error says that no answer came.
func (q request) try(ctx context.Context, client *http.Client) (reply, error) {
	req, err := http.NewRequestWithContext(ctx, q.method, q.url, strings.NewReader(q.body))
	if err != nil {
		return reply{}, err
	}
	if q.body == "" {
		req.Body = http.NoBody
	}
	req.Header = q.header.Clone()
	return (&servertest.Client{HTTP: client}).Send(req)
}

// do is try where an answer is expected. Every reply is checked for what all of them promise.
func (q request) do(t *testing.T, client *http.Client) reply {
	t.Helper()
	r, err := q.try(t.Context(), client)
	if err != nil {
		t.Fatalf("%s %s: %v", q.method, q.url, err)
	}
	if r.Header.Get("X-Request-Id") == "" {
		t.Errorf("%s %s: no request id", q.method, q.url)
	}
	switch kind := r.Header.Get("Content-Type"); {
	case r.Status == http.StatusNoContent:
		if len(r.Body) > 0 || kind != "" {
			t.Errorf("%s %s: 204 with %q of type %q", q.method, q.url, r.Body, kind)
		}
	case !strings.HasPrefix(kind, "application/json") || !json.Valid(r.Body):
		t.Errorf("%s %s: %d of type %q: %s", q.method, q.url, r.Status, kind, r.Body)
	}
	return r
}

// want is do where one status is expected.
func (q request) want(t *testing.T, client *http.Client, status int) reply {
	t.Helper()
	r := q.do(t, client)
	if r.Status != status {
		t.Fatalf("%s %s %s: %d instead of %d: %s", q.method, q.url, q.body, r.Status, status, r.Body)
	}
	return r
}

// jsonText spells a value as Go programs do: compact, keys in alphabetical order, no HTML escapes.
func jsonText(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

// askForm asks for a token with a form, as it is.
func (s *server) askForm(contentType, form string) request {
	return request{http.MethodPost, s.url + "/oauth/access_token", http.Header{"Content-Type": {contentType}}, form}
}

// unknownID is an id that nothing has.
const unknownID = "24e939f6-178f-497b-9d64-5bf2b5a70a2e"
