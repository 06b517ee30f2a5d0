package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// hiddenValues prints the values of disabled fields of rows 0 to 2, of which there is one more that is unknown.
func hiddenValues(t testing.TB, st store.Reader, r membership.Resource) string {
	t.Helper()
	id := map[membership.Resource]func(n int) uuid.UUID{
		membership.ResourceAccount:    func(n int) uuid.UUID { return accountID(n).UUID },
		membership.ResourceMember:     func(n int) uuid.UUID { return memberID(n).UUID },
		membership.ResourceMembership: func(n int) uuid.UUID { return membershipID(n).UUID },
	}[r]
	found, err := st.DisabledValues(t.Context(), r, []uuid.UUID{id(2), id(1), id(99), id(0)})
	must(t, "DisabledValues", err)
	var all []string
	for n := range 3 {
		if values, ok := found[id(n)]; ok {
			all = append(all, fmt.Sprint(n, values))
		}
	}
	if len(all) != len(found) {
		t.Errorf("there are more than %v: %v", all, found)
	}
	return fmt.Sprint(all)
}

// disabledValues has rows 0, which have kept nothing, rows 1, of which one value was cleared, and rows 2.
func disabledValues(t *testing.T, st store.Store) {
	populate(t, st, 1, 1)
	join(t, st, 0, 0, 0)
	for _, r := range membership.FlowResources() {
		define(t, st, ofResource(r)...)
	}
	cleared := membership.NewFields(membership.FieldValue{Slug: "initial"}, membership.FieldValue{Slug: "plain", Value: membership.StringValue("x")})
	for n, values := range map[int]membership.Fields{1: cleared, 2: text("initial", "y")} {
		a, m, j := account(n), member(n), joining(n, accountID(n), memberID(n))
		a.Fields, m.Fields, j.Fields = values, values, values
		write(t, st, func(ctx context.Context, tx store.Tx) error {
			return errors.Join(tx.InsertAccount(ctx, a), tx.InsertMember(ctx, m), tx.InsertMembership(ctx, j))
		})
	}
	for _, r := range membership.FlowResources() {
		equal(t, "values of disabled fields where none is", hiddenValues(t, st, r), "[]")
		f, described := ofResource(r)[0], flow(r)
		f.Disabled, described.Disabled = true, true
		write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.UpdateField(ctx, f) })
		equal(t, "those of a disabled field", hiddenValues(t, st, r), `[1 {initial: null} 2 {initial: "y"}]`)
		const all = `[1 {initial: null, plain: "x"} 2 {initial: "y"}]`
		write(t, st, func(ctx context.Context, tx store.Tx) error {
			must(t, "UpdateFlow", tx.UpdateFlow(ctx, described))
			equal(t, "those of a disabled flow, in its transaction", hiddenValues(t, tx, r), all)
			return nil
		})
		equal(t, "those of a disabled flow", hiddenValues(t, st, r), all)
	}
}

// ofResource are two fields of a resource, of which the first one has an initial value.
func ofResource(r membership.Resource) []membership.Field {
	n := map[membership.Resource]int{membership.ResourceAccount: 0, membership.ResourceMember: 2, membership.ResourceMembership: 4}[r]
	initial, plain := field(n, r), field(n+1, r)
	initial.Slug, plain.Slug = "initial", "plain"
	initial.Initial = membership.StringValue("initial")
	return []membership.Field{initial, plain}
}
