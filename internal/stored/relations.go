package stored

import (
	"slices"

	"github.com/roster-go/roster/membership"
)

// Relations puts together what is above accounts and which tags they have, of the parents of all accounts between them and
// their roots. Accounts that have neither are left out.
func Relations(
	accounts []membership.AccountID, parents map[membership.AccountID]membership.AccountID, tags map[membership.AccountID][]membership.Tag,
) map[membership.AccountID]membership.Relations {
	relations := make(map[membership.AccountID]membership.Relations)
	for _, id := range accounts {
		if related := (membership.Relations{Ancestors: ancestors(parents, id), Tags: tags[id]}); related.Ancestors != nil || related.Tags != nil {
			relations[id] = related
		}
	}
	return relations
}

// ancestors climbs from an account to its root, and returns the way back down. A circle, which only somebody who writes
// with SQL can make, is climbed once.
func ancestors(parents map[membership.AccountID]membership.AccountID, id membership.AccountID) []membership.AccountID {
	var ancestors []membership.AccountID
	for up := parents[id]; !up.IsZero() && len(ancestors) < len(parents); up = parents[up] {
		ancestors = append(ancestors, up)
	}
	slices.Reverse(ancestors)
	return ancestors
}
