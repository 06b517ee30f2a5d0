package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// fieldValues are values for every type, of which several mean the same.
var fieldValues = map[membership.FieldType][]membership.Value{
	membership.TypeString:  fieldTexts(),
	membership.TypeInteger: numbers("0", "1", "-1", "42", "9007199254740992", "9007199254740993", "9223372036854775807", "-9223372036854775808"),
	membership.TypeFloat: floats("0.0", "-0.0", "1.0", "1.50", "1.5", "1e3", "1000.0", "1E+3", "0.1", "-0.1", "5e-324", "1e-400",
		"1.7976931348623157e308", "-1.7976931348623157e308", "9007199254740993.0", "9007199254740992.0", "9223372036854775808",
		"0.30000000000000004", "0.3", "123456789012345678901234567890"),
	membership.TypeBoolean: {membership.BooleanValue(false), membership.BooleanValue(true)},
	membership.TypeDate: dates("2024-02-29", "2024-02-29 00:00:00", "2024-02-29T00:00:00Z", "2024-02-29T01:00:00+01:00",
		"2024-02-29T00:00:00.001Z", "2024-02-29T00:00:00.0019Z", "1969-12-31", "0001-01-01", "9999-12-31T23:59:59.999Z"),
}

func fieldTexts() []membership.Value {
	var all []membership.Value
	for _, s := range append(append([]string{}, texts...), nasty...) {
		all = append(all, membership.StringValue(s))
	}
	return all
}

func numbers(spelled ...string) []membership.Value {
	var all []membership.Value
	for _, s := range spelled {
		all = append(all, membership.NumberValue(s))
	}
	return all
}

// floats are the numbers as a field of type float takes them.
func floats(spelled ...string) []membership.Value {
	var all []membership.Value
	for _, s := range spelled {
		v, err := membership.Field{Slug: "f", Type: membership.TypeFloat}.Check(membership.NumberValue(s))
		if err != nil {
			panic(err)
		}
		all = append(all, v)
	}
	return all
}

func dates(spelled ...string) []membership.Value {
	var all []membership.Value
	for _, s := range spelled {
		v, ok := membership.ParseDate(s)
		if !ok {
			panic(s)
		}
		all = append(all, v)
	}
	return all
}

// typedFields defines a field of every type for every resource, called by the types.
func typedFields(t testing.TB, st store.Store) {
	t.Helper()
	n := 0
	for _, r := range membership.FlowResources() {
		for typ := range fieldValues {
			f := field(n, r)
			f.Slug, f.Type = string(typ), typ
			define(t, st, f)
			n++
		}
	}
}

// rowOfValues has a value of every type, its type's number n, or null.
func rowOfValues(n int) membership.Fields {
	var row membership.Fields
	for typ, values := range fieldValues {
		v := values[n%len(values)]
		if n%11 == 10 {
			v = membership.Value{}
		}
		row = row.With(string(typ), v)
	}
	return row
}

func roundTripFieldValues(t *testing.T, st store.Store) {
	typedFields(t, st)
	populate(t, st, 1, 0)
	for n := range fieldValues[membership.TypeString] {
		a, m, j := account(n+1), member(n), joining(n, accountID(0), memberID(n))
		a.Fields, m.Fields, j.Fields = rowOfValues(n), rowOfValues(n+1), rowOfValues(n+2)
		write(t, st, func(ctx context.Context, tx store.Tx) error {
			return errors.Join(tx.InsertAccount(ctx, a), tx.InsertMember(ctx, m), tx.InsertMembership(ctx, j))
		})
		checkRows(t, st, a, m, j)
		a.Fields, m.Fields, j.Fields, j.UpdatedAt = rowOfValues(n+3), rowOfValues(n+4), rowOfValues(n+5), at(n+99)
		write(t, st, func(ctx context.Context, tx store.Tx) error {
			return errors.Join(tx.UpdateAccount(ctx, a), tx.UpdateMember(ctx, m), tx.UpdateMembership(ctx, j))
		})
		checkRows(t, st, a, m, j)
	}
}

// checkRows reads the rows in every way there is.
func checkRows(t testing.TB, st store.Store, a membership.Account, m membership.Member, j membership.Membership) {
	t.Helper()
	ctx := t.Context()
	err := st.Update(ctx, func(tx store.Tx) error {
		gotA, err := tx.Account(ctx, a.ID)
		must(t, "Account", err)
		equal(t, "an account", gotA, a)
		accounts, err := tx.AccountsByID(ctx, []membership.AccountID{a.ID})
		must(t, "AccountsByID", err)
		same(t, "accounts by id", accounts, []membership.Account{a})
		gotM, err := tx.Member(ctx, m.ID)
		must(t, "Member", err)
		equal(t, "a member", gotM, m)
		members, err := tx.MembersByID(ctx, []membership.MemberID{m.ID})
		must(t, "MembersByID", err)
		same(t, "members by id", members, []membership.Member{m})
		gotJ, err := tx.Membership(ctx, j.AccountID, j.ID)
		must(t, "Membership", err)
		equal(t, "a membership", gotJ, j)
		gotJ, err = tx.MembershipByPair(ctx, j.AccountID, j.MemberID)
		must(t, "MembershipByPair", err)
		equal(t, "a membership by pair", gotJ, j)
		facts, err := tx.JoinFacts(ctx, j.AccountID, j.MemberID)
		must(t, "JoinFacts", err)
		equal(t, "the membership among the facts", facts.Existing, j)
		again := joining(9999, j.AccountID, j.MemberID)
		refusal, _ := errors.AsType[*membership.Error](tx.InsertMembership(ctx, again))
		equal(t, "the membership of a refusal", refusal.Existing, j)
		return nil
	})
	must(t, "Update", err)
	page, err := st.ListMemberships(ctx, membership.Scope{Member: m.ID}, membership.Query{})
	must(t, "ListMemberships", err)
	same(t, "a list of memberships", page.Items, []membership.Membership{j})
	only := membership.Query{Filter: membership.All(membership.Eq(membership.AttrID, membership.IDValue(m.ID.UUID)))}
	members, err := st.ListMembers(ctx, only)
	must(t, "ListMembers", err)
	same(t, "a list of members", members.Items, []membership.Member{m})
	only = membership.Query{Filter: membership.All(membership.Eq(membership.AttrID, membership.IDValue(a.ID.UUID)))}
	accounts, err := st.ListAccounts(ctx, only)
	must(t, "ListAccounts", err)
	same(t, "a list of accounts", accounts.Items, []membership.Account{a})
}

// threeMembers has members 0 to 2: one from before field 0, one with its value, one with another field's only.
func threeMembers(t testing.TB, st store.Store, f membership.Field) {
	t.Helper()
	populate(t, st, 0, 1)
	define(t, st, f, field(1, f.Resource))
	with, without := member(1), member(2)
	with.Fields, without.Fields = text(f.Slug, "own").With("f1", membership.StringValue("x")), text("f1", "y")
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		return errors.Join(tx.InsertMember(ctx, with), tx.InsertMember(ctx, without))
	})
}

// answers prints what a field answers for members 0 to 2, and the ids of those that a filter finds for it.
func answers(t testing.TB, st store.Reader, slug string) string {
	t.Helper()
	var all []string
	for n := range 3 {
		m, err := st.Member(t.Context(), memberID(n))
		must(t, "Member", err)
		switch v := m.Fields.Value(slug); {
		case !m.Fields.Has(slug):
			all = append(all, "-")
		case v.Kind() == membership.KindNull:
			all = append(all, "null")
		default:
			all = append(all, v.String())
		}
	}
	return fmt.Sprint(all)
}

func rowsFromBefore(t *testing.T, st store.Store) {
	f := field(0, membership.ResourceMember)
	f.Default, f.Initial = membership.StringValue("later"), membership.StringValue("initial")
	threeMembers(t, st, f)
	equal(t, "a field with an initial value", answers(t, st, "f0"), "[initial own null]")
	equal(t, "a field without", answers(t, st, "f1"), "[null x y]")
	for _, c := range []struct {
		term membership.Term
		want int
	}{
		{membership.Eq("f0", membership.StringValue("initial")), 1},
		{membership.In("f0", membership.StringValue("initial"), membership.StringValue("own")), 2},
		{membership.Like("f0", "init*"), 1},
		{membership.Gt("f0", membership.StringValue("a")), 2},
		{membership.IsNull("f0"), 1},
		{membership.IsNull("f1"), 1},
	} {
		page, err := st.ListMembers(t.Context(), membership.Query{Filter: membership.All(c.term)})
		must(t, c.term.String(), err)
		equal(t, "rows for "+c.term.String(), page.Total, c.want)
	}
	old := member(0)
	old.Fields = text("f0", "initial").With("f1", membership.StringValue("z"))
	write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.UpdateMember(ctx, old) })
	equal(t, "after an update of the row from before", answers(t, st, "f0"), "[initial own null]")
	equal(t, "what the update set", answers(t, st, "f1"), "[z x y]")
}

func nullFields(t *testing.T, st store.Store) {
	f := field(0, membership.ResourceMember)
	f.Initial, f.Indexed = membership.StringValue("initial"), true
	threeMembers(t, st, f)
	for n := range 2 {
		m := member(n)
		m.Fields = membership.NewFields(membership.FieldValue{Slug: "f0"}, membership.FieldValue{Slug: "f1"})
		write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.UpdateMember(ctx, m) })
	}
	equal(t, "a value that was cleared is not the initial one", answers(t, st, "f0"), "[null null null]")
	page, err := st.ListMembers(t.Context(), membership.Query{Filter: membership.All(membership.IsNull("f0"))})
	must(t, "ListMembers", err)
	equal(t, "rows without a value", page.Total, 3)

	f.OmitNull = true
	write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.UpdateField(ctx, f) })
	equal(t, "nulls that are left out", answers(t, st, "f0"), "[- - -]")
	page, err = st.ListMembers(t.Context(), membership.Query{Filter: membership.All(membership.IsNull("f0")), Order: membership.Order{By: "f0"}})
	must(t, "ListMembers", err)
	equal(t, "rows without a value that is left out", page.Total, 3)
}

func disabledFields(t *testing.T, st store.Store) {
	f := field(0, membership.ResourceMember)
	f.Initial = membership.StringValue("initial")
	threeMembers(t, st, f)
	disable := func(field, flows bool) {
		t.Helper()
		def, fl := f, flow(f.Resource)
		def.Disabled, fl.Disabled = field, flows
		write(t, st, func(ctx context.Context, tx store.Tx) error {
			return errors.Join(tx.UpdateField(ctx, def), tx.UpdateFlow(ctx, fl))
		})
	}
	disable(true, false)
	equal(t, "a disabled field", answers(t, st, "f0"), "[- - -]")
	equal(t, "the other field", answers(t, st, "f1"), "[null x y]")
	m := member(1)
	m.Fields = text("f1", "changed")
	write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.UpdateMember(ctx, m) })
	disable(false, true)
	equal(t, "a field of a disabled flow", answers(t, st, "f1"), "[- - -]")
	m.Fields, m.Name = membership.Fields{}, "Ron"
	write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.UpdateMember(ctx, m) })
	disable(false, false)
	equal(t, "a field that is enabled again", answers(t, st, "f0"), "[initial own null]")
	equal(t, "what was written meanwhile", answers(t, st, "f1"), "[null changed y]")
}

func renamedFields(t *testing.T, st store.Store) {
	for _, indexed := range []bool{false, true} {
		f := field(0, membership.ResourceMember)
		f.Initial, f.Indexed = membership.StringValue("initial"), indexed
		if indexed {
			write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.UpdateField(ctx, f) })
		} else {
			threeMembers(t, st, f)
		}
		f.Slug = "a-new_Name"
		write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.UpdateField(ctx, f) })
		equal(t, "a renamed field", answers(t, st, f.Slug), "[initial own null]")
		equal(t, "its old name", answers(t, st, "f0"), "[- - -]")
		equal(t, "the other field", answers(t, st, "f1"), "[null x y]")
		page, err := st.ListMembers(t.Context(), membership.Query{Filter: membership.All(membership.Eq("a-new_Name", membership.StringValue("own")))})
		must(t, "ListMembers", err)
		equal(t, "rows by the new name", page.Total, 1)
	}
}

func deletedFields(t *testing.T, st store.Store) {
	f := field(0, membership.ResourceMember)
	f.Initial = membership.StringValue("initial")
	threeMembers(t, st, f)
	remove := func(n, want int) {
		t.Helper()
		write(t, st, func(ctx context.Context, tx store.Tx) error {
			values, err := tx.DeleteField(ctx, fieldID(n))
			equal(t, "values that went along", values, want)
			return err
		})
	}
	remove(0, 1)
	equal(t, "a deleted field", answers(t, st, "f0"), "[- - -]")
	equal(t, "the other field", answers(t, st, "f1"), "[null x y]")

	f.Type, f.Initial = membership.TypeDate, membership.Value{}
	define(t, st, f)
	equal(t, "another field of the same name", answers(t, st, "f0"), "[null null null]")
	remove(1, 2)
	equal(t, "the field that is left", answers(t, st, "f0"), "[null null null]")
	remove(0, 0)
	equal(t, "without any fields", answers(t, st, "f0"), "[- - -]")
}

// fieldsBesideLists reads lists of everything before it writes rows with custom fields and definitions.
func fieldsBesideLists(t *testing.T, st store.Store) {
	f := field(0, membership.ResourceMember)
	threeMembers(t, st, f)
	readEverything(t.Context(), st)
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		m, err := tx.Member(ctx, memberID(1))
		must(t, "Member", err)
		for _, list := range []func() error{
			func() error { _, err := tx.ListTags(ctx, membership.Query{}); return err },
			func() error { _, err := tx.ListPasswordProfiles(ctx, membership.Query{}); return err },
			func() error { _, err := tx.ListLogins(ctx, m.ID, membership.Query{}); return err },
			func() error { _, err := tx.AccountRelations(ctx, []membership.AccountID{accountID(0)}); return err },
		} {
			must(t, "a list", list())
			must(t, "UpdateMember", tx.UpdateMember(ctx, m))
			equal(t, "the value", answers(t, tx, "f0"), "[null own null]")
			equal(t, "fields", len(schemaOf(t, tx, f.Resource).Fields), 2)
			must(t, "UpdateField", tx.UpdateField(ctx, f))
		}
		return nil
	})
}
