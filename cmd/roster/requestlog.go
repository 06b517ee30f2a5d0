package main

import (
	"log/slog"
	"net/http"
	"time"
)

// logRequests writes a line per request: never a header but the request id, never a query, never a body, since each of
// them may hold a secret or a person's data.
func logRequests(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		path := r.URL.Path // handlers may change it
		rec := &statusRecorder{ResponseWriter: w}
		defer func() { logRequest(log, rec, r, path, time.Since(began)) }() // also when the handler panics
		next.ServeHTTP(rec, r)
	})
}

func logRequest(log *slog.Logger, w *statusRecorder, r *http.Request, path string, took time.Duration) {
	level := slog.LevelInfo
	switch {
	case path == "/healthz" || path == "/readyz":
		level = slog.LevelDebug // asked every few seconds
	case r.Context().Err() != nil:
		level = slog.LevelInfo // the client went away, whatever it would have been answered
	case w.status == http.StatusServiceUnavailable:
		level = slog.LevelWarn
	case w.status >= http.StatusInternalServerError:
		level = slog.LevelError
	}
	log.LogAttrs(r.Context(), level, "request",
		slog.String("method", r.Method),
		slog.String("path", path),
		slog.Int("status", w.status),
		slog.Duration("duration", took),
		slog.String("request_id", w.Header().Get("X-Request-Id")))
}

// statusRecorder remembers the status of an answer.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements [http.ResponseWriter].
func (r *statusRecorder) WriteHeader(status int) {
	if r.status < http.StatusOK { // 1xx come before the real one
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (r *statusRecorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController find what it wraps.
func (r *statusRecorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
