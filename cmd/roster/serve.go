package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
)

// serve runs the server until ctx ends, then lets running requests finish and closes the store.
func serve(ctx context.Context, cfg config, stdout, stderr io.Writer) (err error) {
	log := cfg.logger(stderr)

	// The port comes first, so that a start that is refused it leaves no database file behind.
	ln, err := cfg.listen()
	if err != nil {
		return err
	}
	defer ln.Close() //nolint:errcheck // the server has closed it, unless that never started

	st, err := cfg.open(context.WithoutCancel(ctx))
	if err != nil {
		return err
	}
	defer func() {
		if closing := st.Close(); closing != nil && err == nil {
			err = fmt.Errorf("cannot close %s: %w", cfg.storeName(), closing)
		}
	}()

	svc := roster.New(st, roster.Options{HashPassword: hashPassword, Retention: cfg.retention})
	starting := context.WithoutCancel(ctx) // a stop during the start is a stop and not a fault
	clients, err := cfg.clients(starting, svc)
	if err != nil {
		return err
	}
	loopback := ln.Addr().(*net.TCPAddr).IP.IsLoopback()
	if !loopback && cfg.clientID == "" {
		if err := cfg.needCredentials(starting, svc); err != nil {
			return err
		}
	}
	url := "http://" + ln.Addr().String()
	if _, err := fmt.Fprintf(stdout, "roster listening on %s\n", url); err != nil {
		return fmt.Errorf("cannot write to standard output: %w", err)
	}
	if loopback && cfg.clientID == "" {
		if err := firstCredentials(starting, svc, url, stdout); err != nil {
			return err
		}
	}
	if !cfg.trustForwarded && !loopback {
		log.Warn("other machines can reach this address and nothing encrypts what they send: put a proxy that speaks TLS in front")
	}
	log.Info("listening", "url", url, "store", cfg.storeName(), "version", version())
	streams, endStreams := context.WithCancel(context.WithoutCancel(ctx))
	defer endStreams()
	h := newHandler(streams, cfg, svc, clients, log)
	srv := newServer(logRequests(log, h), log)
	srv.RegisterOnShutdown(endStreams) // Why not with ctx: until the port closes, clients would come back at once
	return serveUntilDone(ctx, srv, ln, h, cfg.drainDelay, cfg.drainTimeout, log)
}

// open opens the store.
func (c config) open(ctx context.Context) (store.Store, error) {
	if c.inMemory {
		return memstore.New(), nil
	}
	return openStore(ctx, c.db)
}

func (c config) storeName() string {
	if c.inMemory {
		return "memory"
	}
	return shown(c.db)
}

// newHandler wires the handlers together. Event streams end when the context does.
func newHandler(streams context.Context, cfg config, svc *roster.Service, clients []httpadapter.Client, log *slog.Logger) *health {
	opts := httpadapter.TokenOptions{Clients: clients, TrustForwarded: cfg.trustForwarded, Logger: log}
	return &health{svc: svc, next: httpadapter.New(svc, httpadapter.Options{
		Tokens:         httpadapter.NewTokenAuthority(svc, opts),
		BaseURL:        cfg.baseURL,
		TrustForwarded: cfg.trustForwarded,
		StreamsEnd:     streams,
		Logger:         log,
	})}
}

// newServer sets the limits that keep a slow or hostile client from holding on to the server. The bodies and answers
// are small: whoever needs longer than this is not reading. Event streams have limits of their own.
func newServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10, // a filter may have 8 KiB, escaped thrice that
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// serveUntilDone serves until ctx ends, and then drains: readiness fails; after the delay no new connection is taken,
// and running requests get their time. An error says that the server broke, or that requests were cut off.
func serveUntilDone(ctx context.Context, srv *http.Server, ln net.Listener, h *health, delay, wait time.Duration, log *slog.Logger) error {
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	select {
	case err := <-served:
		return fmt.Errorf("cannot go on serving: %w", err)
	case <-ctx.Done():
	}

	h.draining.Store(true)
	log.Info("draining", "delay", delay, "timeout", wait)
	select {
	case err := <-served:
		return fmt.Errorf("cannot go on serving: %w", err)
	case <-time.After(delay):
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), wait)
	defer cancel()
	err := srv.Shutdown(patience)
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("requests were still running after %v and were cut off", wait)
		_ = srv.Close()
	}
	if ended := <-served; err == nil && !errors.Is(ended, http.ErrServerClosed) {
		err = ended
	}
	log.Info("stopped")
	return err
}
