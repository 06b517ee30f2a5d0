package httpadapter

import (
	"context"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

// moment runs fn over one snapshot if it reads several times. A single read is its own snapshot.
func (c *call) moment(several bool, fn func(*roster.Service) error) error {
	if !several {
		return fn(c.svc)
	}
	return c.svc.View(c.context(), fn)
}

// includesMembers reports whether the members of memberships are asked for.
func (p parameters) includesMembers() bool { return p.includes("account_member", "account_members") }

// includedMembers reads the members of memberships of one account: each has another one.
func includedMembers(ctx context.Context, svc *roster.Service, items []membership.Membership) (included, error) {
	if len(items) == 0 {
		return nil, nil
	}
	ids := keys(items, func(m membership.Membership) membership.MemberID { return m.MemberID })
	found, err := svc.MembersByID(ctx, ids)
	id := func(m membership.Member) membership.MemberID { return m.ID }
	return inOrder("account_members", ids, found, id, (*encoder).member), err
}

// includesAccounts reports whether the accounts of memberships are asked for.
func (p parameters) includesAccounts() bool { return p.includes("account", "accounts") }

// includedAccounts reads the accounts of memberships of one member: each has another one.
func includedAccounts(ctx context.Context, svc *roster.Service, items []membership.Membership) (included, error) {
	if len(items) == 0 {
		return nil, nil
	}
	ids := keys(items, func(m membership.Membership) membership.AccountID { return m.AccountID })
	found, err := svc.AccountsByID(ctx, ids)
	id := func(a membership.Account) membership.AccountID { return a.ID }
	return inOrder("accounts", ids, found, id, (*encoder).account), err
}

// keys lists the keys of items.
func keys[T, K any](items []T, key func(T) K) []K {
	all := make([]K, len(items))
	for i, item := range items {
		all[i] = key(item)
	}
	return all
}

// inOrder writes what was found in the order of the keys that were looked for.
func inOrder[T any, K comparable](name string, keys []K, found []T, key func(T) K, spell func(*encoder, T)) included {
	at := make(map[K]int, len(found))
	for i, item := range found {
		at[key(item)] = i
	}
	return func(e *encoder) {
		e.name(name).openList()
		for _, k := range keys {
			if i, ok := at[k]; ok {
				spell(e, found[i])
			}
		}
		e.closeList()
	}
}
