package serve

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/store"
)

// readyWait is how long a store may take to answer before it counts as failing.
const readyWait = 2 * time.Second

// health answers /healthz and /readyz, and passes everything else on.
type health struct {
	svc      *roster.Service
	storage  storage // nil where the store cannot tell
	draining atomic.Bool
	next     http.Handler
}

// storage knows whether what is written would find room.
type storage interface{ Ready(context.Context) error }

// The paths of health checks; more slashes do not matter.
const (
	alivePath = "/healthz"
	readyPath = "/readyz"
)

// healthPath is the path of a health check that a request is.
func healthPath(r *http.Request) (path string, isHealth bool) {
	path = "/" + strings.Trim(r.URL.Path, "/")
	return path, path == alivePath || path == readyPath
}

// ServeHTTP answers a request.
func (h *health) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, isHealth := healthPath(r)
	if !isHealth {
		h.next.ServeHTTP(w, r)
		return
	}
	noted(w, r, httpadapter.Observation{Route: path})
	answer := alive
	if path == readyPath {
		answer = h.ready
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
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
	if h.storage == nil {
		return http.StatusOK, "ready"
	}
	switch err := h.storage.Ready(ctx); {
	case errors.Is(err, store.ErrStorageFull):
		return http.StatusServiceUnavailable, "the disk is full: nothing is written until there is room"
	case err != nil:
		return http.StatusServiceUnavailable, "the store cannot be written"
	}
	return http.StatusOK, "ready"
}
