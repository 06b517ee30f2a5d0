package serve

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/internal/console"
	"github.com/roster-go/roster/internal/transfer"
)

// newConsole is the console of a server, for people with a browser.
func newConsole(streams context.Context, cfg config, svc *roster.Service, tokens *httpadapter.TokenAuthority, log *slog.Logger) *console.Console {
	return console.New(svc, console.Options{
		Tokens:       tokens,
		AccountLimit: cfg.accountLimit,
		IsSecure:     func(r *http.Request) bool { return httpadapter.IsSecure(r, cfg.trusts()) },
		StreamsEnd:   streams,
		Import:       importUpload,
		Observe: func(w http.ResponseWriter, r *http.Request, o httpadapter.Observation) {
			o.Route = console.Path + "/" // of all pages: they are for people, who are few
			noted(w, r, o)
		},
		Logger: log,
	})
}

// shownRefusals are as many as a page should have.
const shownRefusals = 100

// importUpload imports a file that somebody sent.
func importUpload(ctx context.Context, svc *roster.Service, file console.Upload, opts console.ImportOptions) (console.ImportReport, error) {
	var told console.ImportReport
	report, err := transfer.Import(ctx, svc, []transfer.File{{
		Name: file.Name,
		Open: func() (io.ReadCloser, error) { return openUpload(file.Path) },
	}}, transfer.ImportOptions{
		OnConflict: transfer.OnConflict(opts.OnConflict),
		Atomic:     opts.Atomic,
		DryRun:     opts.DryRun,
		Refused: func(r transfer.Refusal) error {
			if len(told.Refusals) < shownRefusals {
				told.Refusals = append(told.Refusals, console.Refusal{Line: r.Line, Code: r.Code, Reason: r.Reason})
			}
			return nil
		},
	})
	told.Created, told.Updated, told.Unchanged = report.Created, report.Updated, report.Unchanged
	told.Skipped, told.Refused = report.Skipped, report.Refused
	return told, err
}

// openUpload opens what was sent. Why its own error: the name of the file here means nothing to whoever sent it.
func openUpload(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.New("the file that was sent is no longer here: send it again")
	}
	return f, nil
}
