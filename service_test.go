package roster_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// morning is when every world begins; it is no whole millisecond and not in UTC, which a service has to see to.
var morning = time.Date(2021, 2, 23, 10, 40, 33, 882_345_678, time.FixedZone("CET", 3600))

// cutMorning is morning as it is kept.
var cutMorning = time.Date(2021, 2, 23, 9, 40, 33, 882_000_000, time.UTC)

// clock is a clock that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is a service over a store in memory, with what a test needs around it.
type world struct {
	*roster.Service
	t     *testing.T
	store *memstore.Store
	clock *clock
}

func newWorld(t *testing.T) *world { return newWorldWith(t, roster.Options{}) }

func newWorldWith(t *testing.T, opts roster.Options) *world {
	t.Helper()
	w := &world{t: t, store: memstore.New(), clock: &clock{now: morning}}
	opts.Clock = w.clock.Now
	w.Service = roster.New(w.store, opts)
	t.Cleanup(func() { _ = w.store.Close() })
	return w
}

// account creates an account.
func (w *world) account(name string) membership.Account {
	w.t.Helper()
	a, err := w.CreateAccount(w.t.Context(), membership.Account{Name: name})
	must(w.t, err)
	return a
}

// member creates a member.
func (w *world) member(name string) membership.Member {
	w.t.Helper()
	m, err := w.CreateMember(w.t.Context(), membership.Member{Name: name})
	must(w.t, err)
	return m
}

// join adds a member to an account.
func (w *world) join(a membership.Account, m membership.Member) membership.Membership {
	w.t.Helper()
	ms, err := w.Add(w.t.Context(), a.ID, m.ID)
	must(w.t, err)
	return ms
}

// census counts everything, to see that a refused call has written nothing.
func (w *world) census() [3]int {
	w.t.Helper()
	accounts, err := w.Accounts(w.t.Context(), membership.Query{Limit: -1})
	must(w.t, err)
	members, err := w.Members(w.t.Context(), membership.Query{Limit: -1})
	must(w.t, err)
	memberships, err := w.Memberships(w.t.Context(), membership.Scope{All: true}, membership.Query{Limit: -1})
	must(w.t, err)
	return [3]int{accounts.Total, members.Total, memberships.Total}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantError checks which error came. Together with a want of nil it is must without the end.
func wantError(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got %v, want %v", what, err, want)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %+v, want %+v", what, got, want)
	}
}

// notHere are ids that nothing has.
var (
	noAccount    = membership.AccountID{UUID: uuid.MustParse("00000000-0000-7000-8000-0000000000aa")}
	noMember     = membership.MemberID{UUID: uuid.MustParse("00000000-0000-7000-8000-0000000000bb")}
	noMembership = membership.MembershipID{UUID: uuid.MustParse("00000000-0000-7000-8000-0000000000cc")}
)

func TestWithoutAClockItIsNow(t *testing.T) {
	t.Parallel()
	svc := roster.New(memstore.New(), roster.Options{})
	before := membership.Timestamp(time.Now())
	a, err := svc.CreateAccount(t.Context(), membership.Account{Name: "Acme"})
	must(t, err)
	if a.CreatedAt.Before(before) || a.CreatedAt.After(time.Now()) {
		t.Errorf("created at %v, not before %v", a.CreatedAt, before)
	}
}

func TestAsIsTheSameServiceForSomebodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme := w.account("Acme")
	equal(t, "actor of a new service", w.Actor(), "")
	leslie := w.As("leslie")
	equal(t, "actor", leslie.Actor(), "leslie")
	equal(t, "actor of the one it came from", w.Actor(), "")
	equal(t, "actor of another", leslie.As("ron").Actor(), "ron")
	got, err := leslie.Account(t.Context(), acme.ID)
	must(t, err)
	equal(t, "what it sees", got, acme)
}

func TestInIsTheSameServiceOverAnotherStore(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, roster.Options{AccountLimit: 1})
	other := w.As("leslie").In(memstore.New())
	equal(t, "actor", other.Actor(), "leslie")
	acme, err := other.CreateAccount(t.Context(), membership.Account{Name: "Acme"})
	must(t, err)
	equal(t, "its clock", acme.CreatedAt, cutMorning)
	_, err = w.Account(t.Context(), acme.ID)
	wantError(t, "the first store", err, membership.ErrAccountNotFound)
	for _, want := range []error{nil, membership.ErrAccountFull} {
		m, err := other.CreateMember(t.Context(), membership.Member{Name: "Ron"})
		must(t, err)
		_, err = other.Add(t.Context(), acme.ID, m.ID)
		wantError(t, "its account limit", err, want)
	}
}

func TestAServiceWithinAnUpdateKeepsItsActor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.As("leslie").Update(t.Context(), func(svc *roster.Service) error {
		equal(t, "in an Update", svc.Actor(), "leslie")
		return nil
	}))
	must(t, w.As("leslie").View(t.Context(), func(svc *roster.Service) error {
		equal(t, "in a View", svc.Actor(), "leslie")
		return nil
	}))
}

// call is a use case, by name, called with values that would do.
type call struct {
	name string
	do   func(ctx context.Context, svc *roster.Service) error
}

// calls are all use cases on an account, a member and a membership that are there.
func calls(m membership.Membership) (reads, writes []call) {
	a, member, limit := m.AccountID, m.MemberID, 7
	reads = []call{
		{"Account", func(ctx context.Context, s *roster.Service) error { _, err := s.Account(ctx, a); return err }},
		{"AccountsByID", func(ctx context.Context, s *roster.Service) error {
			_, err := s.AccountsByID(ctx, []membership.AccountID{a})
			return err
		}},
		{"Accounts", func(ctx context.Context, s *roster.Service) error {
			_, err := s.Accounts(ctx, membership.Query{})
			return err
		}},
		{"AllAccounts", func(ctx context.Context, s *roster.Service) error {
			return lastError(s.AllAccounts(ctx, membership.Query{}))
		}},
		{"Member", func(ctx context.Context, s *roster.Service) error { _, err := s.Member(ctx, member); return err }},
		{"MembersByID", func(ctx context.Context, s *roster.Service) error {
			_, err := s.MembersByID(ctx, []membership.MemberID{member})
			return err
		}},
		{"Members", func(ctx context.Context, s *roster.Service) error {
			_, err := s.Members(ctx, membership.Query{})
			return err
		}},
		{"AllMembers", func(ctx context.Context, s *roster.Service) error {
			return lastError(s.AllMembers(ctx, membership.Query{}))
		}},
		{"UnassignedMembers", func(ctx context.Context, s *roster.Service) error {
			_, err := s.UnassignedMembers(ctx, a, membership.Query{})
			return err
		}},
		{"AllUnassignedMembers", func(ctx context.Context, s *roster.Service) error {
			return lastError(s.AllUnassignedMembers(ctx, a, membership.Query{}))
		}},
		{"Membership", func(ctx context.Context, s *roster.Service) error { _, err := s.Membership(ctx, a, m.ID); return err }},
		{"MembershipByPair", func(ctx context.Context, s *roster.Service) error {
			_, err := s.MembershipByPair(ctx, a, member)
			return err
		}},
		{"IsMember", func(ctx context.Context, s *roster.Service) error { _, err := s.IsMember(ctx, a, member); return err }},
		{"Memberships", func(ctx context.Context, s *roster.Service) error {
			_, err := s.Memberships(ctx, membership.Scope{Account: a}, membership.Query{})
			return err
		}},
		{"AllMemberships", func(ctx context.Context, s *roster.Service) error {
			return lastError(s.AllMemberships(ctx, membership.Scope{Account: a}, membership.Query{}))
		}},
		{"Settings", func(ctx context.Context, s *roster.Service) error { _, err := s.Settings(ctx); return err }},
		{"Credentials", func(ctx context.Context, s *roster.Service) error { _, err := s.Credentials(ctx); return err }},
		{"View", func(ctx context.Context, s *roster.Service) error {
			return s.View(ctx, func(*roster.Service) error { return nil })
		}},
	}
	writes = []call{
		{"CreateAccount", func(ctx context.Context, s *roster.Service) error {
			_, err := s.CreateAccount(ctx, membership.Account{Name: "Initech"})
			return err
		}},
		{"UpdateAccount", func(ctx context.Context, s *roster.Service) error {
			_, err := s.UpdateAccount(ctx, a, membership.AccountUpdate{Name: new("Initech")})
			return err
		}},
		{"CreateMember", func(ctx context.Context, s *roster.Service) error {
			_, err := s.CreateMember(ctx, membership.Member{Name: "Ann"})
			return err
		}},
		{"UpdateMember", func(ctx context.Context, s *roster.Service) error {
			_, err := s.UpdateMember(ctx, member, membership.MemberUpdate{Name: new("Ann")})
			return err
		}},
		{"Ensure", func(ctx context.Context, s *roster.Service) error { _, _, err := s.Ensure(ctx, a, member); return err }},
		{"UpdateMembership", func(ctx context.Context, s *roster.Service) error {
			_, err := s.UpdateMembership(ctx, a, m.ID, membership.MembershipUpdate{MemberID: &member})
			return err
		}},
		{"UpdateSettings", func(ctx context.Context, s *roster.Service) error {
			_, err := s.UpdateSettings(ctx, membership.SettingsUpdate{MembershipLimit: &limit})
			return err
		}},
		{"CreateCredential", func(ctx context.Context, s *roster.Service) error {
			_, _, err := s.CreateCredential(ctx, membership.ScopeRead)
			return err
		}},
		{"IssueToken", func(ctx context.Context, s *roster.Service) error {
			_, _, err := s.IssueToken(ctx, "client", membership.ScopeRead, time.Hour)
			return err
		}},
		{"Update", func(ctx context.Context, s *roster.Service) error {
			return s.Update(ctx, func(*roster.Service) error { return nil })
		}},
		{"Remove", func(ctx context.Context, s *roster.Service) error { return s.Remove(ctx, a, m.ID) }},
		{"Add", func(ctx context.Context, s *roster.Service) error { _, err := s.Add(ctx, a, member); return err }},
		{"DeleteMember", func(ctx context.Context, s *roster.Service) error { return s.DeleteMember(ctx, member) }},
		{"DeleteAccount", func(ctx context.Context, s *roster.Service) error { return s.DeleteAccount(ctx, a) }},
	}
	return reads, writes
}

func TestTheCallsThatTheNextTestsRefuseWouldHaveDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	reads, writes := calls(w.join(w.account("Acme"), w.member("Ron")))
	for _, c := range slices.Concat(reads, writes) {
		wantError(t, c.name, c.do(t.Context(), w.Service), nil)
	}
}

func TestAnEndedContextEndsEveryCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	reads, writes := calls(w.join(w.account("Acme"), w.member("Ron")))
	before := w.census()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range slices.Concat(reads, writes) {
		wantError(t, c.name, c.do(ended, w.Service), context.Canceled)
	}
	equal(t, "what is there", w.census(), before)
}

func TestAClosedStoreSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	reads, writes := calls(w.join(w.account("Acme"), w.member("Ron")))
	must(t, w.store.Close())
	for _, c := range slices.Concat(reads, writes) {
		wantError(t, c.name, c.do(t.Context(), w.Service), store.ErrClosed)
	}
}
