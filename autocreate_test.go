package roster_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// autoCreating is a world whose new members get accounts of their own.
func autoCreating(t *testing.T, opts roster.Options) *world {
	t.Helper()
	w := newWorldWith(t, opts)
	_, err := w.UpdateSettings(t.Context(), membership.SettingsUpdate{AutoCreateAccounts: new(true)})
	must(t, err)
	return w
}

func TestANewMemberGetsNoAccountByDefault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.member("Ron")
	equal(t, "what is there", w.census(), [3]int{0, 1, 0})
}

func TestANewMemberGetsAnAccountWhereTheSettingsSaySo(t *testing.T) {
	t.Parallel()
	w := autoCreating(t, limitOfOne)
	_, err := w.UpdateSettings(t.Context(), membership.SettingsUpdate{MembershipLimit: new(1)}) // the narrowest limits leave room for it
	must(t, err)
	ron, err := w.CreateMember(t.Context(), membership.Member{ID: noMember, Name: "Ron Swanson", Email: "ron@pawnee.gov", GivenName: "Ron"})
	must(t, err)
	equal(t, "the member", ron, membership.Member{
		ID: noMember, Name: "Ron Swanson", Email: "ron@pawnee.gov", GivenName: "Ron", CreatedAt: cutMorning, UpdatedAt: cutMorning,
	})
	equal(t, "what is there", w.census(), [3]int{1, 1, 1})

	accounts, err := w.Accounts(t.Context(), membership.Query{})
	must(t, err)
	own := accounts.Items[0]
	equal(t, "the account", own, membership.Account{ID: own.ID, Name: "Ron Swanson", CreatedAt: cutMorning, UpdatedAt: cutMorning})
	equal(t, "version of its id", own.ID.Version(), 7)
	m, err := w.MembershipByPair(t.Context(), own.ID, ron.ID)
	must(t, err)
	equal(t, "the membership", m, membership.Membership{
		ID: m.ID, AccountID: own.ID, MemberID: ron.ID, CreatedAt: cutMorning, UpdatedAt: cutMorning,
	})
	equal(t, "version of its id", m.ID.Version(), 7)

	w.member("Ron Swanson") // two members of one name get two accounts
	equal(t, "what is there then", w.census(), [3]int{2, 2, 2})
	_, err = w.UpdateSettings(t.Context(), membership.SettingsUpdate{AutoCreateAccounts: new(false)})
	must(t, err)
	w.member("Ann")
	equal(t, "what is there when it is off again", w.census(), [3]int{2, 3, 2})
	w.clock.Advance(time.Minute)
	_, err = w.UpdateMember(t.Context(), ron.ID, membership.MemberUpdate{Name: new("Ron")})
	must(t, err)
	unchanged, err := w.Account(t.Context(), own.ID)
	must(t, err)
	equal(t, "the account after the member was renamed", unchanged, own)
}

func TestARefusedMemberGetsNoAccount(t *testing.T) {
	t.Parallel()
	w := autoCreating(t, roster.Options{})
	ron := w.member("Ron")
	_, err := w.CreateMember(t.Context(), membership.Member{Name: " "})
	wantError(t, "an invalid one", err, membership.ErrInvalidField)
	_, err = w.CreateMember(t.Context(), ron)
	wantError(t, "one whose id is taken", err, membership.ErrDuplicateID)
	equal(t, "what is there", w.census(), [3]int{1, 1, 1})
}

func TestMemberAccountAndMembershipAreWrittenTogetherOrNotAtAll(t *testing.T) {
	t.Parallel()
	failure := errors.New("out of disk")
	w := autoCreating(t, roster.Options{})
	for name, st := range map[string]failingStore{
		"the account":    {Store: w.store, account: failure},
		"the membership": {Store: w.store, membership: failure},
	} {
		m, err := w.In(st).CreateMember(t.Context(), membership.Member{Name: "Ron"})
		wantError(t, name+" fails", err, failure)
		equal(t, "what comes with an error", m, membership.Member{})
		equal(t, "what is there", w.census(), [3]int{})
	}
	wantError(t, "a transaction that fails afterwards", w.Update(t.Context(), func(svc *roster.Service) error {
		_, err := svc.CreateMember(t.Context(), membership.Member{Name: "Ron"})
		must(t, err)
		return failure
	}), failure)
	equal(t, "what is there", w.census(), [3]int{})

	must(t, w.Update(t.Context(), func(svc *roster.Service) error {
		_, err := svc.UpdateSettings(t.Context(), membership.SettingsUpdate{AutoCreateAccounts: new(false)})
		must(t, err)
		_, err = svc.CreateMember(t.Context(), membership.Member{Name: "Ron"})
		return err
	}))
	equal(t, "what is there when the same transaction turned it off", w.census(), [3]int{0, 1, 0})
}

// failingStore is a store some of whose writes fail.
type failingStore struct {
	store.Store
	account, membership error // of inserts
}

func (s failingStore) Update(ctx context.Context, fn func(store.Tx) error) error {
	return s.Store.Update(ctx, func(tx store.Tx) error { return fn(failingTx{tx, s}) })
}

type failingTx struct {
	store.Tx
	store failingStore
}

func (t failingTx) InsertAccount(ctx context.Context, a membership.Account) error {
	return errors.Join(t.store.account, t.Tx.InsertAccount(ctx, a))
}

func (t failingTx) InsertMembership(ctx context.Context, m membership.Membership) error {
	return errors.Join(t.store.membership, t.Tx.InsertMembership(ctx, m))
}
