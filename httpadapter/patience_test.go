package httpadapter_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/memstore"
)

func withTimeout(d time.Duration) func(*setup) {
	return withOptions(func(o *httpadapter.Options) { o.Timeout = d })
}

func TestARequestIsAnsweredWithinItsTimeHoweverLongTheStoreWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newAPI(t, withTimeout(25*time.Second), withStore(failing{memstore.New(), func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}}))
		began := time.Now()
		got := api.get(settingsPath).refused(http.StatusServiceUnavailable, "timed_out")
		if took := time.Since(began); took != 25*time.Second {
			t.Errorf("it was answered after %v", took)
		}
		if got.header.Get("Retry-After") != "1" || api.log.String() != "" {
			t.Errorf("Retry-After %q, log %q", got.header.Get("Retry-After"), api.log)
		}
	})
}

// The time ends with the answer: neither a fault that comes early nor an answer that is read late has to do with it.
func TestAFaultWithinTheTimeIsNoTimeout(t *testing.T) {
	t.Parallel()
	api := newAPI(t, withTimeout(time.Hour), failingWith(errors.New("unforeseen")))
	api.get(settingsPath).refused(http.StatusInternalServerError, "internal")
}

func TestAnEventStreamOutlivesTheTimeOfRequests(t *testing.T) {
	t.Parallel()
	const most = 300 * time.Millisecond
	l := newAPI(t, withTimeout(most)).pace(most, time.Minute).live()
	f := l.follow("")
	for began := time.Now(); time.Since(began) < 4*most; { // a stream that has nothing to tell sends ids
		if _, ok := f.next(); !ok {
			t.Fatalf("it ended after %v", time.Since(began))
		}
	}
}
