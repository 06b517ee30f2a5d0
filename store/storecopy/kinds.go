package storecopy

import (
	"context"
	"errors"

	"github.com/roster-go/roster/membership"
)

var profileKind = kind[membership.PasswordProfile]{
	name: "password profiles",
	id:   func(p membership.PasswordProfile) string { return p.ID.String() },
	there: func(ctx context.Context, tx target, rows []membership.PasswordProfile) ([]membership.PasswordProfile, error) {
		return lookup(rows, func(p membership.PasswordProfile) (membership.PasswordProfile, error) {
			return tx.PasswordProfile(ctx, p.ID)
		})
	},
	insert: each(func(ctx context.Context, tx target, p membership.PasswordProfile) error {
		return tx.InsertPasswordProfile(ctx, p)
	}),
}

var tagKind = kind[membership.Tag]{
	name: "tags",
	id:   func(t membership.Tag) string { return t.ID.String() },
	there: func(ctx context.Context, tx target, rows []membership.Tag) ([]membership.Tag, error) {
		return lookup(rows, func(t membership.Tag) (membership.Tag, error) { return tx.Tag(ctx, t.ID) })
	},
	insert: each(func(ctx context.Context, tx target, t membership.Tag) error { return tx.InsertTag(ctx, t) }),
}

var credentialKind = kind[membership.Credential]{
	name: "credentials",
	id:   func(c membership.Credential) string { return c.ClientID },
	there: func(ctx context.Context, tx target, _ []membership.Credential) ([]membership.Credential, error) {
		return tx.Credentials(ctx)
	},
	insert: each(func(ctx context.Context, tx target, c membership.Credential) error {
		return tx.InsertCredential(ctx, c)
	}),
}

// lookup looks rows up one by one, of which there are few.
func lookup[T any](rows []T, find func(T) (T, error)) ([]T, error) {
	var there []T
	for _, row := range rows {
		found, err := find(row)
		if err != nil && !errors.Is(err, membership.ErrNotFound) {
			return nil, err
		}
		if err == nil {
			there = append(there, found)
		}
	}
	return there, nil
}

var accountKind = kind[membership.Account]{
	name: "accounts",
	id:   func(a membership.Account) string { return a.ID.String() },
	there: func(ctx context.Context, tx target, rows []membership.Account) ([]membership.Account, error) {
		there, err := tx.AccountsByID(ctx, ids(rows, func(a membership.Account) membership.AccountID { return a.ID }))
		if err == nil {
			err = tx.side().wholeAccounts(ctx, there)
		}
		return there, err
	},
	insert: each(func(ctx context.Context, tx target, a membership.Account) error { return tx.InsertAccount(ctx, a) }),
}

// assignment is that an account has a tag.
type assignment struct {
	account membership.AccountID
	tag     membership.TagID
}

var assignmentKind = kind[assignment]{
	name: "tags of accounts",
	id:   func(a assignment) string { return a.tag.String() + " of " + a.account.String() },
	there: func(ctx context.Context, tx target, rows []assignment) ([]assignment, error) {
		related, err := tx.AccountRelations(ctx, ids(rows, func(a assignment) membership.AccountID { return a.account }))
		var there []assignment
		for id, r := range related {
			there = append(there, assignments(id, r)...)
		}
		return there, err
	},
	insert: each(func(ctx context.Context, tx target, a assignment) error { return tx.TagAccount(ctx, a.account, a.tag) }),
}

func assignments(id membership.AccountID, r membership.Relations) []assignment {
	var all []assignment
	for _, t := range r.Tags {
		all = append(all, assignment{id, t.ID})
	}
	return all
}

var memberKind = kind[membership.Member]{
	name: "members",
	id:   func(m membership.Member) string { return m.ID.String() },
	there: func(ctx context.Context, tx target, rows []membership.Member) ([]membership.Member, error) {
		there, err := tx.MembersByID(ctx, ids(rows, func(m membership.Member) membership.MemberID { return m.ID }))
		if err == nil {
			err = tx.side().wholeMembers(ctx, there)
		}
		return there, err
	},
	insert: each(func(ctx context.Context, tx target, m membership.Member) error { return tx.InsertMember(ctx, m) }),
}

var loginKind = kind[membership.Login]{
	name: "logins",
	id:   func(l membership.Login) string { return l.ID.String() },
	there: func(ctx context.Context, tx target, rows []membership.Login) ([]membership.Login, error) {
		return tx.LoginsOfMembers(ctx, ids(rows, func(l membership.Login) membership.MemberID { return l.MemberID }))
	},
	insert: each(func(ctx context.Context, tx target, l membership.Login) error { return tx.InsertLogin(ctx, l) }),
}

var membershipKind = kind[membership.Membership]{
	name: "memberships",
	id:   func(m membership.Membership) string { return m.ID.String() },
	there: func(ctx context.Context, tx target, rows []membership.Membership) ([]membership.Membership, error) {
		facts, err := tx.JoinFactsOf(ctx, rows)
		if err != nil {
			return nil, err
		}
		var there []membership.Membership
		for _, f := range facts {
			if !f.Existing.IsZero() {
				there = append(there, f.Existing)
			}
		}
		return there, tx.side().wholeMemberships(ctx, there)
	},
	insert: func(ctx context.Context, tx target, rows []membership.Membership) (int, error) {
		return tx.InsertMemberships(ctx, rows)
	},
}

// ids are the ids of rows, each once.
func ids[T any, ID comparable](rows []T, id func(T) ID) []ID {
	known := make(map[ID]bool, len(rows))
	all := make([]ID, 0, len(rows))
	for _, row := range rows {
		if id := id(row); !known[id] {
			known[id] = true
			all = append(all, id)
		}
	}
	return all
}
