package abuse_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster/internal/servertest"
)

// wireTimeout is how long a test waits on a connection for what should come at once.
const wireTimeout = 30 * time.Second

// wire is a connection on which a test sends what no client would.
type wire struct {
	net.Conn
	reader *bufio.Reader
}

func dial(t testing.TB, s *servertest.Server) *wire {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address(s))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(wireTimeout)); err != nil {
		t.Fatal(err)
	}
	return &wire{conn, bufio.NewReader(conn)}
}

func address(s *servertest.Server) string { return strings.TrimPrefix(s.URL, "http://") }

// send sends a text as it is. A server that has refused it already need not take all of it.
func (w *wire) send(text string) { _, _ = io.WriteString(w, text) }

// answer reads an answer to its end; status 0 says that the connection was closed without one.
func (w *wire) answer(method string) (r servertest.Reply, closes bool) {
	res, err := http.ReadResponse(w.reader, &http.Request{Method: method})
	if err != nil {
		return servertest.Reply{}, true
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return servertest.Reply{Status: res.StatusCode, Header: res.Header, Body: body}, err != nil || res.Close
}

// ended reports whether the server has closed the connection, and waits for that.
func (w *wire) ended() bool {
	_, err := io.Copy(io.Discard, w.reader)
	timeout, ok := err.(net.Error) //nolint:errorlint // what a connection returns
	return !ok || !timeout.Timeout()
}
