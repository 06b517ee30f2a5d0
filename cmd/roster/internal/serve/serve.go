// Package serve is `roster serve`: its configuration, what it listens on, and everything around the API that a server in
// real use needs.
package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/cmd/roster/internal/credentials"
	"github.com/roster-go/roster/cmd/roster/internal/database"
	"github.com/roster-go/roster/cmd/roster/internal/password"
	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

// serve runs the server until ctx ends, then lets running requests finish and closes the store.
func serve(ctx context.Context, cfg config, stdout, stderr io.Writer) (err error) {
	log := cfg.logger(stderr)
	for _, text := range cfg.misspelt {
		log.Warn(text)
	}
	pair, err := cfg.certificate()
	if err != nil {
		return err
	}
	// The port comes before the store, so that a start that is refused it leaves no database file behind.
	ls, err := cfg.listen()
	if err != nil {
		return err
	}
	defer ls.close() // unless the servers have
	ls = cfg.bound(ls, log)

	st, err := cfg.open(ctx, log)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil // a stop during the start is a stop and not a fault
	}
	if err != nil {
		return err
	}
	defer func() {
		if closing := st.Close(); closing != nil && err == nil {
			err = fmt.Errorf("cannot close %s: %w", cfg.storeName(), closing)
		}
	}()
	svc := roster.New(st, roster.Options{HashPassword: password.Hash, Retention: cfg.retention, AccountLimit: cfg.accountLimit})
	clients, err := cfg.welcome(context.WithoutCancel(ctx), svc, ls, stdout) // as above
	if err != nil {
		return err
	}
	cfg.warn(ls, log)
	url := urlOf(ls.api, cfg.scheme())
	log.Info("listening", "url", url, "store", cfg.storeName(), "version", cfg.version)

	streams, endStreams := context.WithCancel(context.WithoutCancel(ctx))
	defer endStreams()
	s := newServers(streams, cfg, st, svc, clients, ls, pair, log)
	defer s.close()
	s.api.RegisterOnShutdown(endStreams) // Why not with ctx: until the port closes, clients would come back at once
	return s.run(ctx, url)
}

// welcome says where the server listens, and prints credentials when there are none. Where other machines reach it, it
// refuses to be without. It returns the clients that the store does not know.
func (c *config) welcome(ctx context.Context, svc *roster.Service, ls listeners, stdout io.Writer) ([]httpadapter.Client, error) {
	clients, err := c.clients(ctx, svc)
	if err != nil {
		return nil, err
	}
	local := isLocal(ls.api.Addr())
	if !local && c.clientID == "" {
		if err := c.needCredentials(ctx, svc); err != nil {
			return nil, err
		}
	}
	if _, err := fmt.Fprintf(stdout, "roster listening on %s\n", urlOf(ls.api, c.scheme())); err != nil {
		return nil, fmt.Errorf("cannot write to standard output: %w", err)
	}
	if local && c.clientID == "" {
		if err := credentials.MakeFirst(ctx, svc, curlTo(ls.api, c.scheme()), stdout); err != nil {
			return nil, err
		}
	}
	return clients, nil
}

// warn tells of what is allowed and dangerous.
func (c config) warn(ls listeners, log *slog.Logger) {
	if !c.trusts() && c.tlsCert == "" && !isLocal(ls.api.Addr()) {
		log.Warn("other machines can reach this address and nothing encrypts what they send: put a proxy that speaks TLS in front, or give it --tls-cert and --tls-key")
	}
	if c.writeTimeout > 0 && (c.requestTimeout == 0 || c.requestTimeout >= c.writeTimeout) {
		log.Warn("a request that takes too long is cut off without an answer: let --request-timeout be shorter than --write-timeout",
			"request-timeout", c.requestTimeout, "write-timeout", c.writeTimeout)
	}
	if ls.operations == nil {
		return
	}
	log.Info("metrics and profiles", "url", urlOf(ls.operations, "http"))
	if !isLocal(ls.operations.Addr()) {
		log.Warn("other machines can reach the metrics and profiles, and nobody has to sign in for them: let --metrics-addr be one that only your monitoring can reach")
	}
}

// open opens the store. Only looking for damage ends with ctx: a migration is not cut off.
func (c config) open(ctx context.Context, log *slog.Logger) (store.Store, error) {
	switch {
	case c.inMemory:
		return memstore.New(), nil
	case database.OnServer(c.db):
		return database.Open(context.WithoutCancel(ctx), c.db)
	}
	if err := c.inspect(ctx, log); err != nil {
		return nil, err
	}
	return c.openFile(log)
}

func (c config) fileOptions() sqlitestore.Options {
	opts := sqlitestore.Options{BusyTimeout: c.busyTimeout}
	if c.busyTimeout == 0 {
		opts.BusyTimeout = -1 // not at all
	}
	if c.synchronous == "normal" {
		opts.Synchronous = sqlitestore.Normal
	}
	return opts
}

func (c config) storeName() string {
	if c.inMemory {
		return "memory"
	}
	return database.Shown(c.db)
}

// newHandler wires the handlers together. Event streams end when the context does. What is below the path of a mount goes to
// that, health checks are answered, and all the rest is the API's.
func newHandler(streams context.Context, cfg config, svc *roster.Service, tokens *httpadapter.TokenAuthority, log *slog.Logger, mounts ...mount) *health {
	api := httpadapter.New(svc, httpadapter.Options{
		Tokens:         tokens,
		BaseURL:        cfg.baseURL,
		TrustForwarded: cfg.trusts(),
		MaxBodyBytes:   cfg.maxBodyBytes,
		Timeout:        cfg.requestTimeout,
		StreamsEnd:     streams,
		Observe:        noted,
		Logger:         log,
	})
	return &health{svc: svc, next: mounted(api, mounts...)}
}

// tokens is who signs clients in, over the API and in the console: attempts that fail count for both.
func (c config) tokens(svc *roster.Service, clients []httpadapter.Client, log *slog.Logger) *httpadapter.TokenAuthority {
	return httpadapter.NewTokenAuthority(svc, httpadapter.TokenOptions{
		Clients:        clients,
		Life:           c.tokenLife,
		TrustForwarded: c.trusts(),
		Logger:         log,
	})
}

// guard is everything that a request passes before a handler answers it.
func (c config) guard(h http.Handler, o watch) http.Handler {
	if len(c.allowedHosts) > 0 {
		h = onlyForHosts(c.allows, h)
	}
	return closing(withSafeHeaders(c.onlyFromProxies(o.requests(h))))
}

// withSafeHeaders sets what every answer has, unless its handler knows better: no browser takes it for what it is not, and no
// cache keeps it.
func withSafeHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
