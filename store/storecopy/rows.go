package storecopy

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

// noun is a kind of rows that are read page by page, in the order of their ids.
type noun[T any] struct {
	name string // of one
	page func(ctx context.Context, s *side, q membership.Query) (membership.Page[T], error)
	id   func(T) uuid.UUID
	// differs says what is different between two rows of the same id; empty when they are equal.
	differs func(a, b T) string
	// rows is how many rows one counts for, with those that go along.
	rows func(T) int
}

// walk calls each for every page of a noun's rows.
func walk[T any](ctx context.Context, s *side, n noun[T], size int, each func(membership.Page[T]) error) error {
	q := membership.Query{Order: membership.Order{By: membership.AttrID}, Limit: size}
	for {
		page, err := n.page(ctx, s, q)
		if err != nil {
			return err
		}
		if err := each(page); err != nil || len(page.Items) < size {
			return err
		}
		q.After = n.position(page.Items[len(page.Items)-1])
	}
}

func (n noun[T]) position(row T) membership.Position {
	return membership.Position{Key: membership.IDValue(n.id(row)), ID: n.id(row)}
}

const isAnother = "is another one in the target"

// compared is differs for rows that are nothing but themselves.
func compared[T comparable](a, b T) string {
	if a != b {
		return isAnother
	}
	return ""
}

func one[T any](T) int { return 1 }

var profiles = noun[membership.PasswordProfile]{
	name: "password profile",
	page: func(ctx context.Context, s *side, q membership.Query) (membership.Page[membership.PasswordProfile], error) {
		return s.ListPasswordProfiles(ctx, q)
	},
	id:      func(p membership.PasswordProfile) uuid.UUID { return p.ID.UUID },
	differs: compared[membership.PasswordProfile],
	rows:    one[membership.PasswordProfile],
}

var tags = noun[membership.Tag]{
	name: "tag",
	page: func(ctx context.Context, s *side, q membership.Query) (membership.Page[membership.Tag], error) {
		return s.ListTags(ctx, q)
	},
	id:      func(t membership.Tag) uuid.UUID { return t.ID.UUID },
	differs: compared[membership.Tag],
	rows:    one[membership.Tag],
}

// account is an account with its tags, and those above it.
type account struct {
	membership.Account
	related membership.Relations
}

var accounts = noun[account]{
	name: "account",
	page: func(ctx context.Context, s *side, q membership.Query) (membership.Page[account], error) {
		page, err := s.ListAccounts(ctx, q)
		if err != nil {
			return membership.Page[account]{}, err
		}
		all, err := s.related(ctx, page.Items)
		return membership.Page[account]{Items: all, Total: page.Total}, err
	},
	id: func(a account) uuid.UUID { return a.ID.UUID },
	differs: func(a, b account) string {
		if a.Account == b.Account && !slices.Equal(assignments(a.ID, a.related), assignments(b.ID, b.related)) {
			return "has other tags in the target"
		}
		return compared(a.Account, b.Account)
	},
	rows: func(a account) int { return 1 + len(a.related.Tags) },
}

// related completes accounts.
func (s *side) related(ctx context.Context, rows []membership.Account) ([]account, error) {
	if err := s.wholeAccounts(ctx, rows); err != nil {
		return nil, err
	}
	related, err := s.AccountRelations(ctx, ids(rows, func(a membership.Account) membership.AccountID { return a.ID }))
	all := make([]account, 0, len(rows))
	for _, a := range rows {
		all = append(all, account{a, related[a.ID]})
	}
	return all, err
}

// member is a member with its logins, by their ids.
type member struct {
	membership.Member
	logins []membership.Login
}

var members = noun[member]{
	name: "member",
	page: func(ctx context.Context, s *side, q membership.Query) (membership.Page[member], error) {
		page, err := s.ListMembers(ctx, q)
		if err != nil {
			return membership.Page[member]{}, err
		}
		all, err := s.withLogins(ctx, page.Items)
		return membership.Page[member]{Items: all, Total: page.Total}, err
	},
	id: func(m member) uuid.UUID { return m.ID.UUID },
	differs: func(a, b member) string {
		if a.Member == b.Member && !slices.Equal(a.logins, b.logins) {
			return "has other logins in the target"
		}
		return compared(a.Member, b.Member)
	},
	rows: func(m member) int { return 1 + len(m.logins) },
}

// withLogins completes members.
func (s *side) withLogins(ctx context.Context, rows []membership.Member) ([]member, error) {
	if err := s.wholeMembers(ctx, rows); err != nil {
		return nil, err
	}
	logins, err := s.LoginsOfMembers(ctx, ids(rows, func(m membership.Member) membership.MemberID { return m.ID }))
	of := make(map[membership.MemberID][]membership.Login)
	for _, l := range logins {
		of[l.MemberID] = append(of[l.MemberID], l)
	}
	all := make([]member, 0, len(rows))
	for _, m := range rows {
		all = append(all, member{m, of[m.ID]})
	}
	return all, err
}

var memberships = noun[membership.Membership]{
	name: "membership",
	page: func(ctx context.Context, s *side, q membership.Query) (membership.Page[membership.Membership], error) {
		page, err := s.ListMemberships(ctx, membership.Scope{All: true}, q)
		if err == nil {
			err = s.wholeMemberships(ctx, page.Items)
		}
		return page, err
	},
	id:      func(m membership.Membership) uuid.UUID { return m.ID.UUID },
	differs: compared[membership.Membership],
	rows:    one[membership.Membership],
}
