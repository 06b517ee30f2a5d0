package roster_test

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/replay"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// onboarding is an import of some rows.
func (w *world) onboarding(opts roster.ImportOptions, rows ...membership.Row) iter.Seq2[roster.Imported, error] {
	w.t.Helper()
	return w.Import(w.t.Context(), slices.Values(rows), opts)
}

// verdict is everything that an error says.
func verdict(err error) string {
	text := fmt.Sprint(err)
	for _, fault := range membership.Faults(err) {
		text += fmt.Sprintf("\n\t%v %+v", fault.Cause, *fault)
	}
	return text
}

// people are members without anything special.
func people(n int) []membership.Row {
	rows := make([]membership.Row, n)
	for i := range rows {
		rows[i] = membership.Member{Name: fmt.Sprint("Member ", i)}
	}
	return rows
}

func TestAnImportCreatesAccountsMembersAndMemberships(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{})
		w.define(membership.ResourceMembership, "role", membership.TypeString, func(f *membership.Field) { f.Default = text("guest") })
		before := w.last()
		acme := membership.Account{ID: noAccount, Name: "Acme", RegistrationID: "HRB 1"}
		branch := membership.Account{Name: "Branch", ParentID: acme.ID}
		ron := membership.Member{ID: noMember, Name: "Ron", Email: "ron@pawnee.gov"}
		joins := membership.Membership{ID: noMembership, AccountID: acme.ID, MemberID: ron.ID, Fields: fields("role", text("owner"))}
		given := []membership.Row{acme, branch, ron, joins, membership.Member{Name: "Ann"}}
		results := collect(t, w.As("leslie").ForRequest("request-1").Import(t.Context(), slices.Values(given), roster.ImportOptions{}))

		equal(t, "results", len(results), len(given))
		equal(t, "what is there", w.census(), [3]int{2, 2, 1})
		kept := make([]membership.Image, len(results))
		for i, result := range results {
			equal(t, "index", result.Index, i)
			must(t, result.Err)
			var err error
			kept[i], err = replay.Present(t.Context(), st, result.Row.(membership.Image))
			must(t, err)
			equal(t, "what the result shows", result.Row, kept[i].(membership.Row))
		}
		acme.CreatedAt, acme.UpdatedAt = cutMorning, cutMorning
		joins.CreatedAt, joins.UpdatedAt = cutMorning, cutMorning
		equal(t, "a given account", kept[0], membership.Image(acme))
		equal(t, "a given membership", kept[3], membership.Image(joins))
		equal(t, "version of a new id", kept[1].(membership.Account).ID.Version(), 7)

		changes := w.changes(before)
		equal(t, "changes", len(changes), len(given))
		for i, c := range changes {
			equal(t, "cause", c.Cause, membership.CauseImport)
			equal(t, "actor and request", c.Actor+" "+c.RequestID, "leslie request-1")
			equal(t, "after", c.After, kept[i])
		}
		sameTables(t, "replayed", tables(t, fromLog(t, w.changes(0))), tables(t, st))
	})
}

// TestAnImportIsItsUseCases imports random rows, many of which are refused, and creates them one by one.
func TestAnImportIsItsUseCases(t *testing.T) {
	t.Parallel()
	const rows = 400
	onEachStore(t, func(t *testing.T, st store.Store) {
		opts := roster.Options{AccountLimit: 4}
		w := newWorldOver(t, st, opts)
		must(t, w.EnsureFields(t.Context(), needed()...))
		_, err := w.UpdateSettings(t.Context(), membership.SettingsUpdate{MembershipLimit: new(3)})
		must(t, err)
		single := newWorldOver(t, fromLog(t, w.changes(0)), opts)
		h := &history{t: t, rng: rand.New(rand.NewPCG(7, 7))}
		given := make([]membership.Row, rows)
		var want []string
		refused := 0
		for i := range rows {
			given[i] = h.row(single.Service)
			row, err := createOne(t, single.Service, given[i])
			if err != nil {
				row = given[i]
				refused++
			}
			want = append(want, fmt.Sprintf("%+v: %s", row, verdict(err)))
		}
		if refused < rows/10 || refused > rows-rows/10 {
			t.Fatalf("of %d rows %d are refused", rows, refused)
		}
		check := func(what string, svc *roster.Service, first, end, batch int) {
			results := collect(t, svc.Import(t.Context(), slices.Values(given[first:end]), roster.ImportOptions{Batch: batch}))
			equal(t, what+": results", len(results), end-first)
			for i, result := range results {
				equal(t, what+": index", result.Index, i)
				equal(t, what, fmt.Sprintf("%+v: %s", result.Row, verdict(result.Err)), want[first+i])
			}
		}
		check("one by one", w.Service, 0, 100, 1)
		check("a few at once", w.Service, 100, 200, 7)
		check("all at once", w.Service, 200, 300, 0)
		must(t, w.Update(t.Context(), func(in *roster.Service) error {
			check("in an Update", in, 300, 400, 30)
			return nil
		}))
		sameTables(t, "imported", tables(t, st), tables(t, single.store))
	})
}

// createOne is the use case that an import of the row stands for.
func createOne(t *testing.T, svc *roster.Service, row membership.Row) (membership.Row, error) {
	t.Helper()
	switch row := row.(type) {
	case membership.Account:
		return svc.CreateAccount(t.Context(), row)
	case membership.Member:
		return svc.CreateMember(t.Context(), row)
	case membership.Tag:
		return svc.CreateTag(t.Context(), row)
	case membership.Flow:
		return svc.CreateFlow(t.Context(), row)
	case membership.Field:
		return svc.DefineField(t.Context(), row)
	}
	return svc.CreateMembership(t.Context(), row.(membership.Membership))
}

// row is one to import.
func (h *history) row(svc *roster.Service) membership.Row {
	switch h.rng.IntN(4) {
	case 0:
		a := membership.Account{ID: h.accountID(), Name: h.name(), Fields: h.fields(svc, membership.ResourceAccount)}
		if h.chance(50) {
			a.ParentID = h.accountID()
		}
		if h.chance(30) {
			a.RegistrationID = h.name()
		}
		return a
	case 1:
		return membership.Member{ID: h.memberID(), Name: h.name(), Fields: h.fields(svc, membership.ResourceMember)}
	}
	m := h.pair()
	m.Fields = h.fields(svc, membership.ResourceMembership)
	return m
}

func TestARowOfAnImportIsRefusedByItself(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{AccountLimit: 2})
		_, err := w.UpdateSettings(t.Context(), membership.SettingsUpdate{MembershipLimit: new(2)})
		must(t, err)
		w.define(membership.ResourceMember, "badge", membership.TypeInteger, func(f *membership.Field) {
			f.Required, f.Default, f.Max = true, integer(0), integer(99)
		})
		deepest := w.account("Root")
		for range membership.MaxAncestors {
			deepest = w.below(deepest, "Below")
		}
		full, free, other := w.account("Full"), w.account("Free"), w.account("Other")
		ron, ann, busy := w.member("Ron"), w.member("Ann"), w.member("Busy")
		existing := w.join(full, busy)
		w.join(other, busy)
		w.join(full, w.member("Jerry"))
		taken, err := w.CreateAccount(t.Context(), membership.Account{Name: "Taken", RegistrationID: "HRB 1"})
		must(t, err)
		refusedMember := membership.MemberID{UUID: uuid.MustParse("00000000-0000-7000-8000-0000000000b1")}
		accepted := membership.Account{ID: membership.AccountID{UUID: uuid.MustParse("00000000-0000-7000-8000-0000000000b2")}, Name: "Accepted"}
		join := func(a membership.Account, m membership.MemberID) membership.Membership {
			return membership.Membership{AccountID: a.ID, MemberID: m}
		}
		sameID := join(free, ann.ID)
		sameID.ID = existing.ID
		tests := []struct {
			name   string
			row    membership.Row
			causes []error
			fields string
		}{
			{"nothing", nil, []error{membership.ErrInvalidField}, "type"},
			{"a login", membership.Login{Username: "ron"}, []error{membership.ErrInvalidField}, "type"},
			{"a pointer", &membership.Member{Name: "Ann"}, []error{membership.ErrInvalidField}, "type"},
			{"a membership beside what it joins", membership.MembershipRow{Membership: existing}, []error{membership.ErrInvalidField}, "type"},
			{"a blank name", membership.Account{Name: " "}, []error{membership.ErrInvalidField}, "name"},
			{"several faults", membership.Member{ID: refusedMember, Email: "nowhere", UpdatedAt: time.Unix(0, 1)},
				[]error{membership.ErrInvalidField, membership.ErrInvalidField, membership.ErrInvalidField}, "name email updated_at"},
			{"an unknown custom field", membership.Account{Name: "Acme", Fields: fields("size", integer(1))},
				[]error{membership.ErrUnknownField}, "size"},
			{"another type of value", membership.Member{Name: "Ann", Fields: fields("badge", text("gold"))},
				[]error{membership.ErrInvalidField}, "badge"},
			{"a wrong value", membership.Member{Name: "Ann", Fields: fields("badge", integer(100))}, []error{membership.ErrInvalidValue}, "badge"},
			{"an unknown parent", membership.Account{Name: "Acme", ParentID: noAccount}, []error{membership.ErrAccountNotFound}, "parent_id"},
			{"too deep", membership.Account{Name: "Acme", ParentID: deepest.ID}, []error{membership.ErrHierarchyTooDeep}, "parent_id"},
			{"a registration id that is taken", membership.Account{Name: "Acme", RegistrationID: "HRB 1"},
				[]error{membership.ErrRegistrationIDTaken}, ""},
			{"an account's id that is taken", taken, []error{membership.ErrDuplicateID}, ""},
			{"a member's id that is taken", ron, []error{membership.ErrDuplicateID}, ""},
			{"a membership's id that is taken", sameID, []error{membership.ErrDuplicateID}, ""},
			{"an id that the import took", accepted, []error{membership.ErrDuplicateID}, ""},
			{"an unknown account", membership.Membership{AccountID: noAccount, MemberID: ron.ID}, []error{membership.ErrAccountNotFound}, ""},
			{"an unknown member", membership.Membership{AccountID: free.ID, MemberID: noMember}, []error{membership.ErrMemberNotFound}, ""},
			{"a member that was refused", join(free, refusedMember), []error{membership.ErrMemberNotFound}, ""},
			{"the zero membership", membership.Membership{}, []error{membership.ErrAccountNotFound}, ""},
			{"already a member", join(full, busy.ID), []error{membership.ErrAlreadyMember}, ""},
			{"an account that is full", join(full, ron.ID), []error{membership.ErrAccountFull}, ""},
			{"a member at the limit", join(free, busy.ID), []error{membership.ErrMemberAtLimit}, ""},
		}
		rows := []membership.Row{accepted}
		for _, test := range tests {
			rows = append(rows, test.row, membership.Member{Name: "Not refused"})
		}
		before, last := w.census(), w.last()
		results := collect(t, w.onboarding(roster.ImportOptions{Batch: 30}, rows...))
		equal(t, "results", len(results), len(rows))
		for i, test := range tests {
			refused, good := results[1+2*i], results[2+2*i]
			equal(t, test.name+": the row", refused.Row, test.row)
			for _, cause := range test.causes {
				wantError(t, test.name, refused.Err, cause)
			}
			var at []string
			for _, fault := range membership.Faults(refused.Err) {
				if fault.Field != "" {
					at = append(at, fault.Field)
				}
				equal(t, test.name+": existing", fault.Existing.IsZero(), !errors.Is(refused.Err, membership.ErrAlreadyMember))
			}
			if test.fields != "" {
				equal(t, test.name+": fields", fmt.Sprint(at), "["+test.fields+"]")
			}
			wantError(t, "the row behind "+test.name, good.Err, nil)
		}
		equal(t, "what is there", w.census(), [3]int{before[0] + 1, before[1] + len(tests), before[2]})
		equal(t, "changes", len(w.changes(last)), 1+len(tests))
		wantAlready, ok := errors.AsType[*membership.Error](results[1+2*20].Err)
		if !ok || wantAlready.Existing != existing {
			t.Errorf("the membership that exists: %+v", wantAlready)
		}
	})
}

func TestTheTimesOfAnImportedRow(t *testing.T) {
	t.Parallel()
	at := func(second int) time.Time { return time.Date(2019, 8, 7, 6, 5, second, 432_000_000, time.UTC) }
	var none time.Time
	year := func(y int) time.Time { return time.Date(y, 12, 31, 23, 59, 59, 0, time.UTC) }
	tests := []struct {
		name                 string
		created, updated     time.Time
		wantCreated, wantUpd time.Time
		fault                string
	}{
		{"none", none, none, cutMorning, cutMorning, ""},
		{"both", at(1), at(2), at(1), at(2), ""},
		{"never updated", at(1), at(1), at(1), at(1), ""},
		{"created only", at(1), none, at(1), at(1), ""},
		{"updated only, later", none, cutMorning.Add(time.Second), cutMorning, cutMorning.Add(time.Second), ""},
		{"updated only, earlier", none, at(1), none, none, "updated_at"},
		{"another location", at(1).In(morning.Location()), at(2).In(morning.Location()), at(1), at(2), ""},
		{"the future", at(1), year(9999), at(1), year(9999), ""},
		{"before 1970", year(1066), at(1), year(1066), at(1), ""},
		{"a year of five digits", at(1), year(10000), none, none, "updated_at"},
		{"before our time", year(-1), at(1), none, none, "created_at"},
		{"updated before it was created", at(2), at(1), none, none, "updated_at"},
		{"fractions of a millisecond", at(1).Add(1), at(2), none, none, "created_at"},
		{"fractions in both", at(1).Add(time.Microsecond), at(2).Add(time.Millisecond - 1), none, none, "created_at updated_at"},
	}
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{AccountLimit: -1})
		acme := w.account("Acme")
		for _, test := range tests {
			ron := w.member("Ron")
			rows := []membership.Row{
				membership.Account{Name: "Acme", CreatedAt: test.created, UpdatedAt: test.updated},
				membership.Member{Name: "Ann", CreatedAt: test.created, UpdatedAt: test.updated},
				membership.Membership{AccountID: acme.ID, MemberID: ron.ID, CreatedAt: test.created, UpdatedAt: test.updated},
				membership.Tag{Name: test.name, CreatedAt: test.created, UpdatedAt: test.updated},
			}
			for _, result := range collect(t, w.onboarding(roster.ImportOptions{}, rows...)) {
				if test.fault != "" {
					var at []string
					for _, fault := range membership.Faults(result.Err) {
						wantError(t, test.name, fault, membership.ErrInvalidField)
						at = append(at, fault.Field)
					}
					equal(t, test.name+": fields", fmt.Sprint(at), "["+test.fault+"]")
					continue
				}
				wantError(t, test.name, result.Err, nil)
				stored, err := replay.Present(t.Context(), st, result.Row.(membership.Image))
				must(t, err)
				equal(t, test.name+": stored", result.Row, stored.(membership.Row))
				equal(t, test.name+": created", result.Row.Value(membership.AttrCreatedAt), membership.TimeValue(test.wantCreated))
				equal(t, test.name+": updated", result.Row.Value(membership.AttrUpdatedAt), membership.TimeValue(test.wantUpd))
			}
		}
	})
}

func TestAnImportedMemberGetsAnAccountWhereTheSettingsSaySo(t *testing.T) {
	t.Parallel()
	w := autoCreating(t, limitOfOne)
	last, earlier := w.last(), cutMorning.Add(-time.Hour)
	results := collect(t, w.onboarding(roster.ImportOptions{}, membership.Member{Name: "Ron", CreatedAt: earlier}, membership.Member{Name: "Ann"}))
	equal(t, "what is there", w.census(), [3]int{2, 2, 2})
	equal(t, "when the member was made", results[0].Row.(membership.Member).CreatedAt, earlier)
	for _, c := range w.changes(last) {
		equal(t, "cause", c.Cause, membership.CauseImport)
		switch row := c.After.(type) {
		case membership.Account:
			equal(t, "when its account was made", row.CreatedAt, cutMorning)
		case membership.Membership:
			equal(t, "when its membership was made", row.CreatedAt, cutMorning)
		}
	}
	w.define(membership.ResourceAccount, "tax", membership.TypeString, func(f *membership.Field) { f.Required = true })
	for _, result := range collect(t, w.onboarding(roster.ImportOptions{}, people(2)...)) {
		wantError(t, "a member whose account would lack what is required", result.Err, membership.ErrInvalidValue)
	}
	equal(t, "what is there then", w.census(), [3]int{2, 2, 2})
}

// TestLimitsHoldUnderImports lets many import and add into few accounts at once.
func TestLimitsHoldUnderImports(t *testing.T) {
	t.Parallel()
	const callers, places, joins = 64, 10, 2
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{AccountLimit: places})
		_, err := w.UpdateSettings(t.Context(), membership.SettingsUpdate{MembershipLimit: new(joins)})
		must(t, err)
		var accounts []membership.AccountID
		var members []membership.MemberID
		for range 4 {
			accounts = append(accounts, w.account("Acme").ID)
		}
		for range 24 {
			members = append(members, w.member("Ron").ID)
		}
		added := make([]int, callers)
		note := func(caller int, err error) {
			switch {
			case err == nil:
				added[caller]++
			case !errors.Is(err, membership.ErrAlreadyMember) && !errors.Is(err, membership.ErrLimit):
				t.Errorf("caller %d: %v", caller, err)
			}
		}
		var group sync.WaitGroup
		for caller := range callers {
			rng := rand.New(rand.NewPCG(uint64(caller), 3))
			account := accounts[caller%len(accounts)]
			mine := slices.Clone(members)
			rng.Shuffle(len(mine), func(i, j int) { mine[i], mine[j] = mine[j], mine[i] })
			group.Go(func() {
				switch caller % 3 {
				case 0:
					_, err := w.Add(t.Context(), account, mine[0])
					note(caller, err)
				case 1:
					results, err := w.AddMany(t.Context(), account, mine[:12])
					wantError(t, "AddMany", err, nil)
					for _, result := range results {
						note(caller, result.Err)
					}
				default:
					var rows []membership.Row
					for _, member := range mine[:12] {
						rows = append(rows, membership.Membership{AccountID: account, MemberID: member})
					}
					for result, err := range w.Import(t.Context(), slices.Values(rows), roster.ImportOptions{Batch: 5}) {
						wantError(t, "Import", err, nil)
						note(caller, result.Err)
					}
				}
			})
		}
		group.Wait()
		total := 0
		for _, n := range added {
			total += n
		}
		equal(t, "what is there", w.census(), [3]int{len(accounts), len(members), total})
		for _, account := range accounts {
			page, err := w.Memberships(t.Context(), membership.Scope{Account: account}, membership.Query{Limit: -1})
			must(t, err)
			if page.Total > places {
				t.Errorf("an account has %d members", page.Total)
			}
		}
		for _, member := range members {
			page, err := w.Memberships(t.Context(), membership.Scope{Member: member}, membership.Query{Limit: -1})
			must(t, err)
			if page.Total > joins {
				t.Errorf("a member is in %d accounts", page.Total)
			}
		}
		sameTables(t, "replayed", tables(t, fromLog(t, w.changes(0))), tables(t, st))
	})
}
