package transfer

import (
	"slices"

	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
)

// accounts writes the accounts. Those above an account are before it: where one is younger it is written before its turn,
// and left out then.
func (e *exporter) accounts() error {
	all := pages(oldestFirst, func(q membership.Query) (membership.Page[membership.Account], error) { return e.svc.Accounts(e.ctx, q) })
	for page, err := range all {
		if err != nil {
			return err
		}
		for part := range slices.Chunk(page, relatedAtOnce) {
			if err := e.accountsOf(part); err != nil {
				return err
			}
		}
	}
	return nil
}

// relatedAtOnce is of how many accounts the relations are read at once.
const relatedAtOnce = 500

// accountsOf writes the accounts of a page, and those above them that are younger.
func (e *exporter) accountsOf(page []membership.Account) error {
	relations, err := e.svc.AccountRelations(e.ctx, idsOf(page))
	if err != nil {
		return err
	}
	above, err := e.ancestors(page, relations)
	if err != nil {
		return err
	}
	for _, a := range page {
		for _, id := range relations[a.ID].Ancestors { // from the root
			ancestor := above[id]
			if e.early[id] || !oldestFirst.Less(a, ancestor) {
				continue
			}
			if err := e.earlier(ancestor); err != nil {
				return err
			}
		}
		if e.early[a.ID] {
			delete(e.early, a.ID)
			continue
		}
		if err := e.account(a, relations[a.ID].Tags); err != nil {
			return err
		}
	}
	return nil
}

func idsOf(accounts []membership.Account) []membership.AccountID {
	ids := make([]membership.AccountID, len(accounts))
	for i, a := range accounts {
		ids[i] = a.ID
	}
	return ids
}

// ancestors are the accounts above those of a page.
func (e *exporter) ancestors(
	page []membership.Account, relations map[membership.AccountID]membership.Relations,
) (map[membership.AccountID]membership.Account, error) {
	known := make(map[membership.AccountID]membership.Account, len(page))
	for _, a := range page {
		known[a.ID] = a
	}
	var missing []membership.AccountID
	for _, a := range page {
		for _, id := range relations[a.ID].Ancestors {
			if _, ok := known[id]; !ok {
				known[id] = membership.Account{}
				missing = append(missing, id)
			}
		}
	}
	if len(missing) == 0 {
		return known, nil
	}
	found, err := e.svc.AccountsByID(e.ctx, missing)
	for _, a := range found {
		known[a.ID] = a
	}
	return known, err
}

// earlier writes an account before its turn.
func (e *exporter) earlier(a membership.Account) error {
	e.early[a.ID] = true
	tags, err := e.svc.AccountTags(e.ctx, a.ID)
	if err != nil {
		return err
	}
	return e.account(a, tags)
}

func (e *exporter) account(a membership.Account, tags []membership.Tag) error {
	a.Fields = e.whole(membership.ResourceAccount, a.Fields)
	return e.row(httpadapter.AppendAccount(e.line[:0], a, tags, e.tagsByID))
}
