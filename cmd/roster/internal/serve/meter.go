package serve

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"strings"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/cmd/roster/internal/serve/internal/certificates"
	"github.com/roster-go/roster/cmd/roster/internal/serve/internal/metrics"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

// newMeter measures the server, and shows what it measured.
func newMeter(cfg config, st store.Store, svc *roster.Service, pair *certificates.Pair) (meter, http.Handler) {
	sources := metrics.Sources{Log: func(ctx context.Context) (first, last int64, err error) { return logOf(ctx, svc) }}
	if file, ok := st.(*sqlitestore.Store); ok {
		sources.Database = cfg.db
		sources.Commits = func() metrics.Commits { return commitsOf(file.Metrics()) }
	}
	if pair != nil {
		sources.CertificateExpires = pair.Expires
	}
	m := metrics.New(strings.Fields(cfg.version)[1], runtime.Version(), sources)
	return m, m.Handler()
}

// logOf is where the change log begins and ends.
func logOf(ctx context.Context, svc *roster.Service) (first, last int64, err error) {
	page, err := svc.ListChanges(ctx, membership.ChangeQuery{Limit: -1})
	if pruned, ok := errors.AsType[*membership.Error](err); ok && errors.Is(err, membership.ErrPruned) {
		page, err = svc.ListChanges(ctx, membership.ChangeQuery{After: pruned.First - 1, Limit: -1})
	}
	return page.First, page.Last, err
}

func commitsOf(m sqlitestore.Metrics) metrics.Commits {
	bounds := sqlitestore.GroupBounds()
	return metrics.Commits{
		Updates:      m.Updates,
		Transactions: m.Transactions,
		Busy:         m.Busy,
		Groups:       m.Groups[:],
		Bounds:       bounds[:],
		WALBytes:     m.WALSize,
	}
}
