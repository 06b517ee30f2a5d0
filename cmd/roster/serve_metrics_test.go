package main

import (
	"context"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// metrics reads what a server that was started with --metrics-addr measures.
func (s *server) metrics() map[string]*dto.MetricFamily {
	s.t.Helper()
	res, err := s.client.Get(s.operationsURL() + "/metrics")
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		s.t.Fatalf("%d %v", res.StatusCode, err)
	}
	return families
}

// sum adds up the counters and gauges of a name whose labels have all the values.
func sum(families map[string]*dto.MetricFamily, name string, values ...string) (total float64) {
	for _, m := range families[name].GetMetric() {
		have := map[string]bool{}
		for _, l := range m.GetLabel() {
			have[l.GetValue()] = true
		}
		fits := true
		for _, v := range values {
			fits = fits && have[v]
		}
		if fits {
			total += m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return total
}

// openStream opens an event stream, and returns once it has begun. What it returns ends it.
func (s *server) openStream(t *testing.T) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/v1/changes", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Authorization", "Bearer "+s.token)
	res, err := s.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	if res.StatusCode != http.StatusOK {
		t.Fatal(res.Status)
	}
	if _, err := io.ReadFull(res.Body, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	return cancel
}

func TestMetricsSayWhatHappened(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)
	s := start(t, ownCredentials, "--db", path, "--metrics-addr", "127.0.0.1:0", "--account-limit", "1", "--log-requests=false")
	s.signIn("operator", "correct horse battery staple")
	account, ron, ann := s.createAccount("acme"), s.createMember("ron"), s.createMember("ann")
	list := "/v2/accounts/" + account + "/account-memberships"
	s.want(http.StatusCreated, http.MethodPost, list, membershipBody(ron))
	s.want(http.StatusUnprocessableEntity, http.MethodPost, list, membershipBody(ann))
	s.askToken("operator", "wrong")
	for _, nowhere := range []string{"/a", "/b", "/v2/c/d"} {
		s.want(http.StatusNotFound, http.MethodGet, nowhere, "")
	}
	s.want(http.StatusOK, http.MethodGet, "/healthz", "")
	stream := s.openStream(t)

	got := s.metrics()
	for _, c := range []struct {
		want float64
		name string
		of   []string
	}{
		{1, "roster_http_requests_total", []string{"/v2/accounts/{account}/account-memberships", "POST", "201"}},
		{1, "roster_http_requests_total", []string{"/v2/accounts/{account}/account-memberships", "POST", "422"}},
		{3, "roster_http_requests_total", []string{"other", "GET", "404"}},
		{1, "roster_http_requests_total", []string{"/healthz", "GET", "200"}},
		{1, "roster_refusals_total", []string{"account_full"}},
		{1, "roster_token_failures_total", nil},
		{1, "roster_event_streams", nil},
		{1, "roster_http_requests_in_flight", nil},
		{1, "roster_store_up", nil},
		{4, "roster_change_log_last_sequence", nil},
		{1, "roster_change_log_first_sequence", nil},
		{0, "roster_store_busy_total", nil},
	} {
		if v := sum(got, c.name, c.of...); v != c.want {
			t.Errorf("%s%v is %v instead of %v", c.name, c.of, v, c.want)
		}
	}
	if sum(got, "roster_updates_total") < 5 || sum(got, "roster_commits_total") < 5 || sum(got, "roster_database_bytes") < 4096 || sum(got, "roster_wal_bytes") <= 0 {
		t.Errorf("%v updates, %v commits, %v and %v bytes", sum(got, "roster_updates_total"), sum(got, "roster_commits_total"), sum(got, "roster_database_bytes"), sum(got, "roster_wal_bytes"))
	}
	stream()
	s.stop()
}

func TestMetricsKnowALogThatWasPruned(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)
	s := start(t, ownCredentials, "--db", path, "--metrics-addr", "127.0.0.1:0")
	s.signIn("operator", "correct horse battery staple")
	for range 3 {
		s.createAccount("acme")
	}
	if code, _, stderr := runHere(t, environment(), "changes", "prune", "--keep", "1", "--db", path); code != 0 {
		t.Fatal(stderr)
	}
	got := s.metrics()
	if sum(got, "roster_store_up") != 1 || sum(got, "roster_change_log_first_sequence") != 3 || sum(got, "roster_change_log_last_sequence") != 3 {
		t.Errorf("up %v, from %v to %v", sum(got, "roster_store_up"), sum(got, "roster_change_log_first_sequence"), sum(got, "roster_change_log_last_sequence"))
	}
}

var documentedMetric = regexp.MustCompile("(?m)^\\| `(roster_[a-z_]+)`")

func TestTheGuideListsEveryMetric(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	s := startAnywhere(t, ownCredentials, append(a.flags(), "--addr", "127.0.0.1:0", "--metrics-addr", "127.0.0.1:0", "--db", newDatabase(t))...)
	a.trustedBy(s)
	s.want(http.StatusUnauthorized, http.MethodGet, "/v2/accounts", "")
	var documented []string
	for _, m := range documentedMetric.FindAllStringSubmatch(guide(t), -1) {
		documented = append(documented, m[1])
	}
	var there []string
	for _, name := range slices.Sorted(maps.Keys(s.metrics())) {
		if strings.HasPrefix(name, "roster_") {
			there = append(there, name)
		}
	}
	slices.Sort(documented)
	if !slices.Equal(documented, there) {
		t.Errorf("the guide has   %v\nthe program has %v", documented, there)
	}
}
