package serve

import (
	"crypto/tls"
	"io"
	"io/fs"
	"log/slog"
	"net/netip"
	"net/url"
	"time"

	"github.com/roster-go/roster/cmd/roster/internal/serve/internal/certificates"
	"github.com/roster-go/roster/membership"
)

// config is what `roster serve` was told.
type config struct {
	version string // a line about this program

	configFile  string
	printConfig bool

	addr        string
	socketMode  fs.FileMode
	metricsAddr string
	tlsCert     string
	tlsKey      string

	baseURL        string
	allowedHosts   []string
	noConsole      bool
	trustForwarded bool
	trustedProxies []string
	proxies        []netip.Prefix // the parsed ones
	localProxy     bool           // who comes by a unix socket is a proxy, too

	db           string
	inMemory     bool
	synchronous  string
	checkAtStart string
	busyTimeout  time.Duration
	accountLimit int
	retention    membership.Retention

	clientID         string // both or neither
	clientSecret     string
	clientIDFile     string
	clientSecretFile string
	tokenLife        time.Duration

	readHeaderTimeout time.Duration
	readTimeout       time.Duration
	writeTimeout      time.Duration
	idleTimeout       time.Duration
	requestTimeout    time.Duration
	maxConnections    int
	maxHeaderBytes    int
	maxBodyBytes      int64
	drainDelay        time.Duration
	drainTimeout      time.Duration

	logFormat   string
	logLevel    string
	logRequests bool

	misspelt []string // warnings about the environment
}

// trusts reports whether anybody's forwarding headers are believed.
func (c config) trusts() bool { return c.trustForwarded || len(c.trustedProxies) > 0 }

// hasClient reports whether there are credentials of the operator's own, wherever they are.
func (c config) hasClient() bool { return c.clientID != "" || c.clientIDFile != "" }

// scheme is that of the server's URLs.
func (c config) scheme() string {
	if c.tlsCert != "" {
		return "https"
	}
	return "http"
}

// certificate loads the certificate and its key; nil without TLS.
func (c config) certificate() (*certificates.Pair, error) {
	if c.tlsCert == "" {
		return nil, nil //nolint:nilnil // no TLS is no mistake
	}
	return certificates.Load(c.tlsCert, c.tlsKey)
}

// tlsOf is how a server uses a pair.
func tlsOf(pair *certificates.Pair) *tls.Config {
	if pair == nil {
		return nil
	}
	return pair.Config()
}

func validBaseURL(s string) bool {
	if s == "" {
		return true
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" &&
		u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

// logLevels are the values of --log-level.
var logLevels = map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}

func (c config) logger(w io.Writer) *slog.Logger {
	opts := &slog.HandlerOptions{Level: logLevels[c.logLevel]}
	if c.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}
