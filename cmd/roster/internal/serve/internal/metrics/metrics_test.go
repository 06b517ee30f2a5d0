package metrics_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/roster-go/roster/cmd/roster/internal/serve/internal/metrics"
)

// scrape reads metrics as a monitoring system does.
func scrape(t *testing.T, m *metrics.Metrics) map[string]*dto.MetricFamily {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(w.Body)
	if err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %v", w.Code, err)
	}
	return families
}

// value is that of the counter or gauge with the labels, in their order.
func value(families map[string]*dto.MetricFamily, name string, labels ...string) float64 {
	for _, m := range families[name].GetMetric() {
		var have []string
		for _, l := range m.GetLabel() {
			have = append(have, l.GetValue())
		}
		if slices.Equal(have, labels) {
			return m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return -1
}

func TestRequestsAreCountedUnderAFewLabels(t *testing.T) {
	t.Parallel()
	m := metrics.New("v1.2.3", "go1.26", metrics.Sources{})
	for range 3 {
		m.Began()
	}
	m.Ended(http.MethodGet, "/v2/accounts/{account}", 404, []string{"account_not_found"}, 3*time.Millisecond)
	m.Ended("BREW", "", 404, []string{"route_not_found"}, time.Millisecond)
	for range 2 {
		m.Began()
		m.Ended(http.MethodPost, "/oauth/access_token", 401, []string{"invalid_client"}, 20*time.Second)
	}
	m.Began()
	m.StreamBegan()
	m.Ended(http.MethodGet, "/v1/changes", 200, nil, -1)
	got := scrape(t, m)
	for _, c := range []struct {
		want   float64
		name   string
		labels []string // by the labels' names
	}{
		{1, "roster_http_requests_total", []string{"GET", "/v2/accounts/{account}", "404"}},
		{1, "roster_http_requests_total", []string{"other", "other", "404"}},
		{2, "roster_http_requests_total", []string{"POST", "/oauth/access_token", "401"}},
		{1, "roster_http_requests_in_flight", nil},
		{1, "roster_refusals_total", []string{"account_not_found"}},
		{2, "roster_refusals_total", []string{"invalid_client"}},
		{2, "roster_token_failures_total", nil},
		{1, "roster_event_streams", nil},
		{1, "roster_build_info", []string{"go1.26", "v1.2.3"}},
	} {
		if v := value(got, c.name, c.labels...); v != c.want {
			t.Errorf("%s%v is %v instead of %v", c.name, c.labels, v, c.want)
		}
	}
	durations := got["roster_http_request_duration_seconds"].GetMetric()
	if len(durations) != 3 { // the stream is left out
		t.Errorf("%d histograms: %v", len(durations), durations)
	}
	m.StreamEnded()
	if v := value(scrape(t, m), "roster_event_streams"); v != 0 {
		t.Errorf("%v streams", v)
	}
}

func TestSourcesAreLookedAtWhenSomebodyReads(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "roster.db")
	if err := os.WriteFile(file, make([]byte, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	away := error(nil)
	m := metrics.New("v1", "go1", metrics.Sources{
		Log: func(context.Context) (first, last int64, err error) { return 3, 9, away },
		Commits: func() metrics.Commits {
			return metrics.Commits{Updates: 7, Transactions: 4, Busy: 1, Groups: []uint64{3, 0, 1}, Bounds: []int{1, 2, 4}, WALBytes: 32}
		},
		Database:           file,
		CertificateExpires: func() time.Time { return time.Unix(1_900_000_000, 0) },
	})
	got := scrape(t, m)
	for name, want := range map[string]float64{"roster_store_up": 1, "roster_change_log_first_sequence": 3, "roster_change_log_last_sequence": 9,
		"roster_updates_total": 7, "roster_commits_total": 4, "roster_store_busy_total": 1, "roster_database_bytes": 4096, "roster_wal_bytes": 32,
		"roster_certificate_expires_timestamp_seconds": 1_900_000_000} {
		if v := value(got, name); v != want {
			t.Errorf("%s is %v instead of %v", name, v, want)
		}
	}
	group := got["roster_commit_group_size"].GetMetric()[0].GetHistogram()
	buckets := map[float64]uint64{}
	for _, b := range group.GetBucket() {
		buckets[b.GetUpperBound()] = b.GetCumulativeCount()
	}
	if group.GetSampleCount() != 4 || group.GetSampleSum() != 7 || buckets[1] != 3 || buckets[2] != 3 || buckets[4] != 4 {
		t.Errorf("%v", group)
	}

	away = errors.New("away")
	got = scrape(t, m)
	if value(got, "roster_store_up") != 0 || got["roster_change_log_last_sequence"] != nil {
		t.Errorf("a store that is away: %v", slices.Sorted(maps.Keys(got)))
	}
}
