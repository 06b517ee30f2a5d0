package httpadapter

import (
	"context"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

// relations are what accounts are related to, as far as they are related to anything.
type relations map[membership.AccountID]membership.Relations

// relationsOf reads the relations of accounts at once.
func relationsOf(ctx context.Context, svc *roster.Service, accounts ...membership.Account) (relations, error) {
	if len(accounts) == 0 {
		return nil, nil
	}
	ids := make([]membership.AccountID, len(accounts))
	for i, a := range accounts {
		ids[i] = a.ID
	}
	return svc.AccountRelations(ctx, ids)
}

// account spells an account with its relations.
func (r relations) account(e *encoder, a membership.Account) { e.relatedAccount(a, r[a.ID]) }

// accountRelationships writes what an account is related to, if it is to anything.
func (e *encoder) accountRelationships(a membership.Account, r membership.Relations) {
	if a.ParentID.IsZero() && len(r.Tags) == 0 {
		return
	}
	e.name("relationships").open()
	if !a.ParentID.IsZero() {
		e.name("parent").relationship(a.ParentID.UUID, accountType)
	}
	if len(r.Ancestors) > 0 {
		each(e.name("ancestors"), r.Ancestors, (*encoder).ancestor)
	}
	if len(r.Tags) > 0 {
		e.tagReferences(r.Tags)
	}
	e.close()
}

func (e *encoder) tagReferences(tags []membership.Tag) {
	e.name("account_tags").open()
	each(e.name("data"), tags, (*encoder).tagReference)
	e.close()
}

func (e *encoder) ancestor(id membership.AccountID) { e.relationship(id.UUID, accountType) }

// includeTags includes the tags of accounts.
func includeTags(p parameters, related relations, accounts ...membership.Account) included {
	if !p.includes("account_tags") {
		return nil
	}
	var tags []membership.Tag
	known := map[membership.TagID]bool{}
	for _, a := range accounts {
		for _, t := range related[a.ID].Tags {
			if !known[t.ID] {
				known[t.ID] = true
				tags = append(tags, t)
			}
		}
	}
	if len(tags) == 0 {
		return nil
	}
	return func(e *encoder) { each(e.name("account_tags"), tags, (*encoder).tag) }
}
