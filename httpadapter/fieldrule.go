package httpadapter

import (
	"fmt"
	"strconv"

	"github.com/roster-go/roster/membership"
)

// The validation rules of a field. There is at most one rule of each, and one of email and slug.
const (
	ruleEnum    = "enum"
	ruleEmail   = string(membership.FormatEmail)
	ruleSlug    = string(membership.FormatSlug)
	ruleBetween = "between"
)

const rulesField = "validation_rules"

// rules spells a field's rules.
func (e *encoder) rules(f membership.Field) {
	e.openList()
	if len(f.Enum) > 0 {
		e.rule(ruleEnum)
		each(e.name("options"), f.Enum, (*encoder).value)
		e.close()
	}
	if f.Format != "" {
		e.rule(string(f.Format))
		e.close()
	}
	if f.Min.Kind() != membership.KindNull || f.Max.Kind() != membership.KindNull {
		e.rule(ruleBetween)
		e.name("options").bounds(f.Min, f.Max)
		e.close()
	}
	e.closeList()
}

// rule begins a rule.
func (e *encoder) rule(ruleType string) {
	e.open()
	e.name("type").text(ruleType)
}

// bounds spells the bounds that there are.
func (e *encoder) bounds(from, to membership.Value) {
	e.open()
	if from.Kind() != membership.KindNull {
		e.name("from").value(from)
	}
	if to.Kind() != membership.KindNull {
		e.name("to").value(to)
	}
	e.close()
}

// readRules puts the rules of a body into a change of a field: all of them, where the body names any or none.
func (b *body) readRules(u *membership.FieldUpdate) {
	given, named := b.data[rulesField]
	if !named {
		return
	}
	rules, ok := given.([]any)
	if !ok && given != nil {
		b.refuse(rulesField, "must be a list")
	}
	u.Enum, u.Format = new([]membership.Value), new(membership.FieldFormat)
	u.Min, u.Max = new(membership.Value), new(membership.Value)
	before := len(b.faults)
	for i, rule := range rules {
		if b.readRule(u, i, rule); len(b.faults)-before >= maxListFaults {
			break
		}
	}
}

// readRule puts the rule number i into a change of a field that has those before it.
func (b *body) readRule(u *membership.FieldUpdate, i int, rule any) {
	at := func(names ...string) []string { return append([]string{rulesField, strconv.Itoa(i)}, names...) }
	members, ok := rule.(map[string]any)
	if !ok {
		b.refuseWithin("must be an object with a type", at()...)
		return
	}
	twice := false
	switch members["type"] {
	case ruleEnum:
		twice = *u.Enum != nil
		*u.Enum = b.enum(members["options"], at("options"))
	case ruleEmail, ruleSlug:
		twice = *u.Format != ""
		*u.Format = membership.FieldFormat(members["type"].(string))
	case ruleBetween:
		twice = *u.Min != membership.Value{} || *u.Max != membership.Value{}
		*u.Min, *u.Max = b.bounds(members["options"], at("options"))
	default:
		detail := fmt.Sprintf("is required and must be %s, %s, %s or %s", ruleEnum, ruleEmail, ruleSlug, ruleBetween)
		b.refuseWithin(detail, at("type")...)
	}
	if twice {
		b.refuseWithin("repeats a rule: there can be one enum, one email or slug, and one between", at("type")...)
	}
}

// enum reads the options of an enum. What it returns is never nil.
func (b *body) enum(options any, at []string) []membership.Value {
	all := []membership.Value{}
	given, _ := options.([]any)
	if len(given) == 0 {
		b.refuseWithin("is required and must be a list of values", at...)
	}
	before := len(b.faults)
	for i, option := range given {
		v, ok := valueOf(option)
		if !ok {
			b.refuseWithin(scalar, append(at, strconv.Itoa(i))...)
			if len(b.faults)-before >= maxListFaults {
				break
			}
			continue
		}
		all = append(all, v)
	}
	return all
}

// bounds reads the options of a between.
func (b *body) bounds(options any, at []string) (from, to membership.Value) {
	given, _ := options.(map[string]any)
	if given["from"] == nil && given["to"] == nil {
		b.refuseWithin("is required and must be an object with from, to or both", at...)
	}
	for name := range given {
		if name != "from" && name != "to" { // Why not ignored: a name that is misspelled would be a bound that is not there
			b.refuseWithin("is neither from nor to", append(at, clip(name))...)
		}
	}
	bound := func(name string) membership.Value {
		v, ok := valueOf(given[name])
		if !ok {
			b.refuseWithin(scalar, append(at, name)...)
		}
		return v
	}
	return bound("from"), bound("to")
}
