package console

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

// list is what an address says about a list, and how long the list is.
type list struct {
	Search string
	Sort   string // as [membership.ParseOrder] reads it
	Number int    // of the page, from 1
	Total  int

	path  string
	keep  url.Values // what else the address says
	usual string     // the order where none is asked for
}

// newList reads what is asked of a list: q, sort and page, besides what else is to be kept.
func newList(path string, query url.Values, usual string, keep ...string) list {
	l := list{Search: strings.TrimSpace(query.Get("q")), Sort: query.Get("sort"), Number: 1, path: path, keep: url.Values{}, usual: usual}
	if l.Sort == "" {
		l.Sort = usual
	}
	if n, err := strconv.ParseInt(query.Get("page"), 10, 32); err == nil && n > 1 {
		l.Number = int(n)
	}
	for _, name := range keep {
		if value := query.Get(name); value != "" {
			l.keep.Set(name, value)
		}
	}
	return l
}

// query is the list's page as the service is asked for it.
func (l list) query(r membership.Resource, filter membership.Filter, fields ...membership.Field) (membership.Query, error) {
	order, err := membership.ParseOrder(r, l.Sort, fields...)
	return membership.Query{Filter: filter, Order: order, Offset: (l.Number - 1) * membership.DefaultPageSize}, err
}

// href is the address of the list with something else in place; empty takes it out.
func (l list) href(changes ...string) string {
	values := l.values()
	for i := 0; i+1 < len(changes); i += 2 {
		values.Set(changes[i], changes[i+1])
		if changes[i+1] == "" {
			values.Del(changes[i])
		}
	}
	if len(values) == 0 {
		return l.path
	}
	return l.path + "?" + values.Encode()
}

// values are what the address says.
func (l list) values() url.Values {
	values := url.Values{}
	for name := range l.keep {
		values.Set(name, l.keep.Get(name))
	}
	if l.Search != "" {
		values.Set("q", l.Search)
	}
	if l.Sort != l.usual {
		values.Set("sort", l.Sort)
	}
	if l.Number > 1 {
		values.Set("page", strconv.Itoa(l.Number))
	}
	return values
}

// Path is the address without what is asked of the list.
func (l list) Path() string { return l.path }

// Kept are what a search has to send along.
func (l list) Kept() url.Values {
	values := l.values()
	values.Del("q")
	values.Del("page")
	return values
}

// State is what the address says, for forms that come back to the list.
func (l list) State() string { return l.values().Encode() }

// Here is the address as it is.
func (l list) Here() string { return l.href() }

// Cleared is the list without a search.
func (l list) Cleared() string { return l.href("q", "", "page", "") }

// SortHref sorts by an attribute: the other way round where that is done already.
func (l list) SortHref(attr string) string {
	if l.Sort == attr {
		attr = "-" + attr
	}
	if attr == l.usual {
		attr = ""
	}
	return l.href("sort", attr, "page", "")
}

// Aria says for a column's heading how the list is sorted by it.
func (l list) Aria(attr string) string {
	switch l.Sort {
	case attr:
		return "ascending"
	case "-" + attr:
		return "descending"
	}
	return ""
}

// Pages is how many pages there are, at least one.
func (l list) Pages() int {
	return max((l.Total+membership.DefaultPageSize-1)/membership.DefaultPageSize, 1)
}

// First and Last are which rows the page shows, from 1.
func (l list) First() int { return (l.Number-1)*membership.DefaultPageSize + 1 }

// Last is the number of the page's last row.
func (l list) Last() int { return min(l.Number*membership.DefaultPageSize, l.Total) }

// Previous is the page before, or empty.
func (l list) Previous() string {
	if l.Number <= 1 {
		return ""
	}
	return l.href("page", pageNumber(min(l.Number-1, l.Pages())))
}

// Next is the page behind, or empty.
func (l list) Next() string {
	if l.Number >= l.Pages() {
		return ""
	}
	return l.href("page", pageNumber(l.Number+1))
}

func pageNumber(n int) string {
	if n <= 1 {
		return ""
	}
	return strconv.Itoa(n)
}

// filter finds rows that have the search in one of some texts, or have it for an id. Stars at its ends mean what they
// mean in a filter.
func (l list) filter(id membership.Attribute, texts ...membership.Attribute) membership.Filter {
	if l.Search == "" {
		return nil
	}
	pattern := l.Search
	if !strings.HasPrefix(pattern, "*") && !strings.HasSuffix(pattern, "*") {
		pattern = "*" + pattern + "*"
	}
	var any membership.AnyOf
	for _, attr := range texts {
		any = append(any, membership.ILike(attr, pattern))
	}
	if parsed, err := uuid.Parse(l.Search); err == nil {
		any = append(any, membership.Eq(id, membership.IDValue(parsed)))
	}
	return membership.Filter{any}
}
