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

// accountRelationships has what there is.
type accountRelationships struct {
	Parent      *relationship     `json:"parent,omitempty"`
	Ancestors   []relationship    `json:"ancestors,omitempty"` // from the root to the parent
	AccountTags *relationshipList `json:"account_tags,omitempty"`
}

// relationshipsOf is nil for an account that is related to nothing.
func relationshipsOf(a membership.Account, r membership.Relations) *accountRelationships {
	if a.ParentID.IsZero() && len(r.Tags) == 0 {
		return nil
	}
	all := &accountRelationships{}
	if !a.ParentID.IsZero() {
		all.Parent = &relationship{reference{a.ParentID.String(), accountType}}
	}
	for _, id := range r.Ancestors {
		all.Ancestors = append(all.Ancestors, relationship{reference{id.String(), accountType}})
	}
	if len(r.Tags) > 0 {
		all.AccountTags = &relationshipList{tagReferences(r.Tags)}
	}
	return all
}

// includeTags includes the tags of accounts.
func (c *call) includeTags(p parameters, related relations, accounts ...membership.Account) included {
	if !p.includes("account_tags") {
		return nil
	}
	var tags []membership.Tag
	for _, a := range accounts {
		tags = append(tags, related[a.ID].Tags...)
	}
	if len(tags) == 0 {
		return nil
	}
	id := func(t membership.Tag) membership.TagID { return t.ID }
	return included{"account_tags": show(inOrder(distinct(tags, id), tags, id), c.tag)}
}
