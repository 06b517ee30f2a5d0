package sqlitestore

import (
	"database/sql/driver"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"modernc.org/sqlite"

	"github.com/roster-go/roster/internal/stored"
	"github.com/roster-go/roster/membership"
)

// foldFunction is membership.Fold as a function in SQL, which lower() is not: it knows ASCII only.
const foldFunction = `roster_fold`

func init() {
	sqlite.MustRegisterDeterministicScalarFunction(foldFunction, 1,
		func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
			if text, ok := args[0].(string); ok {
				return membership.Fold(text), nil
			}
			// Why no error: a list may meet values of another type than the definitions say that it was composed with.
			return nil, nil
		})
}

// expression is an attribute in SQL.
type expression struct {
	sql  string
	kind membership.Kind // of a text, unset is the empty one; of whatever else, NULL
	join string          // what has to be joined for it; or empty
}

const (
	joinAccount = ` JOIN roster_accounts a ON a.id = ms.account_id`
	joinMember  = ` JOIN roster_members m ON m.id = ms.member_id`
)

// expressions is the table of what every attribute is in SQL.
var expressions = map[membership.Resource]map[membership.Attribute]expression{
	membership.ResourceAccount: {
		membership.AttrID:             {`a.id`, membership.KindID, ``},
		membership.AttrName:           {`a.name`, membership.KindText, ``},
		membership.AttrLegalName:      {`a.legal_name`, membership.KindText, ``},
		membership.AttrRegistrationID: {`a.registration_id`, membership.KindText, ``},
		membership.AttrExternalRef:    {`a.external_ref`, membership.KindText, ``},
		membership.AttrParentID:       {`a.parent_id`, membership.KindID, ``},
		membership.AttrAccountTags:    {`a.id`, membership.KindID, ``}, // of whom roster_account_tags has them
		membership.AttrCreatedAt:      {`a.created_at`, membership.KindTime, ``},
		membership.AttrUpdatedAt:      {`a.updated_at`, membership.KindTime, ``},
	},
	membership.ResourceMember: {
		membership.AttrID:         {`m.id`, membership.KindID, ``},
		membership.AttrName:       {`m.name`, membership.KindText, ``},
		membership.AttrEmail:      {`m.email`, membership.KindText, ``},
		membership.AttrGivenName:  {`m.given_name`, membership.KindText, ``},
		membership.AttrMiddleName: {`m.middle_name`, membership.KindText, ``},
		membership.AttrFamilyName: {`m.family_name`, membership.KindText, ``},
		membership.AttrCreatedAt:  {`m.created_at`, membership.KindTime, ``},
		membership.AttrUpdatedAt:  {`m.updated_at`, membership.KindTime, ``},
	},
	membership.ResourceMembership: {
		membership.AttrID:          {`ms.id`, membership.KindID, ``},
		membership.AttrAccountID:   {`ms.account_id`, membership.KindID, ``},
		membership.AttrMemberID:    {`ms.member_id`, membership.KindID, ``},
		membership.AttrCreatedAt:   {`ms.created_at`, membership.KindTime, ``},
		membership.AttrUpdatedAt:   {`ms.updated_at`, membership.KindTime, ``},
		membership.AttrAccountName: {`a.name`, membership.KindText, joinAccount},
		membership.AttrMemberName:  {`m.name`, membership.KindText, joinMember},
		membership.AttrMemberEmail: {`m.email`, membership.KindText, joinMember},
	},
	membership.ResourceTag: {
		membership.AttrID:        {`t.id`, membership.KindID, ``},
		membership.AttrName:      {`t.name`, membership.KindText, ``},
		membership.AttrCreatedAt: {`t.created_at`, membership.KindTime, ``},
		membership.AttrUpdatedAt: {`t.updated_at`, membership.KindTime, ``},
	},
	membership.ResourcePasswordProfile: {
		membership.AttrID:        {`pp.id`, membership.KindID, ``},
		membership.AttrName:      {`pp.name`, membership.KindText, ``},
		membership.AttrCreatedAt: {`pp.created_at`, membership.KindTime, ``},
		membership.AttrUpdatedAt: {`pp.updated_at`, membership.KindTime, ``},
	},
	membership.ResourceLogin: {
		membership.AttrID:        {`l.id`, membership.KindID, ``},
		membership.AttrUsername:  {`l.username`, membership.KindText, ``},
		membership.AttrCreatedAt: {`l.created_at`, membership.KindTime, ``},
		membership.AttrUpdatedAt: {`l.updated_at`, membership.KindTime, ``},
	},
}

// compileFilter spells a filter as conditions, one for each group, and as the joins that they need. It means what
// membership.Filter.Match says.
func compileFilter(
	c *composed, s *stored.Schema, r membership.Resource, f membership.Filter,
) (conditions []string, joins string) {
	for _, group := range f {
		if len(group) == 1 && group[0].Op == membership.OpContains {
			join, condition := expressions[r][group[0].Attr].having(c, group[0])
			joins += join
			conditions = append(conditions, condition)
			continue
		}
		terms := make([]string, 0, len(group))
		for _, t := range group {
			e, own := expressions[r][t.Attr]
			if !own {
				terms = append(terms, customField(s, r, t.Attr).term(c, t))
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

var comparisons = map[membership.Operator]string{
	membership.OpEq: ` = `, membership.OpGt: ` > `, membership.OpGe: ` >= `, membership.OpLt: ` < `, membership.OpLe: ` <= `,
}

// term spells one term. A text that is unset fulfils none but is_null, so all others ask for a text that is set; that
// is also what SQLite needs to see before it uses an index of the set ones.
func (e expression) term(c *composed, t membership.Term) string {
	text := e.kind == membership.KindText
	switch t.Op {
	case membership.OpIsNull:
		if !text {
			return `(` + e.sql + ` IS NULL)`
		}
		return `(` + e.sql + ` = '')`
	case membership.OpLike, membership.OpILike:
		return e.fits(c, membership.ParsePattern(t.Operands[0].Text()), t.Op == membership.OpILike)
	case membership.OpIn:
		return e.set() + e.sql + ` IN (` + e.elements(c, t.Operands) + `))`
	case membership.OpContains:
		return `(` + e.sql + ` IN (SELECT account_id FROM roster_account_tags WHERE tag_id = ` + c.bind(operand(t.Operands[0])) + `))`
	case membership.OpEq, membership.OpGt, membership.OpGe, membership.OpLt, membership.OpLe:
	}
	return e.set() + e.sql + comparisons[t.Op] + c.bind(operand(t.Operands[0])) + `)`
}

// customField finds a field. One that is not there is unset in every row. The value has no kind of the resource's own,
// so it is NULL where it is unset.
func customField(s *stored.Schema, r membership.Resource, attr membership.Attribute) expression {
	f, ok := s.Find(string(attr))
	if !ok {
		return expression{sql: `NULL`}
	}
	return expression{sql: answered(fieldTables[r].alias+`.fields`, f)}
}

// having spells contains where it is no alternative of others: as a join, so that SQLite begins with the tag's accounts
// or with what another condition finds, whichever are fewer. An account has a tag once, so no row is doubled.
func (e expression) having(c *composed, t membership.Term) (join, condition string) {
	tag := c.bind(operand(t.Operands[0]))
	alias := `x` + tag[1:]
	return ` JOIN roster_account_tags ` + alias + ` ON ` + alias + `.account_id = ` + e.sql, `(` + alias + `.tag_id = ` + tag + `)`
}

// set opens a condition on a value that is set.
func (e expression) set() string {
	if e.kind == membership.KindText {
		return `(` + e.sql + ` <> '' AND `
	}
	return `(`
}

// elements spells the operands of in as one parameter, however many they are.
func (e expression) elements(c *composed, operands []membership.Value) string {
	if e.kind == membership.KindID {
		ids := jsonIDs(operands, membership.Value.ID)
		return `SELECT unhex(value) FROM json_each(` + c.bind(ids) + `)`
	}
	values := make([]any, 0, len(operands))
	for _, v := range operands {
		values = append(values, operand(v))
	}
	list, err := json.Marshal(values)
	if err != nil {
		panic(err) // texts and whole numbers always can be
	}
	return `SELECT value FROM json_each(` + c.bind(string(list)) + `)`
}

// fits spells like and ilike. An id is looked at in its canonical text form.
func (e expression) fits(c *composed, p membership.Pattern, fold bool) string {
	value := e.sql
	if e.kind == membership.KindID {
		if exact := !p.OpenStart && !p.OpenEnd; exact && !fold {
			return `(` + e.sql + ` = ` + c.bind(canonicalID(p.Text)) + `)`
		}
		value = idText(e.sql)
	}
	if fold {
		p = p.Fold()
		value = foldFunction + `(` + value + `)`
	}
	switch {
	case p.OpenStart && p.OpenEnd:
		return e.set() + `instr(` + value + `, ` + c.bind(p.Text) + `) > 0)`
	case p.OpenStart:
		text := c.bind(p.Text)
		return e.set() + `substr(` + value + `, -length(` + text + `)) = ` + text + `)`
	case p.OpenEnd && value == e.sql:
		// A range of the column, which an index can find: from the text itself to the first that is greater than
		// every text that begins with it. No byte of a text is the greatest byte.
		next := []byte(p.Text)
		next[len(next)-1]++
		return e.set() + value + ` >= ` + c.bind(p.Text) + ` AND ` + value + ` < ` + c.bind(string(next)) + `)`
	case p.OpenEnd:
		text := c.bind(p.Text)
		return e.set() + `substr(` + value + `, 1, length(` + text + `)) = ` + text + `)`
	}
	return e.set() + value + ` = ` + c.bind(p.Text) + `)`
}

// canonicalID is the id whose canonical form is the text, or what no id equals.
func canonicalID(text string) []byte {
	id, err := uuid.Parse(text)
	if err != nil || id.String() != text {
		return []byte{}
	}
	return id[:]
}

// idText spells an id's canonical form: 8-4-4-4-12 digits in lower case.
func idText(id string) string {
	var parts []string
	start := 1
	for _, digits := range []int{8, 4, 4, 4, 12} {
		parts = append(parts, `substr(hex(`+id+`), `+strconv.Itoa(start)+`, `+strconv.Itoa(digits)+`)`)
		start += digits
	}
	return `lower(` + strings.Join(parts, ` || '-' || `) + `)`
}
