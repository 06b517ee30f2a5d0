package storecopy_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
	"github.com/roster-go/roster/store/storecopy"
)

func TestCompareFindsEveryDifference(t *testing.T) {
	t.Parallel()
	from := memstore.New()
	newWorld(t, from, 20)
	field := func(tx store.Tx, change func(*membership.Field)) error {
		s, err := tx.Schema(t.Context(), membership.ResourceMembership)
		f := s.Fields[0]
		change(&f)
		return errors.Join(err, tx.UpdateField(t.Context(), f))
	}
	for says, change := range map[string]func(ctx context.Context, tx store.Tx) error{
		"": func(context.Context, store.Tx) error { return nil },
		"account " + accountID(5).String() + " is another one in the target": func(ctx context.Context, tx store.Tx) error {
			a, err := tx.Account(ctx, accountID(5))
			a.UpdatedAt = a.UpdatedAt.Add(time.Millisecond)
			return errors.Join(err, tx.UpdateAccount(ctx, a))
		},
		"account " + accountID(19).String() + " is missing in the target": func(ctx context.Context, tx store.Tx) error {
			return tx.DeleteAccount(ctx, accountID(19), time.Time{})
		},
		"account " + accountID(4711).String() + " is in the target only": func(ctx context.Context, tx store.Tx) error {
			return tx.InsertAccount(ctx, membership.Account{ID: accountID(4711), Name: "new"})
		},
		"account " + accountID(5).String() + " has other tags in the target": func(ctx context.Context, tx store.Tx) error {
			return tx.UntagAccount(ctx, accountID(5), tagID(1))
		},
		"tag " + tagID(2).String() + " is another one in the target": func(ctx context.Context, tx store.Tx) error {
			return tx.UpdateTag(ctx, membership.Tag{ID: tagID(2), Name: "tag 2"})
		},
		"password profile " + profileID(0).String() + " is another one in the target": func(ctx context.Context, tx store.Tx) error {
			return tx.UpdatePasswordProfile(ctx, membership.PasswordProfile{ID: profileID(0), Name: "profile 0"})
		},
		"member " + memberID(20).String() + " is missing in the target": func(ctx context.Context, tx store.Tx) error {
			return tx.DeleteMember(ctx, memberID(20))
		},
		"member " + memberID(2).String() + " has other logins in the target": func(ctx context.Context, tx store.Tx) error {
			return tx.DeleteLogin(ctx, memberID(2), loginID(6))
		},
		"membership " + membershipID(3).String() + " is missing in the target": func(ctx context.Context, tx store.Tx) error {
			return tx.DeleteMembership(ctx, accountID(3), membershipID(3))
		},
		"field ": func(_ context.Context, tx store.Tx) error {
			return field(tx, func(f *membership.Field) { f.Indexed = !f.Indexed })
		},
		"flow ": func(ctx context.Context, tx store.Tx) error {
			s, err := tx.Schema(ctx, membership.ResourceMember)
			s.Flow.Disabled = false
			return errors.Join(err, tx.UpdateFlow(ctx, s.Flow))
		},
		"the settings are others in the target": func(ctx context.Context, tx store.Tx) error {
			return tx.UpdateSettings(ctx, membership.DefaultSettings())
		},
		"is missing in the target": func(ctx context.Context, tx store.Tx) error {
			all, err := tx.Credentials(ctx)
			return errors.Join(err, tx.DeleteCredential(ctx, all[0].ClientID))
		},
		"consumer mails is missing in the target": func(ctx context.Context, tx store.Tx) error { return tx.DeleteConsumer(ctx, "mails") },
		"consumer late is in the target only":     func(ctx context.Context, tx store.Tx) error { return tx.SetConsumerPosition(ctx, "late", 1) },
		"consumer handovers is another one": func(ctx context.Context, tx store.Tx) error {
			return tx.SetConsumerPosition(ctx, "handovers", 18)
		},
		"change 17 is missing in the target, the change log goes from 12 to ": func(ctx context.Context, tx store.Tx) error {
			_, err := tx.PruneChanges(ctx, time.Now(), 0, 1)
			return err
		},
		" is in the target only, the change log goes from 12 to ": func(ctx context.Context, tx store.Tx) error {
			_, err := tx.AppendChanges(ctx, make([]membership.Change, 1))
			return err
		},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			to := memstore.New()
			summary := copied(t, from, to)
			must(t, to.Update(t.Context(), func(tx store.Tx) error { return change(t.Context(), tx) }))
			rows, err := storecopy.Compare(t.Context(), from, to)
			switch {
			case says == "":
				if err != nil || rows != summary.Verified {
					t.Errorf("of %d rows %d are equal, %v", summary.Verified, rows, err)
				}
			case !errors.Is(err, storecopy.ErrDiffers) || !strings.Contains(err.Error(), says):
				t.Errorf("got %v, want it to say %q", err, says)
			case rows > summary.Verified:
				t.Errorf("%d rows are equal, of %d", rows, summary.Verified)
			}
		})
	}
}

func TestCompareEndsWhenItHasSeenEnough(t *testing.T) {
	t.Parallel()
	from, to := memstore.New(), memstore.New()
	newWorld(t, from, 50)
	_, err := storecopy.Compare(t.Context(), from, to)
	if !errors.Is(err, storecopy.ErrDiffers) || strings.Count(err.Error(), "missing") > 10 || !strings.HasSuffix(err.Error(), ", and maybe more") {
		t.Errorf("got %v", err)
	}
}

// TestAnInitialValueIsTheSameAsItsValue, which a copy has kept and the source has not.
func TestAnInitialValueIsTheSameAsItsValue(t *testing.T) {
	t.Parallel()
	from, to := memstore.New(), openFile(t)
	newWorld(t, from, 4)
	copied(t, from, to)
	ctx, ids := t.Context(), []membership.AccountID{accountID(4), accountID(5)}
	for _, st := range []store.Store{from, to} {
		for _, a := range got[[]membership.Account](t)(st.AccountsByID(ctx, ids)) {
			if a.Fields.Text("role") != "guest" || a.Fields.Has("secret") {
				t.Errorf("got %v", a.Fields)
			}
		}
	}
	got[int](t)(storecopy.Compare(ctx, from, to))
	got[int](t)(storecopy.Compare(ctx, to, from))
}
