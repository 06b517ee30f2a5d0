package main

import (
	"io"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/spf13/pflag"

	"github.com/roster-go/roster/membership"
)

// The environment variables that `roster serve` reads.
const (
	envClientID        = "ROSTER_CLIENT_ID"
	envClientSecret    = "ROSTER_CLIENT_SECRET"
	envDB              = "ROSTER_DB"
	envChangesMaxAge   = "ROSTER_CHANGES_MAX_AGE"
	envChangesMaxCount = "ROSTER_CHANGES_MAX_COUNT"
)

// flagEnvs are the flags that the environment can set, too.
var flagEnvs = map[string]string{"db": envDB, "changes-max-age": envChangesMaxAge, "changes-max-count": envChangesMaxCount}

// defaultAddr is where `roster serve` listens unless told otherwise.
const defaultAddr = "127.0.0.1:8080"

// config is what `roster serve` was told.
type config struct {
	addr           string
	db             string
	inMemory       bool
	baseURL        string
	trustForwarded bool
	drainDelay     time.Duration
	drainTimeout   time.Duration
	logFormat      string
	retention      membership.Retention

	clientID     string // from the environment; both or neither
	clientSecret string
}

// flags adds the flags to a set.
func (c *config) flags(fs *pflag.FlagSet) {
	fs.StringVar(&c.addr, "addr", defaultAddr, "`host:port` to listen on; port 0 picks a free one. An address that other machines can reach needs credentials of your own: from the environment, or made before the start with roster credentials create")
	fs.StringVar(&c.db, "db", "roster.db", "database `file`, made when missing, or URL of a PostgreSQL database: postgres://...; several servers may share one")
	fs.BoolVar(&c.inMemory, "in-memory", false, "keep everything in memory and lose it at the end")
	fs.StringVar(&c.baseURL, "base-url", "", "`URL` that links in answers begin with; else each request's own")
	fs.BoolVar(&c.trustForwarded, "trust-forwarded", false, "believe X-Forwarded-Proto, -Host and -For; only behind a proxy that sets them")
	fs.DurationVar(&c.drainDelay, "drain-delay", 0, "`time` between failing /readyz and closing the port, on SIGTERM or SIGINT: as long as a load balancer needs to look")
	fs.DurationVar(&c.drainTimeout, "drain-timeout", 10*time.Second, "`duration` that running requests get to finish on SIGTERM or SIGINT")
	fs.StringVar(&c.logFormat, "log-format", "text", "`format` of the log on standard error: text or json")
	fs.DurationVar(&c.retention.MaxAge, "changes-max-age", 0, "`duration` that the change log keeps changes, such as 2160h for 90 days; 0 is for ever")
	fs.IntVar(&c.retention.MaxCount, "changes-max-count", 0, "`number` of changes that the change log keeps; 0 is any number")
}

// complete takes from the environment what the command line did not say, and refuses what cannot be.
func (c *config) complete(fs *pflag.FlagSet, env func(string) string) error {
	c.clientID, c.clientSecret = env(envClientID), env(envClientSecret)
	given := map[string]bool{}
	fs.Visit(func(f *pflag.Flag) { given[f.Name] = true })
	for _, name := range slices.Sorted(maps.Keys(flagEnvs)) {
		value := env(flagEnvs[name])
		if value == "" || given[name] {
			continue
		}
		if err := fs.Set(name, value); err != nil {
			return usagef("%s is %q, but must be what --%s takes: %v", flagEnvs[name], value, name, err)
		}
	}
	switch {
	case c.inMemory && given["db"]: // ROSTER_DB gives way
		return usagef("--db and --in-memory exclude each other")
	case c.db == ":memory:":
		return usagef("--db names a file; for a database in memory say --in-memory")
	case c.db == "":
		return usagef("--db names no file")
	case c.logFormat != "text" && c.logFormat != "json":
		return usagef("--log-format is %q, but must be text or json", c.logFormat)
	case c.drainDelay < 0:
		return usagef("--drain-delay is %v, but must not be negative", c.drainDelay)
	case c.drainTimeout < 0:
		return usagef("--drain-timeout is %v, but must not be negative", c.drainTimeout)
	case c.retention.MaxAge < 0:
		return usagef("--changes-max-age is %v, but must not be negative", c.retention.MaxAge)
	case c.retention.MaxCount < 0:
		return usagef("--changes-max-count is %d, but must not be negative", c.retention.MaxCount)
	case !validBaseURL(c.baseURL):
		return usagef("--base-url is %q, but must be like https://api.example.com", c.baseURL)
	case (c.clientID == "") != (c.clientSecret == ""):
		return usagef("%s and %s must be set together, or neither", envClientID, envClientSecret)
	}
	return nil
}

func validBaseURL(s string) bool {
	if s == "" {
		return true
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" &&
		u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

func (c config) logger(w io.Writer) *slog.Logger {
	if c.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}
