package httpadapter

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/roster-go/roster/membership"
)

// included is what a request's include asked for: related resources by the plural of their names.
type included map[string][]any

// single is the body of an answer about one resource.
type single struct {
	Data     any       `json:"data"`
	Links    *selfLink `json:"links,omitempty"`
	Included included  `json:"included,omitempty"`
}

// one answers with a resource and, at the top again, its link.
func one(data resource, more included) response {
	link := data.self()
	return response{status: http.StatusOK, body: single{Data: data, Links: &link, Included: more}}
}

// answer answers with what the service returned, as spell spells it, or with the error.
func answer[T any, W resource](v T, err error, spell func(T) W) (response, error) {
	if err != nil {
		return response{}, err
	}
	return one(spell(v), nil), nil
}

// created makes the answer with a resource one with a new resource.
func created(res response, err error) (response, error) {
	if err != nil {
		return response{}, err
	}
	res.status = http.StatusCreated
	res.header = map[string]string{"Location": res.body.(single).Links.Self}
	return res, nil
}

// list answers with one page of what get finds.
func list[T, W any](
	c *call, r membership.Resource, path string,
	get func(context.Context, membership.Query) (membership.Page[T], error), spell func(T) W,
) (response, error) {
	q, err := c.listQuery(r)
	if err != nil {
		return response{}, err
	}
	found, err := get(c.context(), q.Query)
	if err != nil {
		return response{}, err
	}
	return c.page(q, path, show(found.Items, spell), found.Total, nil), nil
}

var noContent = response{status: http.StatusNoContent}

// page is the body of an answer about a list.
type page struct {
	Data     []any     `json:"data"`
	Meta     pageMeta  `json:"meta"`
	Links    pageLinks `json:"links"`
	Included included  `json:"included,omitempty"`
}

type pageMeta struct {
	Page struct {
		Limit   int `json:"limit"`
		Offset  int `json:"offset"`
		Current int `json:"current"`
		Total   int `json:"total"`
	} `json:"page"`
	Results struct {
		Total int `json:"total"`
	} `json:"results"`
}

type pageLinks struct {
	Current string  `json:"current"`
	First   string  `json:"first"`
	Last    string  `json:"last"`
	Next    *string `json:"next"`
	Prev    *string `json:"prev"`
}

// show spells every item of a list.
func show[T, W any](items []T, spell func(T) W) []any {
	all := make([]any, 0, len(items))
	for _, item := range items {
		all = append(all, spell(item))
	}
	return all
}

// page answers with one page of the list at a path.
func (c *call) page(q listQuery, path string, data []any, total int, more included) response {
	return response{status: http.StatusOK, body: page{
		Data:     data,
		Meta:     q.meta(total),
		Links:    q.links(c.base+path, total),
		Included: more,
	}}
}

func (q listQuery) meta(total int) pageMeta {
	var m pageMeta
	m.Page.Limit, m.Page.Offset = q.limit, q.offset
	m.Page.Current, m.Page.Total = q.offset/max(q.limit, 1)+1, q.pages(total)
	if q.limit == 0 {
		m.Page.Current = 1
	}
	m.Results.Total = total
	return m
}

// pages is how many pages the list has, at least one.
func (q listQuery) pages(total int) int {
	if q.limit == 0 {
		return 1
	}
	return max((total+q.limit-1)/q.limit, 1)
}

func (q listQuery) links(list string, total int) pageLinks {
	at := func(offset int) string {
		return list + "?page[offset]=" + strconv.Itoa(offset) + "&page[limit]=" + strconv.Itoa(q.limit) + q.carried()
	}
	links := pageLinks{Current: at(q.offset), First: at(0), Last: at((q.pages(total) - 1) * q.limit)}
	if next := q.offset + q.limit; q.limit > 0 && next < total {
		link := at(next)
		links.Next = &link
	}
	if q.offset > 0 && q.limit > 0 {
		link := at(max(q.offset-q.limit, 0))
		links.Prev = &link
	}
	return links
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
