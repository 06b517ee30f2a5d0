package serve

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"strings"
	"time"
)

// operation is something that the address for those who look after the server answers.
type operation struct {
	pattern string // of http.ServeMux
	handler http.Handler
}

// operationsOf is the table of everything that is answered there. Nobody signs in there, so who can reach the address can read
// all of it.
func operationsOf(h *health, metrics http.Handler) []operation {
	return []operation{
		{"GET /metrics", metrics},
		{"GET /debug/pprof/", http.HandlerFunc(pprof.Index)}, // Why not pprof.Cmdline: it would show a password in --db
		{"GET /debug/pprof/profile", http.HandlerFunc(pprof.Profile)},
		{"GET /debug/pprof/symbol", http.HandlerFunc(pprof.Symbol)},
		{"GET /debug/pprof/trace", http.HandlerFunc(pprof.Trace)},
		{alivePath, h},
		{readyPath, h},
	}
}

// newOperationsMux answers everything of the table, and at / with its paths.
func newOperationsMux(all []operation) *http.ServeMux {
	mux := http.NewServeMux()
	var index strings.Builder
	for _, one := range all {
		mux.Handle(one.pattern, one.handler)
		index.WriteString(strings.TrimPrefix(one.pattern, "GET ") + "\n")
	}
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, index.String())
	})
	return mux
}

// newOperationsServer serves what is for whoever looks after this server: metrics, profiles and health checks.
func newOperationsServer(cfg config, ln net.Listener, h *health, metrics http.Handler, log *slog.Logger) *http.Server {
	var handler http.Handler = newOperationsMux(operationsOf(h, metrics))
	if tcp, ok := ln.Addr().(*net.TCPAddr); ok && tcp.IP.IsLoopback() {
		handler = onlyForHosts(cfg.allowsHere, handler)
	}
	return &http.Server{
		Handler:           withSafeHeaders(handler),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second, // behind the time that a profile was asked for, which package pprof adds
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		HTTP2:             http2Limits(30 * time.Second), // nothing speaks it here
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),

		DisableGeneralOptionsHandler: true, // see newServer
	}
}
