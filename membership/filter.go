package membership

import (
	"fmt"
	"slices"
)

// Operator is what a filter's term does with its operands.
type Operator uint8

// The operators. Against a null value every one of them is false, except OpIsNull.
const (
	OpEq       Operator = iota + 1 // equal to the operand
	OpIn                           // equal to one of the operands
	OpLike                         // fits the operand as a Pattern, letter for letter
	OpILike                        // fits the operand as a Pattern, whatever the case
	OpGt                           // greater than the operand
	OpGe                           // greater than the operand or equal to it
	OpLt                           // less than the operand
	OpLe                           // less than the operand or equal to it
	OpIsNull                       // unset; takes no operand
	OpContains                     // has the operand among its values
)

var operatorNames = map[Operator]string{
	OpEq: "eq", OpIn: "in", OpLike: "like", OpILike: "ilike",
	OpGt: "gt", OpGe: "ge", OpLt: "lt", OpLe: "le", OpIsNull: "is_null",
	OpContains: "contains",
}

// String is the operator's name in a filter.
func (o Operator) String() string {
	if name, ok := operatorNames[o]; ok {
		return name
	}
	return fmt.Sprintf("operator(%d)", uint8(o))
}

// The bounds of a filter.
const (
	MaxFilterTerms  = 10   // terms in all, alternatives included
	MaxFilterLength = 8192 // bytes of a filter's text
)

// Term compares one attribute of a row with operands.
type Term struct {
	Attr     Attribute
	Op       Operator
	Operands []Value // one; any number but none for OpIn; none for OpIsNull
}

// Eq asks for rows whose attribute equals the value.
func Eq(attr Attribute, v Value) Term { return Term{attr, OpEq, []Value{v}} }

// In asks for rows whose attribute equals one of the values.
func In(attr Attribute, vs ...Value) Term { return Term{attr, OpIn, slices.Clone(vs)} }

// Like asks for rows whose attribute fits a [Pattern], letter for letter.
func Like(attr Attribute, pattern string) Term {
	return Term{attr, OpLike, []Value{patternValue(pattern)}}
}

// ILike asks for rows whose attribute fits a [Pattern], whatever the case.
func ILike(attr Attribute, pattern string) Term {
	return Term{attr, OpILike, []Value{patternValue(pattern)}}
}

// Gt asks for rows whose attribute is greater than the value.
func Gt(attr Attribute, v Value) Term { return Term{attr, OpGt, []Value{v}} }

// Ge asks for rows whose attribute is greater than the value or equal to it.
func Ge(attr Attribute, v Value) Term { return Term{attr, OpGe, []Value{v}} }

// Lt asks for rows whose attribute is less than the value.
func Lt(attr Attribute, v Value) Term { return Term{attr, OpLt, []Value{v}} }

// Le asks for rows whose attribute is less than the value or equal to it.
func Le(attr Attribute, v Value) Term { return Term{attr, OpLe, []Value{v}} }

// IsNull asks for rows whose attribute is unset.
func IsNull(attr Attribute) Term { return Term{Attr: attr, Op: OpIsNull} }

// Contains asks for rows that have the value among those of the attribute.
func Contains(attr Attribute, v Value) Term { return Term{attr, OpContains, []Value{v}} }

// patternValue keeps an empty pattern a text: it is the pattern that only the empty text fits.
func patternValue(s string) Value { return Value{kind: KindText, text: s} }

// Row is what a filter and an order look at.
type Row interface {
	// Value is the row's value of an attribute: null when it is unset or the row has no such attribute.
	Value(attr Attribute) Value
}

// Many is a row that has attributes with several values.
type Many interface {
	// Has reports whether the attribute has the value.
	Has(attr Attribute, v Value) bool
}

// Match defines what a valid term means.
func (t Term) Match(row Row) bool {
	if t.Op == OpContains {
		many, ok := row.(Many)
		return ok && many.Has(t.Attr, t.Operands[0])
	}
	v := row.Value(t.Attr)
	if v.kind == KindNull {
		return t.Op == OpIsNull
	}
	switch t.Op {
	case OpEq, OpIn:
		return slices.ContainsFunc(t.Operands, func(w Value) bool { return v.Compare(w) == 0 })
	case OpLike:
		return ParsePattern(t.Operands[0].text).Match(v.String())
	case OpILike:
		return ParsePattern(t.Operands[0].text).Fold().Match(Fold(v.String()))
	case OpGt:
		return v.Compare(t.Operands[0]) > 0
	case OpGe:
		return v.Compare(t.Operands[0]) >= 0
	case OpLt:
		return v.Compare(t.Operands[0]) < 0
	case OpLe:
		return v.Compare(t.Operands[0]) <= 0
	case OpIsNull, OpContains:
	}
	return false
}

// AnyOf is a group of terms of which one must hold.
type AnyOf []Term

// Filter is what a row must fulfil to be in a list: every group. The nil Filter matches every row.
type Filter []AnyOf

// All is the filter whose terms must all hold.
func All(terms ...Term) Filter {
	filter := make(Filter, 0, len(terms))
	for _, term := range terms {
		filter = append(filter, AnyOf{term})
	}
	return filter
}

// Match defines what the filter means.
func (f Filter) Match(row Row) bool {
	for _, group := range f {
		if !slices.ContainsFunc(group, func(t Term) bool { return t.Match(row) }) {
			return false
		}
	}
	return true
}

// Validate checks that the filter fits the resource with its custom fields, and the bounds. Its error is
// [ErrInvalidFilter].
func (f Filter) Validate(r Resource, fields ...Field) error {
	terms := 0
	for _, group := range f {
		if len(group) == 0 {
			return invalidFilter("a group has no term")
		}
		terms += len(group)
		for _, term := range group {
			if err := term.validate(r, fields); err != nil {
				return err
			}
		}
	}
	if terms > MaxFilterTerms {
		return invalidFilter("it has %d terms, at most %d are allowed", terms, MaxFilterTerms)
	}
	return nil
}

func (t Term) validate(r Resource, fields []Field) error {
	rule, ok := r.ruleFor(t.Attr, fields)
	if !ok {
		return invalidFilter("unknown attribute %q, allowed are: %s", clip(string(t.Attr)), list(r.Attributes(fields...)))
	}
	if !slices.Contains(rule.ops, t.Op) {
		return invalidFilter("operator %q cannot be used on %s, allowed are: %s", t.Op, t.Attr, list(rule.ops))
	}
	if err := t.checkCount(); err != nil {
		return err
	}
	for _, v := range t.Operands {
		kind := rule.kind
		if t.Op == OpLike || t.Op == OpILike {
			kind = KindText
		}
		// The empty text is null: it is a fair question that no row answers.
		if v.kind != kind && (v.kind != KindNull || kind != KindText || rule.custom) {
			return invalidFilter("%s of %s takes another kind of value than %q: %s", t.Op, t.Attr, clip(v.String()), kind)
		}
		if fault := v.storable(); fault != "" {
			return invalidFilter("a value for %s %s", t.Attr, fault)
		}
		if v.kind == KindTime && !spellable(v.number) {
			return invalidFilter("%s of %s takes a time from year 1 to 9999", t.Op, t.Attr)
		}
	}
	return nil
}

func (t Term) checkCount() error {
	n := len(t.Operands)
	switch {
	case t.Op == OpIsNull && n != 0:
		return invalidFilter("is_null(%s) takes no value", t.Attr)
	case t.Op == OpIn && n == 0:
		return invalidFilter("in(%s) takes at least one value", t.Attr)
	case t.Op != OpIn && t.Op != OpIsNull && n != 1:
		return invalidFilter("%s(%s) takes one value", t.Op, t.Attr)
	}
	return nil
}

func invalidFilter(format string, args ...any) error {
	return &Error{Cause: ErrInvalidFilter, Detail: fmt.Sprintf(format, args...)}
}
