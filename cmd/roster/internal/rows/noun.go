// Package rows is the commands about rows: accounts, members, memberships, tags, custom fields, settings and changes. They
// speak the API, with a server or with a database of their own, so both ways give the same answers.
package rows

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/roster-go/roster/cmd/roster/internal/api"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/cmd/roster/internal/output"
	"github.com/roster-go/roster/cmd/roster/internal/terminal"
	"github.com/roster-go/roster/membership"
)

// noun is a kind of row that commands are about.
type noun struct {
	resource membership.Resource
	one      string // as commands and sentences call it
	argument string // as usages call it
	path     string // of the API
	columns  []output.Column
	texts    []textFlag             // what creating and updating it can say
	search   []membership.Attribute // what --search looks at
	keys     []membership.Attribute // what one is known by beside its id, in this order

	// lookup finds the id of what an argument means, and completes says what it may be, where keys are not enough.
	lookup    func(ctx context.Context, a *api.Client, argument string) (string, error)
	completes completer
}

// plural is what several are called.
func (n noun) plural() string { return n.one + "s" }

// known is what one can be named by, as a part of a sentence.
func (n noun) known() string {
	var names []string
	for _, key := range n.keys {
		names = append(names, string(key))
	}
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

// timestamps are the columns that every row ends with.
func timestamps() []output.Column {
	updated := output.At("updated_at", "meta", "timestamps", "updated_at")
	updated.Hidden = true
	return []output.Column{output.At("created_at", "meta", "timestamps", "created_at"), updated}
}

// firstColumns are the columns that every row begins with: what it is, for roster import, and which.
func firstColumns() []output.Column {
	kind, id := output.At("type"), output.At("id")
	kind.File, id.Whole = true, true
	return []output.Column{kind, id}
}

// notInTables are columns that a table leaves out unless somebody asks for them.
func notInTables(names ...string) []output.Column {
	var all []output.Column
	for _, name := range names {
		c := output.At(name)
		c.Hidden = true
		all = append(all, c)
	}
	return all
}

// customColumns are the columns of a resource with those of its custom fields before the times.
func customColumns(columns []output.Column, fields []definition) []output.Column {
	times := len(columns) - len(timestamps())
	all := append([]output.Column(nil), columns[:times]...)
	for _, f := range fields {
		c := output.At(f.slug)
		c.Custom = true
		all = append(all, c)
	}
	return append(all, columns[times:]...)
}

// shownColumns are a noun's columns in a format, with its custom fields where the format has columns.
func shownColumns(ctx context.Context, o *output.Flags, a *api.Client, n noun) ([]output.Column, error) {
	if !o.HasColumns() || n.resource.FlowSlug() == "" {
		return n.columns, nil
	}
	fields, err := definitions(ctx, a, n.resource)
	return customColumns(n.columns, fields), err
}

// isID reports whether an argument is an id.
func isID(s string) bool { return len(s) == 36 && uuid.Validate(s) == nil }

// find finds the id of the one row that an argument means: an id itself, or what exactly one is known by.
func (n noun) find(ctx context.Context, a *api.Client, argument string) (string, error) {
	switch {
	case isID(argument):
		return argument, nil
	case n.lookup != nil:
		return n.lookup(ctx, a, argument)
	}
	if argument == "" {
		return "", exit.Usagef("an %s is an id, or its %s, and not empty", n.argument, n.known())
	}
	for _, key := range n.keys {
		filter := membership.All(membership.Eq(key, membership.TextValue(argument)))
		found, err := a.Do(ctx, api.Request{Method: http.MethodGet, Path: n.path, Query: url.Values{"filter": {filter.String()}, "page[limit]": {"5"}}})
		if err != nil {
			return "", err
		}
		rows, err := found.Rows()
		switch {
		case err != nil:
			return "", err
		case len(rows) == 1:
			return rows[0].ID(), nil
		case len(rows) > 1:
			return "", n.ambiguous(key, argument, rows, found.Meta.Results.Total)
		}
	}
	return "", exit.Refusedf("there is no %s with the id, %s %q; roster %s list --search TEXT looks for %s", n.one, n.known(), argument, n.one, n.plural())
}

func (n noun) ambiguous(key membership.Attribute, argument string, rows []api.Row, total int) error {
	var ids []string
	for _, r := range rows {
		ids = append(ids, r.ID())
	}
	if total > len(ids) {
		ids = append(ids, "...")
	}
	return exit.Refusedf("%s %s have the %s %q: say which one by its id, of %s", terminal.Grouped(total), n.plural(), key, argument, strings.Join(ids, ", "))
}

// get reads one row.
func (n noun) get(ctx context.Context, a *api.Client, id string) (api.Row, error) {
	return one(a.Do(ctx, api.Request{Method: http.MethodGet, Path: api.Place(n.path, id)}))
}

// one is the row of an answer, without the links, which lead nowhere from a terminal.
func one(d api.Document, err error) (api.Row, error) {
	if err != nil {
		return api.Row{}, err
	}
	row, err := d.Row()
	return row.Without("links"), err
}

// body begins what is sent about a row.
func (n noun) body() map[string]any { return map[string]any{"type": string(n.resource)} }

// total is how many rows a list has.
func total(ctx context.Context, a *api.Client, path string) (int, error) {
	found, err := a.Do(ctx, api.Request{Method: http.MethodGet, Path: path, Query: url.Values{"page[limit]": {"0"}}})
	return found.Meta.Results.Total, err
}

// number is a text as a number that is sent as it is spelled; as the text where it is none, for the API to refuse.
func number(text string) any {
	if _, err := strconv.ParseFloat(text, 64); err == nil && json.Valid([]byte(text)) {
		return json.Number(text)
	}
	return text
}
