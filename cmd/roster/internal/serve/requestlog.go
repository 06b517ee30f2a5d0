package serve

import (
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/roster-go/roster/httpadapter"
)

// watch is who is told of requests: a log, meters, both or neither.
type watch struct {
	log            *slog.Logger // nil when requests are not logged
	meter          meter        // nil when nothing is measured
	trustForwarded bool
}

// meter counts requests.
type meter interface {
	// Began is told of every request, and Ended once it has been answered. The route is a pattern, and a took below 0 is none.
	Began()
	Ended(method, route string, status int, codes []string, took time.Duration)

	// StreamBegan and StreamEnded are told of those whose answer is an event stream.
	StreamBegan()
	StreamEnded()
}

// requests watches what a handler does.
func (o watch) requests(next http.Handler) http.Handler {
	if o.log == nil && o.meter == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		path := r.URL.Path // handlers may change it
		rec := &recorder{ResponseWriter: w, meter: o.meter}
		if o.meter != nil {
			o.meter.Began()
		}
		defer func() { o.ended(rec, r, path, time.Since(began)) }() // also when the handler panics
		next.ServeHTTP(rec, r)
	})
}

func (o watch) ended(rec *recorder, r *http.Request, path string, took time.Duration) {
	if o.log != nil {
		o.logRequest(rec, r, path, took)
	}
	if o.meter == nil {
		return
	}
	if rec.seen.Stream {
		o.meter.StreamEnded()
		took = -1
	}
	o.meter.Ended(r.Method, rec.seen.Route, rec.status, rec.seen.Codes, took)
}

// logRequest writes a line per request: never a header but the request id and, from a proxy, the client's address, never a
// query, never a body, since each of them may hold a secret or a person's data.
func (o watch) logRequest(rec *recorder, r *http.Request, path string, took time.Duration) {
	_, isHealth := healthPath(r)
	level := slog.LevelInfo
	switch {
	case isHealth:
		level = slog.LevelDebug // asked every few seconds
	case r.Context().Err() != nil:
		level = slog.LevelInfo // the client went away, whatever it would have been answered
	case rec.status == http.StatusServiceUnavailable:
		level = slog.LevelWarn
	case rec.status >= http.StatusInternalServerError:
		level = slog.LevelError
	}
	o.log.LogAttrs(r.Context(), level, "request",
		slog.String("method", r.Method),
		slog.String("path", path),
		slog.Int("status", rec.status),
		slog.Duration("duration", took),
		slog.Int64("bytes", rec.bytes),
		slog.String("protocol", r.Proto),
		slog.String("remote", o.remote(r)),
		slog.String("subject", rec.seen.Subject),
		slog.String("request_id", rec.Header().Get("X-Request-Id")))
}

// remote is the address that a request comes from, without the port.
func (o watch) remote(r *http.Request) string {
	text := httpadapter.ClientAddress(r, o.trustForwarded)
	if peer, err := netip.ParseAddrPort(text); err == nil {
		return peer.Addr().Unmap().String()
	}
	if address, err := netip.ParseAddr(text); err == nil {
		return address.Unmap().String()
	}
	if text == "" || text == "@" {
		return "unix"
	}
	return "unknown"
}

// recorder remembers what there is to tell about an answer.
type recorder struct {
	http.ResponseWriter
	meter  meter
	status int
	bytes  int64
	seen   httpadapter.Observation
}

// noted keeps an observation of the adapter's for whoever watches the request.
func noted(w http.ResponseWriter, _ *http.Request, o httpadapter.Observation) {
	rec, watched := w.(*recorder)
	if !watched {
		return
	}
	rec.seen = o
	if o.Stream && rec.meter != nil {
		rec.meter.StreamBegan()
	}
}

// WriteHeader implements [http.ResponseWriter].
func (r *recorder) WriteHeader(status int) {
	if r.status < http.StatusOK { // 1xx come before the real one
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(p)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController find what it wraps.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
