package httpadapter

import (
	"context"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

// inclusion finds what a request's include asked for, for the memberships of its answer. nil finds nothing.
type inclusion func(context.Context, *roster.Service, []membership.Membership) (included, error)

// with runs get and then the inclusion over the same snapshot. Without an inclusion one read is enough, which is its own
// snapshot.
func (i inclusion) with(c *call, get func(*roster.Service) ([]membership.Membership, error), more *included) error {
	if i == nil {
		_, err := get(c.svc)
		return err
	}
	return c.svc.View(c.context(), func(svc *roster.Service) error {
		items, err := get(svc)
		if err != nil || len(items) == 0 {
			return err
		}
		*more, err = i(c.context(), svc, items)
		return err
	})
}

// includeMembers includes the account members of memberships.
func (c *call) includeMembers(p parameters) inclusion {
	if !p.includes("account_member", "account_members") {
		return nil
	}
	return func(ctx context.Context, svc *roster.Service, items []membership.Membership) (included, error) {
		ids := distinct(items, func(m membership.Membership) membership.MemberID { return m.MemberID })
		found, err := svc.MembersByID(ctx, ids)
		ordered := inOrder(ids, found, func(m membership.Member) membership.MemberID { return m.ID })
		return included{"account_members": show(ordered, c.member)}, err
	}
}

// includeAccounts includes the accounts of memberships.
func (c *call) includeAccounts(p parameters) inclusion {
	if !p.includes("account", "accounts") {
		return nil
	}
	return func(ctx context.Context, svc *roster.Service, items []membership.Membership) (included, error) {
		ids := distinct(items, func(m membership.Membership) membership.AccountID { return m.AccountID })
		found, err := svc.AccountsByID(ctx, ids)
		ordered := inOrder(ids, found, func(a membership.Account) membership.AccountID { return a.ID })
		return included{"accounts": show(ordered, c.account)}, err
	}
}

// distinct lists the keys of items, each once, in the items' order.
func distinct[T any, K comparable](items []T, key func(T) K) []K {
	seen := map[K]bool{}
	var keys []K
	for _, item := range items {
		if k := key(item); !seen[k] {
			seen[k] = true
			keys = append(keys, k)
		}
	}
	return keys
}

// inOrder sorts what was found by the keys that were looked for.
func inOrder[T any, K comparable](keys []K, found []T, key func(T) K) []T {
	byKey := make(map[K]T, len(found))
	for _, item := range found {
		byKey[key(item)] = item
	}
	var ordered []T
	for _, k := range keys {
		if item, ok := byKey[k]; ok {
			ordered = append(ordered, item)
		}
	}
	return ordered
}
