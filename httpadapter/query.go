package httpadapter

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/roster-go/roster/membership"
)

// The bounds of a page.
const (
	maxPageLimit  = 100
	maxPageOffset = 10_000
)

// parameters are those of a request's query string.
type parameters struct{ url.Values }

// parameters reads the query string. A semicolon is a character like any other: clients leave it as it is in a filter's
// operand.
func (c *call) parameters() (parameters, error) {
	if c.request.URL.RawQuery == "" {
		return parameters{}, nil
	}
	values, err := url.ParseQuery(strings.ReplaceAll(c.request.URL.RawQuery, ";", "%3B"))
	if err != nil {
		return parameters{values}, &fault{status: http.StatusBadRequest, code: "invalid_query",
			detail: "the query string cannot be read: " + err.Error()}
	}
	return parameters{values}, nil
}

// wishes reads the query string of a route that asks it for nothing but include. What cannot be read of it means
// nothing, as unknown names in an include do: the API knows no bad request there.
func (c *call) wishes() parameters {
	p, _ := c.parameters()
	return p
}

func invalidParameter(name, detail string) *fault {
	f := &fault{status: http.StatusBadRequest, code: "invalid_parameter"}
	if name == "" { // as in ?=1, where there is nothing to point at
		f.detail = "a parameter without a name " + detail
		return f
	}
	f.detail, f.source = name+" "+detail, &errorSource{Parameter: name}
	return f
}

// one is a parameter that may be given once; given is false where it is not there at all.
func (p parameters) one(name string) (value string, given bool, err error) {
	switch values := p.Values[name]; len(values) {
	case 0:
		return "", false, nil
	case 1:
		return values[0], true, nil
	default:
		return "", false, invalidParameter(name, "is given more than once")
	}
}

// number is a parameter that is a whole number of 0 or more. One that is too large for an int is the largest.
func (p parameters) number(name string, otherwise int) (int, error) {
	value, given, err := p.one(name)
	if err != nil || !given {
		return otherwise, err
	}
	if value == "" || strings.Trim(value, "0123456789") != "" {
		return 0, invalidParameter(name, "must be a whole number of 0 or more")
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		return math.MaxInt, nil //nolint:nilerr // digits only: it can only be too large
	}
	return n, nil
}

// only refuses every parameter but some, for a route where one that is misspelled would be answered with more than was
// asked for.
func (p parameters) only(known ...string) error {
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(p.Values)) {
		if !slices.Contains(known, name) {
			faults = append(faults, invalidParameter(clip(name), "is unknown here; known are "+strings.Join(known, ", ")))
		}
	}
	return errors.Join(faults...)
}

// includes reports whether one of the names is among those that the parameter include lists, in any case.
func (p parameters) includes(names ...string) bool {
	for _, list := range p.Values["include"] {
		for item := range strings.SplitSeq(list, ",") {
			for _, name := range names {
				if strings.EqualFold(strings.TrimSpace(item), name) {
					return true
				}
			}
		}
	}
	return false
}

// listQuery is what a list was asked for.
type listQuery struct {
	membership.Query
	parameters
	limit, offset int // of the page; the Query's own spell a limit of none differently
}

// listQuery reads page, filter and sort for a list of a resource. It reports every fault at once.
func (c *call) listQuery(r membership.Resource) (listQuery, error) {
	p, err := c.parameters()
	if err != nil {
		return listQuery{}, err
	}
	q := listQuery{parameters: p}
	err = errors.Join(q.readFilter(r, nil), q.readSort(r, nil))
	if err != nil && r.FlowSlug() != "" { // it may be about custom fields
		schema, failure := c.svc.Schema(c.context(), r)
		if failure != nil {
			return q, failure
		}
		err = errors.Join(q.readFilter(r, schema.Enabled()), q.readSort(r, schema.Enabled()))
	}
	return q, errors.Join(q.readPage(), err)
}

func (q *listQuery) readPage() error {
	limit, limitErr := q.number("page[limit]", membership.DefaultPageSize)
	offset, offsetErr := q.number("page[offset]", 0)
	if offsetErr == nil && offset > maxPageOffset {
		offsetErr = invalidParameter("page[offset]", fmt.Sprintf("must be at most %d; to read on, sort by id and "+
			"filter by the last id that you have: sort=id&filter=gt(id,LAST_ID)", maxPageOffset))
	}
	q.limit, q.offset = min(limit, maxPageLimit), offset
	q.Limit, q.Offset = q.limit, q.offset
	if q.limit == 0 {
		q.Limit = -1
	}
	return errors.Join(limitErr, offsetErr)
}

func (q *listQuery) readFilter(r membership.Resource, fields []membership.Field) error {
	text, _, err := q.one("filter")
	if err != nil {
		return err
	}
	q.Filter, err = membership.ParseFilter(r, text, fields...)
	return err
}

func (q *listQuery) readSort(r membership.Resource, fields []membership.Field) error {
	text, _, err := q.one("sort")
	if err != nil {
		return err
	}
	q.Order, err = membership.ParseOrder(r, text, fields...)
	return err
}
