package pgstore

import (
	"cmp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/roster-go/roster/internal/stored"
	"github.com/roster-go/roster/membership"
)

// expression is an attribute in SQL.
type expression struct {
	sql   string
	kind  membership.Kind // of a text, unset is the empty one; of whatever else, NULL
	join  string          // what has to be joined for it; or empty
	index string          // what an index has of a text: its beginning, or all of it; or empty
}

const (
	joinAccount = ` JOIN roster_accounts a ON a.id = ms.account_id`
	joinMember  = ` JOIN roster_members m ON m.id = ms.member_id`
)

// expressions is the table of what every attribute is in SQL.
var expressions = map[membership.Resource]map[membership.Attribute]expression{
	membership.ResourceAccount: {
		membership.AttrID:             {`a.id`, membership.KindID, ``, ``},
		membership.AttrName:           {`a.name`, membership.KindText, ``, beginning(`a.name`)},
		membership.AttrLegalName:      {`a.legal_name`, membership.KindText, ``, ``},
		membership.AttrRegistrationID: {`a.registration_id`, membership.KindText, ``, `a.registration_id`},
		membership.AttrExternalRef:    {`a.external_ref`, membership.KindText, ``, beginning(`a.external_ref`)},
		membership.AttrParentID:       {`a.parent_id`, membership.KindID, ``, ``},
		membership.AttrAccountTags:    {`a.id`, membership.KindID, ``, ``}, // of whom roster_account_tags has them
		membership.AttrCreatedAt:      {`a.created_at`, membership.KindTime, ``, ``},
		membership.AttrUpdatedAt:      {`a.updated_at`, membership.KindTime, ``, ``},
	},
	membership.ResourceMember: {
		membership.AttrID:         {`m.id`, membership.KindID, ``, ``},
		membership.AttrName:       {`m.name`, membership.KindText, ``, beginning(`m.name`)},
		membership.AttrEmail:      {`m.email`, membership.KindText, ``, beginning(`m.email`)},
		membership.AttrGivenName:  {`m.given_name`, membership.KindText, ``, ``},
		membership.AttrMiddleName: {`m.middle_name`, membership.KindText, ``, ``},
		membership.AttrFamilyName: {`m.family_name`, membership.KindText, ``, ``},
		membership.AttrCreatedAt:  {`m.created_at`, membership.KindTime, ``, ``},
		membership.AttrUpdatedAt:  {`m.updated_at`, membership.KindTime, ``, ``},
	},
	membership.ResourceMembership: {
		membership.AttrID:          {`ms.id`, membership.KindID, ``, ``},
		membership.AttrAccountID:   {`ms.account_id`, membership.KindID, ``, ``},
		membership.AttrMemberID:    {`ms.member_id`, membership.KindID, ``, ``},
		membership.AttrCreatedAt:   {`ms.created_at`, membership.KindTime, ``, ``},
		membership.AttrUpdatedAt:   {`ms.updated_at`, membership.KindTime, ``, ``},
		membership.AttrAccountName: {`a.name`, membership.KindText, joinAccount, beginning(`a.name`)},
		membership.AttrMemberName:  {`m.name`, membership.KindText, joinMember, beginning(`m.name`)},
		membership.AttrMemberEmail: {`m.email`, membership.KindText, joinMember, beginning(`m.email`)},
	},
	membership.ResourceTag: {
		membership.AttrID:        {`t.id`, membership.KindID, ``, ``},
		membership.AttrName:      {`t.name`, membership.KindText, ``, ``},
		membership.AttrCreatedAt: {`t.created_at`, membership.KindTime, ``, ``},
		membership.AttrUpdatedAt: {`t.updated_at`, membership.KindTime, ``, ``},
	},
	membership.ResourcePasswordProfile: {
		membership.AttrID:        {`pp.id`, membership.KindID, ``, ``},
		membership.AttrName:      {`pp.name`, membership.KindText, ``, ``},
		membership.AttrCreatedAt: {`pp.created_at`, membership.KindTime, ``, ``},
		membership.AttrUpdatedAt: {`pp.updated_at`, membership.KindTime, ``, ``},
	},
	membership.ResourceLogin: {
		membership.AttrID:        {`l.id`, membership.KindID, ``, ``},
		membership.AttrUsername:  {`l.username`, membership.KindText, ``, ``},
		membership.AttrCreatedAt: {`l.created_at`, membership.KindTime, ``, ``},
		membership.AttrUpdatedAt: {`l.updated_at`, membership.KindTime, ``, ``},
	},
}

// compileFilter spells a filter as conditions, one for each group, and as the joins that they need. It means what
// membership.Filter.Match says.
func compileFilter(
	c *composed, s *stored.Schema, r membership.Resource, f membership.Filter,
) (conditions []string, joins string) {
	for _, group := range f {
		terms := make([]string, 0, len(group))
		for _, t := range group {
			e, own := expressions[r][t.Attr]
			if !own {
				terms = append(terms, customTerm(c, s, r, t))
				continue
			}
			if !strings.Contains(joins, e.join) {
				joins += e.join
			}
			terms = append(terms, e.term(c, t))
		}
		conditions = append(conditions, `(`+strings.Join(terms, ` OR `)+`)`)
	}
	return conditions, joins
}

// customTerm spells one term about a custom field. One that is not there is unset in every row. Operands of another kind
// than the field's, which a filter has that was checked with other definitions, are equal to nothing.
func customTerm(c *composed, s *stored.Schema, r membership.Resource, t membership.Term) string {
	f, ok := s.Find(string(t.Attr))
	switch {
	case !ok && t.Op == membership.OpIsNull:
		return `true`
	case !ok, len(t.Operands) > 0 && t.Operands[0].Kind() != f.Type.Kind():
		return `false`
	}
	return customField(r, f).term(c, t)
}

// customField is a field's value. It has no kind of the resource's own, so it is NULL where it is unset.
func customField(r membership.Resource, f membership.Field) expression {
	e := expression{sql: answered(fieldTables[r].alias+`.fields`, f)}
	if f.Indexed && f.Type == membership.TypeString {
		e.index = beginning(e.sql)
	}
	return e
}

var comparisons = map[membership.Operator]string{
	membership.OpEq: ` = `, membership.OpGt: ` > `, membership.OpGe: ` >= `, membership.OpLt: ` < `, membership.OpLe: ` <= `,
}

// term spells one term. A text that is unset fulfils none but is_null, so all others ask for a text that is set; that
// is also what PostgreSQL needs to see before it uses an index of the set ones.
func (e expression) term(c *composed, t membership.Term) string {
	switch t.Op {
	case membership.OpIsNull:
		if e.kind != membership.KindText {
			return `(` + cmp.Or(e.index, e.sql) + ` IS NULL)`
		}
		return `(` + e.sql + ` = '')`
	case membership.OpLike, membership.OpILike:
		return e.set() + e.fits(c, membership.ParsePattern(t.Operands[0].Text()), t.Op == membership.OpILike) + `)`
	case membership.OpIn:
		return e.set() + e.in(c, t.Operands) + `)`
	case membership.OpContains:
		return `(` + e.sql + ` IN (SELECT account_id FROM roster_account_tags WHERE tag_id = ` + c.bind(operand(t.Operands[0])) + `))`
	case membership.OpEq, membership.OpGt, membership.OpGe, membership.OpLt, membership.OpLe:
	}
	return e.set() + e.compared(c, t.Op, t.Operands[0]) + `)`
}

// set opens a condition on a value that is set.
func (e expression) set() string {
	if e.kind == membership.KindText {
		return `(` + e.sql + ` <> '' AND `
	}
	return `(`
}

// compared spells a comparison. What an index has of a text decides it, unless the operand is longer.
func (e expression) compared(c *composed, op membership.Operator, v membership.Value) string {
	if e.index == "" || e.index == e.sql {
		return e.sql + comparisons[op] + c.bind(operand(v))
	}
	head, short := begin(v.Text())
	if short {
		return e.index + comparisons[op] + c.bind(head)
	}
	loose := op
	switch op {
	case membership.OpGt:
		loose = membership.OpGe
	case membership.OpLt:
		loose = membership.OpLe
	}
	return e.index + comparisons[loose] + c.bind(head) + ` AND ` + e.sql + comparisons[op] + c.bind(v.Text())
}

// in spells the operands of in as one parameter, however many they are.
func (e expression) in(c *composed, operands []membership.Value) string {
	switch operands[0].Kind() {
	case membership.KindID:
		return e.sql + ` = ANY(` + c.bind(ids(operands, membership.Value.ID)) + `::uuid[])`
	case membership.KindText, membership.KindNull:
		return e.inTexts(c, operands)
	case membership.KindTime, membership.KindInteger, membership.KindFloat, membership.KindBoolean, membership.KindDate:
	}
	numbers := make([]int64, 0, len(operands))
	for _, v := range operands {
		numbers = append(numbers, v.Number())
	}
	return e.sql + ` = ANY(` + c.bind(numbers) + `::bigint[])`
}

func (e expression) inTexts(c *composed, operands []membership.Value) string {
	texts, heads, short := make([]string, 0, len(operands)), make([]string, 0, len(operands)), true
	for _, v := range operands {
		head, whole := begin(v.Text())
		texts, heads, short = append(texts, v.Text()), append(heads, head), short && whole
	}
	condition := ``
	if e.index != "" {
		condition = e.index + ` = ANY(` + c.bind(heads) + `::text[])`
		if short {
			return condition
		}
		condition += ` AND `
	}
	return condition + e.sql + ` = ANY(` + c.bind(texts) + `::text[])`
}

// fits spells like and ilike. An id is looked at in its canonical text form.
func (e expression) fits(c *composed, p membership.Pattern, fold bool) string {
	exact := !p.OpenStart && !p.OpenEnd
	fold = fold && hasCase(p.Text)
	if e.kind == membership.KindID {
		if exact && !fold {
			return e.sql + ` = ` + c.bind(canonicalID(p.Text))
		}
		e = expression{sql: `(` + e.sql + `::text COLLATE "C")`}
	}
	switch {
	case fold && utf8.RuneCountInString(p.Text) > longestRegexp:
		return `false`
	case fold:
		return e.sql + ` ~ ` + c.bind(foldedRegexp(p))
	case exact:
		return e.compared(c, membership.OpEq, membership.StringValue(p.Text))
	case p.OpenStart && p.OpenEnd:
		return `strpos(` + e.sql + `, ` + c.bind(p.Text) + `) > 0`
	case p.OpenStart:
		text := c.bind(p.Text)
		return `right(` + e.sql + `, length(` + text + `::text)) = ` + text
	}
	return e.begins(c, p.Text)
}

// begins spells that a text begins with another one: as a range of what an index has of it, where there is one.
func (e expression) begins(c *composed, text string) string {
	whole := `starts_with(` + e.sql + `, `
	if e.index == "" {
		return whole + c.bind(text) + `)`
	}
	head := text
	if e.index != e.sql {
		head, _ = begin(text)
	}
	condition := e.index + ` >= ` + c.bind(head)
	next, exact, bounded := successor(head)
	if bounded {
		condition += ` AND ` + e.index + ` < ` + c.bind(next)
	}
	if exact && head == text {
		return condition
	}
	return condition + ` AND ` + whole + c.bind(text) + `)`
}

// canonicalID is the id whose canonical form is the text, or NULL, which no id equals.
func canonicalID(text string) any {
	id, err := uuid.Parse(text)
	if err != nil || id.String() != text {
		return optionalID(uuid.Nil)
	}
	return idParam(id)
}

// operand is a value as its column keeps it, or what a custom field's is compared by.
func operand(v membership.Value) any {
	switch v.Kind() {
	case membership.KindID:
		return idParam(v.ID())
	case membership.KindTime:
		return time.UnixMilli(v.Number()).UTC()
	case membership.KindInteger, membership.KindFloat, membership.KindBoolean, membership.KindDate:
		return v.Number()
	case membership.KindText, membership.KindNull:
	}
	return v.Text() // unset is the empty text
}
