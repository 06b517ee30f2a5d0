package storecopy

import (
	"cmp"
	"context"
	"slices"

	"github.com/roster-go/roster/membership"
)

// addAccounts adds accounts with their tags, and before them whoever of those above them is not there yet: those come with
// a batch of their own later, in which they are there already.
func (c *copying) addAccounts(ctx context.Context, batch []account, total int) error {
	above, err := c.missingAbove(ctx, batch)
	if err != nil {
		return err
	}
	family := slices.Concat(above, batch)
	slices.SortStableFunc(family, func(a, b account) int { return cmp.Compare(len(a.related.Ancestors), len(b.related.Ancestors)) })
	var rows []membership.Account
	for _, a := range family {
		rows = append(rows, a.Account)
	}
	added, err := add(ctx, c, accountKind, rows)
	if err != nil {
		return err
	}
	var tagged []assignment
	for _, a := range batch {
		tagged = append(tagged, assignments(a.ID, a.related)...)
	}
	newlyTagged, err := add(ctx, c, assignmentKind, tagged)
	if err != nil {
		return err
	}
	c.advance(accountKind.name, len(batch), added, total)
	if len(tagged) > 0 {
		c.count(assignmentKind.name, len(tagged), newlyTagged)
	}
	return nil
}

// missingAbove are the accounts above those of a batch that are neither in it nor in the target.
func (c *copying) missingAbove(ctx context.Context, batch []account) ([]account, error) {
	var above []membership.AccountID
	for _, a := range batch {
		above = append(above, a.related.Ancestors...)
	}
	above = without(ids(above, itself), batch, func(a account) membership.AccountID { return a.ID })
	if len(above) == 0 {
		return nil, nil
	}
	there, err := c.to.AccountsByID(ctx, above)
	if err != nil {
		return nil, err
	}
	above = without(above, there, func(a membership.Account) membership.AccountID { return a.ID })
	if len(above) == 0 {
		return nil, nil
	}
	rows, err := c.from.AccountsByID(ctx, above)
	if err != nil {
		return nil, err
	}
	return c.from.related(ctx, rows)
}

func itself(id membership.AccountID) membership.AccountID { return id }

// without are the ids that none of the rows has.
func without[T any](all []membership.AccountID, rows []T, id func(T) membership.AccountID) []membership.AccountID {
	taken := make(map[membership.AccountID]bool, len(rows))
	for _, row := range rows {
		taken[id(row)] = true
	}
	return slices.DeleteFunc(all, func(id membership.AccountID) bool { return taken[id] })
}

// addMembers adds members with their logins.
func (c *copying) addMembers(ctx context.Context, batch []member, total int) error {
	var rows []membership.Member
	var logins []membership.Login
	for _, m := range batch {
		rows = append(rows, m.Member)
		logins = append(logins, m.logins...)
	}
	added, err := add(ctx, c, memberKind, rows)
	if err != nil {
		return err
	}
	newLogins, err := add(ctx, c, loginKind, logins)
	if err != nil {
		return err
	}
	c.advance(memberKind.name, len(batch), added, total)
	if len(logins) > 0 {
		c.count(loginKind.name, len(logins), newLogins)
	}
	return nil
}
