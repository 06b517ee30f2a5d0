package roster_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/sqlitestore"
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

// world is a service over a store, most often in memory, with what a test needs around it.
type world struct {
	*roster.Service
	t     *testing.T
	store store.Store
	clock *clock
}

func newWorld(t *testing.T) *world { return newWorldWith(t, roster.Options{}) }

// onEachStore runs a test over every kind of store.
func onEachStore(t *testing.T, test func(t *testing.T, st store.Store)) {
	t.Helper()
	t.Run("memstore", func(t *testing.T) {
		t.Parallel()
		test(t, memstore.New())
	})
	t.Run("sqlitestore", func(t *testing.T) {
		t.Parallel()
		st, err := sqlitestore.Open(filepath.Join(t.TempDir(), "roster.db"), sqlitestore.Options{Synchronous: sqlitestore.Normal})
		must(t, err)
		t.Cleanup(func() { must(t, st.Close()) })
		test(t, st)
	})
}

func newWorldWith(t *testing.T, opts roster.Options) *world {
	t.Helper()
	return newWorldOver(t, memstore.New(), opts)
}

func newWorldOver(t *testing.T, st store.Store, opts roster.Options) *world {
	t.Helper()
	w := &world{t: t, store: st, clock: &clock{now: morning}}
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
	noTag        = membership.TagID{UUID: uuid.MustParse("00000000-0000-7000-8000-0000000000dd")}
	noProfile    = membership.PasswordProfileID{UUID: uuid.MustParse("00000000-0000-7000-8000-0000000000ee")}
	noFlow       = membership.FlowID{UUID: uuid.MustParse("00000000-0000-7000-8000-0000000000a1")}
	noField      = membership.FieldID{UUID: uuid.MustParse("00000000-0000-7000-8000-0000000000a2")}
	noLogin      = membership.LoginID{UUID: uuid.MustParse("00000000-0000-7000-8000-0000000000ff")}
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

func TestTheCallsThatTheNextTestsRefuseWouldHaveDone(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, roster.Options{HashPassword: hash})
	reads, writes := calls(w.everything())
	for _, c := range slices.Concat(reads, writes) {
		wantError(t, c.name, c.do(t.Context(), w.Service), nil)
	}
}

func TestAnEndedContextEndsEveryCall(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, roster.Options{HashPassword: hash})
	reads, writes := calls(w.everything())
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
	w := newWorldWith(t, roster.Options{HashPassword: hash})
	reads, writes := calls(w.everything())
	must(t, w.store.Close())
	for _, c := range slices.Concat(reads, writes) {
		wantError(t, c.name, c.do(t.Context(), w.Service), store.ErrClosed)
	}
}
