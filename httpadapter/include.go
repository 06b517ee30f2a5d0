package httpadapter

import (
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

// includedMembers reads the members of memberships.
func (c *call) includedMembers(svc *roster.Service, items []membership.Membership) (included, error) {
	if len(items) == 0 {
		return nil, nil
	}
	ids := distinct(items, func(m membership.Membership) membership.MemberID { return m.MemberID })
	found, err := svc.MembersByID(c.context(), ids)
	ordered := inOrder(ids, found, func(m membership.Member) membership.MemberID { return m.ID })
	return included{"account_members": show(ordered, c.member)}, err
}

// includesAccounts reports whether the accounts of memberships are asked for.
func (p parameters) includesAccounts() bool { return p.includes("account", "accounts") }

// includedAccounts reads the accounts of memberships.
func (c *call) includedAccounts(svc *roster.Service, items []membership.Membership) (included, error) {
	if len(items) == 0 {
		return nil, nil
	}
	ids := distinct(items, func(m membership.Membership) membership.AccountID { return m.AccountID })
	found, err := svc.AccountsByID(c.context(), ids)
	ordered := inOrder(ids, found, func(a membership.Account) membership.AccountID { return a.ID })
	return included{"accounts": show(ordered, c.account)}, err
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
