package membership_test

import (
	"cmp"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

func TestAPageHas25RowsUnlessTheQuerySaysOtherwise(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int]int{0: 25, 1: 1, 25: 25, 100: 100, math.MaxInt: math.MaxInt, -1: 0, math.MinInt: 0} {
		if got := (membership.Query{Limit: limit}).Size(); got != want {
			t.Errorf("limit %d: %d rows, want %d", limit, got, want)
		}
	}
}

func TestAPageSkipsNoFewerThanNoRows(t *testing.T) {
	t.Parallel()
	for offset, want := range map[int]int{0: 0, 1: 1, 10_000: 10_000, math.MaxInt: math.MaxInt, -1: 0, math.MinInt: 0} {
		if got := (membership.Query{Offset: offset}).Skip(); got != want {
			t.Errorf("offset %d: skips %d, want %d", offset, got, want)
		}
	}
}

func TestAnOrderIsReadFromText(t *testing.T) {
	t.Parallel()
	type order = membership.Order
	const (
		account, member, ms = membership.ResourceAccount, membership.ResourceMember, membership.ResourceMembership
	)
	tests := []struct {
		resource membership.Resource
		text     string
		want     order
		fault    string
	}{
		{account, "", order{}, ""},
		{account, "id", order{By: membership.AttrID}, ""},
		{account, "-id", order{By: membership.AttrID, Desc: true}, ""},
		{account, "name", order{By: membership.AttrName}, ""},
		{account, "-created_at", order{By: membership.AttrCreatedAt, Desc: true}, ""},
		{account, "updated_at", order{By: membership.AttrUpdatedAt}, ""},
		{member, "-email", order{By: membership.AttrEmail, Desc: true}, ""},
		{member, "name", order{By: membership.AttrName}, ""},
		{ms, "created_at", order{By: membership.AttrCreatedAt}, ""},
		{ms, "-updated_at", order{By: membership.AttrUpdatedAt, Desc: true}, ""},
		{ms, "id", order{By: membership.AttrID}, ""},
		{"invoice", "", order{}, ""},

		{account, "-", order{}, `"-" is not allowed, allowed are: id, name, created_at, updated_at, each with a leading - for descending`},
		{account, "--id", order{}, `"--id" is not allowed, allowed are: id, name, created_at, updated_at, each with a leading - for descending`},
		{account, " id", order{}, `" id" is not allowed, allowed are: id, name, created_at, updated_at, each with a leading - for descending`},
		{account, "ID", order{}, `"ID" is not allowed, allowed are: id, name, created_at, updated_at, each with a leading - for descending`},
		{account, "+id", order{}, `"+id" is not allowed, allowed are: id, name, created_at, updated_at, each with a leading - for descending`},
		{account, "id,name", order{}, `"id,name" is not allowed, allowed are: id, name, created_at, updated_at, each with a leading - for descending`},
		{account, "email", order{}, `"email" is not allowed, allowed are: id, name, created_at, updated_at, each with a leading - for descending`},
		{account, "-legal_name", order{}, `"-legal_name" is not allowed, allowed are: id, name, created_at, updated_at, each with a leading - for descending`},
		{member, "given_name", order{}, `"given_name" is not allowed, allowed are: id, name, email, created_at, updated_at, each with a leading - for descending`},
		{ms, "account_id", order{}, `"account_id" is not allowed, allowed are: id, created_at, updated_at, each with a leading - for descending`},
		{ms, "account_member.name", order{}, `"account_member.name" is not allowed, allowed are: id, created_at, updated_at, each with a leading - for descending`},
	}
	for _, test := range tests {
		got, err := membership.ParseOrder(test.resource, test.text)
		if got != test.want {
			t.Errorf("%s by %q: %+v, want %+v", test.resource, test.text, got, test.want)
		}
		if test.fault == "" {
			if err != nil {
				t.Errorf("%s by %q: %v", test.resource, test.text, err)
			}
			continue
		}
		if !errors.Is(err, membership.ErrInvalidOrder) || !errors.Is(err, membership.ErrInvalid) {
			t.Fatalf("%s by %q: %v", test.resource, test.text, err)
		}
		if detail := factsOf(t, err).Detail; detail != test.fault {
			t.Errorf("%s by %q: it says\n%s, want\n%s", test.resource, test.text, detail, test.fault)
		}
	}
}

func TestTheZeroOrderIsTheNewestFirst(t *testing.T) {
	t.Parallel()
	tests := []struct {
		order membership.Order
		attr  membership.Attribute
		desc  bool
	}{
		{membership.Order{}, membership.AttrCreatedAt, true},
		{membership.Order{Desc: true}, membership.AttrCreatedAt, true},
		{membership.Order{By: membership.AttrCreatedAt}, membership.AttrCreatedAt, false},
		{membership.Order{By: membership.AttrCreatedAt, Desc: true}, membership.AttrCreatedAt, true},
		{membership.Order{By: membership.AttrName}, membership.AttrName, false},
	}
	for _, test := range tests {
		if test.order.Attr() != test.attr || test.order.Descending() != test.desc {
			t.Errorf("%+v: by %s, descending %t", test.order, test.order.Attr(), test.order.Descending())
		}
	}
}

func TestAQueryIsValidWhenItsPartsAre(t *testing.T) {
	t.Parallel()
	var (
		byName   = membership.Order{By: membership.AttrName}
		byEmail  = membership.Order{By: membership.AttrEmail}
		byID     = membership.Order{By: membership.AttrID}
		nobody   = membership.Member{ID: memberID(1)}
		position = func(key membership.Value) membership.Position { return membership.Position{Key: key, ID: numbered(1)} }
	)
	tests := []struct {
		name  string
		query membership.Query
		want  error
	}{
		{"the zero query", membership.Query{}, nil},
		{"any window", membership.Query{Limit: -1, Offset: -1}, nil},
		{"a filter and an order", membership.Query{Filter: membership.All(membership.ILike(membership.AttrEmail, "*")), Order: byEmail}, nil},
		{"a position in the zero order", membership.Query{After: membership.Order{}.Position(ron)}, nil},
		{"a position by id", membership.Query{Order: byID, After: byID.Position(ron)}, nil},
		{"a position by name", membership.Query{Order: byName, After: byName.Position(ron)}, nil},
		{"a position of no e-mail address", membership.Query{Order: byEmail, After: byEmail.Position(nobody)}, nil},

		{"a wrong filter", membership.Query{Filter: membership.Filter{{}}}, membership.ErrInvalidFilter},
		{"a wrong order", membership.Query{Order: membership.Order{By: membership.AttrGivenName}}, membership.ErrInvalidOrder},
		{"both wrong", membership.Query{Filter: membership.Filter{{}}, Order: membership.Order{By: "x"}}, membership.ErrInvalidFilter},
		{"a text for a position in time", membership.Query{After: position(membership.TextValue("Ron"))}, membership.ErrInvalidOrder},
		{"a time for a position by name", membership.Query{Order: byName, After: position(membership.TimeValue(ron.CreatedAt))}, membership.ErrInvalidOrder},
		{"nothing for a position in time", membership.Query{After: position(membership.Value{})}, membership.ErrInvalidOrder},
		{"nothing for a position by id", membership.Query{Order: byID, After: position(membership.Value{})}, membership.ErrInvalidOrder},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if err := test.query.Validate(membership.ResourceMember); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// crowd are members many of whom share a name, an address or a time, or have no address.
func crowd() []membership.Member {
	random := rand.New(rand.NewPCG(7, 8))
	members := make([]membership.Member, 30)
	for i := range members {
		members[i] = membership.Member{
			ID:        memberID(byte(i + 1)),
			Name:      oneAtRandom(random, []string{"Ann", "Ron", "ann", "Zoë"}),
			Email:     oneAtRandom(random, []string{"", "a@x", "b@x"}),
			CreatedAt: at("2021-02-23T00:00:00Z").Add(time.Duration(random.IntN(4)) * time.Millisecond),
			UpdatedAt: at("2021-02-24T00:00:00Z"),
		}
	}
	random.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	return members
}

func everyOrder(r membership.Resource) []membership.Order {
	orders := []membership.Order{{}}
	for _, attr := range r.Sortable() {
		orders = append(orders, membership.Order{By: attr}, membership.Order{By: attr, Desc: true})
	}
	return orders
}

// TestEveryOrderIsTotal goes through all pairs, and for transitivity all triples, of rows with many ties.
func TestEveryOrderIsTotal(t *testing.T) {
	t.Parallel()
	rows := crowd()
	for _, order := range everyOrder(membership.ResourceMember) {
		for _, a := range rows {
			for _, b := range rows {
				if order.Less(a, b) && order.Less(b, a) {
					t.Fatalf("%+v: both come first: %+v, %+v", order, a, b)
				}
				if a.ID != b.ID && !order.Less(a, b) && !order.Less(b, a) {
					t.Fatalf("%+v: neither comes first: %+v, %+v", order, a, b)
				}
				if a.ID == b.ID && order.Less(a, b) {
					t.Fatalf("%+v: %+v comes before itself", order, a)
				}
				for _, c := range rows {
					if order.Less(a, b) && order.Less(b, c) && !order.Less(a, c) {
						t.Fatalf("%+v: goes round: %+v, %+v, %+v", order, a, b, c)
					}
				}
			}
		}
	}
}

func TestDescendingIsAscendingTurnedRound(t *testing.T) {
	t.Parallel()
	for _, attr := range membership.ResourceMember.Sortable() {
		up := sorted(crowd(), membership.Order{By: attr})
		down := sorted(crowd(), membership.Order{By: attr, Desc: true})
		slices.Reverse(down)
		if !slices.Equal(up, down) {
			t.Errorf("by %s: ties are not turned round", attr)
		}
	}
	if !slices.Equal(sorted(crowd(), membership.Order{}), sorted(crowd(), membership.Order{By: membership.AttrCreatedAt, Desc: true})) {
		t.Error("the zero order is not by -created_at")
	}
}

func TestAnOrderSortsAsItSays(t *testing.T) {
	t.Parallel()
	for attr, key := range map[membership.Attribute]func(a, b membership.Member) int{
		membership.AttrID:        func(membership.Member, membership.Member) int { return 0 },
		membership.AttrName:      func(a, b membership.Member) int { return cmp.Compare(a.Name, b.Name) },
		membership.AttrEmail:     func(a, b membership.Member) int { return cmp.Compare(a.Email, b.Email) },
		membership.AttrCreatedAt: func(a, b membership.Member) int { return a.CreatedAt.Compare(b.CreatedAt) },
		membership.AttrUpdatedAt: func(a, b membership.Member) int { return a.UpdatedAt.Compare(b.UpdatedAt) },
	} {
		want := crowd()
		slices.SortFunc(want, func(a, b membership.Member) int {
			return cmp.Or(key(a, b), cmp.Compare(a.ID.String(), b.ID.String()))
		})
		if got := sorted(crowd(), membership.Order{By: attr}); !slices.Equal(got, want) {
			t.Errorf("by %s: got %v", attr, got)
		}
	}
}

func TestAfterAPositionComeTheRowsBehindIt(t *testing.T) {
	t.Parallel()
	for _, order := range everyOrder(membership.ResourceMember) {
		rows := sorted(crowd(), order)
		for i, here := range rows {
			position := order.Position(here)
			if position.IsZero() {
				t.Fatalf("%+v: the position of %+v is the beginning", order, here)
			}
			for j, row := range rows {
				if got, want := order.After(row, position), j > i; got != want {
					t.Fatalf("%+v: row %d comes behind row %d: %t", order, j, i, got)
				}
				if got, want := order.Compare(order.Position(row), position), cmp.Compare(j, i); got != want {
					t.Fatalf("%+v: row %d against row %d is %d", order, j, i, got)
				}
			}
		}
		for _, row := range rows {
			if !order.After(row, membership.Position{}) {
				t.Errorf("%+v: a row does not come behind the beginning", order)
			}
		}
	}
}

func TestAPositionOutlivesItsRow(t *testing.T) {
	t.Parallel()
	order := membership.Order{By: membership.AttrName}
	between := membership.Position{Key: membership.TextValue("b"), ID: uuid.Nil}
	for name, want := range map[string]bool{"a": false, "az": false, "b": true, "ba": true, "": false} {
		if got := order.After(membership.Member{ID: memberID(1), Name: name}, between); got != want {
			t.Errorf("%q comes behind: %t", name, got)
		}
	}
}

func sorted(rows []membership.Member, order membership.Order) []membership.Member {
	slices.SortFunc(rows, func(a, b membership.Member) int {
		switch {
		case order.Less(a, b):
			return -1
		case order.Less(b, a):
			return 1
		}
		return 0
	})
	return rows
}
