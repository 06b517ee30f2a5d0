package console_test

import (
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/internal/console"
	"github.com/roster-go/roster/membership"
)

func TestWhoWatchesIsToldOfSubjectsFailuresAndFeeds(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var last httpadapter.Observation
	streams := 0
	s := newSite(t, withOptions(func(o *console.Options) {
		o.Observe = func(_ http.ResponseWriter, _ *http.Request, o httpadapter.Observation) {
			mu.Lock()
			defer mu.Unlock()
			if last = o; o.Stream {
				streams++
			}
		}
	}))
	seen := func() httpadapter.Observation {
		mu.Lock()
		defer mu.Unlock()
		return last
	}
	b, c := s.credential(membership.ScopeRead)
	b.page("/console/members")
	if got := seen(); got.Subject != c.ClientID || len(got.Codes) != 0 || got.Stream {
		t.Errorf("a page: %+v", got)
	}
	s.browser().signIn(c.ClientID, "wrong").want(http.StatusUnauthorized)
	if got := seen(); !slices.Equal(got.Codes, []string{"invalid_client"}) {
		t.Errorf("a wrong secret: %+v", got)
	}
	b.feed("/console/changes/events?after=0", "")
	if got := seen(); got.Subject != c.ClientID || !got.Stream || streams != 1 {
		t.Errorf("a feed, %d times: %+v", streams, got)
	}
}
