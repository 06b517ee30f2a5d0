package rows

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster/cmd/roster/internal/api"
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/cmd/roster/internal/output"
	"github.com/roster-go/roster/cmd/roster/internal/terminal"
	"github.com/roster-go/roster/membership"
)

// What a list shows unless told otherwise, and how far the API's lists reach by counting.
const (
	defaultLimit = 100
	pageSize     = 100
	countedRows  = 10_000
)

// listFlags say which part of a list is asked for.
type listFlags struct {
	search string
	filter string
	sort   string
	limit  int
	offset int
	all    bool
}

// flags gives a command the flags.
func (l *listFlags) flags(c *cobra.Command, n noun) {
	if len(n.search) > 0 {
		c.Flags().StringVar(&l.search, "search", "", "only those in whose "+attributes(n.search)+" this `text` occurs, in any case")
		command.Complete(c, "search")
	}
	c.Flags().StringVar(&l.filter, "filter", "", "only those that an `expression` of the API selects, such as \"like(name,A*):gt(created_at,2026-01-31T00:00:00Z)\"")
	c.Flags().StringVar(&l.sort, "sort", "", "`attribute` to sort by, with a - in front downwards: "+attributes(n.resource.Sortable())+", or a custom field; else the newest come first")
	c.Flags().IntVar(&l.limit, "limit", defaultLimit, "`number` of rows at most")
	c.Flags().IntVar(&l.offset, "offset", 0, "`number` of rows to leave out at the beginning")
	c.Flags().BoolVar(&l.all, "all", false, "every row, by their ids unless --sort says otherwise")
	command.Complete(c, "filter")
	command.Complete(c, "sort", sortable(n.resource)...)
	command.Complete(c, "limit")
	command.Complete(c, "offset")
}

func attributes(all []membership.Attribute) string {
	var names []string
	for _, attr := range all {
		names = append(names, string(attr))
	}
	return strings.Join(names, ", ")
}

func sortable(r membership.Resource) []string {
	var names []string
	for _, attr := range r.Sortable() {
		names = append(names, string(attr), "-"+string(attr))
	}
	return names
}

// check refuses what cannot be asked for.
func (l *listFlags) check(c *cobra.Command) error {
	switch {
	case l.all && (c.Flags().Changed("limit") || c.Flags().Changed("offset")):
		return exit.Usagef("--all excludes --limit and --offset")
	case l.limit < 1:
		return exit.Usagef("--limit is %d, but must be at least 1", l.limit)
	case l.offset < 0:
		return exit.Usagef("--offset is %d, but must not be negative", l.offset)
	case l.offset > countedRows || l.offset+l.limit > countedRows+pageSize:
		return exit.Usagef("--offset and --limit reach the first %s rows: --all, or a --filter, shows those behind them", terminal.Grouped(countedRows))
	}
	return nil
}

// list is a part of one of the API's lists.
type list struct {
	listFlags
	noun  noun
	path  string
	query url.Values // what every page is asked for beside
	only  []string   // filters of the command's own
	shown int
	total int
}

// filters are all that a row has to fulfil.
func (l *list) filters(more ...string) string {
	var all []string
	if l.filter != "" {
		all = append(all, l.filter)
	}
	all = append(append(all, l.only...), more...)
	if l.search != "" {
		var any membership.AnyOf
		for _, attr := range l.noun.search {
			any = append(any, membership.ILike(attr, "*"+l.search+"*"))
		}
		all = append(all, membership.Filter{any}.String())
	}
	return strings.Join(all, ":")
}

// pages hands over the rows, a page at a time.
func (l *list) pages(ctx context.Context, a *api.Client, do func(api.Document, []api.Row) error) error {
	if l.all && l.sort == "" {
		return l.walk(ctx, a, do)
	}
	for {
		size := pageSize
		if !l.all {
			size = min(size, l.limit-l.shown)
		}
		rows, err := l.page(ctx, a, do, l.sort, l.filters(), l.offset+l.shown, size)
		switch {
		case err != nil:
			return err
		case rows < size || !l.all && l.shown >= l.limit:
			return nil
		}
	}
}

// walk hands over every row, the newest ids first: nothing that is made or deleted meanwhile leaves another one out.
func (l *list) walk(ctx context.Context, a *api.Client, do func(api.Document, []api.Row) error) error {
	var last string
	keep := func(d api.Document, rows []api.Row) error {
		if len(rows) > 0 {
			last = rows[len(rows)-1].ID()
		}
		return do(d, rows)
	}
	rows, err := l.page(ctx, a, keep, "-id", l.filters(), 0, pageSize)
	everything := l.total
	for err == nil && rows == pageSize {
		rows, err = l.page(ctx, a, keep, "-id", l.filters("lt(id,"+last+")"), 0, pageSize)
	}
	l.total = max(everything, l.shown)
	return err
}

// page hands over one page, and returns how many rows it has.
func (l *list) page(ctx context.Context, a *api.Client, do func(api.Document, []api.Row) error, sort, filter string, offset, size int) (int, error) {
	query := url.Values{"page[offset]": {strconv.Itoa(offset)}, "page[limit]": {strconv.Itoa(size)}}
	if sort != "" {
		query.Set("sort", sort)
	}
	if filter != "" {
		query.Set("filter", filter)
	}
	for name, values := range l.query {
		query[name] = values
	}
	d, err := a.Do(ctx, api.Request{Method: http.MethodGet, Path: l.path, Query: query})
	if err != nil {
		return 0, err
	}
	rows, err := d.Rows()
	if err != nil {
		return 0, err
	}
	l.total = d.Meta.Results.Total
	if l.all && l.sort != "" && l.total > countedRows+pageSize {
		return 0, exit.Refusedf("there are %s rows, and sorted lists reach the first %s: leave out --sort to get all", terminal.Grouped(l.total), terminal.Grouped(countedRows))
	}
	l.shown += len(rows)
	return len(rows), do(d, rows)
}

// printList writes the list, and says where there is more of it. Each page may be prepared first.
func printList(ctx context.Context, p *command.Program, a *api.Client, l *list, o output.Flags, columns []output.Column, prepare func(api.Document, []api.Row) ([]api.Row, error)) error {
	w, err := o.Rows(p.Stdout, p.Env, columns)
	if err != nil {
		return err
	}
	err = l.pages(ctx, a, func(d api.Document, rows []api.Row) (err error) {
		if prepare != nil {
			if rows, err = prepare(d, rows); err != nil {
				return err
			}
		}
		for _, row := range rows {
			if err := w.Row(row.Without("links")); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := w.End(); err != nil {
		return err
	}
	if l.offset+l.shown < l.total {
		fmt.Fprintf(p.Stderr, "%s of %s shown: --limit, --offset or --all shows more\n", terminal.Grouped(l.shown), terminal.Grouped(l.total))
	}
	return nil
}
