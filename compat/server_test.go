package compat

import (
	"net/http"
	"path/filepath"
	"testing"

	"github.com/roster-go/roster/internal/pgtest"
	"github.com/roster-go/roster/internal/servertest"
)

const (
	clientID     = servertest.ClientID
	clientSecret = servertest.ClientSecret
)

func TestMain(m *testing.M) { servertest.Main(m) }

// server is a running `roster serve`.
type server struct {
	*servertest.Server
	t   *testing.T
	url string
}

// onEachStore runs a test against a server with a database file, one in memory, and one on PostgreSQL.
func onEachStore(t *testing.T, test func(t *testing.T, s *server)) {
	t.Helper()
	for _, store := range []string{"sqlite", "memory", "postgres"} {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			test(t, start(t, store))
		})
	}
}

// start runs the binary on a free port until the test ends.
func start(t *testing.T, store string) *server {
	t.Helper()
	switch store {
	case "memory":
		return startTogether(t, 1, "--in-memory")[0]
	case "postgres":
		return startTogether(t, 1, "--db", pgtest.URL(t))[0]
	default:
		return startTogether(t, 1, "--db", filepath.Join(t.TempDir(), "roster.db"))[0]
	}
}

// startTogether runs the binary as often as asked, with the same arguments and at the same time.
func startTogether(t *testing.T, n int, args ...string) []*server {
	t.Helper()
	listening := make([]func() *servertest.Server, n)
	for i := range n {
		listening[i] = servertest.Launch(t, servertest.Options{Args: args})
	}
	servers := make([]*server, n)
	for i := range n {
		s := listening[i]()
		servers[i] = &server{Server: s, t: t, url: s.URL}
	}
	return servers
}

// newClient makes an HTTP client that takes a redirect for an answer, because the server must not send any.
func newClient(t *testing.T) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 100
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
