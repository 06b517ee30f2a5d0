package transfer

import (
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
)

// ExportOptions configure [Export]. The zero value exports everything that it can, as NDJSON.
type ExportOptions struct {
	Format   Format   // NDJSON or CSV; empty means NDJSON
	Types    []string // which of [Types]; empty means all of them
	Progress func(Exported)
}

// Exported is how far an export has come.
type Exported struct {
	Rows, Total int
}

// Export writes rows to a file, from one snapshot, in an order that can be imported: what a row refers to is before it.
// What an [Import] into an empty store makes of the file is exported to the same bytes again: ids and times are kept, and
// values keep their spelling.
//
// The settings are last, because in front of the rows they would say what becomes of those: a limit below what somebody
// has already would refuse it, and members would get accounts that they have.
//
// Not exported are credentials, password profiles, logins and the change log, which a copy of the whole store has; the
// values of custom fields that are disabled; and the initial value of a field whose default has changed since: rows have
// it as a value of their own. Rows are imported by the rules that there are then: one that is older than a rule, and
// breaks it, is refused.
//
// Memory is bounded by a page of rows, and by the ids of accounts that are younger than one below them. An error ends the
// export; what was written before is no whole file.
func Export(ctx context.Context, svc *roster.Service, w io.Writer, opts ExportOptions) error {
	if err := opts.check(); err != nil {
		return err
	}
	return svc.View(ctx, func(svc *roster.Service) error {
		e := &exporter{ctx: ctx, svc: svc, opts: opts}
		if err := e.prepare(w); err != nil {
			return err
		}
		for _, part := range e.parts() {
			if !opts.wants(part.rowType) {
				continue
			}
			if err := part.write(); err != nil {
				return err
			}
		}
		e.tell()
		return e.out.close()
	})
}

// check refuses options that mean nothing.
func (o ExportOptions) check() error {
	if o.Format != "" && o.Format != NDJSON && o.Format != CSV {
		return fmt.Errorf("rows are exported as %s or %s, not as %q", NDJSON, CSV, o.Format)
	}
	for _, t := range o.Types {
		if !slices.Contains(Types(), t) {
			return fmt.Errorf("there are no rows of the type %q; use some of %s", t, strings.Join(Types(), ", "))
		}
	}
	return nil
}

func (o ExportOptions) wants(rowType string) bool {
	return len(o.Types) == 0 || slices.Contains(o.Types, rowType)
}

// exporter is an export under way, within a snapshot.
type exporter struct {
	ctx  context.Context
	svc  *roster.Service
	opts ExportOptions
	out  rowWriter

	schemas  map[membership.Resource]membership.Schema
	unsaid   map[membership.Resource][]membership.FieldValue // what rows do not say that leave nulls out
	tagsByID bool                                            // accounts refer to their tags, because there is a field of that name
	early    map[membership.AccountID]bool                   // accounts that were written before their turn
	line     []byte
	exported Exported
}

// prepare reads what everything depends on.
func (e *exporter) prepare(w io.Writer) error {
	e.schemas = map[membership.Resource]membership.Schema{}
	e.unsaid = map[membership.Resource][]membership.FieldValue{}
	e.early = map[membership.AccountID]bool{}
	for _, r := range membership.FlowResources() {
		schema, err := e.svc.Schema(e.ctx, r)
		if err != nil {
			return err
		}
		e.schemas[r] = schema
		for _, f := range schema.Enabled() {
			if f.OmitNull && f.Default.Kind() != membership.KindNull {
				e.unsaid[r] = append(e.unsaid[r], membership.FieldValue{Slug: f.Slug})
			}
		}
	}
	for _, f := range e.schemas[membership.ResourceAccount].Fields {
		e.tagsByID = e.tagsByID || strings.EqualFold(f.Slug, tagsColumn)
	}
	if err := e.count(); err != nil {
		return err
	}
	var err error
	e.out, err = e.writer(w)
	return err
}

// part is the rows of one type.
type part struct {
	rowType string
	count   func() (int, error)
	write   func() error
}

// parts are all rows, in the order in which they are written.
func (e *exporter) parts() []part {
	one := func() (int, error) { return 1, nil }
	return []part{
		{tagType, e.countTags, e.tags},
		{flowType, e.countFlows, e.flows},
		{fieldType, e.countFields, e.fields},
		{accountType, e.countAccounts, e.accounts},
		{memberType, e.countMembers, e.members},
		{membershipType, e.countMemberships, e.memberships},
		{membershipSettingsType, one, func() error { return e.settings(httpadapter.AppendMembershipSettings) }},
		{authSettingsType, one, func() error { return e.settings(httpadapter.AppendAuthenticationSettings) }},
	}
}

// row writes the row that the line has.
func (e *exporter) row(line []byte) error {
	e.line = line
	if err := e.out.write(line); err != nil {
		return err
	}
	if e.exported.Rows++; e.exported.Rows%toldEvery == 0 {
		e.tell()
	}
	return nil
}

// toldEvery is after how many rows the progress is told.
const toldEvery = 500

func (e *exporter) tell() {
	if e.opts.Progress != nil {
		e.opts.Progress(e.exported)
	}
}

// The orders in which rows are written, the same wherever they are. Memberships come by their ids, because that is the one
// order of all of them that stores keep.
var (
	oldestFirst = membership.Order{By: membership.AttrCreatedAt}
	byID        = membership.Order{By: membership.AttrID}
)

// exportPage is how many rows are read at once. Why more than a walk reads: each page costs a count of all rows.
const exportPage = 5000

// pages walks over all rows of a list, in pages.
func pages[T membership.Row](order membership.Order, list func(membership.Query) (membership.Page[T], error)) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		q := membership.Query{Order: order, Limit: exportPage}
		for {
			page, err := list(q)
			if !yield(page.Items, err) || err != nil || len(page.Items) < exportPage {
				return
			}
			q.After = order.Position(page.Items[len(page.Items)-1])
		}
	}
}

// exportAll writes all rows of a list.
func exportAll[T membership.Row](e *exporter, all iter.Seq2[[]T, error], spell func([]byte, T) []byte) error {
	for page, err := range all {
		if err != nil {
			return err
		}
		for _, row := range page {
			if err := e.row(spell(e.line[:0], row)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *exporter) tags() error {
	all := pages(oldestFirst, func(q membership.Query) (membership.Page[membership.Tag], error) { return e.svc.Tags(e.ctx, q) })
	return exportAll(e, all, httpadapter.AppendTag)
}

func (e *exporter) flows() error {
	for _, r := range membership.FlowResources() {
		flow := e.schemas[r].Flow
		if flow.ID.IsZero() {
			continue
		}
		if err := e.row(httpadapter.AppendFlow(e.line[:0], flow)); err != nil {
			return err
		}
	}
	return nil
}

func (e *exporter) fields() error {
	for _, r := range membership.FlowResources() {
		for _, f := range e.schemas[r].Fields {
			if err := e.row(httpadapter.AppendField(e.line[:0], f, e.schemas[r].Flow.ID)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *exporter) members() error {
	all := pages(oldestFirst, func(q membership.Query) (membership.Page[membership.Member], error) { return e.svc.Members(e.ctx, q) })
	return exportAll(e, all, func(line []byte, m membership.Member) []byte {
		m.Fields = e.whole(membership.ResourceMember, m.Fields)
		return httpadapter.AppendMember(line, m)
	})
}

func (e *exporter) memberships() error {
	all := pages(byID, func(q membership.Query) (membership.Page[membership.Membership], error) {
		return e.svc.Memberships(e.ctx, membership.Scope{All: true}, q)
	})
	return exportAll(e, all, func(line []byte, m membership.Membership) []byte {
		m.Fields = e.whole(membership.ResourceMembership, m.Fields)
		return httpadapter.AppendMembership(line, m)
	})
}

func (e *exporter) settings(spell func([]byte, membership.Settings) []byte) error {
	s, err := e.svc.Settings(e.ctx)
	if err != nil {
		return err
	}
	return e.row(spell(e.line[:0], s))
}

// whole are the values of a row with the nulls that it leaves out, where a row that does not say so would get a default.
func (e *exporter) whole(r membership.Resource, values membership.Fields) membership.Fields {
	for _, unsaid := range e.unsaid[r] {
		if !values.Has(unsaid.Slug) {
			values = values.With(unsaid.Slug, unsaid.Value)
		}
	}
	return values
}
