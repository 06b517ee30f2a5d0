package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// schemaOf reads a resource's definitions.
func schemaOf(t testing.TB, st store.Reader, r membership.Resource) membership.Schema {
	t.Helper()
	s, err := st.Schema(t.Context(), r)
	must(t, "Schema", err)
	return s
}

func roundTripDefinitions(t *testing.T, st store.Store) {
	r := membership.ResourceMembership
	same(t, "the schema of a new store", schemaOf(t, st, r), membership.Schema{})
	var fields []membership.Field
	for n, text := range nasty {
		f := field(n, r)
		f.Name, f.Description, f.Order, f.UpdatedAt = text, text, -n, at(n+1000)
		f.Default, f.Initial = membership.StringValue(text), membership.StringValue("")
		f.Enum = []membership.Value{membership.StringValue(text), membership.StringValue("")}
		f.Required, f.Disabled, f.OmitNull, f.Indexed = n%2 == 0, n%3 == 0, n%2 == 1, n%5 == 0
		f.Format = []membership.FieldFormat{"", membership.FormatEmail, membership.FormatSlug}[n%3]
		fields = append(fields, f)
	}
	for n, typ := range []membership.FieldType{membership.TypeInteger, membership.TypeFloat, membership.TypeDate} {
		f := field(100+n, r)
		values := fieldValues[typ]
		f.Type, f.Default, f.Initial, f.Min, f.Max, f.Enum = typ, values[0], values[1], values[2], values[3], values
		fields = append(fields, f)
	}
	flag := field(200, r)
	flag.Type, flag.Default, flag.Initial = membership.TypeBoolean, membership.BooleanValue(true), membership.BooleanValue(false)
	fields = append(fields, flag)
	define(t, st, fields...)
	same(t, "the schema", schemaOf(t, st, r), membership.NewSchema(flow(r), fields))
	same(t, "the schema of another resource", schemaOf(t, st, membership.ResourceAccount), membership.Schema{})

	described := flow(r)
	described.Name, described.Description, described.Disabled, described.UpdatedAt = nasty[0], "", true, at(99)
	for i := range fields {
		f := field(i, r)
		f.ID, f.Type, f.Initial, f.Order, f.UpdatedAt = fields[i].ID, fields[i].Type, fields[i].Initial, i, at(2000+i)
		fields[i] = f
	}
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		for _, f := range fields {
			must(t, "UpdateField", tx.UpdateField(ctx, f))
		}
		return tx.UpdateFlow(ctx, described)
	})
	same(t, "the schema after updates", schemaOf(t, st, r), membership.NewSchema(described, fields))

	kept := fields[0]
	changed := kept
	changed.Resource, changed.Type, changed.Initial = membership.ResourceAccount, membership.TypeDate, membership.Value{}
	otherFlow := described
	otherFlow.Resource = membership.ResourceMember
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		return errors.Join(tx.UpdateField(ctx, changed), tx.UpdateFlow(ctx, otherFlow))
	})
	same(t, "what an update leaves alone", schemaOf(t, st, r), membership.NewSchema(described, fields))
}

func noAliasingDefinitions(t *testing.T, st store.Store) {
	f := field(0, membership.ResourceMember)
	f.Enum = []membership.Value{membership.StringValue("a"), membership.StringValue("b")}
	define(t, st, f)
	want := membership.NewSchema(flow(f.Resource), []membership.Field{f}).Clone()
	f.Enum[0] = membership.StringValue("changed by the caller")
	got := schemaOf(t, st, f.Resource)
	same(t, "a definition after the caller changed what it had given", got, want)
	got.Fields[0].Name, got.Fields[0].Enum[1] = "changed by the caller", membership.StringValue("too")
	same(t, "a definition after the caller changed what it had got", schemaOf(t, st, want.Flow.Resource), want)
}

func notFoundDefinitions(t *testing.T, st store.Store) {
	r := membership.ResourceMember
	for range 2 { // without any, and beside others
		for name, c := range map[string]struct {
			want  error
			write func(ctx context.Context, tx store.Tx) error
		}{
			"UpdateFlow": {membership.ErrFlowNotFound, func(ctx context.Context, tx store.Tx) error {
				f := flow(r)
				f.ID = flowID(9)
				return tx.UpdateFlow(ctx, f)
			}},
			"DeleteFlow":  {membership.ErrFlowNotFound, func(ctx context.Context, tx store.Tx) error { return tx.DeleteFlow(ctx, flowID(9)) }},
			"UpdateField": {membership.ErrFieldNotFound, func(ctx context.Context, tx store.Tx) error { return tx.UpdateField(ctx, field(9, r)) }},
			"DeleteField": {membership.ErrFieldNotFound, func(ctx context.Context, tx store.Tx) error {
				_, err := tx.DeleteField(ctx, fieldID(9))
				return err
			}},
			"InsertField without a flow": {membership.ErrFlowNotFound, func(ctx context.Context, tx store.Tx) error {
				return tx.InsertField(ctx, field(0, membership.ResourceAccount))
			}},
		} {
			wantErr(t, name, attempt(t, st, c.write), c.want)
		}
		if schemaOf(t, st, r).Flow.ID.IsZero() {
			define(t, st, field(0, r))
		}
	}
}

func definitions(t *testing.T, st store.Store) {
	r := membership.ResourceMember
	insertFlow := func(f membership.Flow) error {
		return attempt(t, st, func(ctx context.Context, tx store.Tx) error { return tx.InsertFlow(ctx, f) })
	}
	insert := func(f membership.Field) error {
		return attempt(t, st, func(ctx context.Context, tx store.Tx) error { return tx.InsertField(ctx, f) })
	}
	update := func(f membership.Field) error {
		return attempt(t, st, func(ctx context.Context, tx store.Tx) error { return tx.UpdateField(ctx, f) })
	}
	must(t, "a flow", insertFlow(flow(r)))
	wantErr(t, "the same flow", insertFlow(flow(r)), membership.ErrDuplicateID)
	second := flow(r)
	second.ID = flowID(7)
	wantErr(t, "another flow of the resource", insertFlow(second), membership.ErrFlowExists)
	second.ID, second.Resource = flow(r).ID, membership.ResourceAccount
	wantErr(t, "a flow of another resource with an id that is taken", insertFlow(second), membership.ErrDuplicateID)
	must(t, "a flow of another resource", insertFlow(flow(membership.ResourceAccount)))

	must(t, "a field", insert(field(0, r)))
	wantErr(t, "the same field", insert(field(0, r)), membership.ErrDuplicateID)
	elsewhere := field(0, membership.ResourceAccount)
	wantErr(t, "a field of another resource with an id that is taken", insert(elsewhere), membership.ErrDuplicateID)
	elsewhere.ID = fieldID(1)
	must(t, "a field of another resource with a slug that is taken here", insert(elsewhere))
	taken := field(2, r)
	taken.Slug = "f0"
	wantErr(t, "a slug that is taken", insert(taken), membership.ErrSlugTaken)
	taken.Slug = "F0"
	must(t, "one that differs in case", insert(taken))
	taken.Slug = "f0"
	wantErr(t, "a slug that is taken, on update", update(taken), membership.ErrSlugTaken)
	must(t, "its own, on update", update(field(0, r)))

	wantErr(t, "deleting a flow that has fields", attempt(t, st, func(ctx context.Context, tx store.Tx) error {
		err := tx.DeleteFlow(ctx, flow(r).ID)
		must(t, "a write after a refusal", tx.UpdateFlow(ctx, flow(r)))
		return err
	}), membership.ErrFlowHasFields)
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		for _, n := range []int{0, 2} {
			if _, err := tx.DeleteField(ctx, fieldID(n)); err != nil {
				return err
			}
		}
		return tx.DeleteFlow(ctx, flow(r).ID)
	})
	same(t, "the schema without a flow", schemaOf(t, st, r), membership.Schema{})
	must(t, "the flow again", insertFlow(flow(r)))
	must(t, "the slug that became free", insert(taken))
}

// definitionsBehindNothing looks for rows that there are not, first in a transaction, and then writes one by definitions
// that the store may not have read yet.
func definitionsBehindNothing(t *testing.T, st store.Store) {
	none := membership.Query{Filter: membership.All(membership.Eq(membership.AttrName, membership.TextValue("nobody")))}
	lookups := []func(ctx context.Context, r store.Reader) error{
		func(ctx context.Context, r store.Reader) error {
			_, err := r.AccountsByID(ctx, []membership.AccountID{accountID(999)})
			return err
		},
		func(ctx context.Context, r store.Reader) error {
			_, err := r.MembersByID(ctx, []membership.MemberID{memberID(999)})
			return err
		},
		func(ctx context.Context, r store.Reader) error {
			_, err := r.AccountRelations(ctx, []membership.AccountID{accountID(999)})
			return err
		},
		func(ctx context.Context, r store.Reader) error {
			_, err := r.DisabledValues(ctx, membership.ResourceMember, []uuid.UUID{memberID(999).UUID})
			return err
		},
		func(ctx context.Context, r store.Reader) error {
			_, err := r.ListAccounts(ctx, none)
			return err
		},
		func(ctx context.Context, r store.Reader) error {
			_, err := r.ListMembers(ctx, none)
			return err
		},
		func(ctx context.Context, r store.Reader) error {
			_, err := r.ListMemberships(ctx, membership.Scope{All: true}, membership.Query{})
			return err
		},
		func(ctx context.Context, r store.Reader) error {
			_, err := r.Member(ctx, memberID(999))
			if errors.Is(err, membership.ErrMemberNotFound) {
				return nil
			}
			return errors.Join(errors.New("a member that there is not"), err)
		},
	}
	for n, look := range lookups {
		f := field(n, membership.ResourceMember)
		define(t, st, f)
		written := member(n)
		written.Fields = text(f.Slug, "own")
		write(t, st, func(ctx context.Context, tx store.Tx) error {
			must(t, "a lookup", look(ctx, tx))
			equal(t, "fields that the transaction knows", len(schemaOf(t, tx, f.Resource).Fields), n+1)
			return tx.InsertMember(ctx, written)
		})
		got, err := st.Member(t.Context(), written.ID)
		must(t, "Member", err)
		equal(t, "the value", got.Fields.Text(f.Slug), "own")
	}
}

func undoneDefinitions(t *testing.T, st store.Store) {
	f := field(0, membership.ResourceMember)
	f.Initial = membership.StringValue("initial")
	threeMembers(t, st, f)
	before := schemaOf(t, st, f.Resource)
	for round := range 3 {
		err := attempt(t, st, func(ctx context.Context, tx store.Tx) error {
			changed := f
			changed.Slug, changed.Indexed, changed.Order = fmt.Sprint("round", round), true, 9
			must(t, "UpdateField", tx.UpdateField(ctx, changed))
			equal(t, "what the transaction sees", answers(t, tx, changed.Slug), "[initial own null]")
			_, err := tx.DeleteField(ctx, fieldID(1))
			must(t, "DeleteField", err)
			must(t, "InsertField", tx.InsertField(ctx, field(5, f.Resource)))
			m := member(0)
			m.Fields = text("f5", "five")
			must(t, "UpdateMember", tx.UpdateMember(ctx, m))
			equal(t, "what the transaction wrote", answers(t, tx, "f5"), "[five null null]")
			return errChangedMind
		})
		wantErr(t, "Update", err, errChangedMind)
		same(t, "the definitions", schemaOf(t, st, f.Resource), before)
		equal(t, "the values", answers(t, st, "f0")+answers(t, st, "f1")+answers(t, st, "f5"), "[initial own null][null x y][- - -]")
	}
}

// definitionsOfOneMoment has a writer rename and define while readers look: what they see is never a mixture.
func definitionsOfOneMoment(t *testing.T, st store.Store) {
	f := field(0, membership.ResourceMember)
	threeMembers(t, st, f)
	const changes = 60
	var wg sync.WaitGroup
	done := make(chan struct{})
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				page, err := st.ListMembers(t.Context(), membership.Query{})
				if err != nil || len(page.Items) != 3 {
					t.Errorf("ListMembers: %d rows, %v", len(page.Items), err)
					return
				}
				with := page.Items[1].Fields
				even, odd := with.Text("even") == "own", with.Text("odd") == "own"
				if first := with.Text("f0") == "own"; !first && even == odd || with.Len() != 2 {
					t.Errorf("a mixture of two moments: %s", with)
					return
				}
				if page.Items[0].Fields.Len() != with.Len() {
					t.Errorf("rows of two moments: %s and %s", page.Items[0].Fields, with)
					return
				}
			}
		})
	}
	for n := range changes {
		changed := f
		changed.Slug = []string{"even", "odd"}[n%2]
		write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.UpdateField(ctx, changed) })
	}
	close(done)
	wg.Wait()
}
