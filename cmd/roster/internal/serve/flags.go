package serve

import (
	"fmt"
	"io/fs"
	"strconv"
	"time"

	"github.com/spf13/pflag"

	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/database"
	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
)

// flagGroup is some flags of `roster serve` that belong together.
type flagGroup struct {
	title string
	add   func(*pflag.FlagSet)
}

// groups are all flags, in the order in which help shows them.
func (c *config) groups() []flagGroup {
	return []flagGroup{
		{"Configuration", c.configurationFlags},
		{"Listening", c.listeningFlags},
		{"Proxies and names", c.proxyFlags},
		{"Data", c.dataFlags},
		{"Credentials", c.credentialFlags},
		{"Limits", c.limitFlags},
		{"Stopping", c.drainFlags},
		{"Logging and monitoring", c.monitoringFlags},
	}
}

func (c *config) configurationFlags(fs *pflag.FlagSet) {
	fs.StringVar(&c.configFile, "config", "", "YAML `file` with lines like \"addr: 127.0.0.1:8080\": the names are those of the flags")
	fs.BoolVar(&c.printConfig, "print-config", false, "print what would be used and where it comes from, as a configuration file without the secrets, and end")
}

func (c *config) listeningFlags(fs *pflag.FlagSet) {
	c.socketMode = 0o600
	fs.StringVar(&c.addr, "addr", command.DefaultAddr, "`host:port` to listen on, or unix:PATH; port 0 picks a free one. An address that other machines can reach needs credentials of your own: from the environment, or made before the start with roster credentials create. A socket that systemd hands over takes its place")
	fs.Var((*fileMode)(&c.socketMode), "socket-mode", "`permissions` of a unix socket: who may write to it may connect")
	fs.BoolVar(&c.noConsole, "no-console", false, "serve no console at /console")
	fs.StringVar(&c.tlsCert, "tls-cert", "", "`file` with the certificate and those between it and a root, in PEM form; read again when it changes, and on SIGHUP")
	fs.StringVar(&c.tlsKey, "tls-key", "", "`file` with the certificate's key, in PEM form")
}

func (c *config) proxyFlags(fs *pflag.FlagSet) {
	fs.StringVar(&c.baseURL, "base-url", "", "`URL` that links in answers begin with; else each request's own")
	fs.BoolVar(&c.trustForwarded, "trust-forwarded", false, "believe X-Forwarded-Proto, -Host and -For, from everybody unless --trusted-proxies says from whom; only behind a proxy that sets them")
	fs.StringSliceVar(&c.trustedProxies, "trusted-proxies", nil, "`addresses` and networks, such as 10.0.0.0/8, whose X-Forwarded-Proto, -Host and -For are believed, and unix for who comes by a unix socket")
	fs.StringSliceVar(&c.allowedHosts, "allowed-hosts", nil, "`names` that requests may ask for in their Host header; any unless given")
}

func (c *config) dataFlags(fs *pflag.FlagSet) {
	fs.StringVar(&c.db, "db", database.DefaultName, "database `file`, made when missing, or URL of a PostgreSQL database: postgres://...; several servers may share one")
	fs.BoolVar(&c.inMemory, "in-memory", false, "keep everything in memory and lose it at the end")
	fs.StringVar(&c.checkAtStart, "check-at-start", checkQuick, "`how` to look for damage before a file is served, which is refused when there is some: quick, as roster check --quick does, full, as roster check, or off")
	fs.StringVar(&c.synchronous, "synchronous", "full", "`what` a commit to a file waits for: full, the disk, or normal, which a loss of power can undo")
	fs.DurationVar(&c.busyTimeout, "busy-timeout", 5*time.Second, "`duration` that a write to a file waits for another process that writes; 0 is not at all")
	fs.DurationVar(&c.retention.MaxAge, "changes-max-age", 0, "`duration` that the change log keeps changes, such as 2160h for 90 days; 0 is for ever")
	fs.IntVar(&c.retention.MaxCount, "changes-max-count", 0, "`number` of changes that the change log keeps; 0 is any number")
}

func (c *config) credentialFlags(fs *pflag.FlagSet) {
	fs.StringVar(&c.clientIDFile, "client-id-file", "", "`file` that holds the client id, in place of "+command.EnvClientID)
	fs.StringVar(&c.clientSecretFile, "client-secret-file", "", "`file` that holds the client secret, in place of "+command.EnvClientSecret)
	fs.DurationVar(&c.tokenLife, "token-life", httpadapter.DefaultTokenLife, "`duration` that an access token is good for")
}

// secretFlags are settings that no command line should have: every user of the machine can read those.
func (c *config) secretFlags() *pflag.FlagSet {
	fs := pflag.NewFlagSet("environment and file", pflag.ContinueOnError)
	fs.StringVar(&c.clientID, "client-id", "", "credentials that may read and write, and are not stored. The database decides about those that it knows")
	fs.StringVar(&c.clientSecret, "client-secret", "", "the secret of the client id")
	return fs
}

func (c *config) limitFlags(fs *pflag.FlagSet) {
	fs.IntVar(&c.accountLimit, "account-limit", membership.DefaultAccountLimit, "`number` of memberships that an account may have; -1 is any number")
	fs.Int64Var(&c.maxBodyBytes, "max-body-bytes", httpadapter.DefaultMaxBodyBytes, "how large a request's body may be, in `bytes`")
	fs.IntVar(&c.maxHeaderBytes, "max-header-bytes", 64<<10, "how large a request's head may be, in `bytes`") // a filter may have 8 KiB, escaped thrice that
	fs.DurationVar(&c.readHeaderTimeout, "read-header-timeout", 5*time.Second, "`duration` that a client may take to send a request's head; 0 is any")
	fs.DurationVar(&c.readTimeout, "read-timeout", 15*time.Second, "`duration` that a client may take to send a request; 0 is any")
	fs.DurationVar(&c.writeTimeout, "write-timeout", 30*time.Second, "`duration` in which a request must be answered and the answer read; 0 is any. Event streams have limits of their own")
	fs.DurationVar(&c.requestTimeout, "request-timeout", 25*time.Second, "`duration` that a request to the API may take, with all that it waits for; then it is answered with 503; 0 is any. Event streams go on")
	fs.IntVar(&c.maxConnections, "max-connections", 10_000, "`number` of connections at a time; more wait until one ends. 0, or more than the process may have files open, is as many as that")
	fs.DurationVar(&c.idleTimeout, "idle-timeout", 2*time.Minute, "`duration` that a connection is kept between two requests; 0 is --read-timeout")
}

func (c *config) drainFlags(fs *pflag.FlagSet) {
	fs.DurationVar(&c.drainDelay, "drain-delay", 0, "`time` between failing /readyz and closing the port, on SIGTERM or SIGINT: as long as a load balancer needs to look")
	fs.DurationVar(&c.drainTimeout, "drain-timeout", 10*time.Second, "`duration` that running requests get to finish on SIGTERM or SIGINT")
}

func (c *config) monitoringFlags(fs *pflag.FlagSet) {
	fs.StringVar(&c.logFormat, "log-format", "text", "`format` of the log on standard error: text or json")
	fs.StringVar(&c.logLevel, "log-level", "info", "least `level` that is logged: debug, info, warn or error")
	fs.BoolVar(&c.logRequests, "log-requests", true, "log a line for each request")
	fs.StringVar(&c.metricsAddr, "metrics-addr", "", "`host:port` or unix:PATH of /metrics, /debug/pprof/, /healthz and /readyz, for whoever can reach it; nowhere unless given")
}

// fileMode is the value of a flag: permissions, in octal.
type fileMode fs.FileMode

// String implements pflag.Value.
func (m *fileMode) String() string { return fmt.Sprintf("%04o", uint32(*m)) }

// Type implements pflag.Value. It is one that package layers knows.
func (m *fileMode) Type() string { return "octal" }

// Set implements pflag.Value.
func (m *fileMode) Set(s string) error {
	n, err := strconv.ParseUint(s, 8, 32)
	if err != nil || n&^0o777 != 0 {
		return fmt.Errorf("permissions are like 0660")
	}
	*m = fileMode(n)
	return nil
}
