package storetest_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
	"github.com/roster-go/roster/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// broken is a store that breaks one promise: a good store with some of its functions replaced.
type broken struct {
	store.Store
	promise string // the part of the contract that it breaks
	read    func(store.Reader) store.Reader
	write   func(store.Tx) store.Tx
	view    func(ctx context.Context, st store.Store, fn func(store.Reader) error) error
	update  func(ctx context.Context, st store.Store, fn func(store.Tx) error) error
	close   func(store.Store) error
}

func (b broken) View(ctx context.Context, fn func(store.Reader) error) error {
	if b.view != nil {
		return b.view(ctx, b.Store, fn)
	}
	if b.read == nil {
		return b.Store.View(ctx, fn)
	}
	return b.Store.View(ctx, func(r store.Reader) error { return fn(b.read(r)) })
}

func (b broken) Update(ctx context.Context, fn func(store.Tx) error) error {
	if b.update != nil {
		return b.update(ctx, b.Store, fn)
	}
	if b.write == nil {
		return b.Store.Update(ctx, fn)
	}
	return b.Store.Update(ctx, func(tx store.Tx) error { return fn(b.write(tx)) })
}

func (b broken) Close() error {
	if b.close != nil {
		return b.close(b.Store)
	}
	return b.Store.Close()
}

func (b broken) ListMembers(ctx context.Context, q membership.Query) (membership.Page[membership.Member], error) {
	if b.read != nil {
		return b.read(b.Store).ListMembers(ctx, q)
	}
	return b.Store.ListMembers(ctx, q)
}

func (b broken) Membership(ctx context.Context, a membership.AccountID, id membership.MembershipID) (membership.Membership, error) {
	if b.read != nil {
		return b.read(b.Store).Membership(ctx, a, id)
	}
	return b.Store.Membership(ctx, a, id)
}

func (b broken) IsMember(ctx context.Context, a membership.AccountID, m membership.MemberID) (bool, error) {
	if b.read != nil {
		return b.read(b.Store).IsMember(ctx, a, m)
	}
	return b.Store.IsMember(ctx, a, m)
}

// twisted is a reader that answers wrongly where it was told how.
type twisted struct {
	store.Reader
	query      func(membership.Query) membership.Query
	page       func(*membership.Page[membership.Member])
	membership func(membership.Membership, error) (membership.Membership, error)
	isMember   func(bool) bool
}

func (r twisted) ListMembers(ctx context.Context, q membership.Query) (membership.Page[membership.Member], error) {
	if r.query != nil {
		q = r.query(q)
	}
	page, err := r.Reader.ListMembers(ctx, q)
	if r.page != nil && err == nil {
		r.page(&page)
	}
	return page, err
}

func (r twisted) Membership(ctx context.Context, a membership.AccountID, id membership.MembershipID) (membership.Membership, error) {
	m, err := r.Reader.Membership(ctx, a, id)
	if r.membership != nil {
		return r.membership(m, err)
	}
	return m, err
}

func (r twisted) IsMember(ctx context.Context, a membership.AccountID, m membership.MemberID) (bool, error) {
	is, err := r.Reader.IsMember(ctx, a, m)
	if r.isMember != nil {
		is = r.isMember(is)
	}
	return is, err
}

// forgetful is a transaction that does not do all it should.
type forgetful struct {
	store.Tx
	facts  func(*membership.JoinFacts)
	insert func(store.Tx, membership.Membership) membership.Membership
	update func(membership.Account) membership.Account
	member func(store.Tx, membership.Member) membership.Member
	remove func(int) int
}

func (t forgetful) JoinFacts(ctx context.Context, a membership.AccountID, m membership.MemberID) (membership.JoinFacts, error) {
	facts, err := t.Tx.JoinFacts(ctx, a, m)
	if t.facts != nil {
		t.facts(&facts)
	}
	return facts, err
}

func (t forgetful) InsertMembership(ctx context.Context, m membership.Membership) error {
	if t.insert != nil {
		m = t.insert(t.Tx, m)
	}
	return t.Tx.InsertMembership(ctx, m)
}

func (t forgetful) UpdateAccount(ctx context.Context, a membership.Account) error {
	if t.update != nil {
		a = t.update(a)
	}
	return t.Tx.UpdateAccount(ctx, a)
}

func (t forgetful) UpdateMember(ctx context.Context, m membership.Member) error {
	if t.member != nil {
		m = t.member(t.Tx, m)
	}
	return t.Tx.UpdateMember(ctx, m)
}

func (t forgetful) DeleteField(ctx context.Context, id membership.FieldID) (int, error) {
	n, err := t.Tx.DeleteField(ctx, id)
	if t.remove != nil {
		n = t.remove(n)
	}
	return n, err
}

func reading(promise string, twist twisted) broken {
	return broken{promise: promise, read: func(r store.Reader) store.Reader {
		own := twist // Why a copy: cases run at the same time
		own.Reader = r
		return own
	}}
}

func writing(promise string, forget forgetful) broken {
	return broken{promise: promise, write: func(tx store.Tx) store.Tx {
		own := forget
		own.Tx = tx
		return own
	}}
}

// brokenStores are stores that the suite must not pass, each by the promise that it breaks.
var brokenStores = map[string]broken{
	"keeps what a failed function did": {promise: "06_Atomicity", update: func(ctx context.Context, st store.Store, fn func(store.Tx) error) (failed error) {
		err := st.Update(ctx, func(tx store.Tx) error { failed = fn(tx); return nil })
		if err != nil {
			return err
		}
		return failed
	}},
	"swallows panics": {promise: "06_Atomicity", update: func(ctx context.Context, st store.Store, fn func(store.Tx) error) error {
		defer func() { _ = recover() }()
		return st.Update(ctx, fn)
	}},
	"commits although the context ended": {promise: "06_Atomicity", update: func(ctx context.Context, st store.Store, fn func(store.Tx) error) error {
		return st.Update(context.WithoutCancel(ctx), fn)
	}},
	"has views without a snapshot": {promise: "07_Isolation", view: func(_ context.Context, st store.Store, fn func(store.Reader) error) error {
		return fn(st)
	}},
	"runs a function twice and keeps both": {promise: "04_Cascade", update: func(ctx context.Context, st store.Store, fn func(store.Tx) error) error {
		return st.Update(ctx, func(tx store.Tx) error {
			if err := fn(tx); err != nil {
				return err
			}
			return fn(tx)
		})
	}},
	"does not close":       {promise: "10_Lifetime", close: func(store.Store) error { return nil }},
	"counts the page only": reading("05_Lists", twisted{page: func(p *membership.Page[membership.Member]) { p.Total = len(p.Items) }}),
	"returns nil for an empty page": reading("05_Lists", twisted{page: func(p *membership.Page[membership.Member]) {
		if len(p.Items) == 0 {
			p.Items = nil
		}
	}}),
	"ignores the position": reading("05_Lists", twisted{query: func(q membership.Query) membership.Query {
		q.After = membership.Position{}
		return q
	}}),
	"ignores the offset": reading("05_Lists", twisted{query: func(q membership.Query) membership.Query { q.Offset = 0; return q }}),
	"caps the page": reading("05_Lists", twisted{query: func(q membership.Query) membership.Query {
		q.Limit = min(q.Limit, 30)
		return q
	}}),
	"ignores the direction": reading("05_Lists", twisted{query: func(q membership.Query) membership.Query {
		q.Order.Desc = false
		return q
	}}),
	"ignores case in like": reading("05_Lists", twisted{query: func(q membership.Query) membership.Query {
		return rewrite(q, func(t membership.Term) membership.Term {
			if t.Op == membership.OpLike {
				t.Op = membership.OpILike
			}
			return t
		})
	}}),
	"takes gt for ge": reading("05_Lists", twisted{query: func(q membership.Query) membership.Query {
		return rewrite(q, func(t membership.Term) membership.Term {
			if t.Op == membership.OpGt {
				t.Op = membership.OpGe
			}
			return t
		})
	}}),
	"looks up across accounts": reading("02_NotFound", twisted{membership: func(m membership.Membership, err error) (membership.Membership, error) {
		if err != nil {
			return m, membership.ErrMembershipNotFound
		}
		return m, nil
	}}),
	"takes nobody for a member": reading("08_Durability", twisted{isMember: func(bool) bool { return false }}),
	"counts one too few": writing("12_Facts", forgetful{facts: func(f *membership.JoinFacts) {
		f.AccountUsed = max(0, f.AccountUsed-1)
	}}),
	"forgets the existing membership": writing("07_Isolation", forgetful{facts: func(f *membership.JoinFacts) {
		f.Existing = membership.Membership{}
	}}),
	"cuts times to the second": writing("01_RoundTrip", forgetful{insert: func(_ store.Tx, m membership.Membership) membership.Membership {
		m.CreatedAt = m.CreatedAt.Truncate(1e9)
		return m
	}}),
	"keeps the old custom fields on update": writing("13_Fields", forgetful{member: func(tx store.Tx, m membership.Member) membership.Member {
		if old, err := tx.Member(context.Background(), m.ID); err == nil {
			m.Fields = old.Fields
		}
		return m
	}}),
	"does not count the values of a deleted field": writing("13_Fields", forgetful{remove: func(int) int { return 0 }}),
	"clears on update": writing("01_RoundTrip", forgetful{update: func(a membership.Account) membership.Account {
		a.RegistrationID = ""
		return a
	}}),
}

// rewrite changes every term of a query's filter.
func rewrite(q membership.Query, change func(membership.Term) membership.Term) membership.Query {
	var filter membership.Filter
	for _, group := range q.Filter {
		var terms membership.AnyOf
		for _, term := range group {
			terms = append(terms, change(term))
		}
		filter = append(filter, terms)
	}
	q.Filter = filter
	return q
}

// brokenEnv tells the child process which broken store to try.
const brokenEnv = "STORETEST_BROKEN"

// TestSuiteNoticesBrokenStores runs the cases about the broken promise on each of them, in a process of its own, where
// one must fail.
func TestSuiteNoticesBrokenStores(t *testing.T) {
	t.Parallel()
	for name, st := range brokenStores {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBrokenStore$/^"+st.promise)
			child.Env = append(os.Environ(), brokenEnv+"="+name)
			out, err := child.CombinedOutput()
			if err == nil {
				t.Fatalf("the suite passed a store that %s", name)
			}
			if !strings.Contains(string(out), "--- FAIL: TestBrokenStore/") {
				t.Fatalf("no case of the suite failed, but:\n%s", out)
			}
		})
	}
}

// TestBrokenStore is what TestSuiteNoticesBrokenStores runs.
func TestBrokenStore(t *testing.T) {
	name := os.Getenv(brokenEnv)
	if name == "" {
		t.Skip("run by TestSuiteNoticesBrokenStores")
	}
	storetest.Run(t, func(testing.TB) store.Store {
		st := brokenStores[name]
		st.Store = memstore.New()
		return st
	})
}
