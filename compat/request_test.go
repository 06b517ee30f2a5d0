package compat

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// request is one request, byte for byte.
type request struct {
	method, url string
	header      http.Header
	body        string
}

// reply is what the server said.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// at looks up a value in the reply's JSON: at("data", "id").
func (r reply) at(path ...string) any {
	var v any
	_ = json.Unmarshal(r.body, &v)
	for _, key := range path {
		object, _ := v.(map[string]any)
		v = object[key]
	}
	return v
}

func (r reply) text(path ...string) string {
	s, _ := r.at(path...).(string)
	return s
}

// rows are the objects of a list.
func (r reply) rows() []map[string]any {
	list, _ := r.at("data").([]any)
	rows := make([]map[string]any, len(list))
	for i, row := range list {
		rows[i], _ = row.(map[string]any)
	}
	return rows
}

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
	res, err := client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return reply{res.StatusCode, res.Header, body}, err
}

// do is try where an answer is expected. Every reply is checked for what all of them promise.
func (q request) do(t *testing.T, client *http.Client) reply {
	t.Helper()
	r, err := q.try(t.Context(), client)
	if err != nil {
		t.Fatalf("%s %s: %v", q.method, q.url, err)
	}
	if r.header.Get("X-Request-Id") == "" {
		t.Errorf("%s %s: no request id", q.method, q.url)
	}
	switch kind := r.header.Get("Content-Type"); {
	case r.status == http.StatusNoContent:
		if len(r.body) > 0 || kind != "" {
			t.Errorf("%s %s: 204 with %q of type %q", q.method, q.url, r.body, kind)
		}
	case !strings.HasPrefix(kind, "application/json") || !json.Valid(r.body):
		t.Errorf("%s %s: %d of type %q: %s", q.method, q.url, r.status, kind, r.body)
	}
	return r
}

// want is do where one status is expected.
func (q request) want(t *testing.T, client *http.Client, status int) reply {
	t.Helper()
	r := q.do(t, client)
	if r.status != status {
		t.Fatalf("%s %s %s: %d instead of %d: %s", q.method, q.url, q.body, r.status, status, r.body)
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
