package rows

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/roster-go/roster/cmd/roster/internal/api"
)

// changeLog is a way through the change log.
type changeLog struct {
	query url.Values
	next  int64 // what comes is behind this one
}

// maxChanges is how many changes a page has at most.
const maxChanges = 1000

// page reads one page behind a sequence number.
func (l *changeLog) page(ctx context.Context, a *api.Client, after int64, limit int) (rows []api.Row, first, last int64, err error) {
	query := url.Values{"after": {strconv.FormatInt(after, 10)}, "limit": {strconv.Itoa(limit)}}
	for name, values := range l.query {
		query[name] = values
	}
	d, err := a.Do(ctx, api.Request{Method: http.MethodGet, Path: changesPath, Query: query})
	if err != nil {
		return nil, 0, 0, err
	}
	rows, err = d.Rows()
	return rows, d.Meta.First, d.Meta.Last, err
}

// bounds are the first change that there is, and the last.
func (l *changeLog) bounds(ctx context.Context, a *api.Client) (first, last int64, err error) {
	_, first, last, err = l.page(ctx, a, 0, 0)
	if refused, ok := errors.AsType[*api.Error](err); ok && refused.Has("changes_pruned") {
		_, first, last, err = l.page(ctx, a, refused.Faults[0].Meta.First-1, 0)
	}
	return first, last, err
}

// behind hands over the changes behind a sequence number, up to a limit.
func (l *changeLog) behind(ctx context.Context, a *api.Client, after int64, limit int, do func(api.Row) error) error {
	for l.next = after; limit > 0; {
		size := min(limit, maxChanges)
		rows, _, last, err := l.page(ctx, a, l.next, size)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := do(row); err != nil {
				return err
			}
			l.next, _ = strconv.ParseInt(row.Text("sequence"), 10, 64)
		}
		if limit -= len(rows); len(rows) < size {
			l.next = max(l.next, last)
			return nil
		}
	}
	return nil
}

// everyChange is a limit that no log reaches.
const everyChange = int(^uint(0) >> 1)

// fromBeginning hands over every change that is left.
func (l *changeLog) fromBeginning(ctx context.Context, a *api.Client, do func(api.Row) error) error {
	first, _, err := l.bounds(ctx, a)
	if err != nil {
		return err
	}
	return l.behind(ctx, a, max(first-1, 0), everyChange, do)
}

// newest hands over the newest changes, the oldest of them first. Where only some are asked for, the log is read from its
// beginning, because nothing else says where they are.
func (l *changeLog) newest(ctx context.Context, a *api.Client, limit int, do func(api.Row) error) error {
	first, last, err := l.bounds(ctx, a)
	if err != nil {
		return err
	}
	begin := max(first-1, 0)
	if len(l.query) == 0 {
		begin = max(begin, last-int64(limit))
	}
	var kept []api.Row
	err = l.behind(ctx, a, begin, everyChange, func(row api.Row) error {
		if kept = append(kept, row); len(kept) > 2*limit+maxChanges {
			kept = append([]api.Row(nil), kept[len(kept)-limit:]...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, row := range kept[max(len(kept)-limit, 0):] {
		if err := do(row); err != nil {
			return err
		}
	}
	return nil
}
