package abuse_test

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/roster-go/roster/internal/servertest"
)

// wire is a connection on which a test sends what no client would.
type wire struct{ *servertest.Wire }

func dial(t testing.TB, s *servertest.Server) wire {
	t.Helper()
	return wire{servertest.Dial(t, s.URL)}
}

// smallWire is one with a small buffer, for tests that have thousands.
func smallWire(conn net.Conn) wire {
	return wire{&servertest.Wire{Conn: conn, Reader: bufio.NewReaderSize(conn, 512)}}
}

func address(s *servertest.Server) string { return strings.TrimPrefix(s.URL, "http://") }

// ended reports whether the server has closed the connection, and waits for that.
func (w wire) ended() bool {
	_, err := io.Copy(io.Discard, w.Reader)
	timeout, ok := err.(net.Error) //nolint:errorlint // what a connection returns
	return !ok || !timeout.Timeout()
}
