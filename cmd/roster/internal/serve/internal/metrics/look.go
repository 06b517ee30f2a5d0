package metrics

import (
	"context"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Sources are looked at whenever somebody reads the metrics. Those that are nil or empty have none.
type Sources struct {
	// Log tells the first and the last sequence number of the change log. An error says that the store does not answer.
	Log func(context.Context) (first, last int64, err error)

	// Commits tells what a store in a file has counted.
	Commits func() Commits

	// Database is the path of the database file.
	Database string

	// CertificateExpires is when the TLS certificate ends.
	CertificateExpires func() time.Time
}

// Commits is what a store in a file counts.
type Commits struct {
	Updates, Transactions, Busy uint64

	// Groups are how many transactions had up to Bounds updates, each without those before it.
	Groups []uint64
	Bounds []int

	WALBytes int64
}

// patience is how long the store may take to say where its log is.
const patience = 2 * time.Second

// looker shows what the sources say.
type looker struct {
	from Sources

	up, first, last                *prometheus.Desc
	updates, commits, groups, busy *prometheus.Desc
	databaseBytes, walBytes        *prometheus.Desc
	certificateExpires             *prometheus.Desc
}

func newLooker(from Sources) *looker {
	named := func(name, help string) *prometheus.Desc { return prometheus.NewDesc(prefix+"_"+name, help, nil, nil) }
	return &looker{
		from:               from,
		up:                 named("store_up", "1 while the store answers, else 0."),
		first:              named("change_log_first_sequence", "Where the change log begins: behind the last change that was removed."),
		last:               named("change_log_last_sequence", "The last change of the log."),
		updates:            named("updates_total", "Writes that were committed to the file."),
		commits:            named("commits_total", "Transactions that they were committed in: those that come together share one."),
		groups:             named("commit_group_size", "How many writes shared a transaction."),
		busy:               named("store_busy_total", "Writes that were refused because another process kept the file locked."),
		databaseBytes:      named("database_bytes", "The size of the database file."),
		walBytes:           named("wal_bytes", "The size of the file's write-ahead log."),
		certificateExpires: named("certificate_expires_timestamp_seconds", "When the TLS certificate ends, in seconds since 1970."),
	}
}

// Describe implements [prometheus.Collector].
func (l *looker) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{l.up, l.first, l.last, l.updates, l.commits, l.groups, l.busy, l.databaseBytes, l.walBytes, l.certificateExpires} {
		out <- d
	}
}

// Collect implements [prometheus.Collector].
func (l *looker) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value)
	}
	if l.from.Log != nil {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		first, last, err := l.from.Log(ctx)
		if err == nil {
			gauge(l.first, float64(first))
			gauge(l.last, float64(last))
		}
		gauge(l.up, truth(err == nil))
	}
	if l.from.Commits != nil {
		l.collectCommits(out, l.from.Commits())
	}
	if l.from.Database != "" {
		if info, err := os.Stat(l.from.Database); err == nil {
			gauge(l.databaseBytes, float64(info.Size()))
		}
	}
	if l.from.CertificateExpires != nil {
		gauge(l.certificateExpires, float64(l.from.CertificateExpires().Unix()))
	}
}

func (l *looker) collectCommits(out chan<- prometheus.Metric, c Commits) {
	counter := func(d *prometheus.Desc, value uint64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(value))
	}
	counter(l.updates, c.Updates)
	counter(l.commits, c.Transactions)
	counter(l.busy, c.Busy)
	buckets, sum := map[float64]uint64{}, uint64(0)
	for i, n := range c.Groups {
		sum += n
		buckets[float64(c.Bounds[i])] = sum
	}
	out <- prometheus.MustNewConstHistogram(l.groups, sum, float64(c.Updates), buckets)
	out <- prometheus.MustNewConstMetric(l.walBytes, prometheus.GaugeValue, float64(c.WALBytes))
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
