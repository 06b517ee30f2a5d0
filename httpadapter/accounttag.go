package httpadapter

import (
	"context"
	"errors"
	"net/http"

	"github.com/roster-go/roster/membership"
)

const (
	accountTagsSuffix  = "/relationships/account-tags"
	accountTagsPattern = accountPattern + accountTagsSuffix
)

var accountTagRoutes = []route{
	read(accountTagsPattern, on((*call).accountID, getAccountTags)),
	create(accountTagsPattern, on((*call).accountID, tagAccount)),
	remove(accountTagsPattern, on((*call).accountID, untagAccount)),
}

func (e *encoder) tagReference(t membership.Tag) { e.reference(t.ID.UUID, tagType) }

func getAccountTags(c *call, id membership.AccountID) (response, error) {
	tags, err := c.svc.AccountTags(c.context(), id)
	return c.accountTags(id, tags, err)
}

// accountTags answers with the tags that an account has, or with the error.
func (c *call) accountTags(id membership.AccountID, tags []membership.Tag, err error) (response, error) {
	if err != nil {
		return response{}, err
	}
	e := c.out
	e.open()
	each(e.name("data"), tags, (*encoder).tagReference)
	e.links(accountPlace(id).to(accountTagsSuffix))
	e.close()
	return response{status: http.StatusOK}, nil
}

func tagAccount(c *call, id membership.AccountID) (response, error) {
	return c.changeTags(id, c.svc.TagAccount)
}

func untagAccount(c *call, id membership.AccountID) (response, error) {
	return c.changeTags(id, c.svc.UntagAccount)
}

// tagChange is roster.Service's TagAccount or UntagAccount.
type tagChange func(context.Context, membership.AccountID, ...membership.TagID) ([]membership.Tag, error)

func (c *call) changeTags(id membership.AccountID, change tagChange) (response, error) {
	named, err := references(c, tagType, membership.ParseTagID)
	if err != nil {
		return response{}, err
	}
	tags, err := change(c.context(), id, named...)
	if refusal, ok := errors.AsType[*membership.Error](err); ok && errors.Is(refusal, membership.ErrTagNotFound) {
		unknown := faultOf(refusal)
		unknown.source = elementPointer(refusal.Index, "id")
		err = unknown
	}
	return c.accountTags(id, tags, err)
}
