package httpadapter_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// reply is an answer.
type reply struct {
	t      *testing.T
	said   string
	status int
	header http.Header
	body   []byte
}

// checkBasics checks what is true of every answer.
func (r reply) checkBasics(method string) {
	r.t.Helper()
	if r.status >= 300 && r.status < 400 {
		r.t.Errorf("%s is answered with a redirect to %s", r.said, r.header.Get("Location"))
	}
	if r.header.Get("X-Request-Id") == "" || r.header.Get("X-Content-Type-Options") != "nosniff" || r.header.Get("Cache-Control") != "no-store" {
		r.t.Errorf("%s: headers are missing: %v", r.said, r.header)
	}
	length := r.header.Get("Content-Length")
	switch {
	case r.header.Get("Content-Type") == "text/event-stream":
		if length != "" || method == http.MethodHead && len(r.body) != 0 {
			r.t.Errorf("%s: a stream with the length %q, %d bytes", r.said, length, len(r.body))
		}
	case r.status == http.StatusNoContent:
		if len(r.body) != 0 || length != "" || r.header.Get("Content-Type") != "" {
			r.t.Errorf("%s: 204 with a body: %v %q", r.said, r.header, r.body)
		}
	case method == http.MethodHead:
		if len(r.body) != 0 || length == "" || length == "0" {
			r.t.Errorf("%s: HEAD must have the length and nothing else, has %q and %d bytes", r.said, length, len(r.body))
		}
	case length != strconv.Itoa(len(r.body)):
		r.t.Errorf("%s: Content-Length %q, body %d", r.said, length, len(r.body))
	}
}

// want stops the test unless the answer has the status.
func (r reply) want(status int) reply {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("%s is answered with %d, want %d: %s", r.said, r.status, status, r.body)
	}
	return r
}

// refused stops the test unless the answer has the status and its first error the code.
func (r reply) refused(status int, code string) reply {
	r.t.Helper()
	r.want(status)
	if got := r.at("errors.0.code"); got != code {
		r.t.Fatalf("%s is refused with the code %v, want %s: %s", r.said, got, code, r.body)
	}
	if r.text("errors.0.status") != strconv.Itoa(status) || r.text("errors.0.title") != http.StatusText(status) {
		r.t.Errorf("%s: status or title is wrong: %s", r.said, r.body)
	}
	return r
}

// saying stops the test unless the first error's detail contains a text.
func (r reply) saying(detail string) reply {
	r.t.Helper()
	if got := r.text("errors.0.detail"); !strings.Contains(got, detail) {
		r.t.Fatalf("%s is refused with %q, want %q in it", r.said, got, detail)
	}
	return r
}

// at is the value at a path such as "data.0.id"; nil when there is none.
func (r reply) at(path string) any {
	r.t.Helper()
	var value any
	if err := json.Unmarshal(r.body, &value); err != nil {
		r.t.Fatalf("%s: body is not JSON: %q", r.said, r.body)
	}
	for key := range strings.SplitSeq(path, ".") {
		switch inner := value.(type) {
		case map[string]any:
			value = inner[key]
		case []any:
			if i, err := strconv.Atoi(key); err == nil && i < len(inner) {
				value = inner[i]
				continue
			}
			return nil
		default:
			return nil
		}
	}
	return value
}

// text is the text at a path.
func (r reply) text(path string) string {
	r.t.Helper()
	s, ok := r.at(path).(string)
	if !ok {
		r.t.Fatalf("%s: no text at %s in %s", r.said, path, r.body)
	}
	return s
}

// number is the number at a path.
func (r reply) number(path string) int {
	r.t.Helper()
	f, ok := r.at(path).(float64)
	if !ok {
		r.t.Fatalf("%s: no number at %s in %s", r.said, path, r.body)
	}
	return int(f)
}

// each lists one member of every item of data, separated by blanks.
func (r reply) each(key string) string {
	r.t.Helper()
	items, ok := r.at("data").([]any)
	if !ok {
		r.t.Fatalf("%s: data is no list: %s", r.said, r.body)
	}
	var all []string
	for _, item := range items {
		all = append(all, fmt.Sprint(item.(map[string]any)[key]))
	}
	return strings.Join(all, " ")
}
