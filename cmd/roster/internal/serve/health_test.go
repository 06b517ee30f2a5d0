package serve

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/memstore"
)

func TestReadinessFailsWhileDrainingAndWithoutAStore(t *testing.T) {
	t.Parallel()
	ask := func(h http.Handler, path string) int {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		return w.Code
	}
	st := memstore.New()
	h := &health{svc: roster.New(st, roster.Options{})}
	if got := ask(h, "/readyz"); got != http.StatusOK {
		t.Errorf("at work: %d", got)
	}

	h.draining.Store(true)
	if got := ask(h, "/readyz"); got != http.StatusServiceUnavailable {
		t.Errorf("while draining: %d", got)
	}
	h.draining.Store(false)

	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if got := ask(h, "/readyz"); got != http.StatusServiceUnavailable {
		t.Errorf("on a closed store: %d", got)
	}
	if got := ask(h, "/healthz"); got != http.StatusOK {
		t.Errorf("the process itself: %d", got)
	}
}
