package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// randomFields compares a store with package membership: random definitions, values, filters, orders and pages, the
// same for every store. Every filter meets every row, and so do at least 100,000 pairs of the two.
func randomFields(t *testing.T, st store.Store) {
	w := &fieldWorld{rng: rand.New(rand.NewPCG(7, 8)), st: st}
	populate(t, st, fieldRows, fieldRows)
	join(t, st, 0, 0, numbersTo(fieldRows)...)
	for n := range fieldRows {
		w.accounts = append(w.accounts, account(n))
		w.members = append(w.members, member(n))
		w.memberships = append(w.memberships, joining(n, accountID(0), memberID(n)))
	}
	pairs := 0
	for pairs < combinations/raceCost {
		w.redefine(t)
		w.rewrite(t)
		for range 16 {
			pairs += w.ask(t)
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d combinations of a filter and a row, %d definitions", pairs, w.defined)
}

const fieldRows = 40

func numbersTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// fieldWorld is the model: what is stored, by the rules of package membership.
type fieldWorld struct {
	rng         *rand.Rand
	st          store.Store
	schemas     [3]membership.Schema // by membership.FlowResources
	accounts    []membership.Account // with the values that are stored
	members     []membership.Member
	memberships []membership.Membership
	defined     int
}

func (w *fieldWorld) chance(percent int) bool { return w.rng.IntN(100) < percent }

// values are the places of the values that are stored.
func (w *fieldWorld) values(r membership.Resource) []*membership.Fields {
	var all []*membership.Fields
	for n := range fieldRows {
		all = append(all, map[membership.Resource]*membership.Fields{
			membership.ResourceAccount: &w.accounts[n].Fields, membership.ResourceMember: &w.members[n].Fields,
			membership.ResourceMembership: &w.memberships[n].Fields,
		}[r])
	}
	return all
}

// redefine deletes, changes and adds definitions of every resource.
func (w *fieldWorld) redefine(t testing.TB) {
	write(t, w.st, func(ctx context.Context, tx store.Tx) error {
		for i, r := range membership.FlowResources() {
			fl := flow(r)
			if w.schemas[i].Flow.ID.IsZero() {
				must(t, "InsertFlow", tx.InsertFlow(ctx, fl))
			}
			fl.Disabled = w.chance(5)
			must(t, "UpdateFlow", tx.UpdateFlow(ctx, fl))
			var fields []membership.Field
			for _, f := range w.schemas[i].Fields {
				if w.chance(40) {
					w.drop(ctx, t, tx, f)
					continue
				}
				fields = append(fields, w.change(ctx, t, tx, f))
			}
			for range 1 + w.rng.IntN(3) {
				f := w.field(r)
				must(t, "InsertField", tx.InsertField(ctx, f))
				fields = append(fields, f)
			}
			w.schemas[i] = membership.NewSchema(fl, fields)
		}
		return nil
	})
}

func (w *fieldWorld) drop(ctx context.Context, t testing.TB, tx store.Tx, f membership.Field) {
	want := 0
	for _, place := range w.values(f.Resource) {
		if place.Value(f.Slug).Kind() != membership.KindNull {
			want++
		}
		*place = place.Without(f.Slug)
	}
	got, err := tx.DeleteField(ctx, f.ID)
	must(t, "DeleteField", err)
	equal(t, "values that went along with "+f.Slug, got, want)
}

func (w *fieldWorld) change(ctx context.Context, t testing.TB, tx store.Tx, f membership.Field) membership.Field {
	old := f.Slug
	f.Disabled, f.OmitNull, f.Indexed = w.chance(20), w.chance(30), w.chance(40)
	if w.chance(30) {
		f.Slug += "x"
	}
	must(t, "UpdateField", tx.UpdateField(ctx, f))
	if f.Slug != old {
		for _, place := range w.values(f.Resource) {
			if place.Has(old) {
				*place = place.With(f.Slug, place.Value(old)).Without(old)
			}
		}
	}
	return f
}

var types = []membership.FieldType{
	membership.TypeString, membership.TypeInteger, membership.TypeBoolean, membership.TypeFloat, membership.TypeDate,
}

func (w *fieldWorld) field(r membership.Resource) membership.Field {
	w.defined++
	f := field(w.defined, r)
	f.Type, f.Order = types[w.rng.IntN(len(types))], w.rng.IntN(3)
	f.Slug = fmt.Sprintf("%c%d-%s", "AZaz_09"[w.rng.IntN(7)], w.defined, f.Type)
	f.OmitNull, f.Indexed, f.Disabled = w.chance(30), w.chance(40), w.chance(10)
	if w.chance(50) {
		f.Initial = w.value(f.Type)
	}
	return f
}

func (w *fieldWorld) value(typ membership.FieldType) membership.Value {
	values := fieldValues[typ]
	return values[w.rng.IntN(len(values))]
}

// rewrite gives some rows new values, through updates.
func (w *fieldWorld) rewrite(t testing.TB) {
	write(t, w.st, func(ctx context.Context, tx store.Tx) error {
		for i, r := range membership.FlowResources() {
			for n, place := range w.values(r) {
				if !w.chance(40) {
					continue
				}
				row := w.schemas[i].Resolve(*place)
				for _, f := range w.schemas[i].Enabled() {
					switch w.rng.IntN(4) {
					case 0:
						row = row.With(f.Slug, membership.Value{})
					case 1, 2:
						row = row.With(f.Slug, w.value(f.Type))
					}
				}
				*place = w.schemas[i].Keep(*place, row)
				must(t, "update", w.put(ctx, tx, r, n, row))
			}
		}
		return nil
	})
}

func (w *fieldWorld) put(ctx context.Context, tx store.Tx, r membership.Resource, n int, row membership.Fields) error {
	switch r {
	case membership.ResourceAccount:
		a := w.accounts[n]
		a.Fields = row
		return tx.UpdateAccount(ctx, a)
	case membership.ResourceMember:
		m := w.members[n]
		m.Fields = row
		return tx.UpdateMember(ctx, m)
	default:
		m := w.memberships[n]
		m.Fields = row
		return tx.UpdateMembership(ctx, m)
	}
}

// ask asks every list a random question and compares the answers. It returns how many rows the filters met.
func (w *fieldWorld) ask(t testing.TB) int {
	ctx := t.Context()
	accounts, members := slices.Clone(w.accounts), slices.Clone(w.members)
	var memberships []membership.MembershipRow
	for n := range fieldRows {
		accounts[n].Fields = w.schemas[0].Resolve(accounts[n].Fields)
		members[n].Fields = w.schemas[1].Resolve(members[n].Fields)
		m := w.memberships[n]
		m.Fields = w.schemas[2].Resolve(m.Fields)
		memberships = append(memberships, membership.MembershipRow{Membership: m, Account: accounts[0], Member: members[n]})
	}
	q := w.query(t, 0, accounts)
	gotA, err := w.st.ListAccounts(ctx, q)
	compare(t, q, gotA, err, accounts)
	q = w.query(t, 1, members)
	gotM, err := w.st.ListMembers(ctx, q)
	compare(t, q, gotM, err, members)

	q = w.query(t, 2, memberships)
	scope := membership.Scope{Account: accountID(0), All: w.chance(50)}
	if scope.All {
		scope.Account = membership.AccountID{}
	}
	got, err := w.st.ListMemberships(ctx, scope, q)
	var rows membership.Page[membership.MembershipRow]
	rows.Total = got.Total
	rows.Items = []membership.MembershipRow{}
	for _, m := range got.Items {
		i := slices.IndexFunc(memberships, func(r membership.MembershipRow) bool { return r.ID == m.ID })
		rows.Items = append(rows.Items, membership.MembershipRow{Membership: m, Account: memberships[i].Account, Member: memberships[i].Member})
	}
	compare(t, q, rows, err, memberships)
	return 3 * fieldRows
}

func compare[T membership.Row](t testing.TB, q membership.Query, got membership.Page[T], err error, rows []T) {
	t.Helper()
	must(t, q.Filter.String(), err)
	want := membership.Select(slices.Values(rows), func(row T) bool { return q.Filter.Match(row) }, q)
	same(t, fmt.Sprintf("filter %s, order %+v, limit %d, offset %d, after %+v", q.Filter, q.Order, q.Limit, q.Offset, q.After), got, want)
}

// query makes a valid query, mostly about custom fields.
func (w *fieldWorld) query(t testing.TB, i int, rows any) membership.Query {
	r, fields := membership.FlowResources()[i], w.schemas[i].Enabled()
	q := membership.Query{Limit: w.rng.IntN(fieldRows+10) - 1, Offset: w.rng.IntN(4)}
	if sortable := r.Sortable(fields...); w.chance(70) {
		q.Order = membership.Order{By: sortable[w.rng.IntN(len(sortable))], Desc: w.chance(50)}
		if len(fields) > 0 && w.chance(70) {
			q.Order.By = membership.Attribute(fields[w.rng.IntN(len(fields))].Slug)
		}
	}
	if w.chance(40) {
		q.After = w.position(q.Order, rows)
	}
	for range w.rng.IntN(4) {
		var group membership.AnyOf
		for range 1 + w.rng.IntN(3) {
			group = append(group, w.term(r, fields))
		}
		q.Filter = append(q.Filter, group)
	}
	must(t, "the suite's query", q.Validate(r, fields...))
	return q
}

// position is that of some row.
func (w *fieldWorld) position(o membership.Order, rows any) membership.Position {
	n := w.rng.IntN(fieldRows)
	switch rows := rows.(type) {
	case []membership.Account:
		return o.Position(rows[n])
	case []membership.Member:
		return o.Position(rows[n])
	case []membership.MembershipRow:
		return o.Position(rows[n])
	}
	return membership.Position{}
}

func (w *fieldWorld) term(r membership.Resource, fields []membership.Field) membership.Term {
	if len(fields) == 0 || w.chance(15) {
		return membership.Ge(membership.AttrCreatedAt, membership.TimeValue(at(w.rng.IntN(fieldRows))))
	}
	f := fields[w.rng.IntN(len(fields))]
	ops := r.Operators(membership.Attribute(f.Slug), fields...)
	term := membership.Term{Attr: membership.Attribute(f.Slug), Op: ops[w.rng.IntN(len(ops))]}
	switch term.Op {
	case membership.OpIsNull:
	case membership.OpLike, membership.OpILike:
		form := []string{"%s", "*%s", "%s*", "*%s*"}[w.rng.IntN(4)]
		term.Operands = membership.Like(term.Attr, fmt.Sprintf(form, w.value(f.Type).Text())).Operands
	case membership.OpIn:
		for range 1 + w.rng.IntN(4) {
			term.Operands = append(term.Operands, w.value(f.Type))
		}
	default:
		term.Operands = []membership.Value{w.value(f.Type)}
	}
	return term
}
