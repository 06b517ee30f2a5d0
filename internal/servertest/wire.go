package servertest

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// WireTimeout is how long a [Wire] waits for what should come at once.
const WireTimeout = 30 * time.Second

// Wire is a connection on which a test sends what no client would.
type Wire struct {
	net.Conn
	Reader *bufio.Reader
}

// Dial connects to the server at a URL without TLS, until the test ends.
func Dial(t testing.TB, url string) *Wire {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(WireTimeout)); err != nil {
		t.Fatal(err)
	}
	return &Wire{conn, bufio.NewReader(conn)}
}

// Send sends a text as it is. A server that has refused it already need not take all of it.
func (w *Wire) Send(text string) { _, _ = io.WriteString(w, text) }

// Answer reads an answer to its end; status 0 says that the connection was closed without one.
func (w *Wire) Answer(method string) (r Reply, closes bool) {
	res, err := http.ReadResponse(w.Reader, &http.Request{Method: method})
	if err != nil {
		return Reply{}, true
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return Reply{Status: res.StatusCode, Header: res.Header, Body: body}, err != nil || res.Close
}
