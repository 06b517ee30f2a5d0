package rivals_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
)

// brokenStores are stores that are wrong in one way each: a check that finds nothing wrong with them is worth nothing.
var brokenStores = map[string]func() store.Store{
	"decides on facts of another transaction": func() store.Store { return &hasty{memstore.New()} },
	"answers with a count that was right once": func() store.Store {
		return &remembering{Store: memstore.New(), counts: map[membership.AccountID]int{}}
	},
	"remembers who was a member": func() store.Store {
		return &credulous{Store: memstore.New(), known: map[[2]uuid.UUID]bool{}}
	},
	"loses every tenth removal": func() store.Store { return &forgetful{Store: memstore.New(), removals: true} },
	"loses every tenth commit":  func() store.Store { return &forgetful{Store: memstore.New()} },
	"shows what is not committed": func() store.Store {
		return &indiscreet{Store: memstore.New(), shown: map[[2]uuid.UUID]bool{}}
	},
}

var errOnlyLooked = errors.New("only looked")

// hasty reads the facts of joining in one transaction and inserts in the next.
type hasty struct{ *memstore.Store }

func (s *hasty) Update(ctx context.Context, fn func(store.Tx) error) error {
	seen := map[[2]uuid.UUID]membership.JoinFacts{}
	err := s.Store.Update(ctx, func(tx store.Tx) error {
		if err := fn(&hastyTx{tx, seen, true}); err != nil {
			return err
		}
		return errOnlyLooked
	})
	if !errors.Is(err, errOnlyLooked) {
		return err
	}
	runtime.Gosched() // lets others in between, where there are few processors
	return s.Store.Update(ctx, func(tx store.Tx) error { return fn(&hastyTx{tx, seen, false}) })
}

type hastyTx struct {
	store.Tx
	seen map[[2]uuid.UUID]membership.JoinFacts
	look bool
}

func (t *hastyTx) JoinFacts(ctx context.Context, account membership.AccountID, member membership.MemberID) (membership.JoinFacts, error) {
	pair := [2]uuid.UUID{account.UUID, member.UUID}
	if facts, known := t.seen[pair]; known && !t.look {
		return facts, nil
	}
	facts, err := t.Tx.JoinFacts(ctx, account, member)
	t.seen[pair] = facts
	return facts, err
}

// remembering looks at how many memberships an account has every other time only.
type remembering struct {
	*memstore.Store
	mu     sync.Mutex
	counts map[membership.AccountID]int
}

func (s *remembering) ListMemberships(ctx context.Context, scope membership.Scope, q membership.Query) (membership.Page[membership.Membership], error) {
	page, err := s.Store.ListMemberships(ctx, scope, q)
	if q.Limit >= 0 || err != nil {
		return page, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if total, known := s.counts[scope.Account]; known {
		delete(s.counts, scope.Account)
		page.Total = total
	} else {
		s.counts[scope.Account] = page.Total
	}
	return page, nil
}

// credulous asks only once whether somebody is a member.
type credulous struct {
	*memstore.Store
	mu    sync.Mutex
	known map[[2]uuid.UUID]bool
}

func (s *credulous) IsMember(ctx context.Context, account membership.AccountID, member membership.MemberID) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pair := [2]uuid.UUID{account.UUID, member.UUID}
	if is, known := s.known[pair]; known {
		return is, nil
	}
	is, err := s.Store.IsMember(ctx, account, member)
	s.known[pair] = is
	return is, err
}

// forgetful says of every tenth Update that it is committed when nothing was, or of every tenth removal in one.
type forgetful struct {
	*memstore.Store
	removals bool
	n        atomic.Int64
}

func (s *forgetful) Update(ctx context.Context, fn func(store.Tx) error) error {
	err := s.Store.Update(ctx, func(tx store.Tx) error {
		f := &forgetfulTx{Tx: tx}
		if err := fn(f); err != nil {
			return err
		}
		if (f.removed || !s.removals) && s.n.Add(1)%10 == 0 {
			return errOnlyLooked
		}
		return nil
	})
	if errors.Is(err, errOnlyLooked) {
		return nil
	}
	return err
}

type forgetfulTx struct {
	store.Tx
	removed bool
}

func (t *forgetfulTx) DeleteMembership(ctx context.Context, account membership.AccountID, id membership.MembershipID) error {
	t.removed = true
	return t.Tx.DeleteMembership(ctx, account, id)
}

// indiscreet tells of members whose transaction is refused in the end, as a reader of uncommitted rows may.
type indiscreet struct {
	*memstore.Store
	mu    sync.Mutex
	shown map[[2]uuid.UUID]bool
}

func (s *indiscreet) Update(ctx context.Context, fn func(store.Tx) error) error {
	return s.Store.Update(ctx, func(tx store.Tx) error { return fn(&indiscreetTx{tx, s}) })
}

func (s *indiscreet) IsMember(ctx context.Context, account membership.AccountID, member membership.MemberID) (bool, error) {
	is, err := s.Store.IsMember(ctx, account, member)
	s.mu.Lock()
	defer s.mu.Unlock()
	return is || s.shown[[2]uuid.UUID{account.UUID, member.UUID}], err
}

type indiscreetTx struct {
	store.Tx
	s *indiscreet
}

func (t *indiscreetTx) JoinFacts(ctx context.Context, account membership.AccountID, member membership.MemberID) (membership.JoinFacts, error) {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	t.s.shown[[2]uuid.UUID{account.UUID, member.UUID}] = true
	return t.Tx.JoinFacts(ctx, account, member)
}
