package pgstore

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/roster-go/roster/internal/stored"
	"github.com/roster-go/roster/membership"
)

// A list is one statement, so that it sees one snapshot:
//
//	SELECT h.*, p.id IS NOT NULL, p.*
//	FROM (SELECT <does the account exist>, <does the member exist>, <the total>, <the version of the definitions>) h
//	LEFT JOIN (SELECT <columns> FROM <table> WHERE <scope, filter, position> ORDER BY <order> LIMIT n OFFSET m) p ON true
//	ORDER BY <order>
//
// Each row has the head, and without a row of the page there is one that has nothing else. Where the filter lets everything
// through, the total is a counter that triggers keep, if there is one. The statement is put together of constant texts;
// every value is a parameter, but for the size of the page: see limit.

// listing is what lists of one resource have in common.
type listing[T membership.Row] struct {
	resource membership.Resource
	columns  string
	from     string
	id       string // the column that breaks ties
	scan     func(*T) []column
	fields   func(*T) *membership.Fields // where custom fields are, whose column is the last one; nil where none can be
}

// within is what a list is restricted to besides its filter.
type within struct {
	account *uuid.UUID // the id of an account that must exist, accountParameter in the SQL; or nil
	member  *uuid.UUID // the id of a member that must exist, memberParameter in the SQL; or nil
	where   []string   // conditions
	total   string     // how many rows fulfil where, when that is known without counting; or empty
	varied  bool       // which plan is the best depends on the account or the member
}

// The parameters that have the same number in every list that has them.
const (
	accountParameter = `$1`
	memberParameter  = `$2`
)

// composed is a statement with the values of its parameters.
type composed struct {
	query  string
	args   []any
	varied bool // it is to be planned for these very values
}

// arguments are those of the driver. A statement is mostly prepared, and after a few times PostgreSQL plans it no more but
// for whatever its parameters are. To a filter that would be a guess: what fits a tag that half of the accounts have takes a
// thousand times too long for one that ten have. So such a statement is planned each time, and kept nowhere in the server,
// which is right for it anyway, because filters have any number of shapes.
func (c composed) arguments() []any {
	if c.varied {
		return append([]any{pgx.QueryExecModeCacheDescribe}, c.args...)
	}
	return c.args
}

// bind adds a parameter and returns what stands for it. Each must occur in the statement, where its type can be seen.
func (c *composed) bind(v any) string {
	c.args = append(c.args, v)
	return "$" + strconv.Itoa(len(c.args))
}

// listPage answers a query.
func listPage[T membership.Row](
	ctx context.Context, r reader, l listing[T], q membership.Query, in within,
) (membership.Page[T], error) {
	var (
		account, member bool
		page            membership.Page[T]
		order           ordering
		sure            bool
	)
	read := func(s *stored.Schemas) (version int64, err error) {
		var (
			row   T
			found bool
			text  string
			fault error
			own   = s.Of(l.resource)
		)
		order = l.ordering(own, q, sure)
		c := l.compose(own, order, q, in)
		page = membership.Page[T]{Items: []T{}}
		dest := append(make([]column, 0, 16), scanBool(&account), scanBool(&member), scanInt(&page.Total), scanNumber(&version),
			scanBool(&found))
		dest = append(dest, l.scan(&row)...)
		if l.fields != nil {
			dest = append(dest, scanText(&text))
		}
		if order.extra {
			dest = append(dest, nil)
		}
		err = r.rows(ctx, c.query, dest, func() {
			if !found || version != s.Version || fault != nil {
				return
			}
			if len(page.Items) == 0 {
				page.Items = make([]T, 0, min(max(page.Total-q.Skip(), 0), q.Size()))
			}
			if l.fields != nil {
				*l.fields(&row), fault = own.Answer(text)
			}
			page.Items = append(page.Items, row)
		}, c.arguments()...)
		return version, cmp.Or(err, fault)
	}
	err := l.read(ctx, r, q, read)
	if err == nil && leavesDoubt(order, q.Order, page.Items) {
		sure = true
		err = l.read(ctx, r, q, read)
	}
	switch {
	case err != nil:
	case !account:
		err = membership.ErrAccountNotFound
	case !member:
		err = membership.ErrMemberNotFound
	default:
		return page, nil
	}
	return membership.Page[T]{}, err
}

// read runs a function that reads a list.
func (l listing[T]) read(
	ctx context.Context, r reader, q membership.Query, read func(*stored.Schemas) (int64, error),
) error {
	if l.fields == nil {
		_, err := read(stored.NoSchemas) // Why: such rows have no version, and would look like those of another one
		return err
	}
	s := r.lastSchemas()
	if _, alone := r.source.(*Store); !alone && l.asksCustom(q) {
		// Why first: a statement that reads values as what they are not fails, and nothing follows that in a transaction.
		var err error
		if s, err = r.schemas(ctx); err != nil {
			return err
		}
	}
	return r.reading(ctx, s, read)
}

// asksCustom reports whether the statement of a list depends on definitions of custom fields.
func (l listing[T]) asksCustom(q membership.Query) bool {
	own := expressions[l.resource]
	if _, ok := own[q.Order.Attr()]; !ok {
		return true
	}
	for _, group := range q.Filter {
		for _, t := range group {
			if _, ok := own[t.Attr]; !ok {
				return true
			}
		}
	}
	return false
}

// compose answers with the statement of a list, for the definitions of custom fields that it was given.
func (l listing[T]) compose(s *stored.Schema, order ordering, q membership.Query, in within) composed {
	c := composed{varied: in.varied || len(q.Filter) > 0 || order.extra}
	account, member := `true`, `true`
	if in.account != nil {
		account = `EXISTS (SELECT 1 FROM roster_accounts WHERE id = ` + c.bind(idParam(*in.account)) + `)`
	}
	if in.member != nil {
		if in.account == nil {
			account = `(` + c.bind(optionalID(uuid.Nil)) + `::uuid IS NULL)` // which keeps the number
		}
		member = `EXISTS (SELECT 1 FROM roster_members WHERE id = ` + c.bind(idParam(*in.member)) + `)`
	}
	filter, joins := compileFilter(&c, s, l.resource, q.Filter)
	selected := strings.Join(append([]string{`true`}, append(in.where, filter...)...), ` AND `)
	total := in.total
	if total == "" || len(filter) > 0 {
		total = `(SELECT count(*) FROM ` + l.from + joins + ` WHERE ` + selected + `)`
	}
	version := `0`
	if l.fields != nil {
		version = fieldVersion
	}

	columns := l.columns
	if order.extra {
		columns += `, ` + order.key.sql + ` AS key`
	}
	if !q.After.IsZero() {
		selected += ` AND ` + order.behind(&c, q.After)
	}
	c.query = `SELECT h.*, p.id IS NOT NULL, p.* FROM (SELECT ` + account + ` AS account, ` + member + ` AS member, ` +
		total + ` AS total, ` + version + ` AS version) h LEFT JOIN (SELECT ` + columns + ` FROM ` + l.from + joins +
		` WHERE ` + selected + ` ORDER BY ` + order.inner() + limit(&c, q) + `) p ON true ORDER BY ` + order.outer()
	return c
}

// limit spells which part of a list is the page. Of a LIMIT that is a parameter PostgreSQL expects a tenth of all rows where
// it plans for whatever the parameters are, and then takes every other plan for the better one, and makes it each time. So
// usual sizes, which are few, are no parameters, and neither is an offset that is none.
func limit(c *composed, q membership.Query) string {
	const usual = 1000
	size := strconv.Itoa(q.Size())
	if q.Size() > usual {
		size = c.bind(q.Size()) + `::bigint`
	}
	if q.Skip() == 0 {
		return ` LIMIT ` + size
	}
	return ` LIMIT ` + size + ` OFFSET ` + c.bind(q.Skip()) + `::bigint`
}
