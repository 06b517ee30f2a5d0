package serve

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
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

// noRoom is a store without room.
type noRoom struct{ err error }

func (n noRoom) Ready(context.Context) error { return n.err }

func TestReadinessSaysThatTheDiskIsFull(t *testing.T) {
	t.Parallel()
	h := &health{svc: roster.New(memstore.New(), roster.Options{})}
	for _, c := range []struct {
		err    error
		status int
		text   string
	}{
		{nil, http.StatusOK, "ready"},
		{store.ErrStorageFull, http.StatusServiceUnavailable, "the disk is full: nothing is written until there is room"},
		{store.ErrStorageFailed, http.StatusServiceUnavailable, "the store cannot be written"},
	} {
		h.storage = noRoom{c.err}
		if status, text := h.ready(t.Context()); status != c.status || text != c.text {
			t.Errorf("%v: %d %s", c.err, status, text)
		}
	}
}
