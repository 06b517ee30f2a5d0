package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

// service is roster over one of its stores.
type service struct {
	world
	*roster.Service
	store    store.Store
	accounts []membership.AccountID
	members  []membership.MemberID
}

// openRoster is roster on a new database file, as Open makes it.
func openRoster(dir string, w world) (contender, error) { return newRoster(dir, w) }

func newRoster(dir string, w world) (*service, error) {
	st, err := sqlitestore.Open(filepath.Join(dir, "roster.db"), sqlitestore.Options{})
	if err != nil {
		return nil, err
	}
	return openService(st, w)
}

// openRosterInMemory is roster in memory.
func openRosterInMemory(_ string, w world) (contender, error) { return openService(memstore.New(), w) }

func openService(st store.Store, w world) (*service, error) {
	s := newPopulation(w).service(st)
	if err := s.fill(); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return s, nil
}

// service is roster on a store that has the accounts and the members.
func (p population) service(st store.Store) *service {
	s := &service{world: p.world, store: st, Service: roster.New(st, roster.Options{AccountLimit: p.AccountLimit})}
	for _, id := range p.accounts {
		s.accounts = append(s.accounts, membership.AccountID{UUID: id})
	}
	for _, id := range p.members {
		s.members = append(s.members, membership.MemberID{UUID: id})
	}
	return s
}

// fill writes the world past the rules, which are not what is measured, and past the change log.
func (s *service) fill() error {
	ctx := context.Background()
	err := s.store.Update(ctx, func(tx store.Tx) error {
		now := membership.Timestamp(time.Now())
		for i, id := range s.accounts {
			a := membership.Account{ID: id, Name: fmt.Sprint("Account ", i), CreatedAt: now, UpdatedAt: now}
			if err := tx.InsertAccount(ctx, a); err != nil {
				return err
			}
		}
		for i, id := range s.members {
			m := membership.Member{ID: id, Name: fmt.Sprint("Member ", i), Email: fmt.Sprintf("member%d@example.com", i),
				CreatedAt: now, UpdatedAt: now}
			if err := tx.InsertMember(ctx, m); err != nil {
				return err
			}
		}
		return s.insert(ctx, tx, 0, s.memberships(), now)
	})
	if err != nil {
		return err
	}
	return s.limit()
}

// limit sets the members' limit, if the world has one of its own.
func (s *service) limit() error {
	if s.MemberLimit == 0 {
		return nil
	}
	_, err := s.UpdateSettings(context.Background(), membership.SettingsUpdate{MembershipLimit: &s.MemberLimit})
	return err
}

// insert adds the pairs from first on, so many of them, a millisecond apart.
func (s *service) insert(ctx context.Context, tx store.Tx, first, count int, from time.Time) error {
	for i, id := range newIDs(count) {
		account, member := s.pair(first + i)
		at := from.Add(time.Duration(i) * time.Millisecond)
		m := membership.Membership{ID: membership.MembershipID{UUID: id}, AccountID: s.accounts[account],
			MemberID: s.members[member], CreatedAt: at, UpdatedAt: at}
		if err := tx.InsertMembership(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// Join implements joiner.
func (s *service) Join(account, member int) error {
	_, err := s.Add(context.Background(), s.accounts[account], s.members[member])
	if errors.Is(err, membership.ErrConflict) || errors.Is(err, membership.ErrLimit) {
		return errRefused
	}
	return err
}

// IsMember implements asker.
func (s *service) IsMember(account, member int) (bool, error) {
	return s.Service.IsMember(context.Background(), s.accounts[account], s.members[member])
}

// List implements lister.
func (s *service) List(account, offset int) (rows, total int, err error) {
	page, err := s.Memberships(context.Background(), membership.Scope{Account: s.accounts[account]}, membership.Query{Offset: offset})
	return len(page.Items), page.Total, err
}

// Count implements counter.
func (s *service) Count() (int, error) {
	page, err := s.Memberships(context.Background(), membership.Scope{All: true}, membership.Query{Limit: -1})
	return page.Total, err
}

// Close implements contender.
func (s *service) Close() error { return s.store.Close() }
