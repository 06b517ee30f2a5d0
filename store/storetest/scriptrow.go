package storetest

import (
	"context"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// The nouns of a script are few, so that its operations meet.
const (
	scriptNouns       = 5
	scriptMemberships = 12
)

// operation decides on one operation; n is unique within the script and gives what it writes its time.
func (s *script) operation(n int) operation {
	kind, a, m := s.pick(64), s.pick(scriptNouns), s.pick(scriptNouns)
	switch {
	case kind < 8: // memberships are most of the work
		return s.membershipOperation(kind, n, accountID(a), memberID(m))
	case kind < 14:
		return s.tagOperation(kind, n, a, m)
	case kind < 20:
		return s.loginOperation(kind, n, a, m)
	case kind < 30:
		return s.nounOperation(kind, n, a, m)
	case kind < 40:
		return s.fieldOperation(kind, n, a)
	case kind < 50:
		return s.lookup(kind, a, m)
	case kind < 56:
		return s.credentialOperation(kind, n, a)
	}
	return s.logOperation(kind, n, a, m)
}

func (s *script) nounOperation(kind, n, a, m int) operation {
	switch kind {
	case 20, 21:
		row := s.account(a, n)
		return writing("InsertAccount", row.with(&row.row.Fields, func(ctx context.Context, tx store.Tx) error { return tx.InsertAccount(ctx, row.row) }))
	case 22:
		row := s.account(a, n)
		return writing("UpdateAccount", row.with(&row.row.Fields, func(ctx context.Context, tx store.Tx) error { return tx.UpdateAccount(ctx, row.row) }))
	case 23:
		return writing("DeleteAccount", func(ctx context.Context, tx store.Tx) error { return tx.DeleteAccount(ctx, accountID(a), at(n)) })
	case 24, 25:
		row := s.member(m, n)
		return writing("InsertMember", row.with(&row.row.Fields, func(ctx context.Context, tx store.Tx) error { return tx.InsertMember(ctx, row.row) }))
	case 26:
		row := s.member(m, n)
		return writing("UpdateMember", row.with(&row.row.Fields, func(ctx context.Context, tx store.Tx) error { return tx.UpdateMember(ctx, row.row) }))
	case 27:
		return writing("DeleteMember", func(ctx context.Context, tx store.Tx) error { return tx.DeleteMember(ctx, memberID(m)) })
	case 28:
		return s.list("ListAccounts", membership.ResourceAccount, func(ctx context.Context, tx store.Tx, q membership.Query) (any, error) {
			return tx.ListAccounts(ctx, q)
		})
	default:
		return s.list("ListUnassignedMembers", membership.ResourceMember, func(ctx context.Context, tx store.Tx, q membership.Query) (any, error) {
			return tx.ListUnassignedMembers(ctx, accountID(a), q)
		})
	}
}

// tagOperation gives few names to few tags, so that they collide.
func (s *script) tagOperation(kind, n, a, m int) operation {
	row := tag(m)
	row.Name, row.CreatedAt, row.UpdatedAt = texts[s.pick(scriptNouns)], at(n), at(n+s.pick(9))
	switch kind {
	case 8:
		return writing("InsertTag", func(ctx context.Context, tx store.Tx) error { return tx.InsertTag(ctx, row) })
	case 9:
		return writing("UpdateTag", func(ctx context.Context, tx store.Tx) error { return tx.UpdateTag(ctx, row) })
	case 10:
		return writing("DeleteTag", func(ctx context.Context, tx store.Tx) error { return tx.DeleteTag(ctx, tagID(m)) })
	case 11:
		return writing("TagAccount", func(ctx context.Context, tx store.Tx) error { return tx.TagAccount(ctx, accountID(a), tagID(m)) })
	case 12:
		return writing("UntagAccount", func(ctx context.Context, tx store.Tx) error { return tx.UntagAccount(ctx, accountID(a), tagID(m)) })
	default:
		ids := []membership.AccountID{accountID(a), accountID(m)}
		return reading("AccountRelations", func(ctx context.Context, tx store.Tx) (any, error) { return tx.AccountRelations(ctx, ids) })
	}
}

func (s *script) loginOperation(kind, n, p, m int) operation {
	row := login(s.pick(scriptNouns), m, p)
	row.Username, row.CreatedAt, row.UpdatedAt = texts[s.pick(scriptNouns)], at(n), at(n+s.pick(9))
	switch kind {
	case 14:
		return writing("InsertPasswordProfile", func(ctx context.Context, tx store.Tx) error { return tx.InsertPasswordProfile(ctx, profile(p)) })
	case 15:
		return writing("DeletePasswordProfile", func(ctx context.Context, tx store.Tx) error { return tx.DeletePasswordProfile(ctx, profileID(p)) })
	case 16:
		return writing("InsertLogin", func(ctx context.Context, tx store.Tx) error { return tx.InsertLogin(ctx, row) })
	case 17:
		return writing("UpdateLogin", func(ctx context.Context, tx store.Tx) error { return tx.UpdateLogin(ctx, row) })
	case 18:
		return writing("DeleteLogin", func(ctx context.Context, tx store.Tx) error { return tx.DeleteLogin(ctx, memberID(m), row.ID) })
	default:
		return s.list("ListLogins", membership.ResourceLogin, func(ctx context.Context, tx store.Tx, q membership.Query) (any, error) {
			return tx.ListLogins(ctx, memberID(m), q)
		})
	}
}

func (s *script) membershipOperation(kind, n int, a membership.AccountID, m membership.MemberID) operation {
	row := &scriptRow[membership.Membership]{row: joining(s.pick(scriptMemberships), a, m)}
	row.row.CreatedAt, row.row.UpdatedAt = at(n), at(n+s.pick(9))
	row.resource, row.values = membership.ResourceMembership, s.part(6)
	switch kind {
	case 0, 1:
		return writing("InsertMembership", row.with(&row.row.Fields, func(ctx context.Context, tx store.Tx) error { return tx.InsertMembership(ctx, row.row) }))
	case 2:
		all := []membership.Membership{row.row}
		for range s.pick(4) {
			all = append(all, joining(s.pick(scriptMemberships), accountID(s.pick(scriptNouns)), memberID(s.pick(scriptNouns))))
		}
		return reading("InsertMemberships", func(ctx context.Context, tx store.Tx) (any, error) {
			facts, err := tx.JoinFactsOf(ctx, all)
			if err != nil {
				return nil, err
			}
			added, err := tx.InsertMemberships(ctx, all)
			return []any{facts, added}, err
		})
	case 3:
		return writing("UpdateMembership", row.with(&row.row.Fields, func(ctx context.Context, tx store.Tx) error { return tx.UpdateMembership(ctx, row.row) }))
	case 4:
		return writing("DeleteMembership", func(ctx context.Context, tx store.Tx) error { return tx.DeleteMembership(ctx, a, row.row.ID) })
	case 5:
		return reading("JoinFacts", func(ctx context.Context, tx store.Tx) (any, error) { return tx.JoinFacts(ctx, a, m) })
	case 6:
		return reading("Membership", func(ctx context.Context, tx store.Tx) (any, error) { return tx.Membership(ctx, a, row.row.ID) })
	default:
		scope := []membership.Scope{{All: true}, {Account: a}, {Member: m}, {Account: a, Member: m}}[s.pick(4)]
		return s.list("ListMemberships", membership.ResourceMembership, func(ctx context.Context, tx store.Tx, q membership.Query) (any, error) {
			return tx.ListMemberships(ctx, scope, q)
		})
	}
}

func (s *script) account(a, n int) *scriptRow[membership.Account] {
	row := account(a)
	row.Name = texts[s.pick(len(texts))]
	row.RegistrationID = []string{"", "R", "S"}[s.pick(3)]
	row.CreatedAt, row.UpdatedAt = at(n), at(n+s.pick(9))
	if s.pick(2) == 1 {
		row.ParentID = accountID(s.pick(scriptNouns))
	}
	return &scriptRow[membership.Account]{row, membership.ResourceAccount, s.part(6)}
}

func (s *script) member(m, n int) *scriptRow[membership.Member] {
	row := member(m)
	row.Name, row.Email, row.GivenName = texts[s.pick(len(texts))], texts[s.pick(len(texts))], texts[s.pick(len(texts))]
	row.CreatedAt, row.UpdatedAt = at(n), at(n+s.pick(9))
	return &scriptRow[membership.Member]{row, membership.ResourceMember, s.part(6)}
}

// lookup reads what other operations write, by id and otherwise.
func (s *script) lookup(kind, a, m int) operation {
	switch kind {
	case 40:
		return reading("Account", func(ctx context.Context, tx store.Tx) (any, error) { return tx.Account(ctx, accountID(a)) })
	case 41:
		return reading("Member", func(ctx context.Context, tx store.Tx) (any, error) { return tx.Member(ctx, memberID(m)) })
	case 42:
		return reading("MembershipByPair", func(ctx context.Context, tx store.Tx) (any, error) {
			return tx.MembershipByPair(ctx, accountID(a), memberID(m))
		})
	case 43:
		return reading("IsMember", func(ctx context.Context, tx store.Tx) (any, error) {
			return tx.IsMember(ctx, accountID(a), memberID(m))
		})
	case 44:
		return s.list("ListMembers", membership.ResourceMember, func(ctx context.Context, tx store.Tx, q membership.Query) (any, error) { return tx.ListMembers(ctx, q) })
	case 45:
		return s.list("ListTags", membership.ResourceTag, func(ctx context.Context, tx store.Tx, q membership.Query) (any, error) { return tx.ListTags(ctx, q) })
	case 46:
		return s.list("ListPasswordProfiles", membership.ResourcePasswordProfile, func(ctx context.Context, tx store.Tx, q membership.Query) (any, error) {
			return tx.ListPasswordProfiles(ctx, q)
		})
	case 47:
		row := profile(a)
		row.Name, row.EnableOneTimePasswordToken = texts[s.pick(len(texts))], s.pick(2) == 1
		return writing("UpdatePasswordProfile", func(ctx context.Context, tx store.Tx) error { return tx.UpdatePasswordProfile(ctx, row) })
	case 48:
		l := s.pick(scriptNouns)
		return reading("Login", func(ctx context.Context, tx store.Tx) (any, error) { return tx.Login(ctx, memberID(m), loginID(l)) })
	default:
		return reading("by ids", func(ctx context.Context, tx store.Tx) (any, error) { return byIDs(ctx, tx, []int{a, m, a}) })
	}
}
