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

func tagReferences(tags []membership.Tag) []reference {
	all := make([]reference, len(tags))
	for i, t := range tags {
		all[i] = reference{t.ID.String(), tagType}
	}
	return all
}

// accountTags answers with the tags that an account has.
func (c *call) accountTags(id membership.AccountID, tags []membership.Tag) response {
	self := selfLink{c.base + accountPath(id) + accountTagsSuffix}
	return response{status: http.StatusOK, body: single{Data: tagReferences(tags), Links: &self}}
}

func getAccountTags(c *call, id membership.AccountID) (response, error) {
	tags, err := c.svc.AccountTags(c.context(), id)
	return c.accountTags(id, tags), err
}

func tagAccount(c *call, id membership.AccountID) (response, error) {
	return c.changeTags(id, c.svc.TagAccount)
}

func untagAccount(c *call, id membership.AccountID) (response, error) {
	return c.changeTags(id, c.svc.UntagAccount)
}

func (c *call) changeTags(
	id membership.AccountID, change func(context.Context, membership.AccountID, ...membership.TagID) ([]membership.Tag, error),
) (response, error) {
	named, err := references(c, tagType, membership.ParseTagID)
	if err != nil {
		return response{}, err
	}
	tags, err := change(c.context(), id, named...)
	return c.accountTags(id, tags), c.blameTag(err, named)
}

// blameTag says which tag of a body was not found.
func (c *call) blameTag(err error, named []membership.TagID) error {
	if !errors.Is(err, membership.ErrTagNotFound) {
		return err
	}
	f := faultFor(err)
	for i, id := range named {
		if _, err := c.svc.Tag(c.context(), id); errors.Is(err, membership.ErrTagNotFound) {
			f.source = elementPointer(i, "id")
			break
		}
	}
	return f
}
