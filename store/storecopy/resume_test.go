package storecopy_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
	"github.com/roster-go/roster/store/storecopy"
)

var errStopped = errors.New("stopped")

// stopping is a store of which an Update fails: before it has done anything, or after it was committed.
type stopping struct {
	store.Store
	left      int // Updates that go well before
	committed bool
}

func (s *stopping) Update(ctx context.Context, fn func(store.Tx) error) error {
	s.left--
	if s.left < 0 && !s.committed {
		return errStopped
	}
	err := s.Store.Update(ctx, fn)
	if s.left < 0 && err == nil {
		err = errStopped
	}
	return err
}

// TestACopyThatWasStoppedAnywhereIsResumed stops it at each transaction, before and behind its commit.
func TestACopyThatWasStoppedAnywhereIsResumed(t *testing.T) {
	t.Parallel()
	from := memstore.New()
	newWorld(t, from, 12)
	opts := storecopy.Options{Batch: 3}
	for _, committed := range []bool{false, true} {
		for n := 0; ; n++ {
			to := memstore.New()
			_, err := storecopy.Copy(t.Context(), from, &stopping{to, n, committed}, opts)
			if err == nil {
				if n < 40 {
					t.Errorf("it has taken %d transactions", n)
				}
				break
			}
			if !errors.Is(err, errStopped) {
				t.Fatalf("stopped at transaction %d: %v", n, err)
			}
			resumed := opts
			resumed.Resume = true
			if _, err := storecopy.Copy(t.Context(), from, to, resumed); err != nil {
				t.Fatalf("resumed at transaction %d: %v", n, err)
			}
			wantSame(t, "resumed", from, to)
		}
	}
}

func TestACopyIsResumedAgainAndAgain(t *testing.T) {
	t.Parallel()
	eachPair(t, func(t *testing.T, from, to store.Store) {
		newWorld(t, from, 40)
		for n := 0; ; n += 40 {
			_, err := storecopy.Copy(t.Context(), from, &stopping{to, n, n%80 == 0}, storecopy.Options{Batch: 4, Resume: true})
			if err == nil {
				break
			}
			if !errors.Is(err, errStopped) {
				t.Fatal(err)
			}
		}
		wantSame(t, "in the end", from, to)
		summary := got[storecopy.Summary](t)(storecopy.Copy(t.Context(), from, to, storecopy.Options{Resume: true}))
		for _, n := range summary.Counts {
			if n.Rows == 0 || n.Added > 0 {
				t.Errorf("once more: of %d %s %d were added", n.Rows, n.Kind, n.Added)
			}
		}
		wantSame(t, "once more", from, to)
	})
}

func TestRowsOfTheTargetThatAreOthersAreNotTouched(t *testing.T) {
	t.Parallel()
	from := memstore.New()
	newWorld(t, from, 20)
	for name, c := range map[string]struct {
		change func(ctx context.Context, tx store.Tx) error
		says   string
	}{
		"an account": {func(ctx context.Context, tx store.Tx) error {
			a, err := tx.Account(ctx, accountID(5))
			a.Name = "another"
			return errors.Join(err, tx.UpdateAccount(ctx, a))
		}, accountID(5).String()},
		"a value of an account": {func(ctx context.Context, tx store.Tx) error {
			a, err := tx.Account(ctx, accountID(5))
			a.Fields = a.Fields.With("rate", membership.NumberValue("1.50000"))
			return errors.Join(err, tx.UpdateAccount(ctx, a))
		}, accountID(5).String()},
		"a member": {func(ctx context.Context, tx store.Tx) error {
			m, err := tx.Member(ctx, memberID(3))
			m.Email = "another@example.com"
			return errors.Join(err, tx.UpdateMember(ctx, m))
		}, memberID(3).String()},
		"a login": {func(ctx context.Context, tx store.Tx) error {
			l, err := tx.Login(ctx, memberID(2), loginID(6))
			l.PasswordHash = "another"
			return errors.Join(err, tx.UpdateLogin(ctx, l))
		}, loginID(6).String()},
		"a membership": {func(ctx context.Context, tx store.Tx) error {
			m, err := tx.Membership(ctx, accountID(7), membershipID(7))
			m.UpdatedAt = m.UpdatedAt.Add(1e9)
			return errors.Join(err, tx.UpdateMembership(ctx, m))
		}, membershipID(7).String()},
		"a pair": {func(ctx context.Context, tx store.Tx) error {
			m, err := tx.Membership(ctx, accountID(7), membershipID(7))
			err = errors.Join(err, tx.DeleteMembership(ctx, m.AccountID, m.ID))
			m.ID = membershipID(4711)
			return errors.Join(err, tx.InsertMembership(ctx, m))
		}, membershipID(7).String()},
		"a tag": {func(ctx context.Context, tx store.Tx) error {
			return tx.UpdateTag(ctx, membership.Tag{ID: tagID(1), Name: "another"})
		}, tagID(1).String()},
		"a profile": {func(ctx context.Context, tx store.Tx) error {
			return tx.UpdatePasswordProfile(ctx, membership.PasswordProfile{ID: profileID(1), Name: "another"})
		}, profileID(1).String()},
		"the settings": {func(ctx context.Context, tx store.Tx) error {
			return tx.UpdateSettings(ctx, membership.Settings{MembershipLimit: 1})
		}, "settings"},
		"a flow": {func(ctx context.Context, tx store.Tx) error {
			s, err := tx.Schema(ctx, membership.ResourceAccount)
			s.Flow.Name = "another"
			return errors.Join(err, tx.UpdateFlow(ctx, s.Flow))
		}, "flow"},
		"a field": {func(ctx context.Context, tx store.Tx) error {
			s, err := tx.Schema(ctx, membership.ResourceAccount)
			s.Fields[0].Name = "another"
			return errors.Join(err, tx.UpdateField(ctx, s.Fields[0]))
		}, "field"},
		"a consumer": {func(ctx context.Context, tx store.Tx) error { return tx.SetConsumerPosition(ctx, "mails", 1) }, "mails"},
		"more changes": {func(ctx context.Context, tx store.Tx) error {
			_, err := tx.AppendChanges(ctx, make([]membership.Change, 1))
			return err
		}, "change log"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to := memstore.New()
			copied(t, from, to)
			must(t, to.Update(t.Context(), func(tx store.Tx) error { return c.change(t.Context(), tx) }))
			_, err := storecopy.Copy(t.Context(), from, to, storecopy.Options{Resume: true})
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want it to name %s", err, c.says)
			}
			if !errors.Is(err, storecopy.ErrDiffers) && !errors.Is(err, membership.ErrAlreadyMember) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestASourceThatIsWrittenToIsFoundOut, and what was written is copied later.
func TestASourceThatIsWrittenToIsFoundOut(t *testing.T) {
	t.Parallel()
	from, to := openFile(t), openFile(t)
	newWorld(t, from, 30)
	svc := roster.New(from, roster.Options{})
	wrote := false
	_, err := storecopy.Copy(t.Context(), from, to, storecopy.Options{Batch: 4, Progress: func(p storecopy.Progress) {
		if p.Kind == "memberships" && !wrote {
			wrote = true
			a := got[membership.Account](t)(svc.CreateAccount(t.Context(), membership.Account{Name: "late", ParentID: accountID(3)}))
			m := got[membership.Member](t)(svc.CreateMember(t.Context(), membership.Member{Name: "late"}))
			got[membership.Membership](t)(svc.Add(t.Context(), a.ID, m.ID))
		}
	}})
	if !errors.Is(err, storecopy.ErrDiffers) || !strings.Contains(err.Error(), "is missing in the target") ||
		!strings.Contains(err.Error(), "stop the writers, then resume") {
		t.Errorf("got %v", err)
	}
	got[storecopy.Summary](t)(storecopy.Copy(t.Context(), from, to, storecopy.Options{Resume: true}))
	wantSame(t, "resumed", from, to)
}
