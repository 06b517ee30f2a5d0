package membership_test

import (
	"errors"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/roster-go/roster/membership"
)

// FuzzParseOrder: an order that is read is spelled as it was and sorts everything that there is, in one way only.
func FuzzParseOrder(f *testing.F) {
	resources := slices.Sorted(maps.Keys(oneOfEach))
	for i, r := range resources {
		for _, attr := range r.Sortable(fieldOfEach...) {
			f.Add(uint8(i), string(attr))
			f.Add(uint8(i), "-"+string(attr))
		}
	}
	for _, text := range []string{"", "-", "--name", "-name,id", "name desc", "Name", " name", "account.name", "1", "name;--", "\x00", "\xff", "t", "-d"} {
		f.Add(uint8(slices.Index(resources, membership.ResourceMember)), text)
	}
	f.Fuzz(func(t *testing.T, resource uint8, text string) {
		r := resources[int(resource)%len(resources)]
		order, err := membership.ParseOrder(r, text, fieldOfEach...)
		if err != nil {
			if !errors.Is(err, membership.ErrInvalidOrder) || len(membership.Faults(err)) != 1 || order != (membership.Order{}) || len(err.Error()) > 1000 {
				t.Fatalf("%q: %+v, %v", text, order, err)
			}
			return
		}
		spelled := string(order.By)
		if order.Desc {
			spelled = "-" + spelled
		}
		if spelled != text || order.Validate(r, fieldOfEach...) != nil || text != "" && !slices.Contains(r.Sortable(fieldOfEach...), order.By) {
			t.Fatalf("%q is read as %+v", text, order)
		}
		a, b := order.Position(oneOfEach[r]), order.Position(full)
		if order.Compare(a, a) != 0 || order.Compare(a, b) != -order.Compare(b, a) {
			t.Errorf("%q: %+v and %+v are %d and %d", text, a, b, order.Compare(a, b), order.Compare(b, a))
		}
	})
}

// TestNoOrderIsReadTwice: whatever is in front of, behind or within the name of an attribute makes it another one.
func TestNoOrderIsReadTwice(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(9, 10))
	for resource := range oneOfEach {
		for _, attr := range resource.Sortable() {
			for range 200 {
				at := random.IntN(len(attr) + 1)
				text := string(attr[:at]) + randomText(random) + string(attr[at:])
				order, err := membership.ParseOrder(resource, text)
				if err == nil && text != string(order.By) && text != "-"+string(order.By) {
					t.Errorf("%q of %s is read as %+v", text, resource, order)
				}
				if err != nil && !reflect.DeepEqual(order, membership.Order{}) {
					t.Errorf("%q: %+v, %v", text, order, err)
				}
			}
		}
	}
}
