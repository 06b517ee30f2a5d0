package stored

import (
	"testing"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

// someSchemas are those of accounts: of a field that is enabled and has an initial value, and of one that is disabled.
func someSchemas(version int64) *Schemas {
	enabled := membership.Field{ID: membership.FieldID{UUID: uuid.UUID{15: 1}}, Resource: membership.ResourceAccount,
		Slug: "seats", Type: membership.TypeInteger, Order: 2, Initial: membership.IntegerValue(5)}
	disabled := membership.Field{ID: membership.FieldID{UUID: uuid.UUID{15: 2}}, Resource: membership.ResourceAccount,
		Slug: "note", Type: membership.TypeString, Order: 1, Disabled: true}
	return NewSchemas(version, map[membership.Resource]membership.Flow{
		membership.ResourceAccount: {Resource: membership.ResourceAccount}, membership.ResourceMember: {Resource: membership.ResourceMember},
	}, map[membership.Resource][]membership.Field{membership.ResourceAccount: {enabled, disabled}})
}

func TestRowsAnswerWithFieldsThatAreEnabled(t *testing.T) {
	t.Parallel()
	of := someSchemas(1).Of(membership.ResourceAccount)
	none := membership.Fields{}
	seats := func(n int64) membership.Fields { return none.With("seats", membership.IntegerValue(n)) }
	for text, want := range map[string]struct{ answer, all membership.Fields }{
		``:                        {seats(5), none},
		`{}`:                      {seats(5), none},
		`{"seats":7}`:             {seats(7), seats(7)},
		`{"note":"x"}`:            {seats(5), none.With("note", membership.StringValue("x"))},
		`{"note":"x","seats":7}`:  {seats(7), seats(7).With("note", membership.StringValue("x"))},
		`{"seats":null,"old":[]}`: {none.With("seats", membership.Value{}), none.With("seats", membership.Value{})},
	} {
		if got, err := of.Answer(text); err != nil || got != want.answer {
			t.Errorf("%s answers with %v, %v; want %v", text, got, err, want.answer)
		}
		if got, err := of.Decode(text); err != nil || got != want.all {
			t.Errorf("%s has kept %v, %v; want %v", text, got, err, want.all)
		}
	}
	if got, err := of.Answer(`{"seats":"x"}`); err == nil {
		t.Errorf("a damaged value answers with %v", got)
	}
	if got, err := of.Decode(`{"note":1}`); err == nil {
		t.Errorf("a damaged value of a disabled field was read as %v", got)
	}
}

func TestSchemasKnowTheirDefinitions(t *testing.T) {
	t.Parallel()
	all := someSchemas(7)
	if all.Version != 7 {
		t.Errorf("version %d", all.Version)
	}
	accounts := all.Of(membership.ResourceAccount)
	if !accounts.HasDisabled() || len(accounts.Fields) != 2 || accounts.Fields[0].Slug != "note" {
		t.Errorf("%+v", accounts.Fields)
	}
	for _, r := range []membership.Resource{membership.ResourceMember, membership.ResourceMembership} {
		if none := all.Of(r); none.HasDisabled() || len(none.Fields) > 0 {
			t.Errorf("%s: %+v", r, none.Fields)
		}
	}
	for _, want := range accounts.Fields {
		if got, ok := all.Field(want.ID); !ok || !got.Equal(want) {
			t.Errorf("%s: %+v, %v", want.Slug, got, ok)
		}
	}
	if f, ok := all.Field(membership.FieldID{UUID: uuid.UUID{15: 3}}); ok {
		t.Errorf("found %+v", f)
	}
}

func TestADisabledFlowDisablesItsFields(t *testing.T) {
	t.Parallel()
	all := NewSchemas(1,
		map[membership.Resource]membership.Flow{membership.ResourceAccount: {Disabled: true}},
		map[membership.Resource][]membership.Field{membership.ResourceAccount: {{Slug: "n", Type: membership.TypeInteger}}})
	of := all.Of(membership.ResourceAccount)
	if got, err := of.Answer(`{"n":1}`); err != nil || !got.IsZero() || !of.HasDisabled() {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := of.Decode(`{"n":1}`); err != nil || got.Integer("n") != 1 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestNobodyHasDefinedAField(t *testing.T) {
	t.Parallel()
	of := NoSchemas.Of(membership.ResourceAccount)
	got, err := of.Answer(`{"seats":7}`)
	if err != nil || !got.IsZero() || of.HasDisabled() || NoSchemas.Version != 0 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestCacheKnowsWhatWasKeptLast(t *testing.T) {
	t.Parallel()
	var c Cache
	if c.Get() != NoSchemas || c.At(0) != NoSchemas || c.At(1) != nil {
		t.Errorf("an empty one: %v, %v, %v", c.Get(), c.At(0), c.At(1))
	}
	first, second := someSchemas(1), someSchemas(-2)
	for _, s := range []*Schemas{first, second} {
		c.Keep(s)
		if c.Get() != s || c.At(s.Version) != s || c.At(0) != NoSchemas {
			t.Errorf("version %d: %v, %v, %v", s.Version, c.Get(), c.At(s.Version), c.At(0))
		}
	}
	if c.At(first.Version) != nil {
		t.Error("what was kept before is known still")
	}
}
