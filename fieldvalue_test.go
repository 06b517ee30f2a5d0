package roster_test

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

// resource is one that has custom fields, with its use cases as far as they are about those.
type resource struct {
	name   membership.Resource
	create func(membership.Fields) (membership.Fields, time.Time, error)
	change func(membership.Fields) (membership.Fields, time.Time, error) // of the row that was created last
	read   func() (membership.Fields, error)
	count  func() int
}

// resources are the three of a world, in which everybody can join.
func resources(t *testing.T, w *world) []resource {
	t.Helper()
	ctx := t.Context()
	acme := w.account("Acme")
	var account membership.AccountID
	var member membership.MemberID
	var ms membership.MembershipID
	return []resource{
		{
			name: membership.ResourceAccount,
			create: func(given membership.Fields) (membership.Fields, time.Time, error) {
				a, err := w.CreateAccount(ctx, membership.Account{Name: "Initech", Fields: given})
				account = a.ID
				return a.Fields, a.UpdatedAt, err
			},
			change: func(given membership.Fields) (membership.Fields, time.Time, error) {
				a, err := w.UpdateAccount(ctx, account, membership.AccountUpdate{Fields: given})
				return a.Fields, a.UpdatedAt, err
			},
			read:  func() (membership.Fields, error) { a, err := w.Account(ctx, account); return a.Fields, err },
			count: func() int { return w.census()[0] },
		},
		{
			name: membership.ResourceMember,
			create: func(given membership.Fields) (membership.Fields, time.Time, error) {
				m, err := w.CreateMember(ctx, membership.Member{Name: "Ron", Fields: given})
				member = m.ID
				return m.Fields, m.UpdatedAt, err
			},
			change: func(given membership.Fields) (membership.Fields, time.Time, error) {
				m, err := w.UpdateMember(ctx, member, membership.MemberUpdate{Fields: given})
				return m.Fields, m.UpdatedAt, err
			},
			read:  func() (membership.Fields, error) { m, err := w.Member(ctx, member); return m.Fields, err },
			count: func() int { return w.census()[1] },
		},
		{
			name: membership.ResourceMembership,
			create: func(given membership.Fields) (membership.Fields, time.Time, error) {
				joins := w.member("Ann")
				m, err := w.CreateMembership(ctx, membership.Membership{AccountID: acme.ID, MemberID: joins.ID, Fields: given})
				ms = m.ID
				return m.Fields, m.UpdatedAt, err
			},
			change: func(given membership.Fields) (membership.Fields, time.Time, error) {
				m, err := w.UpdateMembership(ctx, acme.ID, ms, membership.MembershipUpdate{Fields: given})
				return m.Fields, m.UpdatedAt, err
			},
			read:  func() (membership.Fields, error) { m, err := w.Membership(ctx, acme.ID, ms); return m.Fields, err },
			count: func() int { return w.census()[2] },
		},
	}
}

func TestEveryResourceHasValues(t *testing.T) {
	t.Parallel()
	for i, name := range membership.FlowResources() {
		t.Run(string(name), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			r := resources(t, w)[i]
			size := w.define(r.name, "size", membership.TypeFloat, func(f *membership.Field) { f.Max = integer(50) })
			w.define(r.name, "plan", membership.TypeString, func(f *membership.Field) { f.Required, f.Default = true, text("basic") })

			for _, refusal := range []struct {
				given membership.Fields
				want  error
			}{
				{fields("colour", text("red")), membership.ErrUnknownField},
				{fields("size", text("42")), membership.ErrInvalidField},
				{fields("size", integer(51)), membership.ErrInvalidValue},
			} {
				before := r.count()
				got, _, err := r.create(refusal.given)
				wantError(t, "creating "+refusal.given.String(), err, refusal.want)
				equal(t, "what comes with it", got, membership.Fields{})
				equal(t, "rows", r.count(), before)
			}

			got, created, err := r.create(fields("size", integer(42)))
			must(t, err)
			want := fields("plan", text("basic")).With("size", membership.FloatValue(42))
			equal(t, "what comes back", got, want)
			equal(t, "created at", created, cutMorning)
			read, err := r.read()
			must(t, err)
			equal(t, "what is read", read, want)

			w.clock.Advance(time.Minute)
			for _, refusal := range []struct {
				given membership.Fields
				want  error
			}{
				{fields("colour", null), membership.ErrUnknownField},
				{fields("size", membership.BooleanValue(true)), membership.ErrInvalidField},
				{fields("plan", null).With("size", integer(1)), membership.ErrInvalidValue},
			} {
				_, _, err := r.change(refusal.given)
				wantError(t, "changing to "+refusal.given.String(), err, refusal.want)
			}
			for _, same := range []membership.Fields{{}, want, fields("size", integer(42)), fields("plan", text("basic"))} {
				got, at, err := r.change(same)
				must(t, err)
				equal(t, "after a change to what it is", got, want)
				equal(t, "its time of update", at, cutMorning)
			}
			got, at, err := r.change(fields("size", membership.NumberValue("42.0")))
			must(t, err)
			want = want.With("size", membership.NumberValue("42.0"))
			equal(t, "another spelling", got, want)
			equal(t, "its time of update", at, cutMorning.Add(time.Minute))

			w.update(size, membership.FieldUpdate{Disabled: new(true)})
			_, _, err = r.change(fields("size", integer(1)))
			wantError(t, "a value of a disabled field", err, membership.ErrUnknownField)
			_, _, err = r.change(fields("plan", text("premium")))
			must(t, err)
			read, err = r.read()
			must(t, err)
			equal(t, "while it is disabled", read, fields("plan", text("premium")))
			w.update(size, membership.FieldUpdate{Disabled: new(false), Max: new(integer(40)), Slug: new("shoe-size")})
			read, err = r.read()
			must(t, err)
			equal(t, "when it is back, under another slug and a narrower rule", read,
				fields("plan", text("premium")).With("shoe-size", membership.NumberValue("42.0")))
			got, _, err = r.change(read.With("plan", text("basic")))
			must(t, err)
			equal(t, "a value that it has already is no fault", got, read.With("plan", text("basic")))

			w.define(r.name, "later", membership.TypeInteger, func(f *membership.Field) { f.Default, f.Required = integer(7), true })
			got, _, err = r.change(fields("shoe-size", null))
			must(t, err)
			equal(t, "a row from before the field", got,
				fields("plan", text("basic")).With("shoe-size", null).With("later", integer(7)))
		})
	}
}

func TestAMembershipMayBeGivenAnID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.define(membership.ResourceMembership, "role", membership.TypeString)
	acme, ron, ann := w.account("Acme"), w.member("Ron"), w.member("Ann")
	given := membership.Membership{ID: noMembership, AccountID: acme.ID, MemberID: ron.ID, Fields: fields("role", text("admin"))}
	m, err := w.CreateMembership(t.Context(), given)
	must(t, err)
	want := given
	want.CreatedAt, want.UpdatedAt = cutMorning, cutMorning
	equal(t, "what comes back", m, want)
	found, err := w.MembershipByPair(t.Context(), acme.ID, ron.ID)
	must(t, err)
	equal(t, "what is found", found, want)

	_, err = w.CreateMembership(t.Context(), membership.Membership{ID: noMembership, AccountID: acme.ID, MemberID: ann.ID})
	wantError(t, "the id once more", err, membership.ErrDuplicateID)
	_, err = w.CreateMembership(t.Context(), given)
	wantError(t, "the same once more", err, membership.ErrAlreadyMember)
	refused, _ := errors.AsType[*membership.Error](err)
	equal(t, "what there is already", refused.Existing, want)
	_, err = w.CreateMembership(t.Context(), membership.Membership{AccountID: noAccount, MemberID: ann.ID, Fields: fields("x", null)})
	wantError(t, "an unknown account, and an unknown field", err, membership.ErrAccountNotFound)
	_, err = w.CreateMembership(t.Context(), membership.Membership{AccountID: acme.ID, MemberID: noMember, Fields: fields("x", null)})
	wantError(t, "an unknown member, and an unknown field", err, membership.ErrMemberNotFound)
	equal(t, "what is there", w.census(), [3]int{1, 2, 1})
}

func TestAddAndEnsureUseDefaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	role := w.define(membership.ResourceMembership, "role", membership.TypeString, func(f *membership.Field) {
		f.Required, f.Default = true, text("member")
	})
	acme, ron, ann, april := w.account("Acme"), w.member("Ron"), w.member("Ann"), w.member("April")
	added, err := w.Add(t.Context(), acme.ID, ron.ID)
	must(t, err)
	equal(t, "added", added.Fields, fields("role", text("member")))
	_, err = w.UpdateMembership(t.Context(), acme.ID, added.ID, membership.MembershipUpdate{Fields: fields("role", text("admin"))})
	must(t, err)
	for name, want := range map[*membership.Member]string{&ron: "admin", &ann: "member"} {
		m, _, err := w.Ensure(t.Context(), acme.ID, name.ID)
		must(t, err)
		equal(t, "ensured", m.Fields, fields("role", text(want)))
	}
	w.update(role, membership.FieldUpdate{Default: new(null)})
	_, err = w.Add(t.Context(), acme.ID, april.ID)
	wantError(t, "Add without a default", err, membership.ErrInvalidValue)
	_, _, err = w.Ensure(t.Context(), acme.ID, april.ID)
	wantError(t, "Ensure without a default", err, membership.ErrInvalidValue)
	equal(t, "what is there", w.census(), [3]int{1, 3, 2})
}

func TestAnAccountThatNobodyAskedForMustNotNeedValues(t *testing.T) {
	t.Parallel()
	for _, r := range []membership.Resource{membership.ResourceAccount, membership.ResourceMembership} {
		t.Run(string(r), func(t *testing.T) {
			t.Parallel()
			w := autoCreating(t, roster.Options{})
			plan := w.define(r, "plan", membership.TypeString, func(f *membership.Field) { f.Required = true })
			for name, create := range map[string]func(*roster.Service) error{
				"by itself": func(svc *roster.Service) error {
					_, err := svc.CreateMember(t.Context(), membership.Member{Name: "Ron"})
					return err
				},
				"in an Update": func(svc *roster.Service) error {
					return svc.Update(t.Context(), func(svc *roster.Service) error {
						_, err := svc.CreateMember(t.Context(), membership.Member{Name: "Ron"})
						return err
					})
				},
			} {
				err := create(w.Service)
				wantError(t, name, err, membership.ErrInvalidValue)
				refused, _ := errors.AsType[*membership.Error](err)
				equal(t, "the field of the member at fault", refused.Field, "")
				equal(t, "why", refused.Detail, fmt.Sprintf("the settings create an %s for every member, and its custom field %q has no default "+
					"and is required and must not be null", r, "plan"))
				equal(t, "what is there", w.census(), [3]int{})
			}
			must(t, w.Update(t.Context(), func(svc *roster.Service) error {
				_, err := svc.CreateMember(t.Context(), membership.Member{Name: "Ron"})
				wantError(t, "in an Update that goes on", err, membership.ErrInvalidValue)
				return nil
			}))
			equal(t, "what is there", w.census(), [3]int{})

			w.update(plan, membership.FieldUpdate{Default: new(text("basic"))})
			w.member("Ron")
			equal(t, "what is there when there is a default", w.census(), [3]int{1, 1, 1})
			q := membership.Query{Filter: membership.All(membership.Eq("plan", text("basic")))}
			found := 0
			if r == membership.ResourceAccount {
				page, err := w.Accounts(t.Context(), q)
				must(t, err)
				found = page.Total
			} else {
				page, err := w.Memberships(t.Context(), membership.Scope{All: true}, q)
				must(t, err)
				found = page.Total
			}
			equal(t, "those with the default", found, 1)
		})
	}
}

// numbers are the values of an integer field, in a row.
func numbers[T any](t *testing.T, of func(T) membership.Fields, rows iter.Seq2[T, error]) string {
	t.Helper()
	var all []string
	for row, err := range rows {
		must(t, err)
		all = append(all, fmt.Sprint(of(row).Value("n")))
	}
	return strings.Join(all, " ")
}

func TestListsAreFilteredAndSortedByFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	var account membership.Account
	var member membership.Member
	for _, r := range membership.FlowResources() {
		w.define(r, "n", membership.TypeInteger)
	}
	create := func(given membership.Fields) { // a row of each kind
		a, err := w.CreateAccount(ctx, membership.Account{Name: "Acme", Fields: given})
		must(t, err)
		m, err := w.CreateMember(ctx, membership.Member{Name: "Ron", Fields: given})
		must(t, err)
		if account.ID.IsZero() {
			account, member = a, m
		}
		_, err = w.CreateMembership(ctx, membership.Membership{AccountID: account.ID, MemberID: m.ID, Fields: given})
		must(t, err)
	}
	for _, v := range []membership.Value{integer(10), null, integer(9), integer(-1), integer(9)} {
		create(fields("n", v))
	}
	other := w.account("Initech")
	accounts := func(a membership.Account) membership.Fields { return a.Fields }
	members := func(m membership.Member) membership.Fields { return m.Fields }
	memberships := func(m membership.Membership) membership.Fields { return m.Fields }
	lists := map[string]func(membership.Query) (string, int, error){
		"accounts": func(q membership.Query) (string, int, error) {
			page, err := w.Accounts(ctx, q)
			return numbers(t, accounts, w.AllAccounts(ctx, q)), page.Total, err
		},
		"members": func(q membership.Query) (string, int, error) {
			page, err := w.Members(ctx, q)
			return numbers(t, members, w.AllMembers(ctx, q)), page.Total, err
		},
		"unassigned members": func(q membership.Query) (string, int, error) {
			page, err := w.UnassignedMembers(ctx, other.ID, q)
			return numbers(t, members, w.AllUnassignedMembers(ctx, other.ID, q)), page.Total, err
		},
		"memberships": func(q membership.Query) (string, int, error) {
			page, err := w.Memberships(ctx, membership.Scope{Account: account.ID}, q)
			return numbers(t, memberships, w.AllMemberships(ctx, membership.Scope{Account: account.ID}, q)), page.Total, err
		},
	}
	named := membership.Eq(membership.AttrName, membership.TextValue("Acme"))
	tests := []struct {
		name  string
		query membership.Query
		want  string
	}{
		{"up", membership.Query{Filter: membership.All(membership.Le("n", integer(99))), Order: membership.Order{By: "n"}}, "-1 9 9 10"},
		{"down", membership.Query{Filter: membership.All(membership.Le("n", integer(99))), Order: membership.Order{By: "n", Desc: true}}, "10 9 9 -1"},
		{"some", membership.Query{Filter: membership.All(membership.In("n", integer(9), integer(10), integer(11))),
			Order: membership.Order{By: "n"}}, "9 9 10"},
		{"none", membership.Query{Filter: membership.All(membership.Gt("n", integer(10)))}, ""},
	}
	for name, list := range lists {
		for _, test := range tests {
			got, total, err := list(test.query)
			must(t, err)
			equal(t, name+", "+test.name, got, test.want)
			equal(t, "total of "+name+", "+test.name, total, len(strings.Fields(test.want)))
		}
	}
	q := membership.Query{Filter: membership.All(named, membership.IsNull("n"))}
	page, err := w.Accounts(ctx, q)
	must(t, err)
	equal(t, "accounts of a name without a value", page.Total, 1)

	unknown := membership.All(membership.IsNull("x"))
	for what, err := range map[string]error{
		"accounts":           func() error { _, err := w.Accounts(ctx, membership.Query{Filter: unknown}); return err }(),
		"all accounts":       lastError(w.AllAccounts(ctx, membership.Query{Filter: unknown})),
		"members":            lastError(w.AllMembers(ctx, membership.Query{Filter: unknown})),
		"unassigned members": lastError(w.AllUnassignedMembers(ctx, other.ID, membership.Query{Filter: unknown})),
		"memberships":        lastError(w.AllMemberships(ctx, membership.Scope{Member: member.ID}, membership.Query{Filter: unknown})),
		"another kind":       lastError(w.AllMembers(ctx, membership.Query{Filter: membership.All(membership.Eq("n", text("9")))})),
		"another resource":   lastError(w.AllTags(ctx, membership.Query{Filter: membership.All(membership.IsNull("n"))})),
	} {
		wantError(t, what+" by a field that is not there", err, membership.ErrInvalidFilter)
	}
	for what, err := range map[string]error{
		"accounts":           lastError(w.AllAccounts(ctx, membership.Query{Order: membership.Order{By: "x"}})),
		"members":            lastError(w.AllMembers(ctx, membership.Query{Order: membership.Order{By: "x"}})),
		"unassigned members": lastError(w.AllUnassignedMembers(ctx, other.ID, membership.Query{Order: membership.Order{By: "x"}})),
		"memberships":        lastError(w.AllMemberships(ctx, membership.Scope{All: true}, membership.Query{Order: membership.Order{By: "x"}})),
		"a wrong position": lastError(func(yield func(membership.Member, error) bool) {
			after := membership.Position{Key: text("9"), ID: member.ID.UUID}
			page, err := w.Members(ctx, membership.Query{Order: membership.Order{By: "n"}, After: after})
			equal(t, "what comes with it", page.Total, 0)
			yield(membership.Member{}, err)
		}),
	} {
		wantError(t, what+" in an order that is none", err, membership.ErrInvalidOrder)
	}
	_, err = w.Memberships(ctx, membership.Scope{Account: noAccount}, membership.Query{Order: membership.Order{By: "n"}})
	wantError(t, "memberships of nobody", err, membership.ErrAccountNotFound)

	must(t, w.Update(ctx, func(svc *roster.Service) error {
		schema, err := svc.Schema(ctx, membership.ResourceMember)
		must(t, err)
		_, err = svc.UpdateField(ctx, schema.Fields[0].ID, membership.FieldUpdate{Disabled: new(true)})
		must(t, err)
		_, err = svc.Members(ctx, membership.Query{Order: membership.Order{By: "n"}})
		wantError(t, "by a field that the same transaction disabled", err, membership.ErrInvalidOrder)
		return nil
	}))
}

// TestAWalkByAFieldReachesEveryRowOnce goes over several pages, of rows of which most share a value or have none.
func TestAWalkByAFieldReachesEveryRowOnce(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, roster.Options{AccountLimit: -1})
	for slug, omit := range map[string]bool{"n": false, "hidden": true} {
		w.define(membership.ResourceMembership, slug, membership.TypeInteger, func(f *membership.Field) { f.OmitNull = omit })
	}
	acme := w.account("Acme")
	must(t, w.Update(t.Context(), func(svc *roster.Service) error {
		for n := range crowdSize {
			m, err := svc.CreateMember(t.Context(), membership.Member{Name: "Ron"})
			must(t, err)
			v := null
			if n%2 == 0 {
				v = integer(int64(n % 5))
			}
			_, err = svc.CreateMembership(t.Context(), membership.Membership{
				AccountID: acme.ID, MemberID: m.ID, Fields: fields("n", v).With("hidden", v),
			})
			must(t, err)
		}
		return nil
	}))
	for _, order := range []membership.Order{{By: "n"}, {By: "n", Desc: true}, {By: "hidden"}, {By: "hidden", Desc: true}} {
		seen := map[membership.MembershipID]bool{}
		var last membership.Membership
		for m, err := range w.AllMemberships(t.Context(), membership.Scope{Account: acme.ID}, membership.Query{Order: order}) {
			must(t, err)
			if seen[m.ID] {
				t.Fatalf("by %+v: %s again", order, m.ID)
			}
			if seen[m.ID] = true; len(seen) > 1 && !order.Less(last, m) {
				t.Fatalf("by %+v: %s behind %s", order, m.Fields, last.Fields)
			}
			last = m
		}
		equal(t, fmt.Sprintf("rows by %+v", order), len(seen), crowdSize)
	}
}

// TestEveryRowSatisfiesTheRulesOfItsTime writes rows while a field's rules change to and fro. Each writer reads the
// rules in the transaction that it writes in, so what must become of its row is known.
func TestEveryRowSatisfiesTheRulesOfItsTime(t *testing.T) {
	t.Parallel()
	const writers, rows, changes = 32, 20, 200
	w := newWorld(t)
	ctx := t.Context()
	wide := []membership.Value{text("a"), text("b"), text("c")}
	plan := w.define(membership.ResourceMember, "plan", membership.TypeString, func(f *membership.Field) { f.Enum = wide })
	offered := append(slices.Clone(wide), null)

	// allowed says what the rules make of a value, said plainly.
	allowed := func(rules membership.Field, v membership.Value) bool {
		if v == null {
			return !rules.Required
		}
		return slices.Contains(rules.Enum, v)
	}
	write := func(v membership.Value) error {
		return w.Update(ctx, func(svc *roster.Service) error {
			schema, err := svc.Schema(ctx, membership.ResourceMember)
			if err != nil {
				return err
			}
			rules := schema.Fields[0]
			m, err := svc.CreateMember(ctx, membership.Member{Name: "Ron", Fields: fields("plan", v)})
			switch {
			case allowed(rules, v) && (err != nil || m.Fields != fields("plan", v)):
				return fmt.Errorf("%q was allowed by %+v: %s, %w", v, rules, m.Fields, err)
			case !allowed(rules, v) && !errors.Is(err, membership.ErrInvalidValue):
				return fmt.Errorf("%q was refused by %+v: %s, %w", v, rules, m.Fields, err)
			}
			return nil
		})
	}
	var group sync.WaitGroup
	for n := range writers {
		group.Go(func() {
			for i := range rows {
				if err := write(offered[(n+i)%len(offered)]); err != nil {
					t.Error(err)
				}
				// By itself it must be refused for nothing else than the rules.
				_, err := w.CreateMember(ctx, membership.Member{Name: "Ann", Fields: fields("plan", offered[(n+i)%len(offered)])})
				if err != nil && !errors.Is(err, membership.ErrInvalidValue) {
					t.Error(err)
				}
			}
		})
	}
	group.Go(func() {
		for n := range changes {
			narrow := []membership.Value{wide[n%3]}
			for _, u := range []membership.FieldUpdate{{Enum: &narrow}, {Required: new(n%2 == 0)}, {Enum: &wide}} {
				if _, err := w.UpdateField(ctx, plan.ID, u); err != nil {
					t.Error(err)
				}
			}
		}
	})
	group.Wait()

	before := w.census()[1]
	w.update(plan, membership.FieldUpdate{Enum: &wide, Required: new(true)})
	wantError(t, "null afterwards", write(null), nil)
	wantError(t, "a value afterwards", write(text("a")), nil)
	equal(t, "rows afterwards", w.census()[1], before+1)
}
