package httpadapter

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/roster-go/roster/membership"
)

// included writes what a request's include asked for: a list of related resources by the plural of their names. nil
// means that there is none.
type included func(*encoder)

func (e *encoder) included(more included) {
	if more == nil {
		return
	}
	e.name("included").open()
	more(e)
	e.close()
}

// one answers with a resource and, at the top again, its link.
func one[T any](c *call, v T, spell func(*encoder, T), more included) response {
	e := c.out
	e.open()
	spell(e.name("data"), v)
	self := e.path
	e.linksAgain(self)
	e.included(more)
	e.close()
	return response{status: http.StatusOK, self: self}
}

// answer answers with what the service returned, as spell spells it, or with the error.
func answer[T any](c *call, v T, err error, spell func(*encoder, T)) (response, error) {
	if err != nil {
		return response{}, err
	}
	return one(c, v, spell, nil), nil
}

// created makes the answer with a resource one with a new resource.
func (c *call) created(res response, err error) (response, error) {
	if err != nil {
		return response{}, err
	}
	res.status = http.StatusCreated
	res.headers = []header{{"Location", c.out.base + string(c.out.buf[res.self.from:res.self.to])}}
	return res, nil
}

// list answers with one page of what get finds.
func list[T any](
	c *call, r membership.Resource, at place,
	get func(context.Context, membership.Query) (membership.Page[T], error), spell func(*encoder, T),
) (response, error) {
	q, err := c.listQuery(r)
	if err != nil {
		return response{}, err
	}
	found, err := get(c.context(), q.Query)
	if err != nil {
		return response{}, err
	}
	return page(c, q, at, found, spell, nil), nil
}

var noContent = response{status: http.StatusNoContent}

// page answers with one page of the list at a place.
func page[T any](
	c *call, q listQuery, at place, found membership.Page[T], spell func(*encoder, T), more included,
) response {
	e := c.out
	e.open()
	each(e.name("data"), found.Items, spell)
	e.name("meta").page(q, found.Total)
	e.name("links").pages(q, at, found.Total)
	e.included(more)
	e.close()
	return response{status: http.StatusOK}
}

// page writes which page of a list this is.
func (e *encoder) page(q listQuery, total int) {
	current := 1
	if q.limit > 0 {
		current += q.offset / q.limit
	}
	e.open()
	e.name("page").open()
	e.name("limit").number(int64(q.limit))
	e.name("offset").number(int64(q.offset))
	e.name("current").number(int64(current))
	e.name("total").number(int64(q.pages(total)))
	e.close()
	e.name("results").open()
	e.name("total").number(int64(total))
	e.close()
	e.close()
}

// pages is how many pages the list has, at least one.
func (q listQuery) pages(total int) int {
	if q.limit == 0 {
		return 1
	}
	return max((total+q.limit-1)/q.limit, 1)
}

// pages writes the links between the pages of the list at a place.
func (e *encoder) pages(q listQuery, at place, total int) {
	p := pageLinks{at: at, limit: q.limit, carried: q.carried()}
	e.open()
	e.name("current").pageLink(p, q.offset)
	e.name("first").pageLink(p, 0)
	e.name("last").pageLink(p, (q.pages(total)-1)*q.limit)
	if e.name("next"); q.limit > 0 && q.offset+q.limit < total {
		e.pageLink(p, q.offset+q.limit)
	} else {
		e.null()
	}
	if e.name("prev"); q.limit > 0 && q.offset > 0 {
		e.pageLink(p, max(q.offset-q.limit, 0))
	} else {
		e.null()
	}
	e.close()
}

// pageLinks is what the links between the pages of a list have in common.
type pageLinks struct {
	at      place
	limit   int
	carried string
}

// pageLink writes the link to the page that begins at an offset.
func (e *encoder) pageLink(p pageLinks, offset int) {
	e.openLink(p.at)
	e.raw("?page[offset]=")
	e.buf = strconv.AppendInt(e.buf, int64(offset), 10)
	e.raw("&page[limit]=")
	e.buf = strconv.AppendInt(e.buf, int64(p.limit), 10)
	e.raw(p.carried)
	e.closeLink()
}

// carried spells the parameters that every page of the list has in common.
func (q listQuery) carried() string {
	var all string
	for _, name := range []string{"filter", "sort", "include"} {
		for _, value := range q.Values[name] {
			all += "&" + name + "=" + url.QueryEscape(value)
		}
	}
	return all
}
