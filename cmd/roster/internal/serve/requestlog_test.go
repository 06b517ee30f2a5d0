package serve

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/roster-go/roster/cmd/roster/internal/serve/internal/metrics"
	"github.com/roster-go/roster/httpadapter"
)

// BenchmarkWatch is what logging and measuring a request cost beside answering it.
func BenchmarkWatch(b *testing.B) {
	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		noted(w, r, httpadapter.Observation{Route: "/v2/accounts/{account}", Status: http.StatusOK, Subject: "operator"})
		w.WriteHeader(http.StatusOK)
	})
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	for _, c := range []struct {
		name string
		of   watch
	}{
		{"off", watch{}},
		{"log", watch{log: log}},
		{"metrics", watch{meter: metrics.New("v1", "go1", metrics.Sources{})}},
	} {
		b.Run(c.name, func(b *testing.B) {
			h := c.of.requests(answer)
			r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/v2/accounts/x", nil)
			w := httptest.NewRecorder()
			for b.Loop() {
				h.ServeHTTP(w, r)
			}
		})
	}
}
