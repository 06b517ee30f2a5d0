package membership_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

func TestAValueKnowsItsKind(t *testing.T) {
	t.Parallel()
	id := uuid.MustParse("24E939F6-178F-497B-9D64-5BF2B5A70A2E")
	tests := []struct {
		name   string
		value  membership.Value
		kind   membership.Kind
		text   string
		id     uuid.UUID
		millis int64
		spelt  string
	}{
		{name: "null", value: membership.Value{}, kind: membership.KindNull},
		{name: "the empty text is null", value: membership.TextValue(""), kind: membership.KindNull},
		{name: "a blank text is none the less one", value: membership.TextValue(" "), kind: membership.KindText, text: " ", spelt: " "},
		{name: "text", value: membership.TextValue("Ron"), kind: membership.KindText, text: "Ron", spelt: "Ron"},
		{name: "id", value: membership.IDValue(id), kind: membership.KindID, id: id, spelt: "24e939f6-178f-497b-9d64-5bf2b5a70a2e"},
		{name: "the zero id is none the less one", value: membership.IDValue(uuid.Nil), kind: membership.KindID, spelt: uuid.Nil.String()},
		{
			name: "time", value: membership.TimeValue(at("2021-02-23T10:40:33.882999+01:00")), kind: membership.KindTime,
			millis: 1_614_073_233_882, spelt: "2021-02-23T09:40:33.882Z",
		},
		{name: "1970", value: membership.TimeValue(at("1970-01-01T00:00:00Z")), kind: membership.KindTime, spelt: "1970-01-01T00:00:00.000Z"},
		{
			name: "before 1970", value: membership.TimeValue(at("1969-12-31T23:59:59.9999Z")), kind: membership.KindTime,
			millis: -1, spelt: "1969-12-31T23:59:59.999Z",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			v := test.value
			if v.Kind() != test.kind || v.Text() != test.text || v.ID() != test.id || v.Number() != test.millis || v.String() != test.spelt {
				t.Errorf("kind %d, text %q, id %s, millis %d, spelt %q", v.Kind(), v.Text(), v.ID(), v.Number(), v)
			}
		})
	}
}

// TestValuesAreOrdered goes through every pair of a list that is in order.
func TestValuesAreOrdered(t *testing.T) {
	t.Parallel()
	ordered := []membership.Value{
		{},
		membership.TextValue(" "),
		membership.TextValue("A"),
		membership.TextValue("B"),
		membership.TextValue("a"),
		membership.TextValue("aa"),
		membership.TextValue("ä"),
		membership.TextValue("\uffff"),
		membership.TextValue("😀"), // after U+FFFF in UTF-8, before it in UTF-16
		membership.IDValue(numbered(1)),
		membership.IDValue(numbered(0x7f)),
		membership.IDValue(numbered(0xff)),
		membership.IDValue(uuid.UUID{0: 0xff}),
		membership.TimeValue(at("0001-01-01T00:00:00Z")),
		membership.TimeValue(at("1969-12-31T23:59:59.999Z")),
		membership.TimeValue(at("1970-01-01T00:00:00Z")),
		membership.TimeValue(at("2021-02-23T09:40:33.882Z")),
		membership.TimeValue(at("2021-02-23T09:40:33.883Z")),
	}
	for i, v := range ordered {
		for j, w := range ordered {
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			if got := v.Compare(w); got != want {
				t.Errorf("%q against %q is %d, want %d", v, w, got, want)
			}
			if (v == w) != (i == j) {
				t.Errorf("%q == %q is %t", v, w, v == w)
			}
		}
	}
	shuffled := slices.Clone(ordered)
	slices.Reverse(shuffled)
	slices.SortFunc(shuffled, membership.Value.Compare)
	if !slices.Equal(shuffled, ordered) {
		t.Errorf("sorted: %v", shuffled)
	}
}
