package sqlitestore

import (
	"cmp"
	"context"
	"database/sql"
	"strconv"
	"strings"
	"sync"

	"github.com/roster-go/roster/internal/stored"
	"github.com/roster-go/roster/membership"
)

// A list is one statement, so that it sees one snapshot:
//
//	SELECT <does the account exist>, <does the member exist>, <the total>,
//	       <the version of the definitions of custom fields>, NULL, ...
//	UNION ALL
//	SELECT * FROM (SELECT <columns> FROM <table> WHERE <scope, filter, position> ORDER BY <order> LIMIT n OFFSET m)
//
// The first row is the head; SQLite computes what is united in the order in which it is written. (A join of the two would
// repeat the head in each row, and sort the page once more.) Where the filter lets everything through, the total is a
// counter that triggers keep; count(*) over() would make SQLite fetch every row of the list. The statement is put together
// of constant texts; every value is a parameter.

// listing is what lists of one resource have in common.
type listing[T any] struct {
	resource membership.Resource
	columns  string // at least as many as the head has
	from     string
	id       string // the column that breaks ties
	scan     func(*T) []sql.Scanner
	fields   func(*T) *membership.Fields // where custom fields are, whose column is the last one; nil where none can be
}

// within is what a list is restricted to besides its filter.
type within struct {
	account []byte   // the id of an account that must exist, accountParameter in the SQL; or nil
	member  []byte   // the id of a member that must exist, memberParameter in the SQL; or nil
	where   []string // conditions
	total   string   // how many rows fulfil where, when that is known without counting; or empty
}

// The parameters that have the same number in every list, whether they are used or not.
const (
	accountParameter = `?1`
	memberParameter  = `?2`
)

// composed is a statement with the values of its parameters.
type composed struct {
	query string
	args  []any
}

// bind adds a parameter and returns what stands for it.
func (c *composed) bind(v any) string {
	c.args = append(c.args, v)
	return "?" + strconv.Itoa(len(c.args))
}

// listPage answers a query.
func listPage[T any](ctx context.Context, r reader, l listing[T], q membership.Query, in within) (membership.Page[T], error) {
	var (
		account, member bool
		page            membership.Page[T]
	)
	read := func(s *stored.Schemas) (version int64, err error) {
		var (
			row   T
			text  string
			fault error
			own   = s.Of(l.resource)
			c     = l.compose(own, q, in)
		)
		page = membership.Page[T]{Items: []T{}}
		columns := l.scan(&row)
		if l.fields != nil {
			columns = append(columns, scanText(&text))
		}
		dest := make([]sql.Scanner, len(columns))
		head := copy(dest, []sql.Scanner{scanBool(&account), scanBool(&member), scanInt(&page.Total), scanNumber(&version)})
		for i := head; i < len(dest); i++ {
			dest[i] = ignoredColumn{}
		}
		inHead := true
		err = r.rows(ctx, c.query, dest, func() {
			if inHead {
				inHead = false
				copy(dest, columns)
				page.Items = make([]T, 0, min(max(page.Total-q.Skip(), 0), q.Size()))
				return
			}
			if version != s.Version || fault != nil {
				return
			}
			if l.fields != nil {
				*l.fields(&row), fault = own.Answer(text)
			}
			page.Items = append(page.Items, row)
		}, c.args...)
		return version, cmp.Or(err, fault)
	}
	var err error
	if l.fields != nil {
		err = r.reading(ctx, read)
	} else {
		_, err = read(stored.NoSchemas) // Why: such rows have no version, and would look like those of another one
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

// collect answers with all rows of a statement.
func collect[T any](ctx context.Context, r reader, query string, scan func(*T) []sql.Scanner, args ...any) ([]T, error) {
	var row T
	items := []T{}
	err := r.rows(ctx, query, scan(&row), func() { items = append(items, row) }, args...)
	if err != nil {
		return nil, err
	}
	return items, nil
}

// plainLists are the statements of plain lists, by plainList.
var plainLists sync.Map

// plainList is what the statement of a list depends on that has no filter, and is not sorted by a custom field.
type plainList struct {
	columns                            string
	where                              [2]string
	total                              string
	account, member, descending, after bool
	by                                 membership.Attribute
}

// compose answers with the statement of a list, for the definitions of custom fields that it was given. Those of plain
// lists, which are few and asked for most, are put together once.
func (l listing[T]) compose(s *stored.Schema, q membership.Query, in within) composed {
	shape := plainList{columns: l.columns, total: in.total, account: in.account != nil, member: in.member != nil,
		descending: q.Order.Descending(), after: !q.After.IsZero(), by: q.Order.Attr()}
	_, isOwn := expressions[l.resource][shape.by]
	if !isOwn || len(q.Filter) > 0 || copy(shape.where[:], in.where) < len(in.where) {
		return l.spell(s, q, in)
	}
	query, known := plainLists.Load(shape)
	if !known {
		c := l.spell(s, q, in)
		plainLists.Store(shape, c.query)
		return c
	}
	c := composed{query: query.(string), args: make([]any, 0, 6)}
	c.args = append(c.args, in.account, in.member)
	if shape.after {
		c.args = append(c.args, q.After.ID[:], operand(q.After.Key))
	}
	c.args = append(c.args, q.Size(), q.Skip())
	return c
}

// spell puts the statement of a list together.
func (l listing[T]) spell(s *stored.Schema, q membership.Query, in within) composed {
	c := composed{args: []any{in.account, in.member}}
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

	key := l.key(s, q.Order.Attr())
	direction := ``
	if q.Order.Descending() {
		direction = ` DESC`
	}
	if !q.After.IsZero() {
		selected += ` AND ` + l.behind(&c, key, q.Order, q.After)
	}

	const head = 4
	c.query = `SELECT ` + exists(`roster_accounts`, accountParameter, in.account) + `, ` +
		exists(`roster_members`, memberParameter, in.member) + `, ` + total + `, ` + version +
		strings.Repeat(`, NULL`, strings.Count(l.columns, `,`)+1-head) +
		` UNION ALL SELECT * FROM (SELECT ` + l.columns + ` FROM ` + l.from + joins + ` WHERE ` + selected +
		` ORDER BY ` + key.sql + direction + `, ` + l.id + direction +
		` LIMIT ` + unplanned(c.bind(q.Size())) + ` OFFSET ` + unplanned(c.bind(q.Skip())) + `)`
	if len(filter) > 0 || q.Order.Attr() != membership.AttrCreatedAt {
		// Why: the driver watches the context until it has the first row, and the page of such a list may be long in
		// coming behind the head.
		c.query = `WITH list AS MATERIALIZED (` + c.query + `) SELECT * FROM list`
	}
	return c
}

// key is what a list is sorted by. An optional one is NULL where it is unset.
type key struct {
	sql      string
	optional bool
}

func (l listing[T]) key(s *stored.Schema, attr membership.Attribute) key {
	if own, ok := expressions[l.resource][attr]; ok {
		return key{own.sql, false}
	}
	return key{customField(s, l.resource, attr).sql, true}
}

// unplanned keeps SQLite from planning for a parameter's value, because it would plan anew for every other value, which
// takes longer than the list.
func unplanned(parameter string) string { return parameter + ` + 0` }

// exists is whether a row that the list needs is there; true when it needs none.
func exists(table, parameter string, id []byte) string {
	if id == nil {
		return `true`
	}
	return `EXISTS (SELECT 1 FROM ` + table + ` WHERE id = ` + parameter + `)`
}

// behind selects the rows that come after a position. NULL comes first where the order ascends, and in SQL it compares
// with nothing.
func (l listing[T]) behind(c *composed, k key, o membership.Order, after membership.Position) string {
	comparison := ` > `
	if o.Descending() {
		comparison = ` < `
	}
	id := c.bind(after.ID[:])
	if !k.optional || after.Key.Kind() != membership.KindNull {
		pair := `(` + k.sql + `, ` + l.id + `)` + comparison + `(` + c.bind(operand(after.Key)) + `, ` + id + `)`
		if k.optional && o.Descending() {
			return `(` + pair + ` OR ` + k.sql + ` IS NULL)`
		}
		return pair
	}
	if o.Descending() {
		return `(` + k.sql + ` IS NULL AND ` + l.id + comparison + id + `)`
	}
	return `(` + k.sql + ` IS NOT NULL OR ` + l.id + comparison + id + `)`
}

// operand is a value as its column keeps it, or what a custom field's is compared by.
func operand(v membership.Value) any {
	switch v.Kind() {
	case membership.KindID:
		id := v.ID()
		return id[:]
	case membership.KindTime, membership.KindInteger, membership.KindFloat, membership.KindBoolean, membership.KindDate:
		return v.Number()
	case membership.KindText, membership.KindNull:
	}
	return v.Text() // unset is the empty text
}
