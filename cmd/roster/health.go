package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/roster-go/roster"
)

// readyWait is how long a store may take to answer before it counts as failing.
const readyWait = 2 * time.Second

// health answers /healthz and /readyz, and passes everything else on.
type health struct {
	svc      *roster.Service
	draining atomic.Bool
	next     http.Handler
}

// ServeHTTP answers a request.
func (h *health) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var answer func(context.Context) (int, string)
	switch strings.Trim(r.URL.Path, "/") {
	case "healthz":
		answer = alive
	case "readyz":
		answer = h.ready
	default:
		h.next.ServeHTTP(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	status, text := answer(r.Context())
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n")
}

func alive(context.Context) (int, string) { return http.StatusOK, "ok" }

func (h *health) ready(ctx context.Context) (int, string) {
	if h.draining.Load() {
		return http.StatusServiceUnavailable, "draining"
	}
	ctx, cancel := context.WithTimeout(ctx, readyWait)
	defer cancel()
	if _, err := h.svc.Settings(ctx); err != nil {
		return http.StatusServiceUnavailable, "the store does not answer"
	}
	return http.StatusOK, "ready"
}
