// Package metrics is what a server measures, in Prometheus's format: what it is told about requests, and what it looks up
// when somebody reads it. It has a registry of its own.
package metrics

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// prefix is how the names of our own metrics begin.
const prefix = "roster"

// Metrics counts requests and shows everything.
type Metrics struct {
	registry *prometheus.Registry

	requests      *prometheus.CounterVec
	durations     *prometheus.HistogramVec
	inFlight      prometheus.Gauge
	refusals      *prometheus.CounterVec
	tokenFailures prometheus.Counter
	streams       prometheus.Gauge
}

// New returns metrics that have counted nothing. version and toolchain say which program this is.
func New(version, toolchain string, sources Sources) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: prefix, Name: "http_requests_total",
			Help: "Requests that were answered, by route, method and status; 0 is an answer that was broken off.",
		}, []string{"route", "method", "status"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: prefix, Name: "http_request_duration_seconds",
			Help:    "How long requests took, from their head to the end of the answer; event streams are left out.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route", "method"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: prefix, Name: "http_requests_in_flight",
			Help: "Requests that are being answered, event streams among them.",
		}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: prefix, Name: "refusals_total",
			Help: "Errors that requests were answered with, by their code, such as account_full and member_at_limit.",
		}, []string{"code"}),
		tokenFailures: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: prefix, Name: "token_failures_total",
			Help: "Requests for access tokens that were refused: wrong credentials, or too many of those before.",
		}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: prefix, Name: "event_streams",
			Help: "Event streams of changes that are open.",
		}),
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: prefix, Name: "build_info", Help: "Always 1; the labels say which program this is.",
		ConstLabels: prometheus.Labels{"version": version, "go": toolchain},
	})
	info.Set(1)
	m.registry.MustRegister(m.requests, m.durations, m.inFlight, m.refusals, m.tokenFailures, m.streams, info,
		newLooker(sources), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler answers with everything.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Began counts a request that is being answered.
func (m *Metrics) Began() { m.inFlight.Inc() }

// StreamBegan counts an event stream that is open.
func (m *Metrics) StreamBegan() { m.streams.Inc() }

// StreamEnded counts it no longer.
func (m *Metrics) StreamEnded() { m.streams.Dec() }

// Ended counts a request that has been answered. The route is a pattern, or empty where there is nothing; a took below 0 is
// no duration.
func (m *Metrics) Ended(method, route string, status int, codes []string, took time.Duration) {
	m.inFlight.Dec()
	method = known(method)
	if route == "" {
		route = "other"
	}
	m.requests.WithLabelValues(route, method, strconv.Itoa(status)).Inc()
	if took >= 0 {
		m.durations.WithLabelValues(route, method).Observe(took.Seconds())
	}
	for _, code := range codes {
		m.refusals.WithLabelValues(code).Inc()
		if code == "invalid_client" || code == "too_many_failures" {
			m.tokenFailures.Inc()
		}
	}
}

var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}

// known is a method that is one, so that clients cannot make up labels.
func known(method string) string {
	if slices.Contains(methods, method) {
		return method
	}
	return "other"
}
