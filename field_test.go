package roster_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

// text and integer are values for fields, null is none.
var (
	text    = membership.StringValue
	integer = membership.IntegerValue
	null    = membership.Value{}
)

// fields puts one value in place.
func fields(slug string, v membership.Value) membership.Fields {
	return membership.Fields{}.With(slug, v)
}

// fieldOf is a field that is right.
func fieldOf(r membership.Resource, slug string, t membership.FieldType) membership.Field {
	return membership.Field{Resource: r, Slug: slug, Name: "a field", Type: t}
}

// define adds a field that is right, after what change makes of it.
func (w *world) define(r membership.Resource, slug string, t membership.FieldType, change ...func(*membership.Field)) membership.Field {
	w.t.Helper()
	f := fieldOf(r, slug, t)
	for _, c := range change {
		c(&f)
	}
	f, err := w.DefineField(w.t.Context(), f)
	must(w.t, err)
	return f
}

// update changes a definition.
func (w *world) update(f membership.Field, u membership.FieldUpdate) membership.Field {
	w.t.Helper()
	f, err := w.UpdateField(w.t.Context(), f.ID, u)
	must(w.t, err)
	return f
}

// definitions prints the flows and the fields that there are.
func (w *world) definitions() string {
	w.t.Helper()
	var all []string
	for _, r := range membership.FlowResources() {
		schema, err := w.Schema(w.t.Context(), r)
		must(w.t, err)
		if schema.Flow.ID.IsZero() {
			continue
		}
		var slugs []string
		for _, f := range schema.Fields {
			slugs = append(slugs, f.Slug)
		}
		all = append(all, fmt.Sprint(schema.Flow.Resource, slugs))
	}
	return strings.Join(all, " ")
}

func sameField(t *testing.T, what string, got, want membership.Field) {
	t.Helper()
	if !got.Equal(want) {
		t.Errorf("%s: got %+v\nwant %+v", what, got, want)
	}
}

func TestAFieldIsDefinedAsItWasGiven(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	given := membership.Field{
		ID: noField, Resource: membership.ResourceMember, Slug: "born", Name: "Date of birth", Type: membership.TypeDate,
		Description: "as on the passport", Required: true, Default: text("2000-01-01"), Order: 7, OmitNull: true, Indexed: true,
		Min: text("1900-01-01"), Initial: text("now"), CreatedAt: morning.Add(time.Hour), UpdatedAt: morning.Add(time.Hour),
	}
	got, err := w.DefineField(t.Context(), given)
	must(t, err)
	first, _ := membership.ParseDate("1900-01-01")
	ordinary, _ := membership.ParseDate("2000-01-01")
	want := given
	want.Min, want.Default, want.Initial, want.CreatedAt, want.UpdatedAt = first, ordinary, ordinary, cutMorning, cutMorning
	sameField(t, "what comes back", got, want)
	found, err := w.Field(t.Context(), noField)
	must(t, err)
	sameField(t, "what is found", found, want)

	schema, err := w.Schema(t.Context(), membership.ResourceMember)
	must(t, err)
	flow := schema.Flow
	equal(t, "its flow", flow, membership.Flow{
		ID: flow.ID, Resource: membership.ResourceMember, Name: "Account members", CreatedAt: cutMorning, UpdatedAt: cutMorning,
	})
	equal(t, "version of the flow's id", flow.ID.Version(), 7)

	w.clock.Advance(time.Minute)
	another := w.define(membership.ResourceMember, "phone", membership.TypeString)
	equal(t, "version of its id", another.ID.Version(), 7)
	all, err := w.Fields(t.Context(), membership.ResourceMember)
	must(t, err)
	equal(t, "by their order", len(all), 2)
	sameField(t, "the first", all[0], another)
	sameField(t, "the second", all[1], want)
	schema, err = w.Schema(t.Context(), membership.ResourceMember)
	must(t, err)
	equal(t, "the flow after another field", schema.Flow, flow)
	none, err := w.Fields(t.Context(), membership.ResourceAccount)
	must(t, err)
	equal(t, "fields of accounts", len(none), 0)
}

func TestARefusedDefinitionLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	const account, member = membership.ResourceAccount, membership.ResourceMember
	taken := fieldOf(member, "phone", membership.TypeString)
	taken.ID = noField
	tests := []struct {
		name  string
		field membership.Field
		want  error
	}{
		{"no slug", fieldOf(account, "", membership.TypeString), membership.ErrInvalidField},
		{"no resource", fieldOf("", "a", membership.TypeString), membership.ErrInvalidField},
		{"no type", fieldOf(account, "a", ""), membership.ErrInvalidField},
		{"a slug in use", fieldOf(account, "legal_name", membership.TypeString), membership.ErrInvalidValue},
		{"a default that breaks a rule", func() membership.Field {
			f := fieldOf(account, "a", membership.TypeInteger)
			f.Max, f.Default = integer(1), integer(2)
			return f
		}(), membership.ErrInvalidValue},
		{"a slug that is taken", fieldOf(member, "phone", membership.TypeInteger), membership.ErrSlugTaken},
		{"an id that is taken", func() membership.Field {
			f := fieldOf(account, "a", membership.TypeInteger)
			f.ID = noField
			return f
		}(), membership.ErrDuplicateID},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			_, err := w.DefineField(t.Context(), taken)
			must(t, err)
			got, err := w.DefineField(t.Context(), test.field)
			wantError(t, "DefineField", err, test.want)
			sameField(t, "what comes with it", got, membership.Field{})
			equal(t, "what is there", w.definitions(), "account_member[phone]")
			must(t, w.Update(t.Context(), func(svc *roster.Service) error {
				_, err := svc.DefineField(t.Context(), test.field)
				wantError(t, "DefineField within an Update", err, test.want)
				_, err = svc.DefineField(t.Context(), fieldOf(member, "size", membership.TypeInteger))
				return err
			}))
			equal(t, "what is there when the Update went on", w.definitions(), "account_member[phone size]")
		})
	}
}

func TestAResourceHasRoomForAHundredFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range membership.MaxFields {
		w.define(membership.ResourceMember, fmt.Sprintf("f%d", n), membership.TypeBoolean)
	}
	_, err := w.DefineField(t.Context(), fieldOf(membership.ResourceMember, "more", membership.TypeBoolean))
	wantError(t, "one more", err, membership.ErrTooManyFields)
	wantError(t, "one more", err, membership.ErrLimit)
	w.define(membership.ResourceAccount, "more", membership.TypeBoolean) // another resource has room of its own
}

func TestADefinitionChangesWhatTheUpdateNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.define(membership.ResourceMember, "size", membership.TypeInteger, func(f *membership.Field) { f.Default = integer(1) })
	w.define(membership.ResourceMember, "phone", membership.TypeString)
	w.clock.Advance(time.Minute)
	later := cutMorning.Add(time.Minute)

	for name, u := range map[string]membership.FieldUpdate{
		"nothing": {}, "the type that it has": {Type: new(membership.TypeInteger)}, "what it has": {Slug: new("size"), Default: new(integer(1))},
		"no options": {Enum: new([]membership.Value{})},
	} {
		sameField(t, name, w.update(old, u), old)
	}
	refusals := []struct {
		name string
		u    membership.FieldUpdate
		want error
	}{
		{"another type", membership.FieldUpdate{Type: new(membership.TypeFloat), Name: new("x")}, membership.ErrFieldTypeImmutable},
		{"no name", membership.FieldUpdate{Name: new("")}, membership.ErrInvalidField},
		{"a slug in use", membership.FieldUpdate{Slug: new("email")}, membership.ErrInvalidValue},
		{"a slug that is taken", membership.FieldUpdate{Slug: new("phone")}, membership.ErrSlugTaken},
		{"a rule that the default breaks", membership.FieldUpdate{Min: new(integer(2))}, membership.ErrInvalidValue},
		{"a rule of another type", membership.FieldUpdate{Format: new(membership.FormatEmail)}, membership.ErrInvalidField},
	}
	for _, refusal := range refusals {
		got, err := w.UpdateField(t.Context(), old.ID, refusal.u)
		wantError(t, refusal.name, err, refusal.want)
		sameField(t, "what comes with it", got, membership.Field{})
	}
	_, err := w.UpdateField(t.Context(), noField, membership.FieldUpdate{})
	wantError(t, "an unknown field", err, membership.ErrFieldNotFound)
	found, err := w.Field(t.Context(), old.ID)
	must(t, err)
	sameField(t, "after the refusals", found, old)

	got := w.update(old, membership.FieldUpdate{Default: new(integer(5)), Min: new(integer(2)), Required: new(true)})
	want := old
	want.Default, want.Min, want.Required, want.UpdatedAt = integer(5), integer(2), true, later
	sameField(t, "another default, which rows from before do not get", got, want)
	w.clock.Advance(-time.Hour)
	got = w.update(old, membership.FieldUpdate{Required: new(false)})
	equal(t, "the time of update when the clock goes back", got.UpdatedAt, later)
}

func TestADeletedFieldTakesItsValuesAlong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := w.define(membership.ResourceMember, "size", membership.TypeInteger)
	for _, v := range []membership.Value{integer(1), integer(2), null} {
		_, err := w.CreateMember(t.Context(), membership.Member{Name: "Ron", Fields: fields("size", v)})
		must(t, err)
	}
	values, err := w.DeleteField(t.Context(), f.ID)
	must(t, err)
	equal(t, "rows that had a value", values, 2)
	_, err = w.Field(t.Context(), f.ID)
	wantError(t, "the field", err, membership.ErrFieldNotFound)
	_, err = w.DeleteField(t.Context(), f.ID)
	wantError(t, "once more", err, membership.ErrFieldNotFound)
	equal(t, "what is there", w.definitions(), "account_member[]")
	w.define(membership.ResourceMember, "size", membership.TypeString)
	for m, err := range w.AllMembers(t.Context(), membership.Query{}) {
		must(t, err)
		equal(t, "the values of one of the same name", m.Fields, fields("size", null))
	}
}

func TestDefinitionsAreListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n, r := range membership.FlowResources() {
		w.define(r, fmt.Sprintf("f%d", n), membership.TypeInteger, func(f *membership.Field) { f.Order = -n })
		w.clock.Advance(time.Minute)
	}
	w.define(membership.ResourceMember, "t", membership.TypeString)
	tests := []struct {
		name  string
		query membership.Query
		want  string
		total int
	}{
		{"the newest first", membership.Query{}, "t f2 f1 f0", 4},
		{"by slug", membership.Query{Order: membership.Order{By: membership.AttrSlug}}, "f0 f1 f2 t", 4},
		{"by order", membership.Query{Order: membership.Order{By: membership.AttrOrder}, Limit: 2}, "f2 f1", 4},
		{"of a type", membership.Query{Filter: membership.All(membership.Eq(membership.AttrFieldType, membership.TextValue("string")))}, "t", 1},
		{"no more than the total", membership.Query{Limit: -1}, "", 4},
	}
	for _, test := range tests {
		page, err := w.ListFields(t.Context(), test.query)
		must(t, err)
		var slugs []string
		for _, f := range page.Items {
			slugs = append(slugs, f.Slug)
		}
		equal(t, test.name, strings.Join(slugs, " "), test.want)
		equal(t, test.name, page.Total, test.total)
	}
	_, err := w.ListFields(t.Context(), membership.Query{Filter: membership.Filter{{}}})
	wantError(t, "fields by a wrong filter", err, membership.ErrInvalidFilter)
	_, err = w.ListFields(t.Context(), membership.Query{Order: membership.Order{By: "description"}})
	wantError(t, "fields by a wrong order", err, membership.ErrInvalidOrder)
}

// needed are fields as a program may declare them.
func needed() []membership.Field {
	role := fieldOf(membership.ResourceMembership, "role", membership.TypeString)
	role.Enum, role.Default, role.Indexed = []membership.Value{text("member"), text("admin")}, text("member"), true
	born := fieldOf(membership.ResourceMember, "born", membership.TypeDate)
	born.Min, born.Max = text("1900-01-01"), membership.TimeValue(cutMorning)
	return []membership.Field{role, born, fieldOf(membership.ResourceMember, "size", membership.TypeFloat)}
}

func TestEnsuringFieldsTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.define(membership.ResourceMember, "other", membership.TypeBoolean)
	must(t, w.EnsureFields(t.Context(), needed()...))
	equal(t, "what is there", w.definitions(), "account_member[born other size] account_membership[role]")
	before, err := w.ListFields(t.Context(), membership.Query{})
	must(t, err)
	w.clock.Advance(time.Minute)
	must(t, w.EnsureFields(t.Context(), needed()...))
	must(t, w.EnsureFields(t.Context()))
	after, err := w.ListFields(t.Context(), membership.Query{})
	must(t, err)
	if !slices.EqualFunc(before.Items, after.Items, membership.Field.Equal) {
		t.Errorf("got %+v\nwant %+v", after.Items, before.Items)
	}
	found, err := w.Field(t.Context(), other.ID)
	must(t, err)
	sameField(t, "a field that was not named", found, other)
}

func TestEnsuringFieldsChangesWhatDiffers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.EnsureFields(t.Context(), needed()...))
	before, err := w.Fields(t.Context(), membership.ResourceMember)
	must(t, err)
	w.clock.Advance(time.Minute)
	wanted := needed()
	wanted[2].ID = noField // which is for new ones
	wanted[2].Name, wanted[2].Default = "Size", integer(42)
	must(t, w.EnsureFields(t.Context(), wanted...))
	after, err := w.Fields(t.Context(), membership.ResourceMember)
	must(t, err)
	sameField(t, "born", after[0], before[0])
	want := before[1]
	want.Name, want.Default, want.UpdatedAt = "Size", membership.FloatValue(42), cutMorning.Add(time.Minute)
	sameField(t, "size", after[1], want)

	w.clock.Advance(time.Minute)
	must(t, w.EnsureFields(t.Context(), wanted...))
	again, err := w.Field(t.Context(), want.ID)
	must(t, err)
	sameField(t, "size, ensured once more", again, want)
}

func TestEnsuringFieldsIsAllOrNothing(t *testing.T) {
	t.Parallel()
	const member = membership.ResourceMember
	long := make([]membership.Field, membership.MaxFields+1)
	for i := range long {
		long[i] = fieldOf(member, fmt.Sprintf("f%d", i), membership.TypeBoolean)
	}
	taken := fieldOf(member, "other", membership.TypeString)
	taken.ID = noField
	tests := []struct {
		name   string
		fields []membership.Field
		want   error
		index  int
	}{
		{"another type", []membership.Field{fieldOf(member, "new", membership.TypeString), fieldOf(member, "phone", membership.TypeInteger)},
			membership.ErrFieldTypeImmutable, 1},
		{"no name", []membership.Field{fieldOf(member, "new", membership.TypeString), fieldOf(member, "newer", membership.TypeString),
			{Resource: member, Slug: "phone", Type: membership.TypeString}}, membership.ErrInvalidField, 2},
		{"a slug in use", []membership.Field{fieldOf(membership.ResourceAccount, "a", membership.TypeString), fieldOf(member, "email", membership.TypeString)},
			membership.ErrInvalidValue, 1},
		{"an id that is taken", []membership.Field{fieldOf(member, "new", membership.TypeString), taken}, membership.ErrDuplicateID, 1},
		{"too many", long[:membership.MaxFields], membership.ErrTooManyFields, membership.MaxFields - 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			old := w.define(member, "phone", membership.TypeString, func(f *membership.Field) { f.ID = noField })
			err := w.EnsureFields(t.Context(), test.fields...)
			wantError(t, "EnsureFields", err, test.want)
			if facts, ok := errors.AsType[*membership.Error](err); !ok || facts.Index != test.index {
				t.Errorf("which one is at fault: %+v, want %d", facts, test.index)
			}
			equal(t, "what is there", w.definitions(), "account_member[phone]")
			wantError(t, "an Update that goes on after it", w.Update(t.Context(), func(svc *roster.Service) error {
				_ = svc.EnsureFields(t.Context(), test.fields...)
				return nil
			}), test.want)
			equal(t, "what is there then", w.definitions(), "account_member[phone]")
			found, err := w.Field(t.Context(), old.ID)
			must(t, err)
			sameField(t, "the one from before", found, old)
		})
	}
}

func TestFlows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	given := membership.Flow{ID: noFlow, Resource: membership.ResourceMember, Name: "People", Description: "ours", CreatedAt: morning.Add(time.Hour)}
	flow, err := w.CreateFlow(t.Context(), given)
	must(t, err)
	want := given
	want.CreatedAt, want.UpdatedAt = cutMorning, cutMorning
	equal(t, "what comes back", flow, want)
	found, err := w.Flow(t.Context(), noFlow)
	must(t, err)
	equal(t, "what is found", found, want)
	w.clock.Advance(time.Minute)
	accounts, err := w.CreateFlow(t.Context(), membership.NewFlow(membership.ResourceAccount))
	must(t, err)
	equal(t, "version of its id", accounts.ID.Version(), 7)

	for _, refusal := range []struct {
		name string
		flow membership.Flow
		want error
	}{
		{"no name", membership.Flow{Resource: membership.ResourceMembership}, membership.ErrInvalidField},
		{"a resource that has none", membership.Flow{Resource: membership.ResourceTag, Name: "Tags"}, membership.ErrInvalidField},
		{"another of the resource", membership.NewFlow(membership.ResourceMember), membership.ErrFlowExists},
		{"an id that is taken", membership.Flow{ID: noFlow, Resource: membership.ResourceMembership, Name: "x"}, membership.ErrDuplicateID},
	} {
		got, err := w.CreateFlow(t.Context(), refusal.flow)
		wantError(t, refusal.name, err, refusal.want)
		equal(t, "what comes with it", got, membership.Flow{})
	}

	page, err := w.Flows(t.Context(), membership.Query{})
	must(t, err)
	if !slices.Equal(page.Items, []membership.Flow{accounts, flow}) || page.Total != 2 {
		t.Errorf("the newest first: %+v", page)
	}
	page, err = w.Flows(t.Context(), membership.Query{Filter: membership.All(membership.Eq(membership.AttrSlug, membership.TextValue("accounts")))})
	must(t, err)
	if !slices.Equal(page.Items, []membership.Flow{accounts}) || page.Total != 1 {
		t.Errorf("by slug: %+v", page)
	}
	_, err = w.Flows(t.Context(), membership.Query{Filter: membership.Filter{{}}})
	wantError(t, "flows by a wrong filter", err, membership.ErrInvalidFilter)
	_, err = w.Flows(t.Context(), membership.Query{Order: membership.Order{By: "order"}})
	wantError(t, "flows by a wrong order", err, membership.ErrInvalidOrder)

	same, err := w.UpdateFlow(t.Context(), noFlow, membership.FlowUpdate{Resource: new(membership.ResourceMember), Name: new("People")})
	must(t, err)
	equal(t, "after an update of nothing", same, want)
	changed, err := w.UpdateFlow(t.Context(), noFlow, membership.FlowUpdate{Name: new("Staff"), Description: new(""), Disabled: new(true)})
	must(t, err)
	want.Name, want.Description, want.Disabled, want.UpdatedAt = "Staff", "", true, cutMorning.Add(time.Minute)
	equal(t, "after an update", changed, want)
	_, err = w.UpdateFlow(t.Context(), noFlow, membership.FlowUpdate{Resource: new(membership.ResourceMembership)})
	wantError(t, "another resource", err, membership.ErrFlowImmutable)
	_, err = w.UpdateFlow(t.Context(), noFlow, membership.FlowUpdate{Name: new("")})
	wantError(t, "no name", err, membership.ErrInvalidField)

	f := w.define(membership.ResourceMember, "phone", membership.TypeString)
	wantError(t, "a flow with a field", w.DeleteFlow(t.Context(), noFlow), membership.ErrFlowHasFields)
	_, err = w.DeleteField(t.Context(), f.ID)
	must(t, err)
	must(t, w.DeleteFlow(t.Context(), noFlow))
	for _, id := range []membership.FlowID{noFlow, {}} {
		_, err = w.Flow(t.Context(), id)
		wantError(t, "a flow that is gone", err, membership.ErrFlowNotFound)
		_, err = w.UpdateFlow(t.Context(), id, membership.FlowUpdate{})
		wantError(t, "an update of it", err, membership.ErrFlowNotFound)
		wantError(t, "deleting it", w.DeleteFlow(t.Context(), id), membership.ErrFlowNotFound)
	}
	equal(t, "what is there", w.definitions(), "account[]")
}
