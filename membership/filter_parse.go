package membership

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ParseFilter reads a filter as the wire spells it, for a resource with its custom fields:
//
//	filter  = group { ":" group }
//	group   = term | "(" term { "|" term } ")"
//	term    = operator "(" attribute { "," operand } ")"
//	operand = bare | "'" quoted "'" | `"` quoted `"`
//
// All groups must hold, and of a group one term. A bare operand has letters, digits, spaces and @ $ _ * . { } | + :
// / - in it; a quoted one any character, with a backslash before a quote or a backslash. Blanks before operators,
// attributes and operands are dropped. The empty text is the filter that matches everything.
//
// The error is [ErrInvalidFilter]; its detail says at which character what was expected. The filter that is
// returned is valid, and [Filter.String] spells it again.
func ParseFilter(r Resource, s string, fields ...Field) (Filter, error) {
	if s == "" {
		return nil, nil
	}
	if len(s) > MaxFilterLength {
		return nil, invalidFilter("it has %d bytes, at most %d are allowed", len(s), MaxFilterLength)
	}
	if fault := storable(s); fault != "" {
		return nil, invalidFilter("it %s", fault)
	}
	p := &filterParser{resource: r, fields: fields, input: s}
	filter, err := p.filter()
	if err != nil {
		return nil, err
	}
	return filter, filter.Validate(r, fields...)
}

// filterParser walks the input once, from left to right.
type filterParser struct {
	resource Resource
	fields   []Field
	input    string
	pos      int // in bytes
	terms    int
}

func (p *filterParser) filter() (Filter, error) {
	var filter Filter
	for {
		group, err := p.group()
		if err != nil {
			return nil, err
		}
		filter = append(filter, group)
		p.blanks()
		if p.pos == len(p.input) {
			return filter, nil
		}
		if err := p.expect(':', "to join the next filter, or the end"); err != nil {
			return nil, err
		}
	}
}

func (p *filterParser) group() (AnyOf, error) {
	p.blanks()
	if !p.accept('(') {
		term, err := p.term()
		return AnyOf{term}, err
	}
	var group AnyOf
	for {
		term, err := p.term()
		if err != nil {
			return nil, err
		}
		group = append(group, term)
		p.blanks()
		if p.accept(')') {
			return group, nil
		}
		if err := p.expect('|', "or ) after an alternative"); err != nil {
			return nil, err
		}
	}
}

func (p *filterParser) term() (Term, error) {
	if p.terms++; p.terms > MaxFilterTerms {
		return Term{}, p.fail(p.pos, "at most %d terms are allowed", MaxFilterTerms)
	}
	p.blanks()
	start := p.pos
	op, ok := operatorNamed(p.word())
	if !ok {
		return Term{}, p.fail(start, "expected an operator, one of: %s", list(allOperators()))
	}
	if err := p.expect('(', "after the operator"); err != nil {
		return Term{}, err
	}
	term := Term{Op: op}
	rule, err := p.attribute(op)
	if err != nil {
		return Term{}, err
	}
	term.Attr = rule.attr
	for p.accept(',') {
		operand, err := p.operand(op, rule)
		if err != nil {
			return Term{}, err
		}
		term.Operands = append(term.Operands, operand)
		if op != OpIn && term.checkCount() != nil { // too many, however many follow
			return Term{}, p.miscounted(start, term)
		}
	}
	if err := p.expect(')', "or , after an attribute or a value"); err != nil {
		return Term{}, err
	}
	if term.checkCount() != nil {
		return Term{}, p.miscounted(start, term)
	}
	return term, nil
}

// miscounted refuses a term that has too few or too many operands.
func (p *filterParser) miscounted(start int, term Term) error {
	return p.fail(start, "%s", Faults(term.checkCount())[0].Detail)
}

func (p *filterParser) attribute(op Operator) (rule, error) {
	p.blanks()
	start := p.pos
	name := Attribute(p.word())
	rule, ok := p.resource.ruleFor(name, p.fields)
	if !ok {
		return rule, p.fail(start, "unknown attribute %q, allowed are: %s", clip(string(name)), list(p.resource.Attributes(p.fields...)))
	}
	if !slices.Contains(rule.ops, op) {
		return rule, p.fail(start, "operator %s cannot be used on %s, allowed are: %s", op, name, list(rule.ops))
	}
	p.blanks()
	return rule, nil
}

func (p *filterParser) operand(op Operator, rule rule) (Value, error) {
	p.blanks()
	start := p.pos
	text, err := p.operandText()
	if err != nil {
		return Value{}, err
	}
	if op == OpLike || op == OpILike {
		return patternValue(text), nil
	}
	if rule.custom && rule.kind == KindText {
		return StringValue(text), nil
	}
	v, expected := parseValue(rule.kind, text)
	if expected != "" {
		return Value{}, p.fail(start, "%q is not %s", clip(text), expected)
	}
	return v, nil
}

func (p *filterParser) operandText() (string, error) {
	if p.pos < len(p.input) && (p.input[p.pos] == '\'' || p.input[p.pos] == '"') {
		return p.quoted()
	}
	start := p.pos
	for p.pos < len(p.input) {
		c, size := utf8.DecodeRuneInString(p.input[p.pos:])
		if !bareRune(c) {
			break
		}
		p.pos += size
	}
	if p.pos == start {
		return "", p.fail(start, "expected a value; put one with other characters than letters, digits, spaces and %s into quotes",
			bareSymbols)
	}
	return p.input[start:p.pos], nil
}

func (p *filterParser) quoted() (string, error) {
	start := p.pos
	quote := p.input[p.pos]
	var text strings.Builder
	for p.pos++; p.pos < len(p.input); p.pos++ {
		switch c := p.input[p.pos]; {
		case c == quote:
			p.pos++
			p.blanks()
			return text.String(), nil
		case c == '\\':
			p.pos++
			if p.pos == len(p.input) || !strings.ContainsRune(`'"\`, rune(p.input[p.pos])) {
				return "", p.fail(p.pos, `expected a quote or a backslash after \`)
			}
			text.WriteByte(p.input[p.pos])
		default:
			text.WriteByte(c)
		}
	}
	return "", p.fail(start, "the quote is not closed")
}

// bareSymbols may stand in an operand without quotes, beside letters, digits and spaces.
const bareSymbols = "@$_*.{}|+:/-"

func bareRune(c rune) bool {
	return c == ' ' || strings.ContainsRune(bareSymbols, c) || unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.IsMark(c)
}

// word reads an operator's or an attribute's name.
func (p *filterParser) word() string {
	start := p.pos
	for p.pos < len(p.input) && wordByte(p.input[p.pos]) {
		p.pos++
	}
	return p.input[start:p.pos]
}

func wordByte(c byte) bool {
	return c == '_' || c == '.' || c == '-' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func (p *filterParser) blanks() {
	for p.pos < len(p.input) && p.input[p.pos] == ' ' {
		p.pos++
	}
}

func (p *filterParser) accept(c byte) bool {
	if p.pos < len(p.input) && p.input[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

func (p *filterParser) expect(c byte, where string) error {
	if p.accept(c) {
		return nil
	}
	return p.fail(p.pos, "expected %c %s", c, where)
}

// fail reports a fault at a byte, counted in characters from 1 as a person would.
func (p *filterParser) fail(at int, format string, args ...any) error {
	return invalidFilter("at character %d: %s", utf8.RuneCountInString(p.input[:at])+1, fmt.Sprintf(format, args...))
}

func operatorNamed(name string) (Operator, bool) {
	for op, n := range operatorNames {
		if n == name {
			return op, true
		}
	}
	return 0, false
}

func allOperators() []Operator {
	var ops []Operator
	for op := OpEq; op <= OpContains; op++ {
		ops = append(ops, op)
	}
	return ops
}
