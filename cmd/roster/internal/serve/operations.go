package serve

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"
)

// newOperationsServer serves what is for whoever looks after this server: metrics (which may be nil), profiles and health
// checks. Nobody signs in there, so who can reach the address can read all of it.
func newOperationsServer(cfg config, ln net.Listener, h *health, metrics http.Handler, log *slog.Logger) *http.Server {
	mux := http.NewServeMux()
	if metrics != nil {
		mux.Handle("GET /metrics", metrics)
	}
	// Why not pprof.Cmdline: it would show a password in --db.
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.Handle("GET /debug/pprof/cmdline", http.NotFoundHandler())
	mux.Handle(alivePath, h)
	mux.Handle(readyPath, h)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, "/metrics\n/debug/pprof/\n"+alivePath+"\n"+readyPath+"\n")
	})
	var handler http.Handler = mux
	if tcp, ok := ln.Addr().(*net.TCPAddr); ok && tcp.IP.IsLoopback() {
		handler = onlyForHosts(cfg.allowsHere, handler)
	}
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		IdleTimeout:       2 * time.Minute, // and no WriteTimeout: a profile takes as long as it was asked for
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}
