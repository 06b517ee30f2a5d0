package storetest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// change is the change number n, that account n was created.
func change(n int) membership.Change {
	return membership.Change{Type: membership.AccountCreated, Time: at(n), Actor: "somebody", Cause: membership.CauseRequest,
		RequestID: fmt.Sprintf("request-%d", n), AccountID: accountID(n), After: account(n)}
}

// appendAll commits changes in one transaction and returns them with their sequence numbers.
func appendAll(t testing.TB, st store.Store, changes ...membership.Change) []membership.Change {
	t.Helper()
	var last int64
	write(t, st, func(ctx context.Context, tx store.Tx) (err error) {
		last, err = tx.AppendChanges(ctx, changes)
		return err
	})
	_ = st.AwaitChanges(t.Context(), last-1, time.Millisecond) // which a store within a transaction refuses
	numbered := slices.Clone(changes)
	for i := range numbered {
		numbered[i].Sequence = last - int64(len(changes)-1-i)
	}
	return numbered
}

// changesOf reads the changes that a query selects.
func changesOf(t testing.TB, st store.Reader, q membership.ChangeQuery) membership.ChangePage {
	t.Helper()
	page, err := st.Changes(t.Context(), q)
	must(t, "Changes", err)
	return page
}

// sequences are the numbers of a page's changes.
func sequences(page membership.ChangePage) []int64 {
	numbers := []int64{}
	for _, c := range page.Changes {
		numbers = append(numbers, c.Sequence)
	}
	return numbers
}

func numbersFrom(first, last int) []int64 {
	numbers := []int64{}
	for n := first; n <= last; n++ {
		numbers = append(numbers, int64(n))
	}
	return numbers
}

// images are rows of every kind, with everything set and with as little as possible.
func images() []membership.Image {
	a, m, j := account(1), member(1), joining(1, accountID(1), memberID(1))
	a.ParentID, a.LegalName, a.RegistrationID, a.ExternalRef, a.Fields = accountID(2), nasty[0], "R", nasty[2], rowOfValues(3)
	m.GivenName, m.MiddleName, m.FamilyName, m.Fields = nasty[0], nasty[1], nasty[2], rowOfValues(10)
	j.Fields, j.UpdatedAt = rowOfValues(5), at(77)
	full := field(1, membership.ResourceMember)
	full.Description, full.Required, full.Disabled, full.OmitNull, full.Indexed = nasty[0], true, true, true, true
	full.Type, full.Default, full.Initial = membership.TypeFloat, fieldValues[membership.TypeFloat][3], fieldValues[membership.TypeFloat][1]
	full.Enum, full.Min, full.Max = fieldValues[membership.TypeFloat], fieldValues[membership.TypeFloat][0], fieldValues[membership.TypeFloat][5]
	day := field(2, membership.ResourceMember)
	day.Type, day.Default, day.Enum = membership.TypeDate, fieldValues[membership.TypeDate][1], fieldValues[membership.TypeDate]
	mail := field(3, membership.ResourceAccount)
	mail.Format, mail.Default = membership.FormatEmail, membership.StringValue("")
	l, p := login(1, 1, 1), profile(1)
	l.PasswordHash, p.EnableOneTimePasswordToken = "", true
	settings := membership.DefaultSettings()
	settings.AutoCreateAccounts, settings.SelfSignup, settings.MembershipLimit = true, true, 7
	described := flow(membership.ResourceMember)
	described.Description, described.Disabled = nasty[2], true
	return []membership.Image{
		a, account(2), m, member(2), membership.Member{ID: memberID(3), Name: "n", CreatedAt: at(1), UpdatedAt: at(2)}, j,
		joining(2, accountID(1), memberID(2)), tag(1), membership.Tag{ID: tagID(2), Name: "t", CreatedAt: at(1), UpdatedAt: at(2)},
		settings, membership.DefaultSettings(), p, l, described, full, day, mail, field(4, membership.ResourceMembership),
	}
}

func roundTripChanges(t *testing.T, st store.Store) {
	page := changesOf(t, st, membership.ChangeQuery{})
	same(t, "the log of a new store", page, membership.ChangePage{Changes: []membership.Change{}})
	var changes []membership.Change
	for i, image := range images() {
		c := membership.Change{Type: membership.ChangeTypes()[i%len(membership.ChangeTypes())], Time: at(i), Actor: nasty[i%len(nasty)],
			Cause: membership.CauseCascade, RequestID: nasty[(i+3)%len(nasty)], AccountID: accountID(i), MemberID: memberID(i),
			MembershipID: membershipID(i), Before: image, After: images()[(i+1)%len(images())]}
		bare := membership.Change{Type: membership.MemberDeleted, Time: at(i), Cause: membership.CauseRequest, Before: image}
		changes = append(changes, c, bare)
	}
	want := appendAll(t, st, changes...)
	page = changesOf(t, st, membership.ChangeQuery{Limit: 1000})
	if len(page.Changes) != len(want) {
		t.Fatalf("%d changes, want %d", len(page.Changes), len(want))
	}
	for i, c := range page.Changes {
		same(t, fmt.Sprintf("change %d", i), c, want[i])
		inUTC(t, c.Time)
	}
	equal(t, "the first", page.First, 1)
	equal(t, "the last", page.Last, int64(len(want)))
}

func queryChanges(t *testing.T, st store.Store) {
	for n := range 10 { // 30 changes: of accounts, of members, of memberships
		created, joined, ended := change(n%3), change(n), change(n)
		created.Type = membership.AccountUpdated
		joined.Type, joined.MemberID, joined.MembershipID = membership.MembershipCreated, memberID(n%4), membershipID(n%5)
		ended.Type, ended.AccountID, ended.MemberID = membership.MemberDeleted, membership.AccountID{}, memberID(n%2)
		appendAll(t, st, created, joined, ended)
	}
	all := changesOf(t, st, membership.ChangeQuery{Limit: math.MaxInt}).Changes
	equal(t, "changes", len(all), 30)
	for _, q := range []membership.ChangeQuery{
		{}, {Limit: -1}, {Limit: 7}, {After: 7, Limit: 7}, {After: 29}, {After: 30}, {After: 31}, {After: math.MaxInt64}, {After: -5, Limit: 3},
		{Account: accountID(1)}, {Account: accountID(1), After: 5, Limit: 2}, {Account: accountID(99)}, {Member: memberID(1)},
		{Member: memberID(1), Limit: 3}, {Membership: membershipID(3)}, {Membership: membershipID(3), Member: memberID(3)},
		{Types: []membership.ChangeType{membership.MembershipCreated}},
		{Types: []membership.ChangeType{membership.MembershipCreated, membership.MemberDeleted}, After: 10, Limit: 4},
		{Types: []membership.ChangeType{membership.TagCreated}}, {Types: []membership.ChangeType{"nonsense"}},
		{Account: accountID(1), Member: memberID(1), Types: membership.ChangeTypes(), Limit: 100},
	} {
		want := membership.ChangePage{Changes: []membership.Change{}, First: 1, Last: 30}
		for _, c := range all {
			if c.Sequence > q.After && q.Match(c) && len(want.Changes) < q.Size() {
				want.Changes = append(want.Changes, c)
			}
		}
		same(t, fmt.Sprintf("the changes for %+v", q), changesOf(t, st, q), want)
	}
}

func noAliasingChanges(t *testing.T, st store.Store) {
	f := field(0, membership.ResourceMember)
	f.Enum = []membership.Value{membership.StringValue("a")}
	c := change(0)
	c.Type, c.After = membership.FieldCreated, f
	appendAll(t, st, c)
	f.Enum[0] = membership.StringValue("changed by the caller")
	got := changesOf(t, st, membership.ChangeQuery{}).Changes[0].After.(membership.Field).Enum
	equal(t, "an image after the caller changed what it had given", got[0], membership.StringValue("a"))
	got[0] = membership.StringValue("changed, too")
	got = changesOf(t, st, membership.ChangeQuery{}).Changes[0].After.(membership.Field).Enum
	equal(t, "an image after the caller changed what it had got", got[0], membership.StringValue("a"))
}

func undoneChanges(t *testing.T, st store.Store) {
	want := appendAll(t, st, change(0), change(1))
	for n := range 3 {
		end := want[len(want)-1].Sequence
		err := attempt(t, st, func(ctx context.Context, tx store.Tx) error {
			last, err := tx.AppendChanges(ctx, []membership.Change{change(7), change(8)})
			must(t, "AppendChanges", err)
			page := changesOf(t, tx, membership.ChangeQuery{After: end})
			same(t, "what the transaction reads of its own", sequences(page), []int64{last - 1, last})
			_, err = tx.PruneChanges(ctx, at(100), 0, 100)
			must(t, "PruneChanges", err)
			must(t, "SetConsumerPosition", tx.SetConsumerPosition(ctx, "c", 2))
			return errChangedMind
		})
		wantErr(t, "Update", err, errChangedMind)
		same(t, "the log after it was undone", changesOf(t, st, membership.ChangeQuery{}).Changes, want)
		position, err := st.ConsumerPosition(t.Context(), "c")
		must(t, "ConsumerPosition", err)
		equal(t, "the position after it was undone", position, 0)
		want = append(want, appendAll(t, st, change(2+n))...)
	}
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		last, err := tx.AppendChanges(ctx, nil)
		equal(t, "the last number after nothing was appended", last, want[len(want)-1].Sequence)
		return err
	})
}

func noNumberIsMissing(t *testing.T, st store.Store) {
	for n := range 5 {
		_ = attempt(t, st, func(ctx context.Context, tx store.Tx) error {
			last, err := tx.AppendChanges(ctx, []membership.Change{change(7), change(8)})
			must(t, "AppendChanges", err)
			equal(t, "the last number", last, int64(2+n))
			return errChangedMind
		})
		appendAll(t, st, change(n))
	}
	same(t, "the numbers", sequences(changesOf(t, st, membership.ChangeQuery{})), numbersFrom(1, 5))
}

func pruneChanges(t *testing.T, st store.Store) {
	prune := func(before time.Time, keep, most int) int {
		t.Helper()
		var removed int
		write(t, st, func(ctx context.Context, tx store.Tx) (err error) {
			removed, err = tx.PruneChanges(ctx, before, keep, most)
			return err
		})
		return removed
	}
	left := func(what string, first, last int) {
		t.Helper()
		page := changesOf(t, st, membership.ChangeQuery{})
		same(t, what, sequences(page), numbersFrom(first, last))
		equal(t, what+": the first", page.First, int64(first))
		equal(t, what+": the last", page.Last, int64(last))
	}
	equal(t, "removed from an empty log", prune(at(99), 1, 100), 0)
	var changes []membership.Change
	for n := range 20 {
		changes = append(changes, change(n))
	}
	changes[4].Time = at(50) // a clock that was set back: what stands before the first that is young enough goes
	appendAll(t, st, changes...)
	equal(t, "removed without a reason", prune(time.Time{}, 0, 100), 0)
	equal(t, "removed by age", prune(at(3), 0, 100), 3)
	left("by age", 4, 20)
	equal(t, "removed up to the one that is young enough", prune(at(10), 0, 100), 1)
	left("up to the one that is young enough", 5, 20)
	equal(t, "removed by number", prune(time.Time{}, 10, 100), 6)
	left("by number", 11, 20)
	equal(t, "removed in steps", prune(time.Time{}, 5, 2), 2)
	left("in steps", 13, 20)
	equal(t, "removed by either", prune(at(14), 7, 100), 2)
	left("by either", 15, 20)
	equal(t, "removed by age, all but the last", prune(at(1000), 0, 100), 5)
	left("all but the last", 20, 20)
	equal(t, "removed of the last", prune(at(1000), 1, 100), 0)
	appendAll(t, st, change(20))
	left("appended", 20, 21)
}

func consumers(t *testing.T, st store.Store) {
	all := func() string {
		t.Helper()
		found, err := st.Consumers(t.Context())
		must(t, "Consumers", err)
		return fmt.Sprint(found)
	}
	equal(t, "the consumers of a new store", all(), "[]")
	position := func(name string, want int64) {
		t.Helper()
		got, err := st.ConsumerPosition(t.Context(), name)
		must(t, "ConsumerPosition", err)
		equal(t, "the position of "+name, got, want)
	}
	position("nobody", 0)
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		return errors.Join(tx.SetConsumerPosition(ctx, "b", 7), tx.SetConsumerPosition(ctx, "a", 5), tx.SetConsumerPosition(ctx, "b", 3))
	})
	equal(t, "the consumers by name", all(), "[{a 5} {b 3}]")
	position("b", 3)
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		return errors.Join(tx.DeleteConsumer(ctx, "b"), tx.DeleteConsumer(ctx, "nobody"))
	})
	equal(t, "the consumers that are left", all(), "[{a 5}]")
	position("b", 0)
}

// changesInOrder has writers append while a reader follows: it never sees a smaller number later, and misses none.
func changesInOrder(t *testing.T, st store.Store) {
	const writers, each = 8, 25
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var (
		wg        sync.WaitGroup
		mu        sync.Mutex
		committed []int64
	)
	for w := range writers {
		wg.Go(func() {
			for n := range each {
				var last int64
				err := st.Update(ctx, func(tx store.Tx) (err error) {
					if last, err = tx.AppendChanges(ctx, []membership.Change{change(w), change(n)}); err != nil || n%5 != 4 {
						return err
					}
					return errChangedMind
				})
				switch {
				case err == nil:
					mu.Lock()
					committed = append(committed, last)
					mu.Unlock()
				case !errors.Is(err, errChangedMind):
					t.Errorf("Update: %v", err)
				}
			}
		})
	}
	const all = writers * each * 4 / 5 * 2
	var seen []int64
	for after := int64(0); len(seen) < all; {
		must(t, "AwaitChanges", st.AwaitChanges(ctx, after, time.Millisecond))
		page, err := st.Changes(ctx, membership.ChangeQuery{After: after, Limit: 7})
		must(t, "Changes", err)
		seen = append(seen, sequences(page)...)
		if len(page.Changes) > 0 {
			after = seen[len(seen)-1]
		}
	}
	wg.Wait()
	if !slices.IsSorted(seen) {
		t.Errorf("the reader has seen a smaller number later: %v", seen)
	}
	slices.Sort(committed)
	for _, last := range committed {
		if _, found := slices.BinarySearch(seen, last); !found {
			t.Errorf("the reader has missed %d", last)
		}
	}
	equal(t, "how many the reader has seen", len(slices.Compact(seen)), all)
}

// noNumberIsMissingAmongMany is about many writers, of whom some change their minds.
func noNumberIsMissingAmongMany(t *testing.T, st store.Store) {
	changesInOrder(t, st)
	page := changesOf(t, st, membership.ChangeQuery{Limit: math.MaxInt})
	same(t, "the numbers", sequences(page), numbersFrom(1, len(page.Changes)))
}

func awaitCommit(t *testing.T, st store.Store) {
	const poll = time.Hour // so that only a commit can end the wait
	appendAll(t, st, change(0))
	must(t, "AwaitChanges where there is one", st.AwaitChanges(t.Context(), 0, poll))
	woken := make(chan error, 1)
	for range 20 {
		last := changesOf(t, st, membership.ChangeQuery{Limit: -1}).Last
		go func() { woken <- st.AwaitChanges(context.WithoutCancel(t.Context()), last, poll) }()
		_ = attempt(t, st, func(ctx context.Context, tx store.Tx) error {
			_, _ = tx.AppendChanges(ctx, []membership.Change{change(1)})
			return errChangedMind
		})
		write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.InsertTag(ctx, tag(int(last))) })
		appendAll(t, st, change(2))
		select {
		case err := <-woken:
			must(t, "AwaitChanges", err)
		case <-time.After(patience):
			t.Fatal("AwaitChanges missed a commit")
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	last := changesOf(t, st, membership.ChangeQuery{Limit: -1}).Last
	go func() { woken <- st.AwaitChanges(ctx, last, poll) }()
	cancel()
	select {
	case err := <-woken:
		wantErr(t, "AwaitChanges whose context ends", err, context.Canceled)
	case <-time.After(patience):
		t.Fatal("AwaitChanges goes on waiting although its context has ended")
	}
}

func awaitClose(t *testing.T, st store.Store) {
	woken := make(chan error, 3)
	for range cap(woken) {
		go func() { woken <- st.AwaitChanges(context.WithoutCancel(t.Context()), 0, time.Hour) }()
	}
	must(t, "Close", st.Close())
	for range cap(woken) {
		select {
		case err := <-woken:
			wantErr(t, "AwaitChanges of a store that is closed", err, store.ErrClosed)
		case <-time.After(patience):
			t.Fatal("AwaitChanges goes on waiting although the store is closed")
		}
	}
}
