package compat

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/roster-go/roster/internal/pgtest"
)

// arrival is a change that a follower was told, and when.
type arrival struct {
	change
	at time.Time
}

// follow reads changes of some types behind a number as server-sent events, until the test ends. Where the stream breaks
// off, the channel is closed.
func (c caller) follow(t *testing.T, after int64, types ...string) <-chan arrival {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	url := fmt.Sprintf("%s/v1/changes?after=%d&type=%s", c.server, after, strings.Join(types, ","))
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"Authorization": {"Bearer " + c.token}, "Accept": {"text/event-stream"}}
	res, err := c.client.Do(req)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("no stream: %v, %v", res, err)
	}
	arrivals := make(chan arrival)
	t.Cleanup(func() {
		cancel()
		for range arrivals {
		}
		res.Body.Close()
	})
	go func() {
		defer close(arrivals)
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			data, told := strings.CutPrefix(lines.Text(), "data: ")
			if !told {
				continue
			}
			a := arrival{at: time.Now()}
			if err := json.Unmarshal([]byte(data), &a.change); err != nil {
				t.Errorf("%v: %s", err, data)
			}
			select {
			case arrivals <- a:
			case <-ctx.Done():
			}
		}
	}()
	return arrivals
}

// next waits for what the follower is told.
func next(t *testing.T, arrivals <-chan arrival) arrival {
	t.Helper()
	select {
	case a, open := <-arrivals:
		if open {
			return a
		}
		t.Fatal("the stream broke off")
	case <-time.After(30 * time.Second):
		t.Fatal("the follower waits in vain")
	}
	return arrival{}
}

// median is the middle of some durations, and the worst.
func median(all []time.Duration) (middle, worst time.Duration) {
	slices.Sort(all)
	return all[len(all)/2], all[len(all)-1]
}

// soon is when a follower should have been told at the latest. One who is not notified looks when half the poll interval is
// over, after 100 ms.
const soon = 50 * time.Millisecond

// TestAFollowerIsToldSoonWhatOtherServersCommit is not parallel, because it measures.
func TestAFollowerIsToldSoonWhatOtherServersCommit(t *testing.T) {
	g := startGroup(t, pgtest.URL(t), 3)
	const each = 25 // memberships that a client adds
	people, organisations := newIDs(crowd), newIDs(crowd)
	g.fill(members(people...), accounts(organisations...))
	told := g.at(0).follow(t, g.at(0).lastChange(t), created)

	var delays []time.Duration
	for n, member := range people {
		r := g.at(1+n%2).want(t, http.StatusCreated, http.MethodPost, memberships(organisations[0]), joining(member))
		answered := time.Now()
		a := next(t, told)
		if a.Membership != r.Text("data", "id") {
			t.Fatalf("the follower was told %+v instead of %s", a, r.Body)
		}
		delays = append(delays, a.at.Sub(answered))
	}
	middle, worst := median(delays)
	t.Logf("one client at a time: the follower was told %s after the answer (median), %s at the latest", millis(middle), millis(worst))
	if middle > soon {
		t.Errorf("the follower was told %v after the answer", middle)
	}

	began := time.Now()
	var mu sync.Mutex
	answered := map[string]time.Time{}
	writers := make([]caller, crowd-1)
	for n := range writers {
		writers[n] = g.at(1 + n%2)
	}
	var all sync.WaitGroup
	all.Go(func() {
		atOnce(writers, func(n int, c caller) {
			for i := range each {
				r, err := c.add(t.Context(), organisations[1+n], people[(n+i)%crowd])
				if err != nil || r.Status != http.StatusCreated {
					t.Errorf("%d %s, %v", r.Status, r.Body, err)
					return
				}
				mu.Lock()
				answered[r.Text("data", "id")] = time.Now()
				mu.Unlock()
			}
		})
	})
	arrivals := map[string]time.Time{}
	var last int64
	for range each * len(writers) {
		a := next(t, told)
		if _, twice := arrivals[a.Membership]; twice || a.Sequence <= last || a.Type != created {
			t.Errorf("the follower was told %+v behind %d, twice: %t", a, last, twice)
		}
		last, arrivals[a.Membership] = a.Sequence, a.at
	}
	all.Wait()
	took := time.Since(began)
	delays = delays[:0]
	for id, at := range answered {
		arrived, ok := arrivals[id]
		if !ok {
			t.Errorf("the follower was not told of %s", id)
		}
		delays = append(delays, arrived.Sub(at))
	}
	middle, worst = median(delays)
	t.Logf("%d clients at once, %d changes in %s: the follower was told %s after the answer (median), %s at the latest",
		len(writers), len(delays), millis(took), millis(middle), millis(worst))
	if more := g.at(0).lastChange(t); more != last {
		t.Errorf("the log ends with %d, the follower was told up to %d", more, last)
	}
}
